using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A model compiled for prediction alone: its parameters, how its inputs are scaled, and one entry, without data or optimizer. What its layers give on the way
/// can be kept.
/// </summary>
public sealed class Inference : IDisposable
{
    private readonly IProgram _program;
    private readonly Plan _plan;
    private readonly Dictionary<Parameter, Slot> _parameters = [];
    private readonly Dictionary<string, Slot> _layers = [];
    private readonly Slot _input;
    private readonly Slot _output;
    private readonly Slot? _scale;
    private readonly Slot? _shift;

    /// <summary>
    /// Compiles and loads a model for inputs as a form has them stored, <paramref name="batch"/> at once. Values that <paramref name="keep"/> says yes to are in <see cref="Layers"/>.
    /// </summary>
    /// <exception cref="NnException">The device cannot run it.</exception>
    public Inference(IBackend backend, Model model, FieldForm form, int batch = 1, Func<LayerValue, bool>? keep = null)
    {
        var plan = new PlanBuilder();
        foreach (Parameter p in model.Parameters) _parameters[p] = plan.Slot("parameters", p.Name, p.Shape, DType.F32);
        var scope = new Scope(plan.Slot("control", "seed", Shape.Scalar, DType.I32), plan.Slot("control", "step", Shape.Scalar, DType.I32), _parameters);
        _input = plan.Slot(form.Stored == DType.U8 ? "bytes" : "data", "x", new Shape(Dim.BatchOf(batch)).Concat(model.Input), form.Stored);
        if (form.Scaling is { } scaling)
        {
            _scale = plan.Slot("numbers", TrainingSlots.ScaleName, scaling.Shape, DType.F32);
            _shift = plan.Slot("numbers", TrainingSlots.ShiftName, scaling.Shape, DType.F32);
        }

        Node x = form.Node(scope.Graph, scope.Graph.Read(_input), _scale is null ? null : (scope.Graph.Read(_scale), scope.Graph.Read(_shift!)));

        // A model that is used twice gives its values once.
        scope.OnLayer = layer =>
        {
            if (keep?.Invoke(layer) != true || layer.Value.Type != DType.F32 || _layers.ContainsKey(layer.Name)) return;
            scope.Graph.Assign(_layers[layer.Name] = plan.Slot("layers", $"value.{layer.Name}", layer.Value.Shape, DType.F32), layer.Value);
        };
        Node output = scope.Apply(model, x);
        _output = plan.Slot("data", "y", output.Shape, DType.F32);
        scope.Graph.Assign(_output, output);
        plan.Entry("predict", scope.Graph.Build());
        _plan = plan.Build();
        foreach (Step step in _plan.Entry("predict").Steps)
        {
            if (!backend.Supports(step, out string why)) throw new NnException(ExitCode.NoDevice, $"{backend.Name} cannot run this model: {why}");
        }

        _program = backend.Load(_plan);
        if (form.Scaling is not { } by) return;
        _program.Write(_scale!, MemoryMarshal.AsBytes(by.Scale.AsSpan()));
        _program.Write(_shift!, MemoryMarshal.AsBytes(by.Shift.AsSpan()));
    }

    /// <summary>The kept values by name, in the order of the layers, as the last run left them.</summary>
    public IReadOnlyDictionary<string, Slot> Layers => _layers;

    /// <summary>Reads one of <see cref="Layers"/>: batch × its shape.</summary>
    public float[] Read(Slot layer)
    {
        var values = new float[layer.Shape.Count];
        _program.Read(layer, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Takes the parameters of a checkpoint.</summary>
    /// <exception cref="NnException">It is of another model.</exception>
    public void Restore(Safetensors file, string path)
    {
        foreach (Slot slot in _parameters.Values.Concat(new[] { _scale, _shift }.OfType<Slot>())) _program.Write(slot, Checkpoint.Stored(file, slot, path).Bytes);
    }

    /// <summary>Takes the parameters of a training of the same model as they are now.</summary>
    public void Take(TrainingSession session)
    {
        foreach ((Parameter p, Slot slot) in _parameters) _program.Write(slot, MemoryMarshal.AsBytes(session.Read<float>(session.Plan.Slots.Parameters[p]).AsSpan()));
        if (_scale is null) return;
        _program.Write(_scale, MemoryMarshal.AsBytes(session.Read<float>(session.Plan.Slots.Scale!).AsSpan()));
        _program.Write(_shift!, MemoryMarshal.AsBytes(session.Read<float>(session.Plan.Slots.Shift!).AsSpan()));
    }

    /// <summary>Takes the values of one parameter.</summary>
    public void Write(Parameter parameter, ReadOnlySpan<byte> values) => _program.Write(_parameters[parameter], values);

    /// <summary>The outputs for inputs as they are stored, sample after sample.</summary>
    public float[] Run(ReadOnlySpan<byte> inputs)
    {
        _program.Write(_input, inputs);
        _program.Run(_plan.Entry("predict"), 1);
        var outputs = new float[_output.Shape.Count];
        _program.Read(_output, MemoryMarshal.AsBytes(outputs.AsSpan()));
        return outputs;
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    private sealed class Scope : BuildScope
    {
        private readonly IReadOnlyDictionary<Parameter, Slot> _parameters;

        public Scope(Slot seed, Slot step, IReadOnlyDictionary<Parameter, Slot> parameters) =>
            (_parameters, Seed, Step) = (parameters, Graph.Read(seed), Graph.Read(step));

        public override GraphBuilder Graph { get; } = new();

        public override bool Training => false;

        public override Node Seed { get; }

        public override Node Step { get; }

        public override Node Read(Parameter parameter) => Graph.Read(_parameters[parameter]);

        public override void Update(Parameter parameter, Node value)
        {
        }

        public override Node Number(Hyperparameter number) => Graph.Constant(number.Value);
    }
}
