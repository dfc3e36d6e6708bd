using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>A <c>model</c> with its stored tensors, bound to a shape of input at its first use.</summary>
internal sealed class ModelBinding(ModelStatement syntax, Definitions definitions)
{
    private readonly Dictionary<string, Parameter> _tensors = [];
    private readonly List<Parameter> _order = [];
    private readonly List<LayerSummary> _layers = [];
    private IReadOnlyList<FieldForm?> _forms = [];
    private bool _building;

    // Those of the training that it was bound in.
    private DataFacts _data = new();

    public string Name => syntax.Name.Name;

    public NameExpr NameSyntax => syntax.Name;

    /// <summary>The model, once it has been bound.</summary>
    public Model? Model { get; private set; }

    /// <summary>Whether it has been bound, or a mistake kept it from being so.</summary>
    public bool Tried => _building || Model is not null;

    /// <summary>Whether its outputs depend on its inputs; known once it has been bound.</summary>
    public bool LooksAtInput { get; private set; }

    /// <summary>The stated input, if any.</summary>
    public Shape? StatedInput(Env env) =>
        syntax.Items.FirstOrDefault(i => i.Head.Name == "input") is { Arguments: [var a, ..] } ? ShapeOf(a, env) : null;

    /// <summary>Whether the first layer that is no name of the input reads numbers of symbols, which only data could say otherwise.</summary>
    public bool ReadsSymbols =>
        syntax.Items.FirstOrDefault(i => i.Head.Name is not ("input" or "identity")) is { } first
            && definitions.Names.Of(first.Head) is { Kind: SymbolKind.Layer, Definition: null } layer && StandardLayers.All[layer.Name].Symbols;

    /// <summary>Whether another model is a part of it, or of its parts.</summary>
    public bool Uses(string model) => Uses(syntax.Items, model, [Name]);

    private bool Uses(IEnumerable<Item> items, string model, HashSet<string> seen) => items.Any(i =>
        i.Blocks.Any(b => Uses(b, model, seen)) || definitions.Names.Of(i.Head) switch
        {
            { Kind: SymbolKind.Block, Name: var name } => definitions.Blocks.TryGetValue(name, out ModelStatement? block) && seen.Add(name)
                && Uses(block.Items, model, seen),
            { Kind: SymbolKind.Model, Name: var name } => name == model
                || definitions.Models.TryGetValue(name, out ModelBinding? part) && seen.Add(name) && part.Uses(part.Items, model, seen),
            _ => false,
        });

    private IReadOnlyList<Item> Items => syntax.Items;

    /// <summary>The names of its inputs, where it says so in brackets; null where it takes one, which has no name.</summary>
    public IReadOnlyList<string>? InputNames { get; } = syntax.Parameters.Count == 0 ? null : [.. syntax.Parameters.Select(p => p.Name)];

    /// <summary>Builds the outputs for inputs of a batch; binds the model if this is its first use.</summary>
    public Value Apply(BuildScope scope, IReadOnlyList<Node> inputs, TextSpan place)
    {
        FieldForm?[] forms = [.. inputs.Select(scope.FormOf)];
        Bind([.. inputs.Select(i => (i.Shape.Range(1, i.Shape.Rank), i.Type))], place, forms);
        for (int i = 0; i < inputs.Count; i++)
        {
            if (!Model!.Inputs[i].Shape.Admits(inputs[i].Shape.Range(1, inputs[i].Shape.Rank)))
                throw BindError.ShapesDiffer(place, $"the model {Name} is used on two kinds of input", inputs[i].Shape, Model.Inputs[i].Shape,
                    "each model has one input shape");
            // A vector of another symbol must not stand for one that the model has none of.
            if (forms[i]?.Symbols is { } many && _forms[i]?.Symbols is { } known && many != known) throw TextErrors.OtherSymbols(place, Name, many, known);
        }

        IReadOnlyList<Node> outputs = scope.Use(Model!, inputs);
        return outputs.Count == 1 ? new TensorValue(outputs[0]) : new OutputsValue(Name,
            Model!.Outputs.Zip(outputs).ToDictionary(o => o.First.Name, o => o.Second));
    }

    /// <summary>As the other, of a model that takes one input.</summary>
    public Model Bind(Shape input, TextSpan place, DType type = DType.F32) => Bind([(input, type)], place);

