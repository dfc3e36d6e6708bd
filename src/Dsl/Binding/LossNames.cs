namespace Nn.Dsl;

/// <summary>What the names of a loss stand for.</summary>
internal static class LossNames
{
    /// <summary>Those of the loss, of the lines before it, and of the functions that they call.</summary>
    /// <param name="loss">As written.</param>
    /// <param name="values">The lines before it that name values.</param>
    /// <param name="definitions">What the script defines.</param>
    public static HashSet<Symbol> Of(Expr loss, IReadOnlyList<Item> values, Definitions definitions)
    {
        HashSet<Symbol> symbols = new(ReferenceEqualityComparer.Instance);
        Collect(loss, symbols, definitions);
        foreach (Item value in values) Collect(value.Value!, symbols, definitions);
        return symbols;
    }

    /// <summary>Whether a model is among them.</summary>
    public static bool IsIn(ModelBinding model, HashSet<Symbol> symbols, Definitions definitions) =>
        definitions.Names.Of(model.NameSyntax) is { } symbol && symbols.Contains(symbol);

    private static void Collect(Expr e, HashSet<Symbol> seen, Definitions definitions)
    {
        foreach (NameExpr name in ExprNames.Of(e))
        {
            if (definitions.Names.Of(name) is not { } symbol || !seen.Add(symbol) || symbol.Kind != SymbolKind.Function) continue;
            if (definitions.Function(symbol.Name)?.Definition is not { } function) continue;
            foreach (FormulaLine line in function.Lines) Collect(line.Value, seen, definitions);
        }
    }
}
