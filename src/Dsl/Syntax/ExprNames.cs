namespace Nn.Dsl;

/// <summary>The names that an expression uses.</summary>
internal static class ExprNames
{
    /// <summary>All names in an expression, those of functions too; what <c>l1</c> and <c>l2</c> name are weights, not values.</summary>
    public static IEnumerable<string> In(Expr? e) => e switch
    {
        NameExpr n => [n.Name],
        CallExpr { Function.Name: "l1" or "l2" } r => [r.Function.Name],
        CallExpr c => c.Arguments.SelectMany(a => In(a.Value)).Prepend(c.Function.Name),
        BinaryExpr b => In(b.Left).Concat(In(b.Right)),
        NegateExpr n => In(n.Operand),
        IfExpr i => In(i.Condition).Concat(In(i.Then)).Concat(In(i.Else)),
        IndexExpr i => In(i.Target).Concat(i.Subscripts.SelectMany(In)),
        MemberExpr m => In(m.Target),
        ListExpr l => l.Items.SelectMany(In),
        RangeExpr r => In(r.From).Concat(In(r.To)),
        StageExpr s => In(s.Value),
        _ => [],
    };
}
