using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>A row of the table of layers.</summary>
/// <param name="Name">As written in scripts.</param>
/// <param name="Parameters">In the order in which they may be given without names.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Example">A line of a script.</param>
/// <param name="Build">Makes the value.</param>
/// <param name="InExpressions">Whether it has no weights and may be called in expressions: <c>flatten(x)</c>.</param>
/// <param name="Activation">Whether an activation may follow the arguments.</param>
/// <param name="Symbols">Whether it takes numbers that stand for symbols; the others calculate with their input.</param>
/// <param name="ActivatesItself">Whether <paramref name="Build"/> applies the activation; else it follows.</param>
internal sealed record StandardLayer(
    string Name, IReadOnlyList<OptionRow> Parameters, string Summary, string Example, Func<LayerCall, Node> Build,
    bool InExpressions = false, bool Activation = false, bool Symbols = false, bool ActivatesItself = false)
{
    /// <summary>The words that may stand among its arguments.</summary>
    public IReadOnlyCollection<string> Words(Definitions d) =>
    [
        .. Parameters.SelectMany(p => p.Words).Where(w => w is not ("true" or "false")), .. Parameters.Where(p => p.Words.Contains("true")).Select(p => p.Name),
        .. d.Functions.Keys, .. Builtins.Functions.Keys, .. d.Lets.Keys, .. d.Data.Known.Keys, "classes", "features",
    ];

    /// <summary>Calls it in an expression: the first argument is the value.</summary>
    public Value Call(CallExpr call, Env env)
    {
        if (call.Arguments.Count == 0) throw BindError.MissingArgument(call.Span, Name, "a value");
        Node x = Evaluator.Tensor(Evaluator.Evaluate(call.Arguments[0].Value, env), call.Arguments[0].Span, env, Name);
        var layer = new LayerCall(this, [.. call.Arguments.Skip(1)], call.Span, x, env, null);
        return Evaluator.Make(call.Span, () => Build(layer));
    }
}

/// <summary>One use of a standard layer: its arguments, the value before it, and its tensors.</summary>
internal sealed class LayerCall
{
    private readonly StandardLayer _layer;
    private readonly Dictionary<string, (Expr? Expr, string? Word)> _given = [];
    private readonly Env _env;
    private readonly TensorStore? _tensors;

    public LayerCall(StandardLayer layer, IReadOnlyList<Argument> arguments, TextSpan span, Node input, Env env, TensorStore? tensors)
    {
        (_layer, Span, Input, _env, _tensors) = (layer, span, input, env, tensors);
        foreach (Argument a in arguments) Take(a);
        foreach (OptionRow p in layer.Parameters)
        {
            if (p.Default is null && !_given.ContainsKey(p.Name))
                throw BindError.MissingArgument(span, layer.Name, p.Kind == OptionKind.Shape ? $"'{p.Name}', such as 3x3" : $"'{p.Name}', a number",
                    layer.Example);
        }
    }

    /// <summary>Of the layer.</summary>
    public string Name => _layer.Name;

    public TextSpan Span { get; }

    public Node Input { get; }

    private FunctionValue? ActivationFunction { get; set; }

    private TextSpan ActivationSpan { get; set; }

    private string? ActivationText { get; set; }

    public BuildScope Scope => _env.Scope(Span);

    public GraphBuilder Graph => Scope.Graph;

    /// <summary>Extents of the value before, without the batch.</summary>
    public Shape Sample => Input.Shape.Range(1, Input.Shape.Rank);

    /// <summary>All arguments with their names, given or not.</summary>
    public string Options
    {
        get
        {
            IEnumerable<string> arguments = _layer.Parameters.Select(p => $"{p.Name}: {Text(p)}");
            if (_layer.Activation) arguments = arguments.Append($"activation: {ActivationText ?? (_layer.ActivatesItself ? "tanh" : "none")}");
            return $"{Name} {string.Join(", ", arguments)}".TrimEnd();
        }
    }

