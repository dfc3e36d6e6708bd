using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>A <c>model</c> with its stored tensors, bound to a shape of input at its first use.</summary>
internal sealed class ModelBinding(ModelStatement syntax, Definitions definitions)
{
    private readonly Dictionary<string, Parameter> _tensors = [];
    private readonly List<Parameter> _order = [];
    private readonly List<LayerSummary> _layers = [];
    private bool _building;

    public string Name => syntax.Name.Name;

    public NameExpr NameSyntax => syntax.Name;

    /// <summary>The model, once it has been bound.</summary>
    public Model? Model { get; private set; }

    /// <summary>Whether it has been bound, or a mistake kept it from being so.</summary>
    public bool Tried => _building || Model is not null;

    /// <summary>The stated input, if any.</summary>
    public Shape? StatedInput(Env env) =>
        syntax.Items.FirstOrDefault(i => i.Head.Name == "input") is { Arguments: [var a, ..] } ? ShapeOf(a, env) : null;

    /// <summary>Whether the first layer that is no name of the input reads numbers of symbols, which only data could say otherwise.</summary>
    public bool ReadsSymbols =>
        syntax.Items.FirstOrDefault(i => i.Head.Name is not ("input" or "identity")) is { } first && StandardLayers.All.TryGetValue(first.Head.Name, out StandardLayer? layer) && layer.Symbols;

    /// <summary>Whether another model is a part of it, or of its parts.</summary>
    public bool Uses(string model) => Uses(syntax.Items, model, [Name]);

    private bool Uses(IEnumerable<Item> items, string model, HashSet<string> seen) => items.Any(i =>
        i.Blocks.Any(b => Uses(b, model, seen))
        || (definitions.Blocks.TryGetValue(i.Head.Name, out ModelStatement? block) && seen.Add(i.Head.Name) && Uses(block.Items, model, seen))
        || (definitions.Models.TryGetValue(i.Head.Name, out ModelBinding? part) && (part.Name == model || (seen.Add(part.Name) && part.Uses(part.Items, model, seen)))));

    private IReadOnlyList<Item> Items => syntax.Items;

    /// <summary>Builds the output for an input of a batch; binds the model if this is its first use.</summary>
    public Node Apply(BuildScope scope, Node input, TextSpan place)
    {
        Bind(input.Shape.Range(1, input.Shape.Rank), place, input.Type);
        if (input.Shape.Range(1, input.Shape.Rank) != Model!.Input)
            throw BindError.ShapesDiffer(place, $"the model {Name} is used on two kinds of input", input.Shape, Model.Input, "each model has one input shape");
        return scope.Use(Model, input);
    }

    /// <summary>Fixes the input shape, makes the tensors and infers the output.</summary>
    public Model Bind(Shape input, TextSpan place, DType type = DType.F32)
    {
        if (Model is not null) return Model;
        if (_building) throw BindError.Recursion(place, Name);
        if (syntax.Items.Count == 0) throw BindError.EmptyModel(syntax.Name);
        var env = new Env(null, definitions);
        if (StatedInput(env) is { } stated && stated != input) throw BindError.InputDiffers(syntax.Items.First(i => i.Head.Name == "input").Span, stated, input);
        _building = true;
        var probe = new ProbeScope();
        Node x = probe.Input(new Shape(Dim.Batch).Concat(input), type);
        Node output = Flow(probe, x, record: true);
        _building = false;
        return Model = new Model(Name, input, output.Shape.Range(1, output.Shape.Rank), _order, _layers, (scope, node) => Flow(scope, node, record: false));
    }

    private Node Flow(BuildScope scope, Node x, bool record)
    {
        var env = new Env(null, definitions) { Build = scope };
        var flow = new LayerFlow(new TensorStore(Name, _tensors, _order), record ? _layers : null, 0);
        string? label = scope.Graph.Label;
        Node result = flow.Run(syntax.Items, x, env);
        scope.Graph.Label = label;
        return result;
    }

    private static Shape ShapeOf(Argument a, Env env) => Evaluator.Evaluate(a.Value, env) switch
    {
        ShapeValue s => s.Shape,
        NumberValue => new Shape(Evaluator.Whole(a.Value, env, "input")),
        { } v => throw BindError.NotAShape(a.Span, "input", v.Describe()),
    };
}

/// <summary>A scope in which shapes are inferred and nothing is run: how many samples a batch has is not known there.</summary>
internal sealed class ProbeScope : BuildScope
{
    private readonly Dictionary<object, Node> _reads = [];
    private readonly HashSet<Node> _trained = [];

    public ProbeScope(bool training = true)
    {
        Training = training;
        Seed = Input(Shape.Scalar, DType.I32);
        Step = Input(Shape.Scalar, DType.I32);
    }

    public override GraphBuilder Graph { get; } = new();

    /// <summary>Between which numbers values lie.</summary>
    public RangeAnalysis Ranges => field ??= new RangeAnalysis(_trained.Contains);

    public override bool Training { get; }

    public override Node Seed { get; }

    public override Node Step { get; }

    /// <summary>A value of that shape.</summary>
    public Node Input(Shape shape, DType type) => Graph.Read(Graphs.Slot.Placeholder("probe", shape, type));

    public override Node Read(Parameter parameter)
    {
        if (_reads.TryGetValue(parameter, out Node? n)) return n;
        _reads[parameter] = n = Input(parameter.Shape, DType.F32);
        if (parameter.Trained) _trained.Add(n);
        return n;
    }

    public override void Update(Parameter parameter, Node value)
    {
    }

    public override Node Number(Hyperparameter number) =>
        _reads.TryGetValue(number, out Node? n) ? n : _reads[number] = Input(Shape.Scalar, DType.F32);
}
