using System.Globalization;

namespace Nn.Dsl;

/// <summary>Writes syntax as text, for summaries and explanations.</summary>
public static class SyntaxText
{
    private const int Tightest = 6;

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
        NegateExpr n => $"-{Within(n.Operand, Rank("*"))}",
        BinaryExpr b => $"{Within(b.Left, Rank(b.Operator) + (b.Operator == "^" ? 1 : 0))} {b.Operator} {Within(b.Right, Rank(b.Operator) + (b.Operator is "-" or "/" or "@" ? 1 : 0))}",
        RangeExpr r => $"{(r.From is null ? "" : Of(r.From))}..{(r.To is null ? "" : Of(r.To))}",
        IfExpr i => $"if {Of(i.Condition)} then {Of(i.Then)} else {Of(i.Else)}",
        CallExpr c => $"{c.Function.Name}({string.Join(", ", c.Arguments.Select(Of))})",
        MemberExpr m => $"{Within(m.Target, Tightest)}.{m.Name}",
        IndexExpr x => $"{Within(x.Target, Tightest)}[{string.Join(", ", x.Subscripts.Select(Of))}]",
        DurationExpr d => $"{d.Count.ToString(CultureInfo.InvariantCulture)} {d.Unit}{(d.Count == 1 ? "" : "s")}",
        StageExpr s => $"{Of(s.Value)} for {Of(s.Duration)}",
        _ => "…",
    };

    // With brackets where it binds less tightly than its place asks for.
    private static string Within(Expr e, int rank)
    {
        int own = e switch
        {
            IfExpr => 0,
            BinaryExpr b => Rank(b.Operator),
            NegateExpr => Rank("-"),
            _ => Tightest,
        };
        return own < rank ? $"({Of(e)})" : Of(e);
    }

    private static int Rank(string op) => op switch
    {
        "->" => 1,
        "+" or "-" => 3,
        "*" or "/" or "@" => 4,
        "^" => 5,
        _ => 2,
    };
}
