using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// Ops whose result at a place depends on the operands at that place only; operands broadcast as in NumPy. Comparisons
/// give 1 or 0 as f32.
/// </summary>
public static class ElementwiseOps
{
    /// <summary>a + b.</summary>
    public static readonly Op Add = Binary("add", FusedOp.Add, (a, b) => a + b, (_, _, g) => [g, g]) with { Onnx = "Add", Simplify = ElementwiseRules.Add };

    /// <summary>a − b.</summary>
    public static readonly Op Sub =
        Binary("sub", FusedOp.Sub, (a, b) => a - b, (b, _, g) => [g, b.Neg(g)]) with { Onnx = "Sub", Simplify = ElementwiseRules.Sub };

    /// <summary>a · b.</summary>
    public static readonly Op Mul = Binary(
        "mul", FusedOp.Mul, (a, b) =>
            a * b, (b, n, g) => [b.Mul(g, n.Inputs[1]), b.Mul(g, n.Inputs[0])]) with
    { Onnx = "Mul", Simplify = ElementwiseRules.Mul };

    /// <summary>a ÷ b.</summary>
    public static readonly Op Div = Binary("div", FusedOp.Div, (a, b) => a / b, (b, n, g) =>
    {
        Node quotient = b.Div(g, n.Inputs[1]);
        return [quotient, b.Neg(b.Mul(quotient, n))];
    }) with
    { Onnx = "Div", Simplify = ElementwiseRules.Div };

    /// <summary>a ^ b; d/db only where b is not a constant, for positive a.</summary>
    public static readonly Op Pow = Binary("pow", FusedOp.Pow, Math.Pow, (b, n, g) =>
    {
        Node x = n.Inputs[0], e = n.Inputs[1];
        Node dx = b.Mul(g, b.Mul(e, b.Pow(x, b.Sub(e, b.Constant(1)))));
        return [dx, e.Op == LeafOps.Constant ? null : b.Mul(g, b.Mul(n, b.Log(x)))];
    }) with
    { Onnx = "Pow", Cheap = false, Simplify = ElementwiseRules.Pow };

    /// <summary>The smaller of a and b; where equal, the gradient goes to b.</summary>
    public static readonly Op Min = Binary("min", FusedOp.Min, (a, b) => a < b ? a : b, (b, n, g) =>
        Choose(b, b.Less(n.Inputs[0], n.Inputs[1]), g)) with
    { Onnx = "Min", Simplify = ElementwiseRules.Min };

    /// <summary>The larger of a and b; where equal, the gradient goes to b, so that relu = max(x, 0) has slope 0 at 0.</summary>
    public static readonly Op Max = Binary("max", FusedOp.Max, (a, b) => a > b ? a : b, (b, n, g) =>
        // max(x, c) > c exactly where x > c: comparing the result lets x go.
        Choose(b, b.Less(n.Inputs[1], n.Inputs[1].Op == LeafOps.Constant ? n : n.Inputs[0]), g)) with
    { Onnx = "Max", Simplify = ElementwiseRules.Max };

    /// <summary>1 where a &lt; b, else 0.</summary>
    public static readonly Op Less = Comparison("less", FusedOp.Less, (a, b) => a < b ? 1 : 0);

    /// <summary>1 where a ≤ b, else 0.</summary>
    public static readonly Op LessEqual = Comparison("less_equal", FusedOp.LessEqual, (a, b) => a <= b ? 1 : 0);

    /// <summary>1 where a = b, else 0.</summary>
    public static readonly Op Equal = Comparison("equal", FusedOp.Equal, (a, b) => a == b ? 1 : 0);

    /// <summary>b where a is not 0, else c.</summary>
    public static readonly Op Select = new(
        "select", OpClass.Elementwise, 3,
        (x, _) => (Broadcast("select", x), SameType("select", x[1], x[2])),
        (n, x, y) => Apply(n, x, y, v => v[0] != 0 ? v[1] : v[2]),
        (b, n, g) => [null, .. Choose(b, n.Inputs[0], g)],
        FusedOp.Select, CountFlops(1))
    { Cheap = true, Simplify = ElementwiseRules.Select };

    /// <summary>−a.</summary>
    public static readonly Op Neg =
        Unary("neg", FusedOp.Neg, a => -a, (b, _, g) => b.Neg(g)) with { Onnx = "Neg", Cheap = true, Simplify = ElementwiseRules.Neg };

