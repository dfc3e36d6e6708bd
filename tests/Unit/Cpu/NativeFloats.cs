using System.Runtime.InteropServices;

namespace Nn.Tests.Unit.Cpu;

/// <summary>
/// Native memory between guard bands: kernels may read up to 63 bytes past it, and write nothing there.
/// </summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private const int Guard = 64;
    private const float Sentinel = -77.25f;

    private readonly float* _memory;

    public NativeFloats(long count)
    {
        Count = count;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)((count + 2 * Guard) * sizeof(float)), 64);
        new Span<float>(_memory, (int)count + 2 * Guard).Fill(Sentinel);
    }

    public long Count { get; }

    public float* Pointer => _memory + Guard;

    public Span<float> Span => new(Pointer, (int)Count);

    public static NativeFloats Random(long count, int seed)
    {
        var result = new NativeFloats(count);
        var random = new Random(seed);
        foreach (ref float value in result.Span) value = random.NextSingle() * 2 - 1;
        return result;
    }

    /// <summary>Whether nothing was written outside.</summary>
    public bool GuardsIntact =>
        new ReadOnlySpan<float>(_memory, Guard).IndexOfAnyExcept(Sentinel) < 0
        && new ReadOnlySpan<float>(Pointer + Count, Guard).IndexOfAnyExcept(Sentinel) < 0;

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
