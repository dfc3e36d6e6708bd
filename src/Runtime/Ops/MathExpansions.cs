using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// Elementary functions in primitive instructions, the same for every backend. The polynomials are minimax fits made by
/// <c>kernels/coefficients.py</c> (exchange algorithm of Remez), which also prints their errors; the reductions of the argument are described at each
/// function. Errors stay below 1e-6, relative, where nothing else is said; results below the smallest normal number may become 0.
/// </summary>
internal static class MathExpansions
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2 = 0.69314718055994531;

    // ln 2 and π in two parts: the first short enough that its products with whole numbers are exact.
    private const double Ln2High = 0.693145751953125, Ln2Low = Ln2 - Ln2High;
    private const double PiHigh = 3.1415927410125732, PiLow = Math.PI - PiHigh;

    private const int MantissaBits = 23;
    private const int SignBit = int.MinValue;
    private const double SmallestNormal = 1.17549435e-38;

    // Bits of √½: mantissas are taken from √½ to √2, where log is smallest.
    private const int HalfRootBits = 0x3F3504F3;

    /// <summary>e^x: x = n·ln 2 + r, n added to the exponent of a polynomial in r.</summary>
    public static int Exp(InstructionWriter w, int x)
    {
        (int n, int r) = ReduceByLn2(w, x);
        int power = AddExponent(w, w.Add(ExpMinusOne(w, r), w.Number(1)), n);
        power = w.Select(w.Compare(FusedOp.Less, w.Number(88.72284), x), w.Number(double.PositiveInfinity), power);
        return w.Select(w.Compare(FusedOp.Less, x, w.Number(-87.336544)), w.Number(0), power);
    }

    /// <summary>e^x − 1 = 2^n·(e^r − 1) + (2^n − 1), which keeps small arguments exact.</summary>
    public static int Expm1(InstructionWriter w, int x)
    {
        int y = w.Max(w.Number(-87), w.Min(w.Number(88), x));
        (int n, int r) = ReduceByLn2(w, y);
        int scale = AddExponent(w, w.Number(1), n);
        int result = w.Fma(scale, ExpMinusOne(w, r), w.Sub(scale, w.Number(1)));
        return w.Select(w.Compare(FusedOp.Less, w.Number(88), x), Exp(w, x), result);
    }

    /// <summary>ln x: x = 2^e·(1 + f), √½ ≤ 1 + f &lt; √2; −∞ at 0, NaN below.</summary>
    public static int Log(InstructionWriter w, int x)
    {
        // Numbers without a full mantissa are scaled up first.
        int tiny = w.Compare(FusedOp.Less, x, w.Number(SmallestNormal));
        int scaled = w.Select(tiny, w.Mul(x, w.Number(1 << 24)), x);
        (int e, int f) = Split(w, scaled);
        e = w.Add(e, w.Select(tiny, w.Number(-24), w.Number(0)));
        int tail = w.Fma(w.Mul(f, f), LogTail(w, f), w.Mul(e, w.Number(Ln2Low)));
        int log = w.Fma(e, w.Number(Ln2High), w.Add(f, tail));
        log = w.Select(w.Compare(FusedOp.Less, x, w.Number(double.PositiveInfinity)), log, x);
        int below = w.Select(w.Compare(FusedOp.Equal, x, w.Number(0)), w.Number(double.NegativeInfinity), w.Number(double.NaN));
        return w.Select(w.Compare(FusedOp.Less, w.Number(0), x), log, below);
    }

    /// <summary>tanh |x| = −E ÷ (2 + E) with E = e^(−2|x|) − 1, which keeps small arguments exact; then the sign of x.</summary>
    public static int Tanh(InstructionWriter w, int x)
    {
        // Beyond 10 the result is 1.
        int y = w.Mul(w.Min(w.Number(10), w.Unary(FusedOp.Abs, x)), w.Number(-2));
        (int n, int r) = ReduceByLn2(w, y);
        int scale = AddExponent(w, w.Number(1), n);
        int e = w.Fma(scale, ExpMinusOne(w, r), w.Sub(scale, w.Number(1)));
        return CopySign(w, w.Div(e, w.Add(e, w.Number(2))), x);
    }

    /// <summary>
    /// erf x = x·p(x²) up to 1; beyond, 1 − e^q(|x|), where q approximates the logarithm of the complementary function.
    /// </summary>
    public static int Erf(InstructionWriter w, int x)
    {
        int a = w.Unary(FusedOp.Abs, x);
        int small = w.Mul(x, w.Polynomial(w.Mul(x, x), 1.12837912, -0.376123262, 0.112801801, -0.0267113113, 0.00491755145, -0.000563142231));
        // From 4 on the result is 1.
        int exponent = w.Polynomial(
            w.Min(w.Number(4), a), -0.000320575243, -1.12717165, -0.638012225, -0.103218195, 0.0218896382, -0.00296011309, 0.000187604681);
        int large = CopySign(w, w.Sub(w.Number(1), Exp(w, exponent)), x);
        return w.Select(w.Compare(FusedOp.Less, w.Number(1), a), large, small);
    }

    /// <summary>sin x, to 1e-6 absolute for |x| ≤ 2^20: x = n·π + r with π in two parts (Cody and Waite).</summary>
    public static int Sin(InstructionWriter w, int x)
    {
        int n = w.Unary(FusedOp.Round, w.Mul(x, w.Number(1 / Math.PI)));
        int r = w.ExactFma(n, w.Number(-PiHigh), x);
        return SinOfReduced(w, w.Fma(n, w.Number(-PiLow), r), n);
    }

    /// <summary>cos x = sin(x + π/2), to 1e-6 absolute for |x| ≤ 2^20: x = (n − ½)·π + r, so that nothing is lost by adding.</summary>
    public static int Cos(InstructionWriter w, int x)
    {
        int n = w.Unary(FusedOp.Round, w.Fma(x, w.Number(1 / Math.PI), w.Number(0.5)));
        int half = w.Sub(n, w.Number(0.5));
        int r = w.ExactFma(half, w.Number(-PiHigh), x);
        return SinOfReduced(w, w.Fma(half, w.Number(-PiLow), r), n);
    }

    /// <summary>sin 2πt.</summary>
    public static int SinOfTurns(InstructionWriter w, int turns)
    {
        int n = w.Unary(FusedOp.Round, w.Mul(turns, w.Number(2)));
        return SinOfReduced(w, w.Mul(w.Fma(n, w.Number(-0.5), turns), w.Number(2 * Math.PI)), n);
    }

    /// <summary>1 ÷ (1 + e^−x).</summary>
    public static int Sigmoid(InstructionWriter w, int x) =>
        w.Div(w.Number(1), w.Add(Exp(w, w.Unary(FusedOp.Neg, x)), w.Number(1)));

    /// <summary>
    /// ln(1 + e^x) = max(x, 0) + ln(1 + t) with t = e^−|x|; 1 + t is never formed where t is small, so that nothing is lost.
    /// </summary>
    public static int Softplus(InstructionWriter w, int x)
    {
        int t = Exp(w, w.Unary(FusedOp.Neg, w.Unary(FusedOp.Abs, x)));
        int halve = w.Compare(FusedOp.Less, w.Number(Math.Sqrt(2) - 1), t);
        int f = w.Select(halve, w.Mul(w.Sub(t, w.Number(1)), w.Number(0.5)), t);
        int log = w.Fma(w.Mul(f, f), LogTail(w, f), f);
        log = w.Add(log, w.Select(halve, w.Number(Ln2), w.Number(0)));
        return w.Add(w.Max(w.Number(0), x), log);
    }

    /// <summary>−1, 0 or 1; NaN stays.</summary>
    public static int Sign(InstructionWriter w, int x)
    {
        bool real = w.Code[x].Type == DType.F32;
        int Of(int v) => real ? w.Number(v) : w.Integer(v);
        return w.Select(w.Compare(FusedOp.Less, Of(0), x), Of(1), w.Select(w.Compare(FusedOp.Less, x, Of(0)), Of(-1), x));
    }

    /// <summary>
    /// a^b = 2^(b·log₂|a|), the logarithm and the product in two parts so that large exponents lose nothing; then the sign rules
    /// of IEEE 754: 1 for b = 0, negative a only with whole b. A NaN in b stays one even where a is 1.
    /// </summary>
    public static int Pow(InstructionWriter w, int a, int b)
    {
        if (w.ConstantValue(b) is { } known && PowOfConstant(w, a, known) is { } simple) return simple;
        int magnitude = w.Unary(FusedOp.Abs, a);
        (int e, int f) = Split(w, magnitude);
        int high = w.Mul(f, w.Number(Log2E));
        int low = w.ExactFma(f, w.Number(Log2E), w.Unary(FusedOp.Neg, high));
        low = w.Fma(f, w.Number(Log2E - (float)Log2E), low);
        low = w.Fma(w.Mul(w.Mul(f, f), LogTail(w, f)), w.Number(Log2E), low);
        int log = w.Add(e, high);
        low = w.Add(w.Sub(high, w.Sub(log, e)), low);

        int y = w.Mul(b, log);
        int rest = w.Fma(b, low, w.ExactFma(b, log, w.Unary(FusedOp.Neg, y)));
        int whole = w.Add(y, rest), n = w.Unary(FusedOp.Round, whole);
        int r = w.Mul(w.Add(w.Sub(y, n), rest), w.Number(Ln2));
        int power = AddExponent(w, w.Add(ExpMinusOne(w, r), w.Number(1)), w.Convert(DType.I32, n));
        int infinity = w.Number(double.PositiveInfinity), zero = w.Number(0);
        power = w.Select(w.Compare(FusedOp.Less, whole, w.Number(128)), power, infinity);
        power = w.Select(w.Compare(FusedOp.Less, whole, w.Number(-126)), zero, power);

        int up = w.Compare(FusedOp.Less, zero, b);
        power = w.Select(w.Compare(FusedOp.Less, magnitude, w.Number(SmallestNormal)), w.Select(up, zero, infinity), power);
        power = w.Select(w.Compare(FusedOp.Less, magnitude, infinity), power, w.Select(up, infinity, zero));

        int half = w.Mul(b, w.Number(0.5));
        int fraction = w.Select(w.Compare(FusedOp.Less, magnitude, w.Number(SmallestNormal)), w.Number(1), w.Number(double.NaN));
        fraction = w.Select(w.Compare(FusedOp.Equal, magnitude, infinity), w.Number(1), fraction);
        int odd = w.Select(
            w.Compare(FusedOp.Equal, w.Unary(FusedOp.Floor, b), b),
            w.Select(w.Compare(FusedOp.Equal, w.Unary(FusedOp.Floor, half), half), w.Number(1), w.Number(-1)),
            fraction);
        power = w.Select(w.Compare(FusedOp.Less, a, zero), w.Mul(power, odd), power);
        // A NaN in either operand passes through their sum.
        int sum = w.Add(a, b);
        int numbers = w.Compare(FusedOp.Equal, magnitude, magnitude);
        numbers = w.Bitwise(FusedOp.And, numbers, w.Compare(FusedOp.Equal, b, b));
        power = w.Select(numbers, power, sum);
        return w.Select(w.Compare(FusedOp.Equal, b, zero), w.Number(1), power);
    }

    private static int? PowOfConstant(InstructionWriter w, int a, double b)
    {
        switch (b)
        {
            case 0: return w.Number(1);
            case 1: return a;
            case 2: return w.Mul(a, a);
            case 3: return w.Mul(w.Mul(a, a), a);
            case 4: return w.Mul(w.Mul(a, a), w.Mul(a, a));
            case -1: return w.Div(w.Number(1), a);
            case -2: return w.Div(w.Number(1), w.Mul(a, a));
            case 0.5: return w.Unary(FusedOp.Sqrt, a);
            default: return null;
        }
    }

    // x = n·ln 2 + r with |r| ≤ ½·ln 2.
    private static (int N, int R) ReduceByLn2(InstructionWriter w, int x)
    {
        int n = w.Unary(FusedOp.Round, w.Mul(x, w.Number(Log2E)));
        int r = w.Fma(n, w.Number(-Ln2Low), w.Fma(n, w.Number(-Ln2High), x));
        return (w.Convert(DType.I32, n), r);
    }

    // e^r − 1 for |r| ≤ ½·ln 2.
    private static int ExpMinusOne(InstructionWriter w, int r) =>
        w.Fma(w.Mul(r, r), w.Polynomial(r, 0.499999934, 0.166665201, 0.0416683942, 0.00836878041, 0.0013814467), r);

    // x·2^n where neither side leaves the normal numbers.
    private static int AddExponent(InstructionWriter w, int x, int n) =>
        w.Bitcast(DType.F32, w.Add(w.Bitcast(DType.I32, x), w.Shift(FusedOp.ShiftLeft, n, MantissaBits)));

    // Exponent (as f32) and f of x = 2^e·(1 + f).
    private static (int E, int F) Split(InstructionWriter w, int x)
    {
        int bits = w.Bitcast(DType.I32, x);
        // 128 is added to the exponent meanwhile, as right shifts bring in zeros.
        int shifted = w.Shift(FusedOp.ShiftRight, w.Add(bits, w.Integer((128 << MantissaBits) - HalfRootBits)), MantissaBits);
        int e = w.Sub(shifted, w.Integer(128));
        int mantissa = w.Bitcast(DType.F32, w.Sub(bits, w.Shift(FusedOp.ShiftLeft, e, MantissaBits)));
        return (w.Convert(DType.F32, e), w.Sub(mantissa, w.Number(1)));
    }

    // (ln(1 + f) − f) ÷ f².
    private static int LogTail(InstructionWriter w, int f) => w.Polynomial(
        f, -0.49999988, 0.333333247, -0.250016178, 0.20002066, -0.166082485, 0.141793652, -0.132478345, 0.12923379, -0.0763335605);

    // sin(n·π + r) for |r| ≤ π/2.
    private static int SinOfReduced(InstructionWriter w, int r, int n)
    {
        int square = w.Mul(r, r);
        int sine = w.Fma(w.Mul(square, r), w.Polynomial(square, -0.166666595, 0.0083330652, -0.000198095212, 2.60558954e-06), r);
        int sign = w.Shift(FusedOp.ShiftLeft, w.Convert(DType.I32, n), 31);
        return w.Bitcast(DType.F32, w.Bitwise(FusedOp.Xor, w.Bitcast(DType.I32, sine), sign));
    }

    private static int CopySign(InstructionWriter w, int magnitude, int sign)
    {
        int absolute = w.Bitwise(FusedOp.And, w.Bitcast(DType.I32, magnitude), w.Integer(~SignBit));
        return w.Bitcast(DType.F32, w.Bitwise(FusedOp.Or, absolute, w.Bitwise(FusedOp.And, w.Bitcast(DType.I32, sign), w.Integer(SignBit))));
    }
}
