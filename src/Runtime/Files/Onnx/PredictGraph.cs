using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Files.Onnx;

/// <summary>
/// What a trained model computes at prediction, from inputs as the data hold them. Stored tensors are slots whose content is known.
/// </summary>
internal sealed class PredictGraph
{
    private PredictGraph(Graph graph, Slot input, Scope scope) => (Graph, Input, Content) = (graph, input, scope.Content);

    /// <summary>The computation; its only assignment is the output.</summary>
    public Graph Graph { get; }

    /// <summary>The slot of the inputs.</summary>
    public Slot Input { get; }

    /// <summary>The content of every other slot that is read.</summary>
    public IReadOnlyDictionary<Slot, StoredTensor> Content { get; }

    /// <summary>The value predicted.</summary>
    public Node Output => Graph.Assignments[0].Value;

    /// <summary>Builds it.</summary>
    /// <param name="definition">The training whose predictor is wanted.</param>
    /// <param name="form">What inputs as the data hold them mean; where they are scaled, the checkpoint says by what.</param>
    /// <param name="weights">A checkpoint's tensors by name.</param>
    /// <param name="batch">Samples at once, which need not be known.</param>
    /// <exception cref="NnException">The loss has no predictor, or a tensor is missing.</exception>
    public static PredictGraph Build(TrainingDefinition definition, FieldForm form, IReadOnlyDictionary<string, StoredTensor> weights, Dim batch)
    {
        Model model = definition.Predictor
            ?? throw new NnException(ExitCode.Script, "this script's loss does not compare a model's output with the target, so there is no one model to export; name one: --part decoder");
        var scope = new Scope(weights);
        GraphBuilder g = scope.Graph;
        Slot input = scope.Slot("input", new Shape(batch).Concat(form.Shape), form.Stored);
        g.Label = "input";
        Node x = form.Node(g, g.Read(input), form.Scaling is null ? null : (scope.Stored(TrainingSlots.ScaleName), scope.Stored(TrainingSlots.ShiftName)));
        Node output = scope.Apply(model, x);
        g.Label = "output";
        g.Assign(scope.Slot("output", output.Shape, output.Type), output);
        return new PredictGraph(g.Build(), input, scope);
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

        public Slot Slot(string name, Shape shape, DType type) => new(name, shape, type, _arena, shape.IsKnown ? _arena.Reserve(shape.Count * type.Size()) : _arena.Bytes);

        public Node Stored(string name)
        {
            if (_reads.TryGetValue(name, out Node? node)) return node;
            StoredTensor t = _weights.TryGetValue(name, out StoredTensor? found) ? found : throw new NnException(ExitCode.BadFile, $"the model file has no '{name}'; it belongs to another script");
            return _reads[name] = Known(name, t);
        }

        public override Node Read(Parameter parameter)
        {
            Node node = Stored(parameter.Name);
            return node.Shape == parameter.Shape && node.Type == DType.F32 ? node
                : throw new NnException(ExitCode.BadFile, $"'{parameter.Name}' is {node.Type.Name()} {node.Shape} in the model file, f32 {parameter.Shape} in this script");
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
