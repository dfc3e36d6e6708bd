using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>
/// The values of a program's instructions at one place of its space: what has been computed so far. Values of the parent hold here, too.
/// </summary>
internal sealed class FusedPoint(FusedProgram program, int[] coordinates, int linear = -1, FusedPoint? parent = null)
{
    private readonly Dictionary<int, int> _values = [], _conditions = [];

    /// <summary>A value for each axis; −1 where it is not known.</summary>
    public int[] Coordinates { get; } = coordinates;

    /// <summary>The value of an instruction, −1 where it is not known.</summary>
    public int this[int instruction]
    {
        get => _values.TryGetValue(instruction, out int v) ? v : parent?[instruction] ?? -1;
        set => _values[instruction] = value;
    }

    /// <summary>The truth value behind a comparison, −1 for any other instruction.</summary>
    public int Condition(int instruction) => _conditions.TryGetValue(instruction, out int v) ? v : parent?.Condition(instruction) ?? -1;

    /// <summary>Remembers the truth value behind a comparison.</summary>
    public void SetCondition(int instruction, int value) => _conditions[instruction] = value;

    /// <summary>Σ coordinate·stride.</summary>
    public int Offset(KernelBuilder k, Shape strides)
    {
        if (linear >= 0 && strides.Select(s => (long)s).SequenceEqual(program.Extents.Strides())) return linear;
        int sum = k.Integer(0);
        for (int a = 0; a < strides.Rank; a++)
        {
            if (strides[a] != 0) sum = k.Add(sum, k.Mul(Coordinates[a], k.Integer(strides[a])));
        }

        return sum;
    }
}

/// <summary>Writes a lowered program's instructions as kernel code.</summary>
internal sealed class FusedValues(KernelBuilder k, FusedProgram program, FusedBinding binding)
{
    private const int AbsoluteBits = int.MaxValue, InfinityBits = 0x7F800000, UpperHalfBits = ~0xFFF;

    /// <summary>What <paramref name="roots"/> need and can be computed element by element: row reductions are taken as known.</summary>
    public bool[] Needed(IEnumerable<int> roots)
    {
        var needed = new bool[program.Code.Count];
        foreach (int root in roots) needed[root] = true;
        for (int i = needed.Length - 1; i >= 0; i--)
        {
            if (!needed[i] || IsRowReduction(program.Code[i].Op)) continue;
            foreach (int from in Inputs(program.Code[i])) needed[from] = true;
        }

        return needed;
    }

    /// <summary>The values that are the same everywhere, computed once: a parent of points.</summary>
    public FusedPoint ComputeUniform()
    {
        var uniform = new bool[program.Code.Count];
        for (int i = 0; i < uniform.Length; i++)
        {
            FusedInstruction x = program.Code[i];
            uniform[i] = x.Op switch
            {
                FusedOp.Load => program.Operands[x.Operand].Strides.All(s => s == 0),
                FusedOp.Index => x.Strides.All(s => s == 0),
                _ => Inputs(x).All(from => uniform[from]),
            };
        }

        var point = new FusedPoint(program, [.. program.Extents.Select(_ => k.Integer(0))]);
        Compute(uniform, point);
        return point;
    }

    /// <summary>Positions of the operands of an instruction.</summary>
    public static IEnumerable<int> Inputs(FusedInstruction x) => new[] { x.A, x.B, x.C }.Where(p => p >= 0);

    /// <summary>Whether an instruction reduces a row.</summary>
    public static bool IsRowReduction(FusedOp op) => op is FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowArgMax;

    /// <summary>Whether an instruction reduces terminal axes.</summary>
    public static bool IsTerminal(FusedOp op) => op is FusedOp.TerminalSum or FusedOp.TerminalMax;