    /// <summary>Fixes the shapes of the inputs, makes the tensors and infers the outputs.</summary>
    /// <param name="inputs">Without the batch.</param>
    /// <param name="place">Where it is applied.</param>
    /// <param name="forms">What the symbols of inputs are, where they are such and that is known.</param>
    public Model Bind(IReadOnlyList<(Shape Shape, DType Type)> inputs, TextSpan place, IReadOnlyList<FieldForm?>? forms = null)
    {
        if (Model is not null) return Model;
        _data = definitions.Data;
        _forms = forms ?? [.. inputs.Select(_ => (FieldForm?)null)];
        inputs = [.. inputs.Select(i => (i.Shape.Open(), i.Type))];
        if (_building) throw BindError.Recursion(place, Name);
        if (syntax.Items.Count == 0) throw BindError.EmptyModel(syntax.Name);
        if (syntax.Parameters.FirstOrDefault(p => p.Default is not null) is { } number)
            throw BindError.UnexpectedArgument(number.Default!.Span, $"the inputs of {Name}", SyntaxText.Of(number.Default),
                "inputs have no defaults; what has parameters that are numbers is a block");
        var env = new Env(null, definitions);
        if (StatedInput(env) is { } stated && stated != inputs[0].Shape) throw BindError.InputDiffers(syntax.Items.First(i => i.Head.Name == "input").Span,
            stated, inputs[0].Shape);
        _building = true;
        var probe = new ProbeScope();
        Node[] x = [.. inputs.Select(i => probe.Input(new Shape(Dim.Batch).Concat(i.Shape), i.Type))];
        IReadOnlyList<Node> outputs = Flow(probe, x, record: true);
        _building = false;
        LooksAtInput = outputs.Any(o => x.Any(o.Reaches));
        NamedShape[] given = [.. inputs.Select((i, n) => new NamedShape(InputNames?[n] ?? Schema.X, i.Shape, i.Type))];
        string[] names = syntax.Items[^1].Head.Name == StructuralRow.OutputsWord ? [.. syntax.Items[^1].Arguments.Select(a => ((NameExpr)a.Value).Name)]
            : [Schema.Y];
        return Model = new Model(
            Name, given, [.. outputs.Select((o, n) => new NamedShape(names[n], o.Shape.Range(1, o.Shape.Rank)))], _order, _layers, (scope, nodes) =>
                Flow(scope, nodes, record: false));
    }

    private IReadOnlyList<Node> Flow(BuildScope scope, IReadOnlyList<Node> inputs, bool record) =>
        definitions.Under(_data, () => Lines(scope, inputs, record));

    private IReadOnlyList<Node> Lines(BuildScope scope, IReadOnlyList<Node> inputs, bool record)
    {
        var env = new Env(null, definitions) { Build = scope };
        for (int i = 0; i < inputs.Count; i++) scope.Tell(inputs[i], _forms[i]);
        for (int i = 0; i < inputs.Count && InputNames is not null; i++) env.Set(definitions.Names.Defined(syntax.Parameters[i]), new TensorValue(inputs[i]));
        var flow = new LayerFlow(new TensorStore(Name, _tensors, _order), record ? _layers : null, 0);
        string? label = scope.Graph.Label;
        Item last = syntax.Items[^1];
        bool stated = last.Head.Name == StructuralRow.OutputsWord;
        Node result = flow.Run(stated ? [.. syntax.Items.SkipLast(1)] : syntax.Items, inputs[0], env);
        scope.Graph.Label = label;
        return stated ? Outputs(last, env, inputs[0]) : [result];
    }

    private IReadOnlyList<Node> Outputs(Item line, Env env, Node input)
    {
        if (line.Arguments.Count == 0 || line.Arguments.Any(a => a.Name is not null || a.Value is not NameExpr)) throw BindError.OutputUnknown(line.Span, Name);
        NameExpr[] names = [.. line.Arguments.Select(a => (NameExpr)a.Value)];
        if (names.FirstOrDefault(n => names.Count(other => other.Name == n.Name) > 1) is { } twice) throw BindError.GivenTwice(twice.Span,
            StructuralRow.OutputsWord, twice.Name);
        return
        [
            .. names.Select(n =>
            {
                Node y = definitions.Names.Of(n) is { } symbol && env.Find(symbol) is TensorValue t ? t.Node : throw BindError.OutputNotThere(n, env.Names);
                return y.Shape.Rank > 0 && y.Shape[0] == input.Shape[0] ? y
                    : throw BindError.ShapesDiffer(n.Span, $"{n.Name} loses the samples of the batch", input.Shape, y.Shape,
                        "an output must keep one row a sample");
            }),
        ];
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
    private readonly Dictionary<Node, Node> _derivatives = [];

    /// <param name="training">Whether layers do what they do while training.</param>
    /// <param name="simplify">False makes the nodes that layers and formulas ask for, so that each goes back to the values that it is said to take.</param>
    public ProbeScope(bool training = true, bool simplify = true)
    {
        (Training, Graph) = (training, new GraphBuilder(simplify));
        Seed = Input(Shape.Scalar, DType.I32);
        Step = Input(Shape.Scalar, DType.I32);
    }

    public override GraphBuilder Graph { get; }

    /// <summary>Samples of the batch.</summary>
    public Dim Batch { get; init; } = Dim.Batch;

    /// <summary>Between which numbers values lie.</summary>
    public RangeAnalysis Ranges => field ??= new RangeAnalysis(_trained.Contains);

    public override bool Training { get; }

    public override Node Seed { get; }

    public override Node Step { get; }

    /// <summary>Of what each derivative in a formula is one. A constant is no derivative of anything: it may stand elsewhere too.</summary>
    public IReadOnlyDictionary<Node, Node> Derivatives => _derivatives;

    /// <summary>Notes of what a value is the derivative.</summary>
    public void Derive(Node derivative, Node of)
    {
        if (derivative.Inputs.Count > 0) _derivatives[derivative] = of;
    }

    /// <summary>A batch of samples of that kind.</summary>
    public SampleNodes Samples(Schema schema)
    {
        Node Of(Field f) => Input(new Shape(Batch).Concat(f.Form.Shape.Open()), f.Form.Type);
        return new SampleNodes(schema, [.. schema.Inputs.Select(Of)], [.. schema.Targets.Select(Of)], Batch);
    }

    /// <summary>A value of that shape.</summary>
    public Node Input(Shape shape, DType type) => Graph.Read(Graphs.Slot.Placeholder("probe", shape, type));

    public override Node Length(string name) => _reads.TryGetValue(name, out Node? n) ? n : _reads[name] = Input(new Shape(Batch), DType.F32);

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
