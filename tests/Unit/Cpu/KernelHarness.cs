using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

internal static unsafe class KernelHarness
{
    /// <summary>Runs all phases for all workers one after the other, on poisoned scratch, and checks the guard bands of it.</summary>
    public static void Run(CpuKernel kernel, void* a, void* b, void* c)
    {
        using var scratch = new NativeFloats((kernel.ScratchBytes + 3) / 4);
        scratch.Span.Fill(float.NaN);
        for (int phase = 0; phase < kernel.Phases; phase++)
            for (int worker = kernel.Workers; worker >= 0; worker--)
                kernel.Run(phase, a, b, c, (byte*)scratch.Pointer, worker);
        Assert.True(scratch.GuardsIntact, "wrote outside its scratch");
    }

    /// <summary>
    /// Asserts that a sum of <paramref name="terms"/> products lies as near to its exact value as single precision allows:
    /// |error| ≤ 2·K·2⁻²⁴·Σ|a·b|.
    /// </summary>
    public static void AssertClose(double exact, double magnitude, long terms, float actual, string where)
    {
        double bound = 2 * terms * Math.Pow(2, -24) * magnitude;
        Assert.True(Math.Abs(actual - exact) <= bound, $"{where}: {actual} instead of {exact}, more than {bound} away");
    }

    /// <summary>The vector widths that this machine can run.</summary>
    public static IEnumerable<int> Widths => new[] { 4, 8, 16 }.Where(Simd.Supports);
}
