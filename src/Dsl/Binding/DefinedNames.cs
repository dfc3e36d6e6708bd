namespace Nn.Dsl;

/// <summary>What a script gives names to: its statements, their parameters, the fields of its data, the labelled lines of its models.</summary>
/// <param name="table">Takes what parameters define.</param>
internal sealed class DefinedNames(NameTable table)
{
    private readonly Dictionary<(SymbolKind Kind, string Name), Symbol> _defined = [];
    private readonly Dictionary<string, Symbol> _fields = [];
    private readonly Dictionary<Symbol, Dictionary<string, Symbol>> _parameters = new(ReferenceEqualityComparer.Instance);

    /// <summary>The labelled lines of models, as they were come to.</summary>
    public Dictionary<string, Symbol> Labels { get; } = [];

    /// <summary>The fields of the data.</summary>
    public IReadOnlyDictionary<string, Symbol> Fields => _fields;

    /// <summary>All functions by name: the script's, the prelude's, those that are built in.</summary>
    public IEnumerable<string> Functions => Names(SymbolKind.Function)
        .Concat(PreludeScript.Statements.OfType<DefinitionStatement>().Where(d => d.Kind == "fn").Select(d => d.Name.Name)).Concat(Builtins.Functions.Keys);

    /// <summary>What a script defines of some kinds.</summary>
    public IEnumerable<string> Names(params SymbolKind[] kinds) => _defined.Keys.Where(k => kinds.Contains(k.Kind)).Select(k => k.Name);

    /// <summary>What a statement of the script defines; null where none does.</summary>
    public Symbol? Find(SymbolKind kind, string name) => _defined.GetValueOrDefault((kind, name));

    /// <summary>A parameter of a definition; null where it has none of that name.</summary>
    public Symbol? Parameter(Symbol of, string name) => _parameters.GetValueOrDefault(of)?.GetValueOrDefault(name);

    /// <summary>
    /// Takes the fields of data. Inputs of models and outputs are matched with fields by their names, so that these are one name for one thing.
    /// </summary>
    public void DeclareFields(DataStatement data)
    {
        foreach (Item field in data.Settings.Where(i => i.Head.Name == FieldBinder.Word))
        {
            if (field.Arguments is [{ Value: NameExpr name }, ..]) _fields.TryAdd(name.Name, new Symbol(SymbolKind.Local, name.Name, "data", name.Span, field));
        }

        foreach (Item drawn in data.Settings.Where(i => i.Head.Name == ScriptParser.DrawWord && i.Label is not null))
            _fields.TryAdd(drawn.Label!, new Symbol(SymbolKind.Local, drawn.Label!, "data", DrawBinder.NameOf(drawn), drawn));
        string[] names = [.. SaidFields.Of(data)];
        // x and y are no names that anybody chose.
        if (names is [Data.Schema.X, Data.Schema.Y]) return;
        foreach (string name in names) _fields.TryAdd(name, new Symbol(SymbolKind.Column, name, ""));
    }

    /// <summary>Takes what a statement gives a name to.</summary>
    public void Declare(Statement s)
    {
        SymbolKind? kind = s switch
        {
            LetStatement => SymbolKind.Let,
            DefinitionStatement { Kind: "fn" } => SymbolKind.Function,
            DefinitionStatement { Kind: "layer" } => SymbolKind.Layer,
            DefinitionStatement => SymbolKind.Optimizer,
            ModelStatement { Kind: "block" } => SymbolKind.Block,
            ModelStatement => SymbolKind.Model,
            DataStatement => SymbolKind.Data,
            _ => null,
        };
        if (kind is not { } k) return;
        var symbol = new Symbol(k, s.Name.Name, "", s.Name.Span, s);
        _defined[(k, s.Name.Name)] = symbol;
        IReadOnlyList<ParameterSyntax> parameters = s switch { DefinitionStatement d => d.Parameters, ModelStatement m => m.Parameters, _ => [] };
        var own = new Dictionary<string, Symbol>();
        foreach (ParameterSyntax p in parameters) own[p.Name] = s is ModelStatement { Kind: "model" } && _fields.TryGetValue(p.Name, out Symbol? field) ? field
            : new Symbol(SymbolKind.Parameter, p.Name, s.Name.Name, new TextSpan(p.Span.Start, p.Name.Length), p);
        foreach (ParameterSyntax p in parameters) table.Set(p, own[p.Name]);
        _parameters[symbol] = own;
    }

    /// <summary>What a name stands for where values stand; null where it stands for nothing.</summary>
    public Symbol? Resolve(string name, NameScope scope)
    {
        if (name is "true" or "false") return new Symbol(SymbolKind.Keyword, name, "");
        if (scope.Find(name) is { } local) return local;
        if (Find(SymbolKind.Let, name) is { } let) return let;
        // Regularizers; what a script calls by these names stands behind them.
        if (name is "l1" or "l2" && scope.IsLoss) return new Symbol(SymbolKind.Word, name, "loss");
        if (Find(SymbolKind.Model, name) is { } model) return model;
        if (Find(SymbolKind.Function, name) is { } own) return own;
        if (name is "classes" or "features" or "symbols") return new Symbol(SymbolKind.Size, name, "");
        if (Function(name) is { } function) return function;
        return name == Symbol.Training.Name ? Symbol.Training
            : name == Symbol.Pi.Name ? Symbol.Pi
            : name == "it" ? new Symbol(SymbolKind.Local, name, "model") : null;
    }

    /// <summary>A function by its name; null where there is none.</summary>
    public Symbol? Function(string name)
    {
        if (Find(SymbolKind.Function, name) is { } own) return own;
        return Builtins.Functions.ContainsKey(name) || PreludeScript.Find(name) is { Kind: "fn" } ? new Symbol(SymbolKind.Function, name, "") : null;
    }
}
