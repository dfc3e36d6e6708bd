using System.Globalization;

namespace Nn.Dsl;

/// <summary>Writes syntax as text, for summaries and explanations.</summary>
public static class SyntaxText
{
    private const int Tightest = 6;

    /// <summary>An argument.</summary>
    public static string Of(Argument a) => Of(a, exact: false);

    /// <summary>An expression, as people write it: of sums and products no order is kept that changes nothing but rounding.</summary>
    public static string Of(Expr e) => Of(e, exact: false);

    /// <summary>An argument; exactly, where it is to be parsed again.</summary>
    internal static string Of(Argument a, bool exact) => a.Name is null ? Of(a.Value, exact) : $"{a.Name}: {Of(a.Value, exact)}";

    /// <summary>An expression; exactly, where it is to be parsed to the same again.</summary>
    internal static string Of(Expr e, bool exact) => e switch
    {
        NumberExpr n => n.Text,
        ShapeExpr s => s.Text,
        StringExpr s => $"\"{s.Value}\"",
        NameExpr n => n.Name,
        ListExpr l => $"[{string.Join(", ", l.Items.Select(i => Of(i, exact)))}]",
        NegateExpr n => $"-{Within(n.Operand, Rank("^"), exact)}",
        BinaryExpr b => Of(b, exact),
        RangeExpr r => $"{(r.From is null ? "" : Of(r.From, exact))}..{(r.To is null ? "" : Of(r.To, exact))}",
        IfExpr i => $"if {Of(i.Condition, exact)} then {Of(i.Then, exact)} else {Of(i.Else, exact)}",
        CallExpr c => $"{c.Function.Name}({string.Join(", ", c.Arguments.Select(a => Of(a, exact)))})",
        MemberExpr m => $"{Within(m.Target, Tightest, exact)}.{m.Name}",
        IndexExpr x => $"{Within(x.Target, Tightest, exact)}[{string.Join(", ", x.Subscripts.Select(i => Of(i, exact)))}]",
        DurationExpr d => $"{d.Count.ToString(CultureInfo.InvariantCulture)} {d.Unit}{(d.Count == 1 ? "" : "s")}",
        ScanExpr s => $"{Head(s, exact)} {{ {string.Join("; ", s.Body.Select(l => Of(l, exact)))} }}",
        StageExpr s => $"{Of(s.Value, exact)} for {Of(s.Duration, exact)}",
        _ => "…",
    };

    /// <summary>A loop without its body.</summary>
    internal static string Head(ScanExpr s, bool exact)
    {
        string states = string.Join(", ", s.States.Select(c => $"{c.Name} = {Of(c.First, exact)}"));
        return $"scan {states} over {Of(s.Over, exact)}{string.Concat(s.Words.Select(w => $", {w.Name}"))}";
    }

    private static string Of(FormulaLine line, bool exact) => $"{(line.Name is null ? "" : $"{line.Name} {line.Operator} ")}{Of(line.Value, exact)}";

    // A power is taken from the right, comparisons stand alone, all else is taken from the left.
    private static string Of(BinaryExpr b, bool exact)
    {
        int rank = Rank(b.Operator);
        bool left = b.Operator == "^" || rank == Rank("<"),
            right = b.Operator is "-" or "/" or "@" || rank == Rank("<") || (exact && b.Operator is ("+" or "*"));
        return $"{Within(b.Left, left ? rank + 1 : rank, exact)} {b.Operator} {Within(b.Right, right ? rank + 1 : rank, exact)}";
    }

    // With brackets where it binds less tightly than its place asks for.
    private static string Within(Expr e, int rank, bool exact)
    {
        int own = e switch
        {
            IfExpr => 0,
            BinaryExpr b => Rank(b.Operator),
            // As tight as a power, of which it may be the exponent and not the base.
            NegateExpr => Rank("^"),
            _ => Tightest,
        };
        return own < rank ? $"({Of(e, exact)})" : Of(e, exact);
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