    /// <summary>|a|; slope 0 at 0.</summary>
    public static readonly Op Abs = Unary("abs", FusedOp.Abs, Math.Abs, (b, n, g) => b.Mul(g, b.Sign(n.Inputs[0]))) with
    {
        Function = new("abs", Math.Abs, "absolute value", "fn tent(x) = max(1 - abs(x), 0)", "sign(x)", "Abs"),
        Cheap = true,
        Simplify = ElementwiseRules.Abs,
    };

    /// <summary>−1, 0 or 1; slope 0.</summary>
    public static readonly Op Sign = Unary("sign", FusedOp.Sign, a => a > 0 ? 1 : a < 0 ? -1 : a, (_, _, _) => null) with
    {
        Function = new("sign", v => Math.Sign(v), "-1, 0 or 1", "fn side(x) = sign(x)", "0", "Sign") { Rises = v => Math.Sign(v) },
        Expansion = MathExpansions.Sign,
        Cheap = true,
    };

    /// <summary>The largest integer not above a; slope 0.</summary>
    public static readonly Op Floor = Unary("floor", FusedOp.Floor, Math.Floor, (_, _, _) => null) with
    {
        Function = new("floor", Math.Floor, "largest whole number not above x", "fn stairs(x) = floor(4 * x) / 4", "0", "Floor") { Rises = Math.Floor },
    };

    /// <summary>e^a.</summary>
    public static readonly Op Exp = Unary("exp", FusedOp.Exp, Math.Exp, (b, n, g) => b.Mul(g, n), 10) with
    {
        Function = new("exp", Math.Exp, "e^x", "fn bell(x) = exp(-x ^ 2)", "y", "Exp") { Rises = Math.Exp },
        Expansion = MathExpansions.Exp,
    };

    /// <summary>e^a − 1, to full relative precision near 0.</summary>
    public static readonly Op Expm1 = Unary("expm1", FusedOp.Expm1, SpecialFunctions.Expm1, (b, n, g) => b.Mul(g, b.Add(n, b.Constant(1))), 10) with
    {
        Function = new("expm1", SpecialFunctions.Expm1, "e^x - 1, exact for small x", "fn growth(x) = expm1(min(x, 1))", "exp(x)", null)
        {
            Rises = v => Math.Exp(v) - 1,
        },
        Expansion = MathExpansions.Expm1,
    };

    /// <summary>Natural logarithm.</summary>
    public static readonly Op Log = Unary("log", FusedOp.Log, Math.Log, (b, n, g) => b.Div(g, n.Inputs[0]), 10) with
    {
        Function = new("log", Math.Log, "natural logarithm", "fn squeezed(x) = log(1 + abs(x))", "1 / x", "Log")
        {
            Rises = v => v <= 0 ? double.NegativeInfinity : Math.Log(v),
        },
        Expansion = MathExpansions.Log,
        Simplify = ElementwiseRules.Log,
    };

    /// <summary>
    /// Square root. Its slope at 0 is infinite; but the root of squares added up is a length, whose slope is taken to be 0 where it is 0, as PyTorch does for
    /// norms: else an infinity times the slope 0 of the squares would be no number.
    /// </summary>
    public static readonly Op Sqrt = Unary("sqrt", FusedOp.Sqrt, Math.Sqrt, (b, n, g) =>
    {
        Node slope = b.Div(b.Mul(g, b.Constant(0.5)), n);
        return IsLength(n.Inputs[0]) ? b.Select(b.Equal(n, b.Constant(0)), b.Constant(0), slope) : slope;
    }) with
    {
        Function = new("sqrt", Math.Sqrt, "square root", "fn root(x) = sqrt(abs(x) + 1)", "1 / (2 * y)", "Sqrt") { Rises = v => Math.Sqrt(Math.Max(v, 0)) },
    };

    /// <summary>Hyperbolic tangent; slope 1 − tanh².</summary>
    public static readonly Op Tanh = Unary(
        "tanh", FusedOp.Tanh, Math.Tanh, (b, n, g) => b.Mul(g, b.Sub(b.Constant(1), b.Mul(n, n))), 10) with
    {
        Function = new("tanh", Math.Tanh, "hyperbolic tangent", "dense 64, tanh", "1 - y ^ 2", "Tanh") { Rises = Math.Tanh },
        Expansion = MathExpansions.Tanh,
    };

