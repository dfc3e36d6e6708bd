using System.Globalization;

namespace Nn.Dsl;

/// <summary>Writes syntax as text, for summaries and explanations.</summary>
public static class SyntaxText
{
    /// <summary>An argument.</summary>
    public static string Of(Argument a) => a.Name is null ? Of(a.Value) : $"{a.Name}: {Of(a.Value)}";

    /// <summary>An expression.</summary>
    public static string Of(Expr e) => e switch
    {
        NumberExpr n => n.Text,
        ShapeExpr s => s.Text,
        StringExpr s => $"\"{s.Value}\"",
        NameExpr n => n.Name,
        ListExpr l => $"[{string.Join(", ", l.Items.Select(Of))}]",
        NegateExpr n => $"-{Factor(n.Operand)}",
        BinaryExpr b => $"{Factor(b.Left)} {b.Operator} {Factor(b.Right)}",
        RangeExpr r => $"{(r.From is null ? "" : Of(r.From))}..{(r.To is null ? "" : Of(r.To))}",
        IfExpr i => $"if {Of(i.Condition)} then {Of(i.Then)} else {Of(i.Else)}",
        CallExpr c => $"{c.Function.Name}({string.Join(", ", c.Arguments.Select(Of))})",
        MemberExpr m => $"{Factor(m.Target)}.{m.Name}",
        IndexExpr x => $"{Factor(x.Target)}[{string.Join(", ", x.Subscripts.Select(Of))}]",
        DurationExpr d => $"{d.Count.ToString(CultureInfo.InvariantCulture)} {d.Unit}{(d.Count == 1 ? "" : "s")}",
        StageExpr s => $"{Of(s.Value)} for {Of(s.Duration)}",
        _ => "…",
    };

    private static string Factor(Expr e) => e is BinaryExpr or IfExpr ? $"({Of(e)})" : Of(e);
}
