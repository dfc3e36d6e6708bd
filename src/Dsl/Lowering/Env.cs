using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// The values of the symbols that an expression sees: its own and those around it; and what the script defines. <see cref="Build"/> is there while a graph is
/// being built.
/// </summary>
internal sealed class Env(Env? parent, Definitions definitions)
{
    private Dictionary<Symbol, Value>? _values;
    private readonly Dim? _samples;

    public Definitions Definitions { get; } = definitions;

    /// <summary>The entry being built, or null where only numbers and shapes are known.</summary>
    public BuildScope? Build { get; init; } = parent?.Build;

    /// <summary>The same where there must be one.</summary>
    /// <exception cref="BindError">There is none: this is a value of the whole script, such as a <c>let</c>.</exception>
    public BuildScope Scope(TextSpan span) =>
        Build ?? throw BindError.UnexpectedArgument(span, "a value of the whole script", "tensors",
            "a let is a number, a shape, a name or a list of these; formulas over tensors stand in a fn, a layer or a loss");

    /// <summary>The flowing value.</summary>
    public Value? It { get; init; } = parent?.It;

    /// <summary>In a loss: what a bare loss name compares, and the weights that <c>l1</c> and <c>l2</c> sum over.</summary>
    public LossContext? Loss { get; init; } = parent?.Loss;

    /// <summary>In an optimizer: what it works on.</summary>
    public OptimizerInputs? Optimizer { get; init; } = parent?.Optimizer;

    /// <summary>Samples of the batch, for random numbers drawn for each of them; 1 where there is none.</summary>
    public Dim Samples
    {
        get => _samples ?? Loss?.Samples ?? (It as TensorValue)?.Node.Shape[0] ?? parent?.Samples ?? 1;
        init => _samples = value;
    }

    /// <summary>What a symbol stands for here; null where it has no value.</summary>
    public Value? Find(Symbol symbol)
    {
        if (_values is not null && _values.TryGetValue(symbol, out Value? v)) return v;
        Value? outer = parent?.Find(symbol);
        return outer is not null && Import is { } import ? import(outer) : outer;
    }

    /// <summary>In a loop: what a value from around it is within; null where it is the same.</summary>
    public Func<Value, Value>? Import { get; init; }

    /// <summary>The loop of which this is the body; null in none.</summary>
    public ScanLoop? Loop { get; init; } = parent?.Loop;

    /// <summary>Gives a symbol a value from here on.</summary>
    public void Set(Symbol symbol, Value value) => (_values ??= new(ReferenceEqualityComparer.Instance))[symbol] = value;

    /// <summary>
    /// Counts a layer or call while a script is checked: a few lines can come to more than any machine can hold. What passed is not counted again when
    /// plans are built.
    /// </summary>
    public void CountWork(TextSpan place)
    {
        if (Build is null or ProbeScope) Definitions.CountWork(place);
    }

    /// <summary>All names, for suggestions.</summary>
    public IEnumerable<string> Names => (_values?.Keys.Select(s => s.Name) ?? []).Concat(parent?.Names ?? []);
}

/// <summary>What a loss expression is about.</summary>
/// <param name="Prediction">The model's output, where there is one model.</param>
/// <param name="Target">The target y; null where the data have none.</param>
/// <param name="Samples">Samples of the batch.</param>
/// <param name="Weights">The parameters that regularisers may name, by the name of their layer or model; null while the models are not bound yet.</param>
internal sealed record LossContext(Func<Value>? Prediction, Value? Target, Dim Samples, IReadOnlyList<Parameter>? Weights);

/// <summary>Everything that a script and the prelude define.</summary>
internal sealed class Definitions
{
    private const int MaxWork = 50_000;

    private int _work;

    /// <summary>What the names of the script stand for.</summary>
    public NameTable Names { get; set; } = new(null);

    public Dictionary<string, LetStatement> Lets { get; } = [];

    public Dictionary<string, (DefinitionStatement Definition, bool Prelude)> Functions { get; } = [];

    public Dictionary<string, DefinitionStatement> Layers { get; } = [];

    public Dictionary<string, (DefinitionStatement Definition, bool Prelude)> Optimizers { get; } = [];

    public Dictionary<string, ModelStatement> Blocks { get; } = [];

    public Dictionary<string, ModelBinding> Models { get; } = [];

    /// <summary>What is known of the data of the training that is bound or built.</summary>
    public DataFacts Data { get; set; } = new();

    /// <summary>Makes something of the data of another training: what was bound for it is built so, whichever is bound by then.</summary>
    public T Under<T>(DataFacts data, Func<T> make)
    {
        DataFacts before = Data;
        Data = data;
        try
        {
            return make();
        }
        finally
        {
            Data = before;
        }
    }

    /// <summary>Names of the metrics that the training defines.</summary>
    public HashSet<string> OwnMetrics { get; } = [];

    /// <summary>Lets already evaluated.</summary>
    public Dictionary<string, Value> Evaluated { get; } = [];

    /// <summary>Lets that could not be evaluated, and why.</summary>
    public Dictionary<string, BindError> Failed { get; } = [];

    /// <summary>Where an analysis wants to know what each layer makes, in the order in which they are bound.</summary>
    public List<LayerUse>? Trace { get; set; }

    /// <summary>As <see cref="Trace"/>, of the lines of layers written as formulas.</summary>
    public List<FormulaUse>? Formulas { get; set; }

    /// <summary>Told of what may be meant but is probably not; null where nobody asks.</summary>
    public Action<BindError>? Warn { get; set; }

    /// <summary>A function of the prelude, the script's own in its place, or one that formulas are made of; null where there is none of that name.</summary>
    public FunctionValue? Function(string name) =>
        Functions.TryGetValue(name, out var f) ? new FunctionValue(name, f.Definition, FunctionValue.Nothing, f.Prelude)
        : Builtins.Functions.ContainsKey(name) ? new FunctionValue(name, null, FunctionValue.Nothing, true) : null;

    /// <summary>The model that is called; null where something else is.</summary>
    public ModelBinding? ModelOf(CallExpr call) => Names.Of(call.Function) is { Kind: SymbolKind.Model } model ? Models.GetValueOrDefault(model.Name) : null;

    /// <summary>The function that is called; null where something else is.</summary>
    public FunctionValue? FunctionOf(CallExpr call) => Names.Of(call.Function) is { Kind: SymbolKind.Function } function ? Function(function.Name) : null;

    /// <summary>As <see cref="Env.CountWork"/>.</summary>
    public void CountWork(TextSpan place)
    {
        if (++_work > MaxWork) throw BindError.TooMuchWork(place, MaxWork);
    }

    public HashSet<string> Evaluating { get; } = [];
}
