namespace Nn.Dsl;

/// <summary>What the expressions of a loop's body depend on: carried values, or values that differ from place to place.</summary>
/// <param name="definitions">Of the script.</param>
/// <param name="placed">Whether a value from around the loop differs from place to place.</param>
internal sealed class LoopDependence(Definitions definitions, Func<Symbol, bool> placed)
{
    private static readonly string[] Drawing = ["normal", "uniform"];

    private readonly HashSet<Symbol> _states = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Symbol> _carried = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Symbol> _placed = new(ReferenceEqualityComparer.Instance);

    /// <summary>A value that the loop carries.</summary>
    public void Carry(Symbol symbol)
    {
        _states.Add(symbol);
        _carried.Add(symbol);
    }

    /// <summary>A line of the body gives a value.</summary>
    /// <param name="symbol">Its name.</param>
    /// <param name="free">Whether it depends on no carried value.</param>
    /// <param name="placed">Whether it differs from place to place.</param>
    public void Assign(Symbol symbol, bool free, bool placed)
    {
        if (!free) _carried.Add(symbol);
        else if (!_states.Contains(symbol)) _carried.Remove(symbol);
        if (placed) _placed.Add(symbol);
        else _placed.Remove(symbol);
    }

    /// <summary>Whether an expression depends on no carried value, and takes each sample of a place by itself.</summary>
    public bool IsFree(Expr expr) => !Symbols(expr).Any(_carried.Contains) && !Calls(expr, MixesSamples);

    /// <summary>Whether the value of a free expression differs from place to place: it uses what does, or draws numbers.</summary>
    public bool IsPlaced(Expr expr) => Symbols(expr).Any(s => _placed.Contains(s) || s.Kind == SymbolKind.Model || placed(s)) || Calls(expr, Draws);

    private IEnumerable<Symbol> Symbols(Expr expr) => ExprNames.Of(expr).Select(definitions.Names.Of).OfType<Symbol>();

    private static bool Draws(Expr expr) => ExprNames.In(expr).Any(Drawing.Contains);

    private static bool MixesSamples(Expr expr) => ExprWalk.Of(expr).OfType<CallExpr>()
        .Any(c => c.Arguments.Any(a => a is { Name: "over", Value: NameExpr { Name: "batch" } }));

    // Of the expression, or of a function that it calls.
    private bool Calls(Expr expr, Func<Expr, bool> does)
    {
        var seen = new HashSet<Symbol>(ReferenceEqualityComparer.Instance);
        bool Within(Expr e) => does(e) || Symbols(e).Any(s => s.Kind == SymbolKind.Function && seen.Add(s)
            && definitions.Function(s.Name)?.Definition is { } function && function.Lines.Any(l => Within(l.Value)));
        return Within(expr);
    }
}
