namespace Nn.Dsl;

/// <summary>The names that can be seen from a place, innermost first.</summary>
internal sealed class NameScope(NameScope? parent)
{
    private readonly Dictionary<string, Symbol> _names = [];

    /// <summary>What a name stands for here, unless it is known everywhere or not at all.</summary>
    public Symbol? Find(string name) => _names.TryGetValue(name, out Symbol? s) ? s : parent?.Find(name);

    /// <summary>Whether this is within the losses of a training, where <c>l1</c> and <c>l2</c> are sums over weights.</summary>
    public bool IsLoss { get => field || parent?.IsLoss == true; init; }

    /// <summary>Those of this scope alone, as they are now.</summary>
    public IReadOnlyDictionary<string, Symbol> Own => new Dictionary<string, Symbol>(_names);

    /// <summary>All of them.</summary>
    public IEnumerable<string> Names => _names.Keys.Concat(parent?.Names ?? []);

    /// <summary>Makes a name known from here on.</summary>
    public Symbol Add(Symbol symbol) => _names[symbol.Name] = symbol;

    /// <summary>A name that the language gives to the formulas of this body.</summary>
    public void Given(string within, params ReadOnlySpan<string> names)
    {
        foreach (string name in names) Add(new Symbol(SymbolKind.Local, name, within));
    }
}
