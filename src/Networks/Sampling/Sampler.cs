using Nn.Backends;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Sampling;

/// <summary>What a model makes: images from noise, or images again.</summary>
public static class Sampler
{
    /// <summary>The training on a device, ready to make so many samples as well.</summary>
    public static TrainingSession Session(Project project, SampleChoice choice, IBackend backend, int count)
    {
        (TrainingDefinition training, LoadedData data) = project.Training();
        if (choice.FromNoise)
            return new TrainingSession(backend, training, data, new TrainingExtras { Samples = (choice.Model, choice.Shown ? 1 : count) });
        // What a model remakes need not be what the training measures.
        if (choice.Model != training.Predictor)
        {
            ModelPrediction remade = ModelPrediction.OfFirst(OfInputs(choice.Model, data.Input.Shape), data.Schema);
            training = training with { Prediction = remade, Metrics = [], EarlyStop = null, Sought = null };
        }

        return new TrainingSession(backend, training, data, new TrainingExtras { PredictBatch = Math.Min(count, Source(data).Samples) });
    }

    // A model that a loss uses on flattened images takes them flattened.
    private static Model OfInputs(Model model, Shape input) => model.Input == input
        ? model
        : new Model(model.Name, input, model.Output, model.Parameters, model.Layers,
            (scope, x) => scope.Apply(model, scope.Graph.Reshape(x, new Shape(x.Shape[0]).Concat(model.Input))));

    /// <summary>The picture: samples from noise, the same noise each time; or inputs, each with what was made of it below.</summary>
    public static RasterImage Sheet(TrainingSession session, SampleChoice choice, int count)
    {
        if (choice.FromNoise) return Noise(session, choice, count);
        Part source = Source(session.Data);
        count = Math.Min(count, source.Samples);
        FieldForm form = session.Input;
        ReadOnlySpan<byte> inputs = form.Samples(source.Input, 0, count);
        return Pairs(form.Presented(inputs), session.Predict(inputs), session.Data, count);
    }

    private static RasterImage Noise(TrainingSession session, SampleChoice choice, int count) => SampleSheet.Draw(
        session.Samples(), choice.Form(session.Data), choice.Shown ? 1 : (int)Math.Ceiling(Math.Sqrt(count)));

    /// <summary>Images, each with what was made of it below.</summary>
    public static RasterImage Pairs(float[] originals, float[] remade, LoadedData data, int count)
    {
        int columns = (int)Math.Ceiling(Math.Sqrt(count)), each = (int)data.Input.Shape.Count;
        var rows = new float[(count + columns - 1) / columns * columns * 2 * each];
        for (int i = 0; i < count; i++)
        {
            int at = (i / columns * 2 * columns + i % columns) * each;
            originals.AsSpan(i * each, each).CopyTo(rows.AsSpan(at));
            remade.AsSpan(i * each, each).CopyTo(rows.AsSpan(at + columns * each));
        }

        return SampleSheet.Draw(rows, data.Input, columns);
    }

    /// <summary>The samples to look at: those that are not trained on, where there are some.</summary>
    public static Part Source(LoadedData data) => data.Validation.Samples > 0 ? data.Validation : data.Training;
}
