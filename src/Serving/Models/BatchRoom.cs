namespace Nn.Serving.Models;

/// <summary>Memory in which the samples of several requests stand one after the other, used again for each prediction.</summary>
/// <param name="predictor">The model.</param>
/// <param name="most">The most samples.</param>
internal sealed class BatchRoom(Predictor predictor, int most)
{
    private readonly byte[][] _inputs = [.. predictor.Inputs.Select(i => new byte[checked(most * i.Form.Bytes)])];
    private readonly float[][] _outputs = [.. predictor.OutputWidths.Select(w => new float[checked(most * w)])];

    /// <summary>Predicts all samples together.</summary>
    public void Predict(IReadOnlyList<PendingPrediction> batch, int samples)
    {
        var inputs = new ReadOnlyMemory<byte>[_inputs.Length];
        var outputs = new Memory<float>[_outputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            int at = 0;
            foreach (PendingPrediction p in batch)
            {
                p.Inputs[i].Span.CopyTo(_inputs[i].AsSpan(at));
                at += p.Inputs[i].Length;
            }

            inputs[i] = _inputs[i].AsMemory(0, at);
        }

        for (int o = 0; o < outputs.Length; o++) outputs[o] = _outputs[o].AsMemory(0, samples * predictor.OutputWidths[o]);
        predictor.PredictInto(inputs, outputs);
        for (int o = 0; o < outputs.Length; o++)
        {
            int at = 0;
            foreach (PendingPrediction p in batch)
            {
                _outputs[o].AsSpan(at, p.Outputs[o].Length).CopyTo(p.Outputs[o].Span);
                at += p.Outputs[o].Length;
            }
        }
    }
}
