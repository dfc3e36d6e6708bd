namespace Nn.Dsl;

/// <summary>What the names of a script stand for, found once by going through it: formulas and models are run by these symbols.</summary>
/// <param name="language">What those of the prelude stand for; null in the table of the prelude itself.</param>
internal sealed class NameTable(NameTable? language)
{
    private static readonly Dictionary<string, Symbol> None = [];

    // Two pieces of syntax that say the same at the same place of two scripts are two.
    private readonly Dictionary<Syntax, Symbol> _symbols = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Item, Symbol> _loops = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Statement, IReadOnlyDictionary<string, Symbol>> _given = new(ReferenceEqualityComparer.Instance);

    /// <summary>What a name stands for where values stand; null where nothing defines it.</summary>
    public Symbol? Of(NameExpr name) => Find(name);

    /// <summary>What a parameter, a line of a formula or a label defines.</summary>
    /// <param name="syntax">Of a definition that has been gone through.</param>
    public Symbol Defined(Syntax syntax) => Find(syntax)!;

    /// <summary>The number of a repetition.</summary>
    /// <param name="item">A line that names one.</param>
    public Symbol Loop(Item item) => _loops[item];

    /// <summary>The names that the language, or the data, give to a body.</summary>
    /// <param name="statement">An optimizer, a layer or a training.</param>
    public IReadOnlyDictionary<string, Symbol> Given(Statement statement) =>
        _given.GetValueOrDefault(statement) ?? language?._given.GetValueOrDefault(statement) ?? None;

    /// <summary>Sets what a name stands for, or what syntax defines.</summary>
    public void Set(Syntax syntax, Symbol? symbol)
    {
        if (symbol is not null) _symbols[syntax] = symbol;
    }

    /// <summary>As <see cref="Loop"/>.</summary>
    public void SetLoop(Item item, Symbol symbol) => _loops[item] = symbol;

    /// <summary>As <see cref="Given"/>.</summary>
    public void Give(Statement statement, IReadOnlyDictionary<string, Symbol> names) => _given[statement] = names;

    private Symbol? Find(Syntax syntax) => _symbols.GetValueOrDefault(syntax) ?? language?._symbols.GetValueOrDefault(syntax);
}
