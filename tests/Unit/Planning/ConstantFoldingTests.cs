using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

/// <summary>What is known beforehand is computed as the device would: 32-bit integers wrap, floats round once.</summary>
public class ConstantFoldingTests
{
    private static readonly int[] Integers = [0, 1, -1, 3, 0x1BD11BDA, 0x7FFFFFFF, -0x7FFFFFFF, (1 << 24) + 1, -(1 << 24) - 3, 0x5A5A5A5A];

    private static readonly float[] Floats = [0, 1, -1.5f, 3e-5f, 16777217f, 1e30f, -123456.789f];

    public static TheoryData<FusedOp> IntegerOps() =>
        [FusedOp.Add, FusedOp.Sub, FusedOp.Mul, FusedOp.Min, FusedOp.Max, FusedOp.And, FusedOp.Or, FusedOp.Xor, FusedOp.Less, FusedOp.LessEqual, FusedOp.Equal];

    [Theory]
    [MemberData(nameof(IntegerOps))]
    public void Integers_keep_all_their_bits(FusedOp op)
    {
        foreach (int a in Integers)
        {
            foreach (int b in Integers)
            {
                int expected = op switch
                {
                    FusedOp.Add => unchecked(a + b),
                    FusedOp.Sub => unchecked(a - b),
                    FusedOp.Mul => unchecked(a * b),
                    FusedOp.Min => Math.Min(a, b),
                    FusedOp.Max => Math.Max(a, b),
                    FusedOp.And => a & b,
                    FusedOp.Or => a | b,
                    FusedOp.Xor => a ^ b,
                    FusedOp.Less => a < b ? 1 : 0,
                    FusedOp.LessEqual => a <= b ? 1 : 0,
                    _ => a == b ? 1 : 0,
                };
                Assert.Equal(expected, Folded(w => w.Write(new FusedInstruction(op, DType.I32, w.Integer(a), w.Integer(b)))));
            }
        }
    }

    [Theory]
    [InlineData(FusedOp.ShiftLeft)]
    [InlineData(FusedOp.ShiftRight)]
    [InlineData(FusedOp.RotateLeft)]
    public void Shifts_keep_all_their_bits(FusedOp op)
    {
        foreach (int a in Integers)
        {
            foreach (int count in (int[])[1, 8, 13, 31])
            {
                int expected = op switch
                {
                    FusedOp.ShiftLeft => a << count,
                    FusedOp.ShiftRight => (int)((uint)a >> count),
                    _ => (int)(((uint)a << count) | ((uint)a >> (32 - count))),
                };
                Assert.Equal(expected, Folded(w => w.Shift(op, w.Integer(a), count)));
            }
        }
    }

    [Fact]
    public void Bits_of_numbers_are_kept()
    {
        foreach (float f in Floats)
        {
            int bits = BitConverter.SingleToInt32Bits(f);
            Assert.Equal(bits, Folded(w => w.Bitcast(DType.I32, w.Number(f))));
            Assert.Equal(f, Folded(w => w.Bitcast(DType.F32, w.Integer(bits))));
        }

        Assert.Equal(1 << 30, Folded(w => w.Convert(DType.I32, w.Number(1 << 30))));
        Assert.Equal((float)((1 << 24) + 1), Folded(w => w.Convert(DType.F32, w.Integer((1 << 24) + 1))));
    }

    [Fact]
    public void Floats_round_once()
    {
        foreach (float a in Floats)
        {
            foreach (float b in Floats)
            {
                Assert.Equal(a + b, Folded(w => w.Add(w.Number(a), w.Number(b))));
                Assert.Equal(a * b, Folded(w => w.Mul(w.Number(a), w.Number(b))));
                Assert.Equal(MathF.FusedMultiplyAdd(a, b, 1), Folded(w => w.Fma(w.Number(a), w.Number(b), w.Number(1))));
            }
        }
    }

    private static double Folded(Func<InstructionWriter, int> write)
    {
        var writer = new InstructionWriter();
        int result = write(writer);
        return writer.ConstantValue(result) ?? throw new InvalidOperationException("not folded");
    }
}
