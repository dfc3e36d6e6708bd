using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A model compiled for prediction alone: its parameters, how its inputs are scaled, and an entry for each number of samples at once, without data or
/// optimizer. What its layers give on the way can be kept.
/// </summary>
public sealed class Inference : IDisposable
{
    private readonly IProgram _program;
    private readonly Dictionary<Parameter, Slot> _parameters = [];
    private readonly Dictionary<string, Slot> _layers = [];
    private readonly (Slot Scale, Slot Shift)?[] _scalings;
    private readonly Way[] _ways;

    // How so many samples at once go through the model; all ways share its parameters.
    private sealed record Way(int Batch, Entry Entry, Slot[] Inputs, Slot[] Outputs)
    {
        // What is put there and taken from there when they are fewer.
        public byte[][] Padded { get; } = [.. Inputs.Select(i => new byte[i.Bytes])];

        public float[][] Given { get; } = [.. Outputs.Select(o => new float[o.Shape.Count])];
    }

    /// <summary>Compiles and loads a model of one input, <c>x</c>.</summary>
    /// <inheritdoc cref="Inference(IBackend, Model, IReadOnlyList{Field}, int, Func{LayerValue, bool}?)"/>
    public Inference(IBackend backend, Model model, FieldForm form, int batch = 1, Func<LayerValue, bool>? keep = null)
        : this(backend, model, [new Field(Schema.X, form)], batch, keep)
    {
    }

    /// <summary>
    /// Compiles and loads a model for inputs as the fields have them stored, in the order of the model's inputs, <paramref name="batch"/> at once. Values that
    /// <paramref name="keep"/> says yes to are in <see cref="Layers"/>.
    /// </summary>
    /// <exception cref="NnException">The device cannot run it.</exception>
    public Inference(IBackend backend, Model model, IReadOnlyList<Field> fields, int batch = 1, Func<LayerValue, bool>? keep = null)
        : this(backend, model, fields, [batch], keep)
    {
    }

    /// <summary>
    /// Compiles and loads a model for several numbers of samples at once, which share its parameters: <see cref="Run(IReadOnlyList{ReadOnlyMemory{byte}}, int,
    /// IReadOnlyList{Memory{float}})"/> takes the smallest that is enough.
    /// </summary>
    /// <param name="backend">Where it runs.</param>
    /// <param name="model">The model.</param>
    /// <param name="fields">Its inputs as they are stored, in its order.</param>
    /// <param name="batches">How many samples at once, in ascending order.</param>
    /// <exception cref="NnException">The device cannot run it.</exception>
    public Inference(IBackend backend, Model model, IReadOnlyList<Field> fields, IReadOnlyList<int> batches) : this(backend, model, fields, batches, null)
    {
    }

    private Inference(IBackend backend, Model model, IReadOnlyList<Field> fields, IReadOnlyList<int> batches, Func<LayerValue, bool>? keep)
    {
        var plan = new PlanBuilder();
        foreach (Parameter p in model.Parameters) _parameters[p] = plan.Slot("parameters", p.Name, p.Shape, DType.F32);
        Slot seed = plan.Slot("control", "seed", Shape.Scalar, DType.I32), step = plan.Slot("control", "step", Shape.Scalar, DType.I32);
        _scalings =
        [
            .. fields.Select(f => f.Form.Scaling is not { } scaling ? ((Slot, Slot)?)null
                : (plan.Slot("numbers", FieldSlots.ScaleName(f.Name), scaling.Shape, DType.F32),
                    plan.Slot("numbers", FieldSlots.ShiftName(f.Name), scaling.Shape, DType.F32))),
        ];
        (int Batch, string Name, Slot[] Inputs, Slot[] Outputs)[] ways =
            [.. batches.Select(batch => Planned(batch, batches.Count == 1 ? "" : $".{batch}"))];
        Plan built = plan.Build();
        _program = backend.Load(built);
        _ways = [.. ways.Select(w => new Way(w.Batch, built.Entry(w.Name), w.Inputs, w.Outputs))];
        for (int i = 0; i < fields.Count; i++)
        {
            if (_scalings[i] is not { } slots) continue;
            _program.Write(slots.Scale, MemoryMarshal.AsBytes(fields[i].Form.Scaling!.Scale.AsSpan()));
            _program.Write(slots.Shift, MemoryMarshal.AsBytes(fields[i].Form.Scaling!.Shift.AsSpan()));
        }

        (int, string, Slot[], Slot[]) Planned(int batch, string suffix)
        {
            var scope = new Scope(seed, step, _parameters);
            GraphBuilder g = scope.Graph;
            Slot[] inputs =
            [
                .. fields.Select(f => plan.Slot(
                    f.Form.Stored == DType.U8 ? "bytes" : "data", f.Name + suffix, new Shape(Dim.BatchOf(batch)).Concat(f.Form.Shape), f.Form.Stored)),
            ];
            Node[] x = [.. fields.Select((f, i) =>
                scope.Take(f.Form, g.Read(inputs[i]), _scalings[i] is { } by ? (g.Read(by.Scale), g.Read(by.Shift)) : null))];

            // A model that is used twice gives its values once.
            scope.OnLayer = layer =>
            {
                if (keep?.Invoke(layer) != true || layer.Value.Type != DType.F32 || _layers.ContainsKey(layer.Name)) return;
                scope.Graph.Assign(_layers[layer.Name] = plan.Slot("layers", $"value.{layer.Name}", layer.Value.Shape, DType.F32), layer.Value);
            };
            IReadOnlyList<Node> outputs = scope.Apply(model, x);
            Slot[] given = [.. outputs.Select((o, i) => plan.Slot("data", $"output.{model.Outputs[i].Name}{suffix}", o.Shape, DType.F32))];
            for (int o = 0; o < given.Length; o++) g.Assign(given[o], outputs[o]);
            plan.Entry("predict" + suffix, scope.Graph.Build());
            return (batch, "predict" + suffix, inputs, given);
        }
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
        foreach (Slot slot in _parameters.Values.Concat(Scalings)) _program.Write(slot, Checkpoint.Stored(file, slot, path).Bytes);
    }

