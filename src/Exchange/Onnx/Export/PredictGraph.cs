using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Exchange.Onnx;

/// <summary>
/// What a trained model computes at prediction, from inputs as the data hold them. Stored tensors are slots whose content is known.
/// </summary>
internal sealed class PredictGraph
{
    private PredictGraph(Graph graph, IReadOnlyList<(string Name, Slot Slot)> inputs, IReadOnlyList<string> outputs, Scope scope)
    {
        (Graph, Inputs, Content) = (graph, inputs, scope.Content);
        Outputs = [.. outputs.Zip(graph.Assignments, (name, a) => (name, a.Value))];
    }

    /// <summary>The computation; its assignments are the outputs.</summary>
    public Graph Graph { get; }

    /// <summary>The slots of the inputs, by the names that they have in the file.</summary>
    public IReadOnlyList<(string Name, Slot Slot)> Inputs { get; }

    /// <summary>The content of every other slot that is read.</summary>
    public IReadOnlyDictionary<Slot, StoredTensor> Content { get; }

    /// <summary>The values predicted, by the names that they have in the file.</summary>
    public IReadOnlyList<(string Name, Node Value)> Outputs { get; }

    /// <summary>Builds it.</summary>
    /// <param name="definition">The training whose predictor is wanted.</param>
    /// <param name="fields">What the predictor's inputs as the data hold them mean; where they are scaled, the checkpoint says by what.</param>
    /// <param name="weights">A checkpoint's tensors by name.</param>
    /// <param name="batch">Samples at once, which need not be known.</param>
    /// <exception cref="NnException">The loss has no predictor, or a tensor is missing.</exception>
    public static PredictGraph Build(TrainingDefinition definition, IReadOnlyList<Field> fields, IReadOnlyDictionary<string, StoredTensor> weights, Dim batch)
    {
        Model model = definition.Predictor
            ?? throw new NnException(
                ExitCode.Script,
                "this script's loss does not compare a model's output with the target, so there is no one model to export; "
                + $"there are {string.Join(" and ", definition.Models.Select(m => m.Name))}, each of which can be exported by itself")
            {
                Remedy = new Remedy(RemedyKind.ChooseModel, definition.Models[0].Name),
            };
        var scope = new Scope(weights);
        GraphBuilder g = scope.Graph;
        // One input needs no name of its own; programs that use the file know it as input.
        (string Name, Slot Slot)[] inputs =
            [.. fields.Select(f => (fields.Count == 1 ? "input" : f.Name, scope.Slot(f.Name, new Shape(batch).Concat(f.Form.Shape), f.Form.Stored)))];
        g.Label = "input";
        Node[] x =
        [
            .. fields.Select((f, i) => scope.Take(
                f.Form, g.Read(inputs[i].Slot), f.Form.Scaling is null
                    ? null
                    : (scope.Stored(FieldSlots.ScaleName(f.Name)), scope.Stored(FieldSlots.ShiftName(f.Name))))),
        ];
        IReadOnlyList<Node> outputs = scope.Apply(model, x);
        g.Label = "output";
        string[] names = [.. model.Outputs.Select(o => outputs.Count == 1 ? "output" : inputs.Any(i => i.Name == o.Name) ? $"{o.Name}_out" : o.Name)];
        for (int o = 0; o < outputs.Count; o++) g.Assign(scope.Slot(names[o], outputs[o].Shape, outputs[o].Type), outputs[o]);
        return new PredictGraph(g.Build(), inputs, names, scope);
    }

    private sealed class Scope : BuildScope
    {
        private readonly IReadOnlyDictionary<string, StoredTensor> _weights;
        private readonly Arena _arena = new("model", persistent: true);
        private readonly Dictionary<string, Node> _reads = [];
        private readonly Dictionary<Slot, StoredTensor> _content = [];

        public Scope(IReadOnlyDictionary<string, StoredTensor> weights)
        {
            _weights = weights;
            Seed = Graph.Read(Slot("seed", Shape.Scalar, DType.I32));
            Step = Graph.Read(Slot("step", Shape.Scalar, DType.I32));
        }

        public IReadOnlyDictionary<Slot, StoredTensor> Content => _content;

        public override GraphBuilder Graph { get; } = new();

        public override bool Training => false;

        public override Node Seed { get; }

        public override Node Step { get; }

        public Slot Slot(string name, Shape shape, DType type) =>
            new(name, shape, type, _arena, shape.IsKnown ? _arena.Reserve(shape.Count * type.Size()) : _arena.Bytes);

        public Node Stored(string name)
        {
            if (_reads.TryGetValue(name, out Node? node)) return node;
            StoredTensor t = _weights.TryGetValue(name, out StoredTensor? found)
                ? found
                : throw new NnException(ExitCode.BadFile, $"the model file has no '{name}'; it belongs to another script");
            return _reads[name] = Known(name, t);
        }

        public override Node Read(Parameter parameter)
        {
            Node node = Stored(parameter.Name);
            return node.Shape == parameter.Shape && node.Type == DType.F32 ? node
                : throw new NnException(
                    ExitCode.BadFile, $"'{parameter.Name}' is {node.Type.Name()} {node.Shape} in the model file, f32 {parameter.Shape} in this script");
        }

        public override void Update(Parameter parameter, Node value)
        {
        }

        public override Node Number(Hyperparameter number) => _reads.TryGetValue("number." + number.Name, out Node? node)
            ? node
            : _reads["number." + number.Name] = Known(number.Name, new StoredTensor(Shape.Scalar, DType.F32, BitConverter.GetBytes((float)number.Value)));

        private Node Known(string name, StoredTensor tensor)
        {
            Slot slot = Slot(name, tensor.Shape, tensor.Type);
            _content[slot] = tensor;
            return Graph.Read(slot);
        }
    }
}
