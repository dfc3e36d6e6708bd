using Nn.Dsl;
using Nn.Ops;

namespace Nn.Exchange.Onnx;

/// <summary>A formula over single elements, which evaluates and can be written in the language.</summary>
internal abstract record OnnxFormula
{
    /// <summary>The element that it is about.</summary>
    public static OnnxFormula X { get; } = new Variable(0);

    // Activations that formulas are compared with, on both sides of zero.
    private static readonly (string Name, Func<double, double> Value)[] Known =
    [
        ("relu", x => Math.Max(x, 0)), ("sigmoid", Sigmoid), ("tanh", Math.Tanh), ("softplus", Softplus), ("softsign", x => x / (1 + Math.Abs(x))),
        ("silu", x => x * Sigmoid(x)), ("gelu", x => x / 2 * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2)))), ("mish", x => x * Math.Tanh(Softplus(x))),
        ("hard_sigmoid", x => Math.Clamp(x / 6 + 0.5, 0, 1)),
        ("selu", x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1))), ("elu", x => x > 0 ? x : Math.Exp(x) - 1),
    ];

    // Of a number of 32 bits, with some operations done on it.
    private const double Precision = 3e-7;

    // Close together where activations bend, and far out, where only clipped ones do.
    private static readonly double[] Probes =
        [.. Enumerable.Range(0, 49).Select(i => -9 + 0.37 * i), .. new[] { 12.0, 25, 60, 150, 700, 3e3, 1e5, 1e9 }.SelectMany(x => new[] { x, -x })];

    /// <summary>Numbers of the operator that attributes give, in the order in which they follow its operands.</summary>
    private static readonly Dictionary<string, (string Name, float Default)[]> Settings = new()
    {
        ["LeakyRelu"] = [("alpha", 0.01f)],
        ["Elu"] = [("alpha", 1)],
        ["Celu"] = [("alpha", 1)],
        ["Selu"] = [("alpha", 1.67326324f), ("gamma", 1.05070098f)],
        ["HardSigmoid"] = [("alpha", 0.2f), ("beta", 0.5f)],
        ["Swish"] = [("alpha", 1)],
        ["ThresholdedRelu"] = [("alpha", 1)],
        ["Shrink"] = [("bias", 0), ("lambd", 0.5f)],
    };

    /// <summary>Whether it is 0 or 1, as a comparison is.</summary>
    public bool IsFlag => this is Operation { Kind: "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" or "Xor" };

    /// <summary>Number of operators and operands.</summary>
    public virtual int Size => 1;

    /// <summary>Whether it can be written in the language.</summary>
    public virtual bool Speakable => true;

    /// <summary>As the language has it.</summary>
    public abstract Expr Syntax { get; }

    /// <summary>Its value.</summary>
    public abstract double At(params double[] x);

    /// <summary>What an operator makes of operands, or null where it is none of single elements. An operand that is left out is null.</summary>
    public static OnnxFormula? Of(OnnxNode n, IReadOnlyList<OnnxFormula?> given)
    {
        if (n.Type == "Clip" && given is [{ } clipped, ..]) return Clipped(n, clipped, given);
        OnnxFormula[] operands = [.. given.OfType<OnnxFormula>()];
        // Of all others, no operand can be left out.
        if (operands.Length != given.Count) return null;
        if (n.Type == "Cast" && operands is [{ IsFlag: false } number] && n.Whole("to", 0) == (long)OnnxType.Bool) return new Operation("Bool", [number]);
        if (n.Type is "Identity" or "Cast" or "Dropout" && operands.Length > 0) return operands[0];
        if (n.Type is "Min" or "Max" or "Sum" && operands.Length > 0)
            return operands.Aggregate((a, b) => new Operation(n.Type == "Sum" ? "Add" : n.Type, [a, b]));
        if (n.Type == "PRelu" && operands.Length == 2) return new Operation("LeakyRelu", operands);
        string kind = n.Type == "Gelu" && n.Word("approximate", "none") == "tanh" ? "GeluTanh" : n.Type;
        if (!FormulaOperator.All.TryGetValue(kind, out FormulaOperator? op)) return null;
        OnnxFormula[] settings = [.. Settings.GetValueOrDefault(n.Type, []).Select(s => new Value(n.Single(s.Name, s.Default)))];
        var made = new Operation(kind, [.. operands, .. settings]);
        return op.Operands == made.Operands.Count && operands.Length > 0 ? made.Simplified() : null;
    }

    // First the lower bound, then the upper: where that is the smaller one, it is what counts.
    private static Operation? Bounded(OnnxFormula x, string kind, OnnxFormula? bound) => bound is null ? null : new Operation(kind, [x, bound]);

    private static OnnxFormula Clipped(OnnxNode n, OnnxFormula x, IReadOnlyList<OnnxFormula?> operands)
    {
        OnnxFormula? Bound(int at, string name) =>
            operands.Count > at && operands[at] is { } operand ? operand : n.Attributes.GetValueOrDefault(name) is float f ? new Value(f) : null;
        OnnxFormula? low = Bound(1, "min"), high = Bound(2, "max");
        // Some tools write the largest number of all for no bound.
        OnnxFormula raised = Bounded(x, "Max", low is Value { Amount: <= -float.MaxValue } ? null : low) ?? x;
        return Bounded(raised, "Min", high is Value { Amount: >= float.MaxValue } ? null : high) ?? raised;
    }

    /// <summary>A number.</summary>
    public static OnnxFormula Number(double value) => new Value(value);

    /// <summary>The element of a numbered operand.</summary>
    public static OnnxFormula Operand(int number) => new Variable(number);

    /// <summary>The factor, where it is x times a number.</summary>
    public double? Factor => this switch
    {
        Variable => 1,
        Operation { Kind: "Mul", Operands: [Variable, Value v] } => v.Amount,
        _ => null,
    };

    /// <summary>The layer of the language that it is, or null.</summary>
    public Item? Activation()
    {
        if (this is Operation { Kind: "LeakyRelu" or "Elu", Operands: [Variable, Value v] } o)
            return o.Kind == "LeakyRelu" ? Say.Layer("leaky_relu", Say.Argument("slope", v.Syntax)) : Say.Layer("elu", Say.Argument("alpha", v.Syntax));
        foreach ((string name, Func<double, double> value) in Known)
        {
            if (Agrees(value)) return Say.Layer(name);
        }

        if (this is not Operation { Operands: [Variable] } f) return null;
        return ElementwiseOps.Functions.FirstOrDefault(op => op.Function!.Onnx == f.Kind) is { } known ? Say.Layer(known.Function!.Word) : null;
    }

    /// <summary>
    /// Whether it has the values of a function, on both sides of zero and about each of its own numbers, as far as numbers of 32 bits tell: a bound of 1e-12 is
    /// a bound.
    /// </summary>
    public bool Agrees(Func<double, double> value)
    {
        IEnumerable<double> own = Numbers.Where(n => n != 0 && double.IsFinite(n)).SelectMany(n => new[] { n, n / 2, 2 * n }).SelectMany(n => new[] { n, -n });
        foreach (double x in Probes.Concat(own))
        {
            double wanted = value(x);
            (double given, double error) = Rounded(x);
            if (!(Math.Abs(given - wanted) <= error + 1e-6 * Math.Abs(wanted))) return false;
        }

        return true;
    }

    // The numbers that are written in it.
    private protected virtual IEnumerable<double> Numbers => [];

    // Its value, and how far off that may be because its numbers are rounded to 32 bits.
    private protected abstract (double Value, double Error) Rounded(double x);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private sealed record Variable(int Index) : OnnxFormula
    {
        public override Expr Syntax => Say.Name(((char)('x' + Index)).ToString());

        public override double At(params double[] x) => x[Index];

        private protected override (double Value, double Error) Rounded(double x) => (x, 0);
    }

    private sealed record Value(double Amount) : OnnxFormula
    {
        // Nothing becomes zero or infinite by being written.
        public override bool Speakable => float.IsFinite((float)Amount) && ((float)Amount != 0 || Amount == 0);

        public override Expr Syntax => Say.Number(Amount);

        public override double At(params double[] x) => Amount;

        private protected override IEnumerable<double> Numbers => [Amount];

        private protected override (double Value, double Error) Rounded(double x) => (Amount, Precision * Math.Abs(Amount));
    }

    private sealed record Operation(string Kind, IReadOnlyList<OnnxFormula> Operands) : OnnxFormula
    {
        private FormulaOperator Operator => FormulaOperator.All[Kind];

        // An operand that is written twice counts twice.
        public override int Size { get; } = 1 + Operands.Select((o, i) => o.Size * Math.Max(1, FormulaOperator.All[Kind].Times(i))).Sum();

        public override bool Speakable => Operator.Syntax is not null && Operands.All(o => o.Speakable);

        public override Expr Syntax => Operator.Syntax!([.. Operands.Select(o => o.Syntax)]);

        public override double At(params double[] x) => Operator.Value([.. Operands.Select(o => o.At(x))]);

        private protected override IEnumerable<double> Numbers => Operands.SelectMany(o => o.Numbers);

        private protected override (double Value, double Error) Rounded(double x)
        {
            (double Value, double Error)[] operands = [.. Operands.Select(o => o.Rounded(x))];
            double[] at = [.. operands.Select(o => o.Value)];
            Func<double[], double> value = Operator.Value;
            double result = value(at), error = Precision * Math.Abs(result);
            for (int i = 0; i < at.Length; i++)
            {
                if (operands[i].Error == 0) continue;
                double Off(double by) => Math.Abs(value([.. at.Select((v, k) => k == i ? v + by : v)]) - result) is var d && double.IsFinite(d) ? d : 0;
                error += Math.Max(Off(operands[i].Error), Off(-operands[i].Error));
            }

            return (result, error);
        }

        // Factors after each other are one; one that 32 bits do not tell from 1 is none.
        public OnnxFormula Simplified()
        {
            if (Kind is not ("Mul" or "Div")) return this;
            (OnnxFormula of, OnnxFormula by) = Operands[0] is Value && Kind == "Mul" ? (Operands[1], Operands[0]) : (Operands[0], Operands[1]);
            if (by is not Value v || of.Factor is not { } before) return this;
            double factor = Kind == "Mul" ? before * v.Amount : before / v.Amount;
            return Math.Abs(factor - 1) < 1.2e-7 ? X : new Operation("Mul", [X, new Value(factor)]);
        }
    }
}