    /// <summary>Takes the parameters of a training of the same model as they are now.</summary>
    public void Take(TrainingSession session)
    {
        foreach ((Parameter p, Slot slot) in _parameters) _program.Write(slot,
            MemoryMarshal.AsBytes(session.Read<float>(session.Plan.Slots.InForce(p)).AsSpan()));
        foreach (Slot slot in Scalings) _program.Write(slot, MemoryMarshal.AsBytes(session.Read<float>(session.Plan.Plan.Slot(slot.Name)).AsSpan()));
    }

    private IEnumerable<Slot> Scalings => _scalings.OfType<(Slot Scale, Slot Shift)>().SelectMany(s => new[] { s.Scale, s.Shift });

    /// <summary>Takes the values of one parameter.</summary>
    public void Write(Parameter parameter, ReadOnlySpan<byte> values) => _program.Write(_parameters[parameter], values);

    /// <summary>The first output for one input as it is stored, sample after sample.</summary>
    public float[] Run(ReadOnlySpan<byte> inputs)
    {
        _program.Write(_ways[0].Inputs[0], inputs);
        _program.Run(_ways[0].Entry, 1);
        return Read(_ways[0].Outputs[0]);
    }

    /// <summary>The outputs for inputs as they are stored, in the order of the model's, each sample after sample.</summary>
    public IReadOnlyList<float[]> Run(IReadOnlyList<byte[]> inputs)
    {
        Way way = _ways[0];
        for (int i = 0; i < way.Inputs.Length; i++) _program.Write(way.Inputs[i], inputs[i]);
        _program.Run(way.Entry, 1);
        return [.. way.Outputs.Select(Read)];
    }

    /// <summary>Outputs for some samples, at most as many as it was made for; takes no memory.</summary>
    /// <param name="inputs">The samples as they are stored, for each input of the model.</param>
    /// <param name="samples">How many.</param>
    /// <param name="outputs">Takes the numbers of each output of the model, sample after sample.</param>
    public void Run(IReadOnlyList<ReadOnlyMemory<byte>> inputs, int samples, IReadOnlyList<Memory<float>> outputs)
    {
        int enough = 0;
        while (_ways[enough].Batch < samples) enough++;
        Way way = _ways[enough];
        for (int i = 0; i < way.Inputs.Length; i++)
        {
            ReadOnlySpan<byte> given = inputs[i].Span;
            if (samples < way.Batch)
            {
                // What earlier samples left there must not be calculated with.
                given.CopyTo(way.Padded[i]);
                way.Padded[i].AsSpan(given.Length).Clear();
                given = way.Padded[i];
            }

            _program.Write(way.Inputs[i], given);
        }

        _program.Run(way.Entry, 1);
        for (int o = 0; o < way.Outputs.Length; o++)
        {
            _program.Read(way.Outputs[o], MemoryMarshal.AsBytes(way.Given[o].AsSpan()));
            way.Given[o].AsSpan(0, outputs[o].Length).CopyTo(outputs[o].Span);
        }
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
