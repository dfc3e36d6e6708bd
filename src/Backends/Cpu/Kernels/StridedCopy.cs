using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>One axis of a strided copy; strides in elements.</summary>
internal readonly record struct CopyAxis(long Extent, long Input, long Output);

/// <summary>
/// (input, –) → output: output[Σ c·Output + outputOffset] = input[Σ c·Input + inputOffset] for every coordinate c. Permutations,
/// slices, joins, padding and repetition. Axes that run on from each other are merged first; what remains is copied in runs, in
/// transposed tiles, or element by element.
/// </summary>
/// <typeparam name="T">An element: 4 bytes or 1.</typeparam>
internal sealed unsafe class StridedCopy<T> : CpuKernel
    where T : unmanaged
{
    /// <summary>Elements of the innermost axes that make one unit of work.</summary>
    private const long Chunk = 4096;

    private readonly CopyAxis[] _outer;
    private readonly CopyAxis _inner;
    private readonly CopyAxis _second;
    private readonly bool _transposed;
    private readonly bool _splitInner;
    private readonly long _chunkLength;
    private readonly long _chunks;
    private readonly long _units;
    private readonly long _inputOffset;
    private readonly long _outputOffset;
    private readonly long _clearElements;

    /// <summary>Plans the copy; <paramref name="clearElements"/> elements of the output are zeroed first.</summary>
    public StridedCopy(IReadOnlyList<CopyAxis> axes, long inputOffset, long outputOffset, long clearElements, int workers)
    {
        (_inputOffset, _outputOffset, _clearElements) = (inputOffset, outputOffset, clearElements);
        Phases = clearElements > 0 ? 2 : 1;
        List<CopyAxis> merged = Merge(axes);
        _inner = merged[^1];
        merged.RemoveAt(merged.Count - 1);
        int unit = merged.FindIndex(axis => axis.Input == 1);
        _transposed = sizeof(T) == sizeof(float) && _inner.Output == 1 && _inner.Input != 1 && unit >= 0 && merged[unit].Extent >= 4;
        int second = _transposed ? unit : merged.Count - 1;
        _second = second < 0 ? new CopyAxis(1, 0, 0) : merged[second];
        if (second >= 0) merged.RemoveAt(second);
        _outer = [.. merged];
        _splitInner = _transposed || second < 0;
        (CopyAxis split, CopyAxis whole) = _splitInner ? (_inner, _second) : (_second, _inner);
        _chunkLength = Math.Clamp(Chunk / Math.Clamp(whole.Extent, 1, Chunk), Math.Min(16, split.Extent), Math.Max(1, split.Extent));
        _chunks = (split.Extent + _chunkLength - 1) / _chunkLength;
        _units = _outer.Aggregate(_chunks, (product, axis) => checked(product * axis.Extent));
        long elements = _outer.Aggregate(_inner.Extent * _second.Extent, (product, axis) => product * axis.Extent);
        Workers = Math.Max(elements, clearElements) < Chunk ? 1 : workers;
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        if (phase == 0 && _clearElements > 0)
        {
            (long first, long end) = Share.Of(_clearElements, worker, Workers);
            NativeMemory.Clear((T*)c + first, (nuint)((end - first) * sizeof(T)));
            return;
        }
        (long unit, long after) = Share.Of(_units, worker, Workers);
        for (; unit < after; unit++)
        {
            (long rest, long chunk) = Math.DivRem(unit, _chunks);
            CopyAxis split = _splitInner ? _inner : _second;
            long start = chunk * _chunkLength, count = Math.Min(_chunkLength, split.Extent - start);
            T* input = (T*)a + _inputOffset + start * split.Input, output = (T*)c + _outputOffset + start * split.Output;
            for (int axis = _outer.Length - 1; axis >= 0; axis--)
            {
                (rest, long coordinate) = Math.DivRem(rest, _outer[axis].Extent);
                input += coordinate * _outer[axis].Input;
                output += coordinate * _outer[axis].Output;
            }
            if (_transposed)
                Transposition.Run((float*)input, _inner.Input, (float*)output, _second.Output, (int)count, checked((int)_second.Extent));
            else if (_splitInner)
                CopyRun(input, output, count);
            else
                for (long i = 0; i < count; i++) CopyRun(input + i * _second.Input, output + i * _second.Output, _inner.Extent);
        }
    }

    private static List<CopyAxis> Merge(IReadOnlyList<CopyAxis> axes)
    {
        if (axes.Any(a => a.Extent == 0)) return [new CopyAxis(0, 1, 1)];
        // Outermost first by the output's strides: writes that follow each other are what memory likes best.
        List<CopyAxis> sorted = [.. axes.Where(a => a.Extent > 1).OrderByDescending(a => Math.Abs(a.Output))];
        for (int i = sorted.Count - 2; i >= 0; i--)
        {
            CopyAxis outer = sorted[i], inner = sorted[i + 1];
            if (outer.Input != inner.Input * inner.Extent || outer.Output != inner.Output * inner.Extent) continue;
            sorted[i] = inner with { Extent = inner.Extent * outer.Extent };
            sorted.RemoveAt(i + 1);
        }
        if (sorted.Count == 0) sorted.Add(new CopyAxis(1, 1, 1));
        return sorted;
    }

    private void CopyRun(T* input, T* output, long count)
    {
        if (_inner.Output != 1 || _inner.Input is not (0 or 1) || count < 4)
            for (long i = 0; i < count; i++) output[i * _inner.Output] = input[i * _inner.Input];
        else if (_inner.Input == 1)
            Buffer.MemoryCopy(input, output, count * sizeof(T), count * sizeof(T));
        else
            new Span<T>(output, checked((int)count)).Fill(*input);
    }
}
