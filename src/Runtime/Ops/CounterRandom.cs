using System.Numerics;

namespace Nn.Ops;

/// <summary>
/// Random numbers without state: each is a function of (seed, stream, index, step), so that every backend, any number of
/// threads and a resumed run draw the same ones. Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011), key (seed, stream), counter (index, step).
/// </summary>
public static class CounterRandom
{
    private static ReadOnlySpan<byte> Rotations => [13, 15, 26, 6, 17, 29, 16, 24];

    /// <summary>The two random words of a counter under a key.</summary>
    public static (uint X0, uint X1) Threefry(uint key0, uint key1, uint counter0, uint counter1)
    {
        Span<uint> key = [key0, key1, 0x1BD11BDA ^ key0 ^ key1];
        uint x0 = counter0 + key0, x1 = counter1 + key1;
        for (int round = 0; round < 20; round++)
        {
            x0 += x1;
            x1 = BitOperations.RotateLeft(x1, Rotations[round % 8]) ^ x0;
            if (round % 4 != 3) continue;
            uint injection = (uint)(round / 4 + 1);
            x0 += key[(int)(injection % 3)];
            x1 += key[(int)((injection + 1) % 3)] + injection;
        }

        return (x0, x1);
    }

    /// <summary>Uniform in [0, 1): the upper 24 bits of the first word.</summary>
    public static float Uniform(uint seed, uint stream, uint index, uint step) =>
        (Threefry(seed, stream, index, step).X0 >> 8) * (1f / (1 << 24));

    /// <summary>Standard normal by Box and Muller: √(−2·ln u₀)·sin(2π·u₁ + π/2), with u₀ in (0, 1] and u₁ in [0, 1) of 24 bits.</summary>
    public static float Normal(uint seed, uint stream, uint index, uint step)
    {
        (uint x0, uint x1) = Threefry(seed, stream, index, step);
        double u0 = ((x0 >> 8) + 1) * (1.0 / (1 << 24)), u1 = (x1 >> 8) * (1.0 / (1 << 24));
        return (float)(Math.Sqrt(-2 * Math.Log(u0)) * Math.Sin(2 * Math.PI * u1 + Math.PI / 2));
    }

    /// <summary>An integer in 0..<paramref name="bound"/>−1, by the multiply-and-shift map of one word.</summary>
    public static int Below(int bound, uint seed, uint stream, uint index, uint step) =>
        (int)(((ulong)Threefry(seed, stream, index, step).X0 * (uint)bound) >> 32);

    /// <summary>
    /// A random order of the elements (Fisher and Yates), a function of (seed, stream, step).
    /// </summary>
    public static void Shuffle<T>(Span<T> items, uint seed, uint stream, uint step)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1, seed, stream, (uint)i, step);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
