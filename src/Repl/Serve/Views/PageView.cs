using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>
/// A picture of what a model does now. It is computed from a copy of the weights, on one thread of the processor beside the training, whatever that runs on.
/// </summary>
internal abstract class PageView : IDisposable
{
    private readonly CpuBackend _cpu = new(1);
    private readonly Inference _inference;
    private readonly float[] _inputs;

    /// <summary>Compiles a model for the inputs that the picture is about.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">As the model sees them, sample after sample.</param>
    /// <param name="keep">Which layers' values are part of the picture.</param>
    protected PageView(Model model, float[] inputs, Func<LayerValue, bool>? keep = null)
    {
        (Model, _inputs) = (model, inputs);
        _inference = new Inference(_cpu, model, DType.F32, inputs.Length / (int)model.Input.Count, keep: keep);
    }

    /// <summary>Whose picture it is.</summary>
    public Model Model { get; }

    /// <summary>What stays: the kind of the picture, data points, names; for the page, as JSON.</summary>
    public abstract object Scene { get; }

    /// <summary>The picture for weights; for the page, as JSON.</summary>
    public object Draw(IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        foreach ((Parameter p, byte[] values) in weights) _inference.Write(p, values);
        return Draw(_inference.Run<float>(_inputs), weights);
    }

    /// <summary>The picture that suits a training; null where there is none.</summary>
    public static PageView? For(TrainingSession session)
    {
        (LoadedData data, Model? model) = (session.Data, session.Definition.Predictor);
        bool numbers = data.StoredInput == DType.F32 && session.Definition.Input.Type == DType.F32;
        if (model is not null && numbers && data.Info.Input.Count == 2) return BoundaryView.Fits(session) ? new BoundaryView(session, model) : null;
        if (model is not null && numbers && data.Info.Input.Count == 1 && data.Info.TargetType == DType.F32 && model.Output.Count == 1) return new FunctionView(session, model);
        if (!SampleSheet.CanDraw(data)) return null;
        if (model is not null && ImagesView.Fits(session, model)) return new ImagesView(session, model);
        try
        {
            return new SheetView(session, SampleChoice.Find(session.Definition, data, null));
        }
        catch (NnException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inference.Dispose();
        _cpu.Dispose();
    }

    /// <summary>The picture.</summary>
    protected abstract object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights);

    /// <summary>What a layer that is kept gives for the inputs; null where there is none of that name.</summary>
    protected float[]? Values(string layer) => _inference.Layers.TryGetValue(layer, out Planning.Slot? slot) ? _inference.Read(slot) : null;
}