    private string Text(OptionRow p)
    {
        if (!_given.TryGetValue(p.Name, out var g)) return p.Shown is { Length: > 0 } otherwise ? otherwise : p.Name == "stride" ? "as the window" : "none";
        if (g.Word is not null) return g.Word;
        // What a let stands for is more than its name; initial values have names of their own.
        return p.Kind == OptionKind.Initializer || g.Expr is ShapeExpr ? SyntaxText.Of(g.Expr!) : Evaluator.Evaluate(g.Expr!, _env) switch
        {
            NumberValue n => n.Number.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            ShapeValue v => v.Shape.ToString(),
            _ => SyntaxText.Of(g.Expr!),
        };
    }

    public bool Has(string name) => _given.ContainsKey(name);

    public int Whole(string name, int least = 1)
    {
        if (_given.TryGetValue(name, out var g)) return Evaluator.Whole(g.Expr!, _env, $"{_layer.Name}: {name}", new WholeRange(least));
        return int.Parse(Parameter(name).Default!);
    }

    public double Number(string name) => _given.TryGetValue(name, out var g)
        ? Evaluator.Number(g.Expr!, _env, $"{_layer.Name}: {name}")
        : double.Parse(Parameter(name).Default!, System.Globalization.CultureInfo.InvariantCulture);

    public string Word(string name) => _given.TryGetValue(name, out var g) ? g.Word! : Parameter(name).Default!;

    public TextSpan SpanOf(string name) => _given.TryGetValue(name, out var g) && g.Expr is not null ? g.Expr.Span : Span;

    /// <summary>
    /// Extents along height and width: a shape of two, or one number for both; for a sequence, whose height is 1, the number is that of its length.
    /// </summary>
    public (int Y, int X) Pair(string name, int least = 1)
    {
        bool sequence = Sample.Rank == 2;
        if (!_given.TryGetValue(name, out var g)) return Both(int.Parse(Parameter(name).Default!));
        return Evaluator.Evaluate(g.Expr!, _env) switch
        {
            NumberValue => Both(Evaluator.Whole(g.Expr!, _env, $"{_layer.Name}: {name}", new WholeRange(least))),
            ShapeValue { Shape: var s } when sequence => throw BindError.SequenceWindow(g.Expr!.Span, _layer.Name, name, Input.Shape, s),
            ShapeValue { Shape: { Rank: 2 } s } => (s[0], s[1]),
            { } v => throw BindError.NotAShape(g.Expr!.Span, $"{_layer.Name}: {name}", v.Describe()),
        };

        // What leaves the height of a sequence as it is: no padding, else 1.
        (int, int) Both(int n) => (sequence ? least : n, n);
    }

    /// <summary>
    /// Zeros at the beginning and the end of an axis: one number serves all sides, <c>1x0</c> one each axis of an image, <c>0x1x1x0</c> top, left, bottom and
    /// right. Of a sequence, <c>2x0</c> are those before and after it.
    /// </summary>
    public (int Before, int After) Sides(string name, bool vertical)
    {
        bool sequence = Sample.Rank == 2;
        Expr e = _given[name].Expr!;
        Value value = e is ShapeExpr written ? new ShapeValue(Evaluator.ParseShape(written, least: 0)) : Evaluator.Evaluate(e, _env);
        switch (value)
        {
            case NumberValue:
                int n = sequence && vertical ? 0 : Evaluator.Whole(e, _env, $"{_layer.Name}: {name}", WholeRange.FromZero);
                return (n, n);
            case ShapeValue { Shape: { Rank: 2 } s }:
                return sequence ? vertical ? (0, 0) : (s[0], s[1]) : vertical ? (s[0], s[0]) : (s[1], s[1]);
            case ShapeValue { Shape: { Rank: 4 } s } when !sequence:
                return vertical ? (s[0], s[2]) : (s[1], s[3]);
            default:
                throw BindError.NoSides(e.Span, _layer.Name, value.Describe(), sequence);
        }
    }

