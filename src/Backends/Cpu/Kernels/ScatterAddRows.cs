using System.Numerics;
using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// (index, source) → output: the output is zeroed, then row i of the source is added to row index[i], in the order of i. Rows
/// outside the output are dropped. Rows of the output are divided among the workers, each of which reads the whole index.
/// </summary>
internal sealed unsafe class ScatterAddRows : CpuKernel
{
    private readonly int _rows;
    private readonly long _count;
    private readonly long _length;

    /// <summary>Plans the addition of <paramref name="count"/> rows of <paramref name="length"/> floats to <paramref name="rows"/> rows.</summary>
    public ScatterAddRows(int rows, long count, long length, int workers)
    {
        (_rows, _count, _length) = (rows, count, length);
        Workers = (rows + count) * length < 16 * 1024 ? 1 : workers;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        (long first, long end) = Share.Of(_rows, worker, Workers);
        if (first == end) return;
        var output = (float*)c;
        NativeMemory.Clear(output + first * _length, (nuint)((end - first) * _length * sizeof(float)));
        for (long i = 0; i < _count; i++)
        {
            int row = ((int*)a)[i];
            if (row >= first && row < end) Add((float*)b + i * _length, output + row * _length);
        }
    }

    private void Add(float* source, float* target)
    {
        long i = 0;
        for (; i + Vector<float>.Count <= _length; i += Vector<float>.Count)
            (Vector.Load(target + i) + Vector.Load(source + i)).Store(target + i);
        for (; i < _length; i++) target[i] += source[i];
    }
}
