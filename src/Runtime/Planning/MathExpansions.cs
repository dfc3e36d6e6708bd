using Nn.Graphs;

namespace Nn.Planning;

/// <summary>
/// The elementary functions in terms of f32 additions, products and bit operations, so that every backend computes them alike. Coefficients
/// are fitted by kernels/coefficients.py. Relative error below 1e-6 wherever the result is a normal number (sine: absolute).
/// </summary>
internal static class MathExpansions
{
    private const double Ln2High = 0.693145751953125, Ln2Low = 1.42860677e-6;

    /// <summary>
    /// e^x = 2^n · e^r with n = round(x ÷ ln 2) and |r| ≤ ½·ln 2; 2^n in two factors, so that the ends underflow and overflow as they should.
    /// </summary>
    public static int Exp(InstructionWriter w, int x)
    {
        // The operand order of Min and Max lets NaN through.
        x = w.F(FusedOp.Max, w.Float(-110), w.F(FusedOp.Min, w.Float(89), x));
        int n = w.F(FusedOp.Round, w.Mul(x, w.Float(1.4426950408889634)));
        int r = w.Fma(n, w.Float(-Ln2Low), w.Fma(n, w.Float(-Ln2High), x));
        int p = w.Polynomial(r, 1, 1, 5.0000000808e-01, 1.6666515943e-01, 4.1666263013e-02, 8.3691571640e-03, 1.3946455351e-03);
        int first = w.F(FusedOp.Floor, w.Mul(n, w.Float(0.5)));
        return w.Mul(w.Mul(p, PowerOfTwo(w, first)), PowerOfTwo(w, w.Sub(n, first)));
    }

    /// <summary>
    /// log x = e·ln 2 + log(1 + f), where x = 2^e·(1 + f) and √½ ≤ 1 + f &lt; √2; log 0 = −∞, NaN for negative x.
    /// </summary>
    public static int Log(InstructionWriter w, int x)
    {
        int bits = w.I(FusedOp.Add, w.Emit(new FusedInstruction(FusedOp.Bitcast, DType.I32, x)), w.Int(0x3f800000 - 0x3f3504f3));
        int e = w.F(FusedOp.Convert, w.I(FusedOp.Sub, w.I(FusedOp.ShiftRight, bits, value: 23), w.Int(127)));
        int mantissa = w.I(FusedOp.Add, w.I(FusedOp.And, bits, w.Int(0x7fffff)), w.Int(0x3f3504f3));
        int f = w.Sub(w.F(FusedOp.Bitcast, mantissa), w.Float(1));
        int p = w.Polynomial(
            f, 3.3333310125e-01, -2.5000000558e-01, 2.0002246515e-01, -1.6668512609e-01, 1.4217762576e-01, -1.2396445141e-01,
            1.1890989463e-01, -1.1726604816e-01, 6.8009121503e-02);
        int square = w.Mul(f, f);
        int tail = w.Fma(w.Mul(square, f), p, w.Mul(e, w.Float(Ln2Low)));
        int log = w.Fma(e, w.Float(Ln2High), w.Add(f, w.Fma(square, w.Float(-0.5), tail)));
        int finite = w.Select(w.F(FusedOp.Less, x, w.Float(double.PositiveInfinity)), log, x);
        int edge = w.Select(w.F(FusedOp.Equal, x, w.Float(0)), w.Float(double.NegativeInfinity), w.Float(double.NaN));
        return w.Select(w.F(FusedOp.Less, w.Float(0), x), finite, edge);
    }

    /// <summary>An odd polynomial near 0, sign(x)·(1 − 2 ÷ (e^2|x| + 1)) beyond.</summary>
    public static int Tanh(InstructionWriter w, int x)
    {
        int square = w.Mul(x, x), a = w.F(FusedOp.Abs, x);
        int p = w.Polynomial(square, -3.3333287171e-01, 1.3331561948e-01, -5.3748499464e-02, 2.0664888428e-02, -5.7313602115e-03);
        int near = w.Fma(w.Mul(square, x), p, x);
        int e = Exp(w, w.Add(a, a));
        int far = w.Sub(w.Float(1), w.F(FusedOp.Div, w.Float(2), w.Add(e, w.Float(1))));
        return w.Select(w.F(FusedOp.Less, a, w.Float(0.625)), near, WithSign(w, far, x));
    }

    /// <summary>An odd polynomial up to 1, 1 − e^P(|x|) beyond.</summary>
    public static int Erf(InstructionWriter w, int x)
    {
        int a = w.F(FusedOp.Abs, x);
        int near = w.Mul(x, w.Polynomial(
            w.Mul(x, x), 1.1283791665e+00, -3.7612628832e-01, 1.1283612350e-01, -2.6854806104e-02, 5.1900498107e-03, -8.0243257086e-04, 7.8981268587e-05));
        int p = w.Polynomial(
            w.F(FusedOp.Min, w.Float(4), a), 2.0021880065e-04, -1.1296418760e+00, -6.3307776265e-01, -1.0859723427e-01, 2.5346005140e-02,
            -4.2712330718e-03, 4.6110857429e-04, -2.4970302874e-05, 2.3368395352e-07);
        int far = w.Sub(w.Float(1), Exp(w, p));
        return w.Select(w.F(FusedOp.Less, a, w.Float(1)), near, WithSign(w, far, x));
    }

