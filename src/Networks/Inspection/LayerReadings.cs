using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>What a layer gave for some samples.</summary>
/// <param name="Name">With the names of its model and blocks.</param>
/// <param name="Shape">Of one sample.</param>
/// <param name="Values">Sample after sample.</param>
public sealed record LayerReading(string Name, Shape Shape, float[] Values);

/// <summary>Runs samples through the trained model and reads what its layers give.</summary>
public static class LayerReadings
{
    private const int MostAtOnce = 256;

    /// <summary>The model that predicts.</summary>
    /// <exception cref="NnException">There is none.</exception>
    public static Model Predictor(TrainingSession session) => session.Definition.SinglePredictor
        ?? throw new NnException(ExitCode.Usage, session.Definition.Predictor switch
        {
            null => "this script's loss does not compare a model's output with the target, so there is no model to send samples through",
            { Inputs.Count: 1, Outputs.Count: 1 } one when one.Input.HasLength || one.Output.HasLength =>
                $"{one.Name} takes sequences that differ in length; this picture is of a model whose samples all have the same shape",
            { } several => $"{several.Name} takes or gives several values; this picture is of a model with one input and one output",
        });

    /// <summary>A sample as the model sees it.</summary>
    public static float[] Input(TrainingSession session, int sample)
    {
        FieldForm form = session.Input;
        return form.Presented(form.Samples(Sampler.Source(session.Data).Input, sample, 1));
    }

    /// <summary>
    /// The values of the layers that <paramref name="keep"/> says yes to, for <paramref name="count"/> samples from <paramref name="first"/> on.
    /// </summary>
    public static IReadOnlyList<LayerReading> Of(TrainingSession session, Func<LayerValue, bool> keep, int first, int count)
    {
        LoadedData data = session.Data;
        Part part = Sampler.Source(data);
        int batch = Math.Min(count, MostAtOnce);
        using var inference = new Inference(session.Backend, Predictor(session), data.Input, batch, keep);
        inference.Take(session);
        var values = inference.Layers.ToDictionary(l => l.Key, l => new float[count * l.Value.Shape.Count / batch]);
        for (int done = 0; done < count; done += batch)
        {
            // The last stretch begins so much earlier that it is full.
            int from = Math.Min(done, count - batch);
            inference.Run(data.Input.Samples(part.Input, first + from, batch));
            foreach ((string name, var slot) in inference.Layers) inference.Read(slot).CopyTo(values[name].AsSpan((int)(from * slot.Shape.Count / batch)));
        }

        return [.. inference.Layers.Select(l => new LayerReading(l.Key, l.Value.Shape.Range(1, l.Value.Shape.Rank), values[l.Key]))];
    }
}
