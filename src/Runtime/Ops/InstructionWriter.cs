using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// Writes primitive instructions: equal ones once, those of constants as their result. Values are named by their position in
/// <see cref="Code"/>.
/// </summary>
internal sealed class InstructionWriter
{
    private readonly Dictionary<FusedInstruction, int> _known = [];

    /// <summary>What has been written.</summary>
    public List<FusedInstruction> Code { get; } = [];

    /// <summary>Writes an instruction as it is, unless it is there already or its result is known.</summary>
    public int Write(FusedInstruction instruction)
    {
        if (instruction.Op is FusedOp.Min or FusedOp.Max && IsConstant(instruction.B))
            // Where either is NaN both give B: a bound must not hide it.
            instruction = instruction with { A = instruction.B, B = instruction.A };
        if (Identity(instruction) is { } same) return same;
        if (Fold(instruction) is { } constant) instruction = constant;
        if (instruction.Op is FusedOp.Store or FusedOp.TerminalSum or FusedOp.TerminalMax)
        {
            Code.Add(instruction);
            return Code.Count - 1;
        }

        if (_known.TryGetValue(instruction, out int known)) return known;
        Code.Add(instruction);
        return _known[instruction] = Code.Count - 1;
    }

    /// <summary>A number of type f32.</summary>
    public int Number(double value) => Write(new FusedInstruction(FusedOp.Constant, DType.F32, Value: (float)value));

    /// <summary>A number of type i32.</summary>
    public int Integer(int value) => Write(new FusedInstruction(FusedOp.Constant, DType.I32, Value: value));

    /// <summary>The number in a constant, null for any other instruction.</summary>
    public double? ConstantValue(int i) => IsConstant(i) ? Code[i].Value : null;

    /// <summary>A + B.</summary>
    public int Add(int a, int b) => Write(new FusedInstruction(FusedOp.Add, Code[a].Type, a, b));

    /// <summary>A − B.</summary>
    public int Sub(int a, int b) => Write(new FusedInstruction(FusedOp.Sub, Code[a].Type, a, b));

    /// <summary>A · B.</summary>
    public int Mul(int a, int b) => Write(new FusedInstruction(FusedOp.Mul, Code[a].Type, a, b));

    /// <summary>A ÷ B.</summary>
    public int Div(int a, int b) => Write(new FusedInstruction(FusedOp.Div, DType.F32, a, b));

    /// <summary>A·B + C, rounded once or twice.</summary>
    public int Fma(int a, int b, int c) => Write(new FusedInstruction(FusedOp.Fma, DType.F32, a, b, c));

    /// <summary>A·B + C, rounded once.</summary>
    public int ExactFma(int a, int b, int c) => Write(new FusedInstruction(FusedOp.Fma, DType.F32, a, b, c, Value: 1));

    /// <summary>The smaller.</summary>
    public int Min(int a, int b) => Write(new FusedInstruction(FusedOp.Min, Code[a].Type, a, b));

    /// <summary>The larger.</summary>
    public int Max(int a, int b) => Write(new FusedInstruction(FusedOp.Max, Code[a].Type, a, b));

    /// <summary>An instruction of one operand that keeps its type.</summary>
    public int Unary(FusedOp op, int a) => Write(new FusedInstruction(op, Code[a].Type, a));

    /// <summary>1 or 0 of type i32.</summary>
    public int Compare(FusedOp op, int a, int b) => Write(new FusedInstruction(op, DType.I32, a, b));

    /// <summary>B where the condition is not 0, else C.</summary>
    public int Select(int condition, int b, int c) => Write(new FusedInstruction(FusedOp.Select, Code[b].Type, condition, b, c));

    /// <summary>Conversion by value.</summary>
    public int Convert(DType type, int a) => Write(new FusedInstruction(FusedOp.Convert, type, a));

    /// <summary>The same bits.</summary>
    public int Bitcast(DType type, int a) => Write(new FusedInstruction(FusedOp.Bitcast, type, a));

    /// <summary>A bitwise instruction of two i32.</summary>
    public int Bitwise(FusedOp op, int a, int b) => Write(new FusedInstruction(op, DType.I32, a, b));

    /// <summary>A shift or rotation by a fixed count.</summary>
    public int Shift(FusedOp op, int a, int count) => Write(new FusedInstruction(op, DType.I32, a, Value: count));

