using System.Globalization;
using Nn.Ops;

namespace Nn.Dsl;

/// <summary>
/// Differentiates formulas as text, for people to read: the gradient that trainings use is taken of the graph, by the rules of its ops. What mixes the
/// features (softmax, norms of vectors) has a matrix for a derivative and none here.
/// </summary>
internal static class Derivative
{
    // Of the functions of one number, in x and their value y.
    private static readonly Dictionary<string, Expr> Slopes = ElementwiseOps.Functions.ToDictionary(
        o => o.Function!.Word,
        o => ((DefinitionStatement)ScriptParser.Parse(new SourceText(o.Name, $"fn slope(x, y) = {o.Function!.Slope}")).Statements[0]).Lines[0].Value);

    private static TextSpan Nowhere => default;

    /// <summary>The derivative of a function by one of its arguments as text; null where there is none that fits a line.</summary>
    public static string? Of(DefinitionStatement function, string argument)
    {
        try
        {
            Expr value = Inlined(function);
            return SyntaxText.Of(Simplify(By(value, argument)));
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    // The lines of a body put into its last one.
    private static Expr Inlined(DefinitionStatement function)
    {
        var known = new Dictionary<string, Expr>();
        Expr value = function.Lines[^1].Value;
        foreach (FormulaLine line in function.Lines)
        {
            value = Replace(line.Value, known);
            if (line.Name is not null) known[line.Name] = value;
        }

        return value;
    }

    /// <summary>An expression with others in place of names.</summary>
    public static Expr Replace(Expr e, IReadOnlyDictionary<string, Expr> known) => e switch
    {
        NameExpr n => known.GetValueOrDefault(n.Name, n),
        NegateExpr n => n with { Operand = Replace(n.Operand, known) },
        BinaryExpr b => b with { Left = Replace(b.Left, known), Right = Replace(b.Right, known) },
        IfExpr i => new IfExpr(i.Span, Replace(i.Condition, known), Replace(i.Then, known), Replace(i.Else, known)),
        CallExpr c => c with { Arguments = [.. c.Arguments.Select(a => a with { Value = Replace(a.Value, known) })] },
        _ => e,
    };

    private static Expr By(Expr e, string x) => e switch
    {
        _ when !Mentions(e, x) => Number(0),
        NameExpr => Number(1),
        NegateExpr n => new NegateExpr(Nowhere, By(n.Operand, x)),
        IfExpr i => new IfExpr(Nowhere, i.Condition, By(i.Then, x), By(i.Else, x)),
        BinaryExpr b => ByBinary(b, x),
        CallExpr c => ByCall(c, x),
        _ => throw new NotSupportedException(),
    };

    private static Expr ByBinary(BinaryExpr b, string x)
    {
        Expr u = b.Left, v = b.Right, du = By(u, x), dv = By(v, x);
        return b.Operator switch
        {
            "+" => Op(du, "+", dv),
            "-" => Op(du, "-", dv),
            "*" => Op(Op(du, "*", v), "+", Op(u, "*", dv)),
            "/" => Op(Op(du, "/", v), "-", Op(Op(u, "*", dv), "/", Op(v, "^", Number(2)))),
            "^" when !Mentions(v, x) => Op(Op(v, "*", Op(u, "^", Op(v, "-", Number(1)))), "*", du),
            "^" when !Mentions(u, x) => Op(Op(b, "*", Call("log", u)), "*", dv),
            _ => throw new NotSupportedException(),
        };
    }

    private static Expr ByCall(CallExpr c, string x)
    {
        if (c.Arguments.Any(a => a.Name is not null)) throw new NotSupportedException();
        Expr u = c.Arguments[0].Value;
        if (c.Arguments.Count == 2 && c.Function.Name is "max" or "min")
        {
            Expr v = c.Arguments[1].Value;
            string than = c.Function.Name == "max" ? ">" : "<";
            return new IfExpr(Nowhere, Op(u, than, v), By(u, x), By(v, x));
        }

        if (c.Arguments.Count != 1) throw new NotSupportedException();
        Expr? outer = c.Function.Name switch
        {
            _ when Slopes.TryGetValue(c.Function.Name, out Expr? slope) => Replace(slope, new Dictionary<string, Expr> { ["x"] = u, ["y"] = c }),
            // Of each element of the argument: its own share of the sum.
            "sum" when Elementwise(u, x) => Number(1),
            "mean" when Elementwise(u, x) => Op(Number(1), "/", Call("size", new NameExpr(Nowhere, x))),
            _ => null,
        };
        return outer is null ? throw new NotSupportedException() : Op(outer, "*", By(u, x));
    }

    // Whether each element depends on the same element of x only.
    private static bool Elementwise(Expr e, string x) => !Mentions(e, x) || e switch
    {
        NameExpr => true,
        NegateExpr n => Elementwise(n.Operand, x),
        BinaryExpr b => b.Operator != "@" && Elementwise(b.Left, x) && Elementwise(b.Right, x),
        IfExpr i => Elementwise(i.Condition, x) && Elementwise(i.Then, x) && Elementwise(i.Else, x),
        CallExpr c => !Builtins.IsAcross(c.Function.Name, c.Arguments.Count) && c.Arguments.All(a => Elementwise(a.Value, x)),
        _ => false,
    };

    private static bool Mentions(Expr e, string x) => e switch
    {
        NameExpr n => n.Name == x,
        NegateExpr n => Mentions(n.Operand, x),
        BinaryExpr b => Mentions(b.Left, x) || Mentions(b.Right, x),
        IfExpr i => Mentions(i.Condition, x) || Mentions(i.Then, x) || Mentions(i.Else, x),
        // The target is told by the loss's y; of the prediction it takes the form only.
        CallExpr { Function.Name: "target" or "size" } => false,
        CallExpr c => c.Arguments.Any(a => Mentions(a.Value, x)),
        NumberExpr => false,
        _ => throw new NotSupportedException(),
    };

    private static Expr Simplify(Expr e)
    {
        switch (e)
        {
            case NegateExpr n:
                Expr inner = Simplify(n.Operand);
                return inner switch
                {
                    NumberExpr { Value: 0 } => inner,
                    NumberExpr v => Number(-v.Value),
                    NegateExpr twice => twice.Operand,
                    _ => new NegateExpr(Nowhere, inner),
                };
            case IfExpr i:
                string condition = SyntaxText.Of(i.Condition);
                Expr then = Simplify(Under(i.Then, condition, holds: true)), otherwise = Simplify(Under(i.Else, condition, holds: false));
                return SyntaxText.Of(then) == SyntaxText.Of(otherwise) ? then : new IfExpr(Nowhere, i.Condition, then, otherwise);
            case CallExpr c:
                return c with { Arguments = [.. c.Arguments.Select(a => a with { Value = Simplify(a.Value) })] };
            case BinaryExpr b:
                return Combine(Simplify(b.Left), b.Operator, Simplify(b.Right));
            default:
                return e;
        }
    }

    // What is left of an expression where a condition is known to hold, or not to.
    private static Expr Under(Expr e, string condition, bool holds) => e switch
    {
        IfExpr i when SyntaxText.Of(i.Condition) == condition => Under(holds ? i.Then : i.Else, condition, holds),
        IfExpr i => new IfExpr(i.Span, i.Condition, Under(i.Then, condition, holds), Under(i.Else, condition, holds)),
        NegateExpr n => n with { Operand = Under(n.Operand, condition, holds) },
        BinaryExpr b => b with { Left = Under(b.Left, condition, holds), Right = Under(b.Right, condition, holds) },
        CallExpr c => c with { Arguments = [.. c.Arguments.Select(a => a with { Value = Under(a.Value, condition, holds) })] },
        _ => e,
    };

    private static Expr Combine(Expr a, string op, Expr b)
    {
        if (a is NumberExpr x && b is NumberExpr y && op is "+" or "-" or "*")
        {
            (double p, double q) = (((NumberExpr)a).Value, ((NumberExpr)b).Value);
            return Number(op switch { "+" => p + q, "-" => p - q, _ => p * q });
        }

        return (op, a, b) switch
        {
            ("+", NumberExpr { Value: 0 }, _) => b,
            ("+" or "-", _, NumberExpr { Value: 0 }) => a,
            ("-", NumberExpr { Value: 0 }, _) => Simplify(new NegateExpr(Nowhere, b)),
            ("+", _, NegateExpr n) => Combine(a, "-", n.Operand),
            ("-", _, NegateExpr n) => Combine(a, "+", n.Operand),
            ("*", NumberExpr { Value: 0 }, _) or ("*", _, NumberExpr { Value: 0 }) or ("/", NumberExpr { Value: 0 }, _) => Number(0),
            ("*", NumberExpr { Value: 1 }, _) => b,
            ("*" or "/" or "^", _, NumberExpr { Value: 1 }) => a,
            ("*", NumberExpr { Value: -1 }, _) => new NegateExpr(Nowhere, b),
            ("*", _, NumberExpr) => Combine(b, "*", a),
            ("*", NegateExpr n, _) => Simplify(new NegateExpr(Nowhere, Combine(n.Operand, "*", b))),
            ("*", _, NegateExpr n) => Simplify(new NegateExpr(Nowhere, Combine(a, "*", n.Operand))),
            ("*", BinaryExpr { Operator: "/", Left: NumberExpr { Value: 1 } } r, _) => Combine(b, "/", r.Right),
            ("*", _, BinaryExpr { Operator: "/", Left: NumberExpr { Value: 1 } } r) => Combine(a, "/", r.Right),
            ("*", _, IfExpr i) => Simplify(new IfExpr(Nowhere, i.Condition, Combine(a, "*", i.Then), Combine(a, "*", i.Else))),
            _ => Op(a, op, b),
        };
    }

    private static BinaryExpr Op(Expr a, string op, Expr b) => new(Nowhere, a, op, b);

    private static CallExpr Call(string name, Expr argument) => new(Nowhere, new NameExpr(Nowhere, name), [new Argument(Nowhere, null, Nowhere, argument)]);

    private static NumberExpr Number(double v) => new(Nowhere, v, v.ToString("R", CultureInfo.InvariantCulture));
}
