namespace Nn.Dsl;

/// <summary>The names that an expression uses.</summary>
internal static class ExprNames
{
    /// <summary>All names in an expression, those of functions too; what <c>l1</c> and <c>l2</c> name are weights, not values.</summary>
    public static IEnumerable<string> In(Expr? e) => Of(e).Select(n => n.Name);

    /// <summary>As <see cref="In"/>, each with its place.</summary>
    public static IEnumerable<NameExpr> Of(Expr? e) => e switch
    {
        NameExpr n => [n],
        CallExpr { Function.Name: "l1" or "l2" } r => [r.Function],
        CallExpr c => c.Arguments.SelectMany(a => Of(a.Value)).Prepend(c.Function),
        BinaryExpr b => Of(b.Left).Concat(Of(b.Right)),
        NegateExpr n => Of(n.Operand),
        IfExpr i => Of(i.Condition).Concat(Of(i.Then)).Concat(Of(i.Else)),
        IndexExpr i => Of(i.Target).Concat(i.Subscripts.SelectMany(Of)),
        MemberExpr m => Of(m.Target),
        ListExpr l => l.Items.SelectMany(Of),
        RangeExpr r => Of(r.From).Concat(Of(r.To)),
        StageExpr s => Of(s.Value),
        _ => [],
    };
}
