namespace Nn.Dsl;

/// <summary>What was found about the names of a script, written down as it is gone through.</summary>
/// <param name="script">As parsed.</param>
/// <param name="table">Takes what each name stands for.</param>
/// <param name="defined">What the script defines.</param>
internal sealed class NameNotes(Script script, NameTable table, DefinedNames defined)
{
    private readonly List<NameUse> _uses = [];

    /// <summary>What each name stands for.</summary>
    public NameTable Table => table;

    /// <summary>The places of names, in the order in which they were come to.</summary>
    public IReadOnlyList<NameUse> Uses => _uses;

    /// <summary>The tokens of the script, for places that the syntax does not tell.</summary>
    public TokenPlaces Tokens { get; } = new(script.Source);

    /// <summary>Notes what a name of the syntax stands for.</summary>
    public void Note(NameExpr name, Symbol symbol)
    {
        table.Set(name, symbol);
        Note(name.Span, symbol);
    }

    /// <summary>Notes a place that speaks of something.</summary>
    public void Note(TextSpan span, Symbol symbol) => Add(span, symbol, false);

    /// <summary>Notes a place that speaks of something, or defines it.</summary>
    public void Add(TextSpan span, Symbol symbol, bool defines) => _uses.Add(new NameUse(span, symbol, defines));

    /// <summary>Notes the word that begins a statement.</summary>
    public void Begin(Statement s) =>
        Note(new TextSpan(s.Span.Start, Tokens.At(s.Span.Start)?.Span.Length ?? 0), new Symbol(SymbolKind.Keyword, Tokens.At(s.Span.Start)?.Text ?? "", ""));

    /// <summary>Notes the name of a statement.</summary>
    public void Define(SymbolKind kind, NameExpr name)
    {
        // Defined twice, the last counts; the first is still a place that speaks of it.
        Symbol symbol = defined.Find(kind, name.Name)!;
        table.Set(name, symbol);
        Add(name.Span, symbol, symbol.Definition == name.Span);
    }

    /// <summary>Notes the name of what a statement of the script defines; false where none does.</summary>
    public bool Use(SymbolKind kind, NameExpr name)
    {
        if (defined.Find(kind, name.Name) is not { } symbol) return false;
        Note(name, symbol);
        return true;
    }
}
