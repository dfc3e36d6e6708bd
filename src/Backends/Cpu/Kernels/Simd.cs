using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>The width of the vectors that kernels are built from.</summary>
internal static class Simd
{
    /// <summary>Floats in the widest vector that the processor really executes: 16, 8 or 4.</summary>
    public static int Lanes { get; } = Widest();

    /// <summary>Number of vector registers of <paramref name="lanes"/> floats.</summary>
    public static int Registers(int lanes) => lanes == 16 ? 32 : 16;

    /// <summary>Whether this machine can run kernels of vectors of <paramref name="lanes"/> floats.</summary>
    public static bool Supports(int lanes) => lanes is 4 or 8 or 16 && lanes <= Lanes;

    /// <summary>The instruction sets in use, for display.</summary>
    public static string Describe() => Lanes switch
    {
        16 => "AVX-512",
        8 => "AVX2+FMA",
        _ => Fma.IsSupported ? "128-bit vectors, FMA" : "128-bit vectors",
    };

    private static int Widest()
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return 16;
        return Avx2.IsSupported && Fma.IsSupported ? 8 : 4;
    }
}