    /// <summary>The mistake that an argument is missing which the data could say.</summary>
    public BindError NotInData(string what, string example) => _env.Definitions.Data.Unknown
        ? new BindError(Span, what) { Follows = true }
        : BindError.MissingArgument(Span, Name, what, example);

    /// <summary>How many different symbols the data have; null where they do not say it.</summary>
    public int? Symbols => _env.Definitions.Data.Symbols;

    /// <summary>Values a second of the sounds of the data; null where there are none, or of several rates.</summary>
    public int? Rate => _env.Definitions.Data.Schema?.Inputs.Select(f => f.Form.Rate).OfType<int>().Distinct().ToArray() is [var rate] ? rate : null;

    /// <summary>The classes of the data's target; null where it is none.</summary>
    public int? Classes => _env.Definitions.Data.Known.GetValueOrDefault("classes") is NumberValue n ? (int)n.Number : null;

    /// <summary>A shape of any rank.</summary>
    public Shape Shape(string name)
    {
        Expr e = _given[name].Expr!;
        return Evaluator.Evaluate(e, _env) switch
        {
            ShapeValue s => s.Shape,
            NumberValue => new Shape(Evaluator.Whole(e, _env, $"{_layer.Name}: {name}")),
            { } v => throw BindError.NotAShape(e.Span, $"{_layer.Name}: {name}", v.Describe()),
        };
    }

    /// <summary>An option that is a value of the model; null where it is not given.</summary>
    public Node? Value(string name) => _given.TryGetValue(name, out var g)
        ? Evaluator.Tensor(Evaluator.Evaluate(g.Expr!, _env), g.Expr!.Span, _env, _layer.Name)
        : null;

    /// <summary>A tensor of this layer; made at the first build, the same afterwards.</summary>
    public Node Tensor(string name, Shape shape, ParameterKind kind, Initializer init, long fanIn, long fanOut) =>
        Scope.Read(Stored(name, shape, kind, init, fanIn, fanOut));

    /// <summary>As <see cref="Tensor"/>, without reading it.</summary>
    public Parameter Stored(string name, Shape shape, ParameterKind kind, Initializer init, long fanIn, long fanOut)
    {
        if (shape.Aggregate(1.0, (n, d) => n * d) > int.MaxValue) throw BindError.NumberTooBig(Span, $"{_layer.Name}'s {name}");
        return _tensors!.Get(name, shape, kind, init, fanIn, fanOut);
    }

    /// <summary>Tells who asks of a value within the layer.</summary>
    public void Tell(string name, Node value) => Scope.OnLayer?.Invoke(new LayerValue($"{_tensors!.Prefix}.{name}", "", value));

    /// <summary>A function of the prelude, or the script's own in its place.</summary>
    public Node Apply(string function, Node x)
    {
        return Evaluator.Tensor(Evaluator.CallFunction(_env.Definitions.Function(function)!, [new TensorValue(x)], [], Span, _env), Span, _env, function);
    }

    /// <summary>The activation given after the arguments, of a value of that scope; null where none was given.</summary>
    public Node? Activated(Node y, BuildScope scope)
    {
        if (ActivationFunction is not { } activation) return null;
        var env = new Env(_env, _env.Definitions) { Build = scope };
        return Evaluator.Tensor(Evaluator.CallFunction(activation, [new TensorValue(y)], [], ActivationSpan, env), ActivationSpan, env, activation.Name);
    }

    /// <summary>The <c>init</c> argument, or a default.</summary>
    public Initializer Init(Initializer otherwise) => _given.TryGetValue("init", out var g) ? Initializers.Evaluate(g.Expr!, _env) : otherwise;

    private OptionRow Parameter(string name) => _layer.Parameters.First(p => p.Name == name);