    /// <summary>Computes the marked instructions at several places, one instruction at all of them, then the next.</summary>
    public void Compute(bool[] wanted, params ReadOnlySpan<FusedPoint> points)
    {
        for (int i = 0; i < wanted.Length; i++)
        {
            FusedInstruction x = program.Code[i];
            if (!wanted[i] || x.Op == FusedOp.Store || IsTerminal(x.Op) || IsRowReduction(x.Op)) continue;
            foreach (FusedPoint point in points)
            {
                if (point[i] < 0) Write(i, x, point);
            }
        }
    }

    /// <summary>Stores the result of an instruction.</summary>
    public void Store(int instruction, FusedPoint point)
    {
        FusedInstruction x = program.Code[instruction];
        StoreValue(x.Operand, point, point[x.A]);
    }

    /// <summary>Stores a value to an operand.</summary>
    public void StoreValue(int operand, FusedPoint point, int value) => k.Store(
        binding.BufferOf(operand), binding.Place(k, operand, point.Offset(k, program.Operands[operand].Strides)), value);

    private void Write(int i, FusedInstruction x, FusedPoint at)
    {
        int a = x.A >= 0 ? at[x.A] : -1, b = x.B >= 0 ? at[x.B] : -1, c = x.C >= 0 ? at[x.C] : -1;
        bool real = x.Type == DType.F32;
        if (x.Op is FusedOp.Less or FusedOp.LessEqual or FusedOp.Equal)
        {
            int condition = k.Compare(Simple(x.Op), a, b);
            at.SetCondition(i, condition);
            at[i] = UsedAsNumber(i) ? k.Of(KernelOp.Select, condition, One(real), Zero(real)) : condition;
            return;
        }

        at[i] = x.Op switch
        {
            FusedOp.Load => k.Load(
                binding.BufferOf(x.Operand), binding.Place(k, x.Operand, at.Offset(k, program.Operands[x.Operand].Strides))),
            FusedOp.Constant => real ? k.Number(x.Value) : k.Integer((long)x.Value),
            FusedOp.Index => at.Offset(k, x.Strides),
            FusedOp.Select when at.Condition(x.A) is >= 0 and var condition => k.Of(KernelOp.Select, condition, b, c),
            // Not 0: NaN counts as true, too.
            FusedOp.Select => k.Of(KernelOp.Select, k.Compare(KernelOp.Equal, a, Zero(program.Code[x.A].Type == DType.F32)), c, b),
            FusedOp.Min => k.Of(KernelOp.Select, k.Compare(KernelOp.Less, a, b), a, b),
            FusedOp.Max => k.Of(KernelOp.Select, k.Compare(KernelOp.Less, b, a), a, b),
            FusedOp.Abs when !real => k.Of(KernelOp.Select, k.Compare(KernelOp.Less, a, k.Integer(0)), k.Of(KernelOp.Neg, a), a),
            FusedOp.Div => Fuses ? Divide(a, b) : k.Of(KernelOp.Div, a, b),
            FusedOp.Sqrt => Fuses ? SquareRoot(a) : k.Of(KernelOp.Sqrt, a),
            FusedOp.Fma => Fuses || x.Value == 0 ? k.Of(KernelOp.Fma, a, b, c) : FusedMultiplyAdd(a, b, c),
            FusedOp.Convert => k.As(KernelOp.Convert, real ? KernelType.F32 : KernelType.I32, a),
            FusedOp.Bitcast => k.As(KernelOp.Bitcast, real ? KernelType.F32 : KernelType.I32, a),
            FusedOp.ShiftLeft or FusedOp.ShiftRight => k.Of(Simple(x.Op), a, k.Integer((long)x.Value)),
            FusedOp.RotateLeft => k.Of(
                KernelOp.Or, k.Of(KernelOp.ShiftLeft, a, k.Integer((long)x.Value)), k.Of(KernelOp.ShiftRight, a, k.Integer(32 - (long)x.Value))),
            _ => k.Of(Simple(x.Op), a, b),
        };
    }

    // Whether exact remainders come for the price of one instruction.
    private bool Fuses => binding.Limits.FusesMultiplyAdd;

    private int One(bool real) => real ? k.Number(1) : k.Integer(1);

