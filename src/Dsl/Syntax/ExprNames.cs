namespace Nn.Dsl;

/// <summary>The names that an expression uses.</summary>
internal static class ExprNames
{
    /// <summary>All names in an expression, those of functions too; what <c>l1</c> and <c>l2</c> name are weights, not values.</summary>
    public static IEnumerable<string> In(Expr? e) => Of(e).Select(n => n.Name);

    /// <summary>As <see cref="In"/>, each with its place.</summary>
    public static IEnumerable<NameExpr> Of(Expr? e) => e switch
    {
        null => [],
        NameExpr n => [n],
        CallExpr { Function.Name: "l1" or "l2" } r => [r.Function],
        CallExpr c => c.Arguments.SelectMany(a => Of(a.Value)).Prepend(c.Function),
        _ => ExprWalk.Parts(e).SelectMany(Of),
    };
}
