namespace Nn.Serving.Protocol;

/// <summary>A request for predictions by the Open Inference Protocol, read.</summary>
/// <param name="Id">What the client calls it; null: nothing.</param>
/// <param name="Inputs">Whole samples of each input of the model.</param>
/// <param name="Samples">How many.</param>
/// <param name="Outputs">Which outputs are wanted, in that order, and whether in binary form.</param>
internal sealed record InferRequest(string? Id, byte[][] Inputs, int Samples, IReadOnlyList<(int Output, bool Binary)> Outputs);
