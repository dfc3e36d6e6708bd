namespace Nn.Dsl;

/// <summary>Goes through expressions.</summary>
internal static class ExprWalk
{
    /// <summary>An expression and all within it.</summary>
    public static IEnumerable<Expr> Of(Expr? e) => e is null ? [] : Parts(e).SelectMany(Of).Prepend(e);

    /// <summary>What an expression is directly made of.</summary>
    public static IEnumerable<Expr> Parts(Expr e) => e switch
    {
        CallExpr c => c.Arguments.Select(a => a.Value),
        BinaryExpr b => [b.Left, b.Right],
        NegateExpr n => [n.Operand],
        IfExpr i => [i.Condition, i.Then, i.Else],
        IndexExpr i => [i.Target, .. i.Subscripts],
        MemberExpr m => [m.Target],
        ListExpr l => l.Items,
        RangeExpr r => new[] { r.From, r.To }.OfType<Expr>(),
        StageExpr s => [s.Value, s.Duration],
        ScanExpr s => [.. s.States.Select(c => c.First), s.Over, .. s.Body.Select(l => l.Value)],
        _ => [],
    };
}
