namespace Nn.Exchange.Onnx;

/// <summary>An ONNX model as a script.</summary>
/// <param name="Script">A <c>model</c> statement, with the functions it needs, and what its user should add.</param>
/// <param name="Weights">Its stored tensors under the names that the script gives them.</param>
/// <param name="Order">For each axis of the script's input, samples first, the axis of the file's.</param>
/// <param name="Symbols">Whether the input is numbers of symbols.</param>
/// <param name="Training">A <c>train</c> block that fits how the model ends.</param>
/// <param name="Notes">What the user is to know: what the file has and the script has not, a sentence each.</param>
public sealed record OnnxImported(string Script, Safetensors Weights, IReadOnlyList<int> Order, bool Symbols, string Training, IReadOnlyList<string> Notes);