    /// <summary>(−1)^n · sin r with n = round(x ÷ π), π subtracted in three pieces.</summary>
    public static int Sin(InstructionWriter w, int x)
    {
        int n = w.F(FusedOp.Round, w.Mul(x, w.Float(1 / Math.PI)));
        int r = w.Fma(n, w.Float(-3.140625), x);
        r = w.Fma(n, w.Float(-0.0009670257568359375), r);
        r = w.Fma(n, w.Float(-(Math.PI - 3.140625 - 0.0009670257568359375)), r);
        int square = w.Mul(r, r);
        int p = w.Polynomial(square, -1.6666666635e-01, 8.3333314366e-03, -1.9840907145e-04, 2.7527222339e-06, -2.3918979917e-08);
        int s = w.Fma(w.Mul(square, r), p, r);
        int flip = w.I(FusedOp.ShiftLeft, w.Emit(new FusedInstruction(FusedOp.Convert, DType.I32, n)), value: 31);
        return w.F(FusedOp.Bitcast, w.I(FusedOp.Xor, w.Emit(new FusedInstruction(FusedOp.Bitcast, DType.I32, s)), flip));
    }

    /// <summary>
    /// |a|^b = e^(b·log|a|); a negative a keeps its sign for odd b and gives NaN for fractions; a^0 = 1.
    /// </summary>
    public static int Pow(InstructionWriter w, int a, int b)
    {
        int magnitude = Exp(w, w.Mul(b, Log(w, w.F(FusedOp.Abs, a))));
        int half = w.Mul(b, w.Float(0.5));
        int even = w.F(FusedOp.Equal, w.F(FusedOp.Floor, half), half), whole = w.F(FusedOp.Equal, w.F(FusedOp.Floor, b), b);
        int negative = w.Select(even, magnitude, w.Select(whole, w.F(FusedOp.Neg, magnitude), w.Float(double.NaN)));
        int power = w.Select(w.F(FusedOp.Less, a, w.Float(0)), negative, magnitude);
        return w.Select(w.F(FusedOp.Equal, b, w.Float(0)), w.Float(1), power);
    }

    /// <summary>1 ÷ (1 + e^−x).</summary>
    public static int Sigmoid(InstructionWriter w, int x) =>
        w.F(FusedOp.Div, w.Float(1), w.Add(w.Float(1), Exp(w, w.F(FusedOp.Neg, x))));

    /// <summary>
    /// max(x, 0) + log(1 + e) with e = e^−|x|; the rounding error of 1 + e is put back (Kahan's log1p), so that large negative x keep their digits.
    /// </summary>
    public static int Softplus(InstructionWriter w, int x)
    {
        int e = Exp(w, w.F(FusedOp.Neg, w.F(FusedOp.Abs, x)));
        int u = w.Add(w.Float(1), e);
        int lost = w.F(FusedOp.Div, w.Sub(e, w.Sub(u, w.Float(1))), u);
        return w.Add(w.F(FusedOp.Max, w.Float(0), x), w.Add(Log(w, u), lost));
    }

    /// <summary>−1, 0 or 1.</summary>
    public static int Sign(InstructionWriter w, int x) => w.Select(
        w.F(FusedOp.Less, w.Float(0), x), w.Float(1), w.Select(w.F(FusedOp.Less, x, w.Float(0)), w.Float(-1), w.Float(0)));

    /// <summary>The two words of <see cref="Data.CounterRandom.Threefry"/> with key (seed, stream) and counter (index, step).</summary>
    public static (int X0, int X1) Threefry(InstructionWriter w, int seed, uint stream, int index, int step)
    {
        ReadOnlySpan<int> rotations = [13, 15, 26, 6, 17, 29, 16, 24];
        int key1 = w.Int(stream);
        int[] key = [seed, key1, w.I(FusedOp.Xor, seed, w.Int(0x1BD11BDA ^ stream))];
        int x0 = w.I(FusedOp.Add, index, seed), x1 = w.I(FusedOp.Add, step, key1);
        for (int round = 0; round < 20; round++)
        {
            x0 = w.I(FusedOp.Add, x0, x1);
            x1 = w.I(FusedOp.Xor, w.I(FusedOp.RotateLeft, x1, value: rotations[round % 8]), x0);
            if (round % 4 != 3) continue;
            int injection = round / 4 + 1;
            x0 = w.I(FusedOp.Add, x0, key[injection % 3]);
            x1 = w.I(FusedOp.Add, x1, w.I(FusedOp.Add, key[(injection + 1) % 3], w.Int((uint)injection)));
        }

        return (x0, x1);
    }

    /// <summary>The upper 24 bits of a word as a number in [0, 1).</summary>
    public static int UnitInterval(InstructionWriter w, int word) =>
        w.Mul(w.F(FusedOp.Convert, w.I(FusedOp.ShiftRight, word, value: 8)), w.Float(1.0 / (1 << 24)));

    /// <summary>Box and Muller, as <see cref="Data.CounterRandom.Normal"/>.</summary>
    public static int Normal(InstructionWriter w, int x0, int x1)
    {
        int radius = w.F(FusedOp.Sqrt, w.Mul(w.Float(-2), Log(w, w.Add(UnitInterval(w, x0), w.Float(1.0 / (1 << 24))))));
        return w.Mul(radius, Sin(w, w.Fma(UnitInterval(w, x1), w.Float(2 * Math.PI), w.Float(Math.PI / 2))));
    }

    private static int PowerOfTwo(InstructionWriter w, int n)
    {
        int biased = w.I(FusedOp.Add, w.Emit(new FusedInstruction(FusedOp.Convert, DType.I32, n)), w.Int(127));
        return w.F(FusedOp.Bitcast, w.I(FusedOp.ShiftLeft, biased, value: 23));
    }

    private static int WithSign(InstructionWriter w, int magnitude, int x)
    {
        int sign = w.I(FusedOp.And, w.Emit(new FusedInstruction(FusedOp.Bitcast, DType.I32, x)), w.Int(0x80000000));
        return w.F(FusedOp.Bitcast, w.I(FusedOp.Or, w.Emit(new FusedInstruction(FusedOp.Bitcast, DType.I32, magnitude)), sign));
    }
}
