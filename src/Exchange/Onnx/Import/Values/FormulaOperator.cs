using Nn.Dsl;
using Nn.Ops;
using static Nn.Exchange.Onnx.Say;

namespace Nn.Exchange.Onnx;

/// <summary>An operator on single elements: how it is said in the language, and what it computes.</summary>
/// <param name="Operands">How many operands it has, numbers that attributes give among them.</param>
/// <param name="Syntax">As it is written; null where the language has no such thing.</param>
/// <param name="Value">What it gives.</param>
internal sealed record FormulaOperator(int Operands, Func<Expr[], Expr>? Syntax, Func<double[], double> Value)
{
    // How often each operand is written.
    private readonly int[] _times = [.. Enumerable.Range(0, Operands).Select(i => Syntax is null ? 1 : Count(Syntax(Marked(Operands, i))))];

    /// <summary>All of them, by the words of ONNX.</summary>
    public static IReadOnlyDictionary<string, FormulaOperator> All { get; } = new Dictionary<string, FormulaOperator>(Functions())
    {
        ["Add"] = Infix("+", v => v[0] + v[1]),
        ["Sub"] = Infix("-", v => v[0] - v[1]),
        ["Mul"] = Infix("*", v => v[0] * v[1]),
        ["Div"] = Infix("/", v => v[0] / v[1]),
        ["Pow"] = Infix("^", v => Math.Pow(v[0], v[1])),
        ["Min"] = new(2, x => Call("min", x), v => Math.Min(v[0], v[1])),
        ["Max"] = new(2, x => Call("max", x), v => Math.Max(v[0], v[1])),
        ["Less"] = Infix("<", v => v[0] < v[1] ? 1 : 0),
        ["LessOrEqual"] = Infix("<=", v => v[0] <= v[1] ? 1 : 0),
        ["Greater"] = Infix(">", v => v[0] > v[1] ? 1 : 0),
        ["GreaterOrEqual"] = Infix(">=", v => v[0] >= v[1] ? 1 : 0),
        ["Equal"] = Infix("==", v => v[0] == v[1] ? 1 : 0),
        ["Not"] = new(1, x => Binary(Whole(1), "-", x[0]), v => v[0] == 0 ? 1 : 0),
        ["And"] = Infix("*", v => v[0] != 0 && v[1] != 0 ? 1 : 0),
        ["Xor"] = Infix("!=", v => v[0] != 0 != (v[1] != 0) ? 1 : 0),
        ["Or"] = new(2, x => Call("max", x), v => v[0] != 0 || v[1] != 0 ? 1 : 0),
        ["Where"] = new(3, x => If(Binary(x[0], ">", Say.Number(0.5)), x[1], x[2]), v => v[0] != 0 ? v[1] : v[2]),
        ["Bool"] = new(1, x => Binary(x[0], "!=", Whole(0)), v => v[0] != 0 ? 1 : 0),
        ["Neg"] = new(1, x => new NegateExpr(default, x[0]), v => -v[0]),
        ["Reciprocal"] = new(1, x => Binary(Whole(1), "/", x[0]), v => 1 / v[0]),
        ["Ceil"] = new(1, x => new NegateExpr(default, Call("floor", new NegateExpr(default, x[0]))), v => Math.Ceiling(v[0])),
        ["Mod"] = new(2, null, v => v[0] - v[1] * Math.Floor(v[0] / v[1])),
        ["Softsign"] = new(1, x => Call("softsign", x), v => v[0] / (1 + Math.Abs(v[0]))),
        ["Relu"] = new(1, x => Call("relu", x), v => Math.Max(v[0], 0)),
        ["Mish"] = new(1, x => Call("mish", x), v => v[0] * Math.Tanh(Softplus(v[0]))),
        ["HardSwish"] = new(1, x => Binary(x[0], "*", Call("hard_sigmoid", x[0])), v => v[0] * Math.Clamp(v[0] / 6 + 0.5, 0, 1)),
        ["LeakyRelu"] = new(2, x => With("leaky_relu", x[0], "slope", x[1]), v => v[0] > 0 ? v[0] : v[0] * v[1]),
        ["Elu"] = new(2, x => With("elu", x[0], "alpha", x[1]), v => v[0] > 0 ? v[0] : v[1] * (Math.Exp(v[0]) - 1)),
        ["Selu"] = new(3, Selu, v => v[2] * (v[0] > 0 ? v[0] : v[1] * (Math.Exp(v[0]) - 1))),
        ["Celu"] = new(2, Celu, v => v[0] > 0 ? v[0] : v[1] * (Math.Exp(v[0] / v[1]) - 1)),
        ["HardSigmoid"] = new(3, HardSigmoid, v => Math.Clamp(v[1] * v[0] + v[2], 0, 1)),
        ["Gelu"] = new(1, x => Call("gelu", x), v => v[0] / 2 * (1 + SpecialFunctions.Erf(v[0] / Math.Sqrt(2)))),
        ["GeluTanh"] = new(1, GeluTanh, v => v[0] / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v[0] + 0.044715 * v[0] * v[0] * v[0])))),
        ["Swish"] = new(2, x => Binary(x[0], "*", Call("sigmoid", Binary(x[1], "*", x[0]))), v => v[0] / (1 + Math.Exp(-v[1] * v[0]))),
        ["ThresholdedRelu"] = new(2, x => If(Binary(x[0], ">", x[1]), x[0], Whole(0)), v => v[0] > v[1] ? v[0] : 0),
        ["Shrink"] = new(3, Shrink, v => v[0] < -v[2] ? v[0] + v[1] : v[0] > v[2] ? v[0] - v[1] : 0),
    };

    /// <summary>How often an operand is written.</summary>
    public int Times(int operand) => _times[operand];

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    // An operator that only hands its operand on is no formula.
    private static IEnumerable<KeyValuePair<string, FormulaOperator>> Functions() =>
        from op in ElementwiseOps.Functions
        where op.Function!.Onnx is not null && op != ElementwiseOps.Detach
        let f = op.Function
        select KeyValuePair.Create(f.Onnx!, new FormulaOperator(1, x => Call(f.Word, x), v => f.Value(v[0])));

    private static FormulaOperator Infix(string op, Func<double[], double> value) => new(2, x => Binary(x[0], op, x[1]), value);

    private static Expr With(string function, Expr x, string name, Expr value) =>
        new CallExpr(default, Name(function), [Argument(x), Argument(name, value)]);

    // e^min(x, 0) - 1: no more where the other side counts.
    private static Expr Below(Expr x, Expr? over = null)
    {
        Expr least = Call("min", x, Whole(0));
        return Binary(Call("exp", over is null ? least : Binary(least, "/", over)), "-", Whole(1));
    }

    private static Expr Selu(Expr[] x) =>
        If(Binary(x[0], ">", Whole(0)), Binary(x[2], "*", x[0]), Binary(Binary(x[1], "*", x[2]), "*", Below(x[0])));

    private static Expr Celu(Expr[] x) =>
        Binary(Call("max", x[0], Whole(0)), "+", Call("min", Binary(x[1], "*", Below(x[0], x[1])), Whole(0)));

    private static Expr HardSigmoid(Expr[] x) =>
        Call("max", Call("min", Binary(Binary(x[1], "*", x[0]), "+", x[2]), Whole(1)), Whole(0));

    private static Expr GeluTanh(Expr[] x)
    {
        Expr cubic = Binary(x[0], "+", Binary(Say.Number(0.044715), "*", Binary(x[0], "^", Whole(3))));
        return Binary(Binary(Say.Number(0.5), "*", x[0]), "*", Binary(Whole(1), "+", Call("tanh", Binary(Say.Number(Math.Sqrt(2 / Math.PI)), "*", cubic))));
    }

    private static Expr Shrink(Expr[] x)
    {
        Expr above = If(Binary(x[0], ">", x[2]), Binary(x[0], "-", x[1]), Whole(0));
        return If(Binary(x[0], "<", new NegateExpr(default, x[2])), Binary(x[0], "+", x[1]), above);
    }

    private static Expr[] Marked(int operands, int one) => [.. Enumerable.Range(0, operands).Select(i => Name(i == one ? "it" : "other"))];

    private static int Count(Expr e) => e switch
    {
        NameExpr { Name: "it" } => 1,
        NegateExpr n => Count(n.Operand),
        BinaryExpr b => Count(b.Left) + Count(b.Right),
        IfExpr i => Count(i.Condition) + Count(i.Then) + Count(i.Else),
        CallExpr c => c.Arguments.Sum(a => Count(a.Value)),
        _ => 0,
    };
}