    /// <summary>Error function; slope 2/√π · exp(−a²).</summary>
    public static readonly Op Erf = Unary("erf", FusedOp.Erf, SpecialFunctions.Erf, (b, n, g) =>
    {
        Node x = n.Inputs[0];
        return b.Mul(g, b.Mul(b.Constant(2 / Math.Sqrt(Math.PI)), b.Exp(b.Neg(b.Mul(x, x)))));
    }, 10) with
    {
        Function = new("erf", SpecialFunctions.Erf, "error function", "fn step(x) = erf(4 * x)", "1.1283791670955126 * exp(-(x ^ 2))", "Erf")
        {
            Rises = v => double.IsInfinity(v) ? Math.Sign(v) : SpecialFunctions.Erf(v),
        },
        Expansion = MathExpansions.Erf,
    };

    /// <summary>Sine of radians.</summary>
    public static readonly Op Sin = Unary("sin", FusedOp.Sin, Math.Sin, (b, n, g) =>
        b.Mul(g, b.Cos(n.Inputs[0])), 10) with
    {
        Function = new("sin", Math.Sin, "sine of radians", "dense 64, sin", "cos(x)", "Sin") { Between = (-1, 1) },
        Expansion = MathExpansions.Sin,
    };

    /// <summary>Cosine of radians.</summary>
    public static readonly Op Cos = Unary("cos", FusedOp.Cos, Math.Cos, (b, n, g) => b.Neg(b.Mul(g, b.Sin(n.Inputs[0]))), 10) with
    {
        Function = new("cos", Math.Cos, "cosine of radians", "fn wave(x) = cos(3 * x)", "-sin(x)", "Cos") { Between = (-1, 1) },
        Expansion = MathExpansions.Cos,
    };

    /// <summary>1 ÷ (1 + e^−a); slope s·(1 − s).</summary>
    public static readonly Op Sigmoid = Unary("sigmoid", FusedOp.Sigmoid, Logistic, (b, n, g) =>
        b.Mul(g, b.Mul(n, b.Sub(b.Constant(1), n))), 10) with
    {
        Function = new("sigmoid", Logistic, "1 / (1 + e^-x)", "dense 1, sigmoid", "y * (1 - y)", "Sigmoid") { Rises = Logistic },
        Expansion = MathExpansions.Sigmoid,
    };

    /// <summary>log(1 + e^a), computed so that neither end overflows; slope sigmoid(a).</summary>
    public static readonly Op Softplus = Unary(
        "softplus", FusedOp.Softplus, SoftMaximum,
        (b, n, g) => b.Mul(g, b.Sigmoid(n.Inputs[0])), 20) with
    {
        Function = new("softplus", SoftMaximum, "log(1 + e^x)", "dense 64, softplus", "sigmoid(x)", "Softplus")
        {
            Rises = v => v > 30 ? v : Math.Log(1 + Math.Exp(v)),
        },
        Expansion = MathExpansions.Softplus,
    };

    /// <summary>Conversion of the element type; f32 to i32 drops the fraction.</summary>
    public static readonly Op Cast = new(
        "cast", OpClass.Elementwise, 1,
        (x, a) => (x[0].Shape, ((CastAttributes)a!).Type),
        (n, x, y) => Apply(n, x, y, n.Type == DType.F32 ? v => v[0] : v => Math.Truncate(v[0])),
        (b, n, g) => [n.Inputs[0].Type == DType.F32 && n.Type == DType.F32 ? g : null],
        FusedOp.Convert, _ => 0);

    /// <summary>The value itself, through which no gradient flows.</summary>
    public static readonly Op Detach = new Op(
        "detach", OpClass.Elementwise, 1, (x, _) => (x[0].Shape, x[0].Type), (n, x, y) => Apply(n, x, y, v => v[0]),
        (_, _, _) => [null], FusedOp.Convert, _ => 0) with
    {
        Function = new("detach", v => v, "x, through which no gradient flows", "fn rounded(x) = x + detach(floor(x + 0.5) - x)", "0", "Identity")
        {
            Rises = v => v,
        },
        Free = true,
        PassesOn = true,
        Simplify = ElementwiseRules.Detach,
    };

