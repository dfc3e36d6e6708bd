using Nn.Graphs;

namespace Nn.Planning;

/// <summary>
/// Appends primitive instructions; equal ones are made once. The value of an instruction is its position.
/// </summary>
internal sealed class InstructionWriter
{
    private readonly List<FusedInstruction> _code = [];
    private readonly Dictionary<FusedInstruction, int> _known = [];

    /// <summary>The instructions so far.</summary>
    public IReadOnlyList<FusedInstruction> Code => _code;

    public int Emit(FusedInstruction instruction)
    {
        if (_known.TryGetValue(instruction, out int known)) return known;
        _code.Add(instruction);
        return _known[instruction] = _code.Count - 1;
    }

    public int Float(double value) => Emit(new FusedInstruction(FusedOp.Constant, DType.F32, Value: value));

    public int Int(uint value) => Emit(new FusedInstruction(FusedOp.Constant, DType.I32, Value: (int)value));

    public int F(FusedOp op, int a, int b = -1, int c = -1) => Emit(new FusedInstruction(op, DType.F32, a, b, c));

    public int I(FusedOp op, int a, int b = -1, int c = -1, int value = 0) => Emit(new FusedInstruction(op, DType.I32, a, b, c, Value: value));

    public int Add(int a, int b) => F(FusedOp.Add, a, b);

    public int Sub(int a, int b) => F(FusedOp.Sub, a, b);

    public int Mul(int a, int b) => F(FusedOp.Mul, a, b);

    public int Fma(int a, int b, int c) => F(FusedOp.Fma, a, b, c);

    public int Select(int condition, int yes, int no) => F(FusedOp.Select, condition, yes, no);

    /// <summary>Σ coefficient·x^i by Horner's rule, lowest power first.</summary>
    public int Polynomial(int x, params double[] coefficients)
    {
        int sum = Float(coefficients[^1]);
        for (int i = coefficients.Length - 2; i >= 0; i--) sum = Fma(sum, x, Float(coefficients[i]));
        return sum;
    }
}