    /// <summary>c₀ + c₁·x + c₂·x² + …, by Horner's rule.</summary>
    public int Polynomial(int x, params ReadOnlySpan<double> coefficients)
    {
        int sum = Number(coefficients[^1]);
        for (int i = coefficients.Length - 2; i >= 0; i--) sum = Fma(sum, x, Number(coefficients[i]));
        return sum;
    }

    private bool IsConstant(int i) => i >= 0 && Code[i].Op == FusedOp.Constant;

    // Only where the result is the operand bit for bit (but for the sign of a zero).
    private int? Identity(FusedInstruction i)
    {
        double? a = i.A >= 0 ? ConstantValue(i.A) : null, b = i.B >= 0 ? ConstantValue(i.B) : null;
        return i.Op switch
        {
            FusedOp.Add when b == 0 => i.A,
            FusedOp.Add when a == 0 => i.B,
            FusedOp.Sub when b == 0 => i.A,
            FusedOp.Mul when b == 1 => i.A,
            FusedOp.Mul when a == 1 => i.B,
            FusedOp.Div when b == 1 => i.A,
            FusedOp.Convert or FusedOp.Bitcast when Code[i.A].Type == i.Type => i.A,
            FusedOp.Select when a is { } condition => condition != 0 ? i.B : i.C,
            _ => null,
        };
    }

    private FusedInstruction? Fold(FusedInstruction i)
    {
        if (i.A < 0 || i.Op is FusedOp.Store or FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowArgMax or FusedOp.TerminalSum or FusedOp.TerminalMax)
            return null;
        if (!IsConstant(i.A) || (i.B >= 0 && !IsConstant(i.B)) || (i.C >= 0 && !IsConstant(i.C))) return null;
        double a = Code[i.A].Value, b = i.B >= 0 ? Code[i.B].Value : 0, c = i.C >= 0 ? Code[i.C].Value : 0;
        double value = Code[i.A].Type == DType.F32 ? OfFloats(i, (float)a, (float)b, (float)c) : OfIntegers(i, (int)a, (int)b);
        return new FusedInstruction(FusedOp.Constant, i.Type, Value: value);
    }

    // One arm is a double, so that all are: otherwise whole numbers would pass through f32, which holds 24 bits of them.
    private static double OfFloats(FusedInstruction i, float a, float b, float c) => i.Op switch
    {
        FusedOp.Add => (double)(a + b),
        FusedOp.Sub => a - b,
        FusedOp.Mul => a * b,
        FusedOp.Div => a / b,
        FusedOp.Fma => MathF.FusedMultiplyAdd(a, b, c),
        FusedOp.Min => a < b ? a : b,
        FusedOp.Max => a > b ? a : b,
        FusedOp.Neg => -a,
        FusedOp.Abs => MathF.Abs(a),
        FusedOp.Floor => MathF.Floor(a),
        FusedOp.Round => MathF.Round(a),
        FusedOp.Sqrt => MathF.Sqrt(a),
        FusedOp.Less => a < b ? 1 : 0,
        FusedOp.LessEqual => a <= b ? 1 : 0,
        FusedOp.Equal => a == b ? 1 : 0,
        FusedOp.Convert => (int)a,
        FusedOp.Bitcast => BitConverter.SingleToInt32Bits(a),
        _ => throw new InvalidOperationException($"{i.Op} of numbers"),
    };

    private static double OfIntegers(FusedInstruction i, int a, int b) => i.Op switch
    {
        FusedOp.Add => (double)unchecked(a + b),
        FusedOp.Sub => unchecked(a - b),
        FusedOp.Mul => unchecked(a * b),
        FusedOp.Min => Math.Min(a, b),
        FusedOp.Max => Math.Max(a, b),
        FusedOp.Neg => unchecked(-a),
        FusedOp.Abs => a < 0 ? unchecked(-a) : a,
        FusedOp.Less => a < b ? 1 : 0,
        FusedOp.LessEqual => a <= b ? 1 : 0,
        FusedOp.Equal => a == b ? 1 : 0,
        FusedOp.Convert => (float)a,
        FusedOp.Bitcast => BitConverter.Int32BitsToSingle(a),
        FusedOp.And => a & b,
        FusedOp.Or => a | b,
        FusedOp.Xor => a ^ b,
        FusedOp.ShiftLeft => a << (int)i.Value,
        FusedOp.ShiftRight => (int)((uint)a >> (int)i.Value),
        FusedOp.RotateLeft => (int)System.Numerics.BitOperations.RotateLeft((uint)a, (int)i.Value),
        _ => throw new InvalidOperationException($"{i.Op} of integers"),
    };
}
