using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>
/// A picture of what a model does now. It is computed from a copy of the weights, on one thread of the processor beside the training, whatever that runs on.
/// </summary>
internal abstract class PageView : IDisposable
{
    private readonly CpuBackend _cpu = new(1);
    private readonly Inference _inference;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="form">What its inputs mean.</param>
    /// <param name="batch">Samples that the picture is about.</param>
    /// <param name="keep">Which layers' values are part of the picture.</param>
    protected PageView(Model model, FieldForm form, int batch, Func<LayerValue, bool>? keep = null)
    {
        Model = model;
        _inference = new Inference(_cpu, model, form, batch, keep);
    }

    /// <summary>Whose picture it is.</summary>
    public Model Model { get; }

    /// <summary>What stays: the kind of the picture, data points, names; for the page, as JSON.</summary>
    public abstract object Scene { get; }

    /// <summary>The picture for weights; for the page, as JSON.</summary>
    public object Draw(IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        foreach ((Parameter p, byte[] values) in weights) _inference.Write(p, values);
        return Picture(weights);
    }

    /// <summary>The picture that suits a training; null where there is none.</summary>
    public static PageView? For(TrainingSession session)
    {
        (LoadedData data, Model? model) = (session.Data, session.Definition.SinglePredictor);
        if (model is not null)
        {
            if (BoundaryView.Fits(session, model)) return new BoundaryView(session, model);
            if (FunctionView.Fits(session, model)) return new FunctionView(session, model);
            if (ImagesView.Fits(session, model)) return new ImagesView(session, model);
            if (RegionsView.Fits(session, model)) return new RegionsView(session, model);
            if (TextView.Fits(session, model)) return new TextView(session, model);
        }

        if (SheetView.Choose(session) is { } choice) return new SheetView(session, choice);
        if (model is null) return null;
        if (ConfusionView.Fits(session, model)) return new ConfusionView(session, model);
        return ScatterView.Fits(session, model) ? new ScatterView(session, model) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inference.Dispose();
        _cpu.Dispose();
    }

    /// <summary>The picture for the weights that the model has now.</summary>
    protected abstract object Picture(IReadOnlyDictionary<Parameter, byte[]> weights);

    /// <summary>What the model gives for inputs as they are stored.</summary>
    protected float[] Run(ReadOnlySpan<byte> inputs) => _inference.Run(inputs);

    /// <summary>What a layer that is kept gives for the inputs; null where there is none of that name.</summary>
    protected float[]? Values(string layer) => _inference.Layers.TryGetValue(layer, out Graphs.Slot? slot) ? _inference.Read(slot) : null;
}
