namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// (table, index) → output: row index[i] of the table becomes row i. An index outside the table reads the nearest row, so that
/// nothing outside the table is ever read.
/// </summary>
internal sealed unsafe class GatherRows : CpuKernel
{
    private readonly int _tableRows;
    private readonly long _count;
    private readonly long _rowBytes;

    /// <summary>Plans the copy of <paramref name="count"/> rows of <paramref name="rowBytes"/> bytes.</summary>
    /// <exception cref="ArgumentException">Rows are to be read from an empty table.</exception>
    public GatherRows(int tableRows, long count, long rowBytes, int workers)
    {
        if (tableRows < 1 && count > 0) throw new ArgumentException("gather: the table has no rows");
        (_tableRows, _count, _rowBytes) = (tableRows, count, rowBytes);
        Workers = count * rowBytes < 16 * 1024 ? 1 : workers;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        (long i, long end) = Share.Of(_count, worker, Workers);
        int* index = (int*)b;
        int last = _tableRows - 1;
        if (_rowBytes == sizeof(int))
        {
            for (; i < end; i++) ((int*)c)[i] = ((int*)a)[Math.Clamp(index[i], 0, last)];
            return;
        }
        for (; i < end; i++)
            Buffer.MemoryCopy((byte*)a + Math.Clamp(index[i], 0, last) * _rowBytes, (byte*)c + i * _rowBytes, _rowBytes, _rowBytes);
    }
}