    /// <summary>
    /// The functions of one number that scripts name, as help lists them. A new one is a row with its <see cref="Op.Function"/>, and its place here.
    /// </summary>
    public static IReadOnlyList<Op> Functions { get; } = [Exp, Expm1, Log, Sqrt, Tanh, Sigmoid, Softplus, Erf, Sin, Cos, Abs, Sign, Floor, Detach];

    private static double Logistic(double a) => 1 / (1 + Math.Exp(-a));

    // log(1 + e^a), of which no end overflows.
    private static double SoftMaximum(double a) => Math.Max(a, 0) + Math.Log(1 + Math.Exp(-Math.Abs(a)));

    // Squares, their sums and means.
    private static bool IsLength(Node n) =>
        (n.Op == Mul && (n.Inputs[0] == n.Inputs[1] || (n.Inputs[1].Op == LeafOps.Constant && IsLength(n.Inputs[0]))))
        || ((n.Op == ReductionOps.Sum || n.Op == MovementOps.Reshape || n.Op == MovementOps.Broadcast) && IsLength(n.Inputs[0]))
        || (n.Op == Add && n.Inputs.All(IsLength));

    private static Node?[] Choose(GraphBuilder b, Node condition, Node g)
    {
        Node zero = b.Constant(0);
        return [b.Select(condition, g, zero), b.Select(condition, zero, g)];
    }

    private static Op Unary(string name, FusedOp fused, Func<double, double> f, Func<GraphBuilder, Node, Node, Node?> gradient, int flops = 1) => new(
        name, OpClass.Elementwise, 1,
        (x, _) => (x[0].Shape, Arithmetic(name, x[0])),
        (n, x, y) =>
        {
            for (int i = 0; i < y.Length; i++) y[i] = f(x[0][i]);
        },
        (b, n, g) => [gradient(b, n, g)],
        fused, CountFlops(flops));

    private static Op Binary(string name, FusedOp fused, Func<double, double, double> f, GradientRule? gradient) => new(
        name, OpClass.Elementwise, 2,
        (x, _) => (Broadcast(name, x), SameType(name, x[0], x[1])),
        (n, x, y) => Apply(n, x, y, v => f(v[0], v[1])),
        gradient, fused, CountFlops(1))
    {
        Cheap = true,
    };

    private static Op Comparison(string name, FusedOp fused, Func<double, double, double> f) =>
        Binary(name, fused, f, (_, _, _) => [null, null]) with
        {
            Infer = (x, _) => (Broadcast(name, x), Compared(name, x)),
        };

    private static DType Compared(string name, Node[] x)
    {
        SameType(name, x[0], x[1]);
        return DType.F32;
    }

    private static Func<Node, long> CountFlops(int each) => n => n.Shape.Count * each;

    private static DType Arithmetic(string name, Node x) => x.Type != DType.U8
        ? x.Type
        : throw new ShapeException($"{name}: bytes must be cast to f32 before arithmetic");

    private static DType SameType(string name, Node a, Node b) => Arithmetic(name, a) == b.Type
        ? a.Type
        : throw new ShapeException($"{name}: operands are {a.Type.Name()} {a.Shape} and {b.Type.Name()} {b.Shape}; cast one of them");

    private static Shape Broadcast(string name, Node[] x)
    {
        Shape result = x[0].Shape;
        foreach (Node n in x.Skip(1))
        {
            if (!Shape.TryBroadcast(result, n.Shape, out result))
                throw new ShapeException($"{name}: shapes {string.Join(" and ", x.Select(i => i.Shape))} do not broadcast");
        }

        return result;
    }

    /// <summary>Runs <paramref name="f"/> over the broadcast operands of a node.</summary>
    private static void Apply(Node node, double[][] inputs, double[] output, Func<double[], double> f)
    {
        var strides = new long[inputs.Length][];
        for (int i = 0; i < inputs.Length; i++) strides[i] = node.Inputs[i].Shape.BroadcastStrides(node.Shape);
        var values = new double[inputs.Length];
        foreach ((int[] at, long linear) in Coordinates.Of(node.Shape))
        {
            for (int i = 0; i < inputs.Length; i++) values[i] = inputs[i][Coordinates.Offset(at, strides[i])];
            output[linear] = f(values);
        }
    }
}