    private int Zero(bool real) => real ? k.Number(0) : k.Integer(0);

    private bool UsedAsNumber(int i) => program.Code.Any(x => x.B == i || x.C == i || (x.A == i && x.Op != FusedOp.Select));

    // Devices may be off by a few units in the last place (2.5 in OpenCL and Vulkan): one step of Newton corrects that, a whole quotient is
    // whole. Where the remainder is no number (infinities, NaN, overflow), the first quotient stands.
    private int Divide(int a, int b)
    {
        int q = k.Of(KernelOp.Div, a, b);
        int rest = k.Of(KernelOp.Fma, k.Of(KernelOp.Neg, q), b, a);
        return UnlessNaN(k.Of(KernelOp.Add, q, k.Of(KernelOp.Div, rest, b)), q);
    }

    // The same for roots, whose step is half the remainder over the root.
    private int SquareRoot(int a)
    {
        int s = k.Of(KernelOp.Sqrt, a);
        int rest = k.Of(KernelOp.Fma, k.Of(KernelOp.Neg, s), s, a);
        return UnlessNaN(k.Of(KernelOp.Fma, k.Of(KernelOp.Div, rest, s), k.Number(0.5), s), s);
    }

    // a·b + c with the error of the product (Dekker) and that of the sum (Knuth) added last.
    private int FusedMultiplyAdd(int a, int b, int c)
    {
        int Minus(int x, int y) => k.Of(KernelOp.Sub, x, y);
        int Plus(int x, int y) => k.Of(KernelOp.Add, x, y);
        int Times(int x, int y) => k.Of(KernelOp.Mul, x, y);
        // Twelve bits each: the products of halves are exact.
        (int High, int Low) Halves(int x)
        {
            int high = k.As(KernelOp.Bitcast, KernelType.F32, k.Of(KernelOp.And, k.As(KernelOp.Bitcast, KernelType.I32, x), k.Integer(UpperHalfBits)));
            return (high, Minus(x, high));
        }

        ((int aHigh, int aLow), (int bHigh, int bLow)) = (Halves(a), Halves(b));
        int product = Times(a, b);
        int rest = Minus(Times(aHigh, bHigh), product);
        rest = Plus(Plus(Plus(rest, Times(aHigh, bLow)), Times(aLow, bHigh)), Times(aLow, bLow));
        int sum = Plus(c, product), part = Minus(sum, c);
        int lost = Plus(Minus(c, Minus(sum, part)), Minus(product, part));
        return Plus(sum, Plus(lost, rest));
    }

    // By its bits: drivers may take it for granted that there are no NaNs.
    private int UnlessNaN(int value, int otherwise)
    {
        int magnitude = k.Of(KernelOp.And, k.As(KernelOp.Bitcast, KernelType.I32, value), k.Integer(AbsoluteBits));
        return k.Of(KernelOp.Select, k.Compare(KernelOp.LessEqual, magnitude, k.Integer(InfinityBits)), value, otherwise);
    }

    private static KernelOp Simple(FusedOp op) => op switch
    {
        FusedOp.Add => KernelOp.Add,
        FusedOp.Sub => KernelOp.Sub,
        FusedOp.Mul => KernelOp.Mul,
        FusedOp.Neg => KernelOp.Neg,
        FusedOp.Abs => KernelOp.Abs,
        FusedOp.Floor => KernelOp.Floor,
        FusedOp.Round => KernelOp.Round,
        FusedOp.Less => KernelOp.Less,
        FusedOp.LessEqual => KernelOp.LessEqual,
        FusedOp.Equal => KernelOp.Equal,
        FusedOp.And => KernelOp.And,
        FusedOp.Or => KernelOp.Or,
        FusedOp.Xor => KernelOp.Xor,
        FusedOp.ShiftLeft => KernelOp.ShiftLeft,
        FusedOp.ShiftRight => KernelOp.ShiftRight,
        _ => throw new InvalidOperationException($"{op} is no elementwise primitive"),
    };
}