    private void Take(Argument a)
    {
        if (a.Name is not null)
        {
            if (a.Name == "activation" && _layer.Activation)
            {
                SetActivation(a);
                return;
            }

            OptionRow p = _layer.Parameters.FirstOrDefault(p => p.Name == a.Name)
                ?? throw BindError.UnknownOption(a.NameSpan, a.Name, _layer.Name, _layer.Parameters.Select(x => x.Name));
            Set(p, a);
            return;
        }

        // Words are known by themselves; other values go to the next argument of their kind.
        if (a.Value is NameExpr word)
        {
            if (_layer.Parameters.FirstOrDefault(p => p.Words.Contains(word.Name) || p.Name == word.Name && p.Words.Contains("true")) is { } flagged)
            {
                if (!_given.TryAdd(flagged.Name, (null, flagged.Words.Contains(word.Name) ? word.Name : "true"))) throw BindError.GivenTwice(a.Span,
                    _layer.Name, flagged.Name);
                return;
            }

            if (_layer.Activation && IsActivation(word))
            {
                SetActivation(a);
                return;
            }
        }

        if (a.Value is CallExpr && _layer.Activation && Evaluator.Evaluate(a.Value, _env) is FunctionValue)
        {
            SetActivation(a);
            return;
        }

        Value value = Evaluator.Evaluate(a.Value, _env);
        OptionRow? next = _layer.Parameters.FirstOrDefault(p => !_given.ContainsKey(p.Name) && Accepts(p, value));
        if (next is null && _layer.Activation && a.Value is CallExpr call && Evaluator.Partial(call, _env) is { } function)
        {
            SetActivation(a, function);
            return;
        }

        if (next is null)
        {
            throw value is FunctionValue
                ? BindError.UnexpectedArgument(a.Span, _layer.Name, value.Describe(), "put the activation on a line of its own")
                : BindError.UnexpectedArgument(a.Span, _layer.Name, value.Describe(), $"for example: {_layer.Example}");
        }

        _given[next.Name] = (a.Value, null);
    }

    private static bool Accepts(OptionRow p, Value v) => p.Kind switch
    {
        OptionKind.Whole or OptionKind.Number => v is NumberValue,
        OptionKind.Shape => v is ShapeValue or NumberValue,
        _ => false,
    };

    private bool IsActivation(NameExpr word)
    {
        try
        {
            return Evaluator.Evaluate(word, _env) is FunctionValue;
        }
        catch (BindError) when (word.Name != "classes" && !_env.Definitions.Lets.ContainsKey(word.Name))
        {
            throw BindError.UnknownName(word, _layer.Words(_env.Definitions));
        }
    }

    private void SetActivation(Argument a, FunctionValue? function = null)
    {
        if (ActivationFunction is not null) throw BindError.GivenTwice(a.Span, _layer.Name, "activation");
        function ??= Evaluator.Evaluate(a.Value, _env) as FunctionValue;
        ActivationFunction = function ?? throw BindError.NotAFunction(a.Span, Evaluator.Evaluate(a.Value, _env).Describe());
        ActivationSpan = a.Span;
        ActivationText = SyntaxText.Of(a.Value);
    }

    private void Set(OptionRow p, Argument a)
    {
        string? word = null;
        if (p.Kind == OptionKind.Word && !(p.Words.Contains("number") && MayBeNumber(p, a.Value)))
        {
            word = a.Value is NameExpr n ? n.Name : throw BindError.UnknownChoice(a.Value.Span, p.Name, "…", p.Words);
            if (!p.Words.Contains(word)) throw BindError.UnknownChoice(a.Value.Span, p.Name, word, p.Words);
        }

        if (!_given.TryAdd(p.Name, (a.Value, word))) throw BindError.GivenTwice(a.Span, _layer.Name, p.Name);
    }

    private bool MayBeNumber(OptionRow p, Expr e) =>
        e is not NameExpr n || (!p.Words.Contains(n.Name) && _env.Definitions.Names.Of(n) is { IsLocal: true } or { Kind: SymbolKind.Let });
}
