namespace Nn.Backends.Cpu.Kernels;

/// <summary>What follows a product: called for each rectangle of the result once it is complete, by the worker that computed it.</summary>
internal interface IEpilogue
{
    /// <summary>
    /// Works on <paramref name="rows"/> rows from <paramref name="row"/> and <paramref name="columns"/> columns from
    /// <paramref name="column"/> of the result, seen as a matrix of all but its last axis by its last axis.
    /// </summary>
    void Run(long row, int rows, int column, int columns, int worker);
}

/// <summary>
/// A computation on fixed shapes. The constructor plans it: tiles, emitted code, scratch. <see cref="Run"/> allocates nothing and
/// gives the same bits for every number of workers.
/// </summary>
/// <remarks>
/// Operands are aligned to 4 bytes and may be read up to 63 bytes past their end; nothing is written outside the result.
/// </remarks>
internal abstract unsafe class CpuKernel
{
    /// <summary>Workers among which the work is divided; further ones have nothing to do.</summary>
    public int Workers { get; protected init; } = 1;

    /// <summary>Number of phases; all workers finish one before any starts the next.</summary>
    public int Phases { get; protected init; } = 1;

    /// <summary>Bytes of scratch, aligned to 64, shared by all workers; its content need not be kept between runs.</summary>
    public long ScratchBytes { get; protected init; }

    /// <summary>Called on finished parts of the result, where the kernel supports it.</summary>
    public IEpilogue? Epilogue { get; set; }

    /// <summary>Computes the share of one worker in one phase.</summary>
    public abstract void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker);

    /// <summary>Rounds up to whole cache lines.</summary>
    protected static long Align(long bytes) => (bytes + 63) / 64 * 64;
}

/// <summary>A static division of work.</summary>
internal static class Share
{
    /// <summary>The contiguous part of <paramref name="count"/> items that falls to a worker; parts differ by at most one item.</summary>
    public static (long Start, long End) Of(long count, int worker, int workers)
    {
        if (worker >= workers) return (count, count);
        return (count * worker / workers, count * (worker + 1) / workers);
    }
}
