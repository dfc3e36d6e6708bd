using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>The random numbers of <see cref="CounterRandom"/> in primitive instructions.</summary>
internal static class RandomExpansions
{
    private static readonly int[] Rotations = [13, 15, 26, 6, 17, 29, 16, 24];

    /// <summary>Uniform in [0, 1): the upper 24 bits of the first word.</summary>
    public static int Uniform(InstructionWriter w, int seed, int step, int index, int stream) =>
        w.Mul(Upper(w, Threefry(w, seed, step, index, stream).X0), w.Number(1.0 / (1 << 24)));

    /// <summary>Standard normal by Box and Muller: √(−2·ln u₀)·sin(2π·(u₁ + ¼)), with u₀ in (0, 1] and u₁ in [0, 1).</summary>
    public static int Normal(InstructionWriter w, int seed, int step, int index, int stream)
    {
        (int x0, int x1) = Threefry(w, seed, step, index, stream);
        int u0 = w.Mul(w.Add(Upper(w, x0), w.Number(1)), w.Number(1.0 / (1 << 24)));
        int radius = w.Unary(FusedOp.Sqrt, w.Mul(MathExpansions.Log(w, u0), w.Number(-2)));
        int turns = w.Fma(Upper(w, x1), w.Number(1.0 / (1 << 24)), w.Number(0.25));
        return w.Mul(radius, MathExpansions.SinOfTurns(w, turns));
    }

    private static int Upper(InstructionWriter w, int word) => w.Convert(DType.F32, w.Shift(FusedOp.ShiftRight, word, 8));

    private static (int X0, int X1) Threefry(InstructionWriter w, int seed, int step, int index, int stream)
    {
        int second = w.Integer(stream);
        int third = w.Bitwise(FusedOp.Xor, w.Bitwise(FusedOp.Xor, w.Integer(0x1BD11BDA), seed), second);
        int[] key = [seed, second, third];
        int x0 = w.Add(index, seed), x1 = w.Add(step, second);
        for (int round = 0; round < 20; round++)
        {
            x0 = w.Add(x0, x1);
            x1 = w.Bitwise(FusedOp.Xor, w.Shift(FusedOp.RotateLeft, x1, Rotations[round % 8]), x0);
            if (round % 4 != 3) continue;
            int injection = round / 4 + 1;
            x0 = w.Add(x0, key[injection % 3]);
            x1 = w.Add(x1, w.Add(key[(injection + 1) % 3], w.Integer(injection)));
        }

        return (x0, x1);
    }
}
