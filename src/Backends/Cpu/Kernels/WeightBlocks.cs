namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Weights rearranged for a correlation: for every tap, term by term, the columns of a tile side by side. A block is one tap of one
/// pixel; where the pixel does not meet the tap, it is zero.
/// </summary>
internal sealed unsafe class WeightBlocks(int terms, int columns, long sourceStride, bool transposed, long pitch)
{
    private readonly List<(long Source, long Target)> _blocks = [];

    /// <summary>Floats of the rearranged weights.</summary>
    public long Floats { get; private set; }

    /// <summary>Number of blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>
    /// Reserves place for <paramref name="taps"/> taps and returns where it starts.
    /// </summary>
    public long Reserve(long taps)
    {
        long start = Floats;
        Floats += taps * terms * pitch;
        return start;
    }

    /// <summary>Adds a block: from element <paramref name="source"/> of the weights, or zeros where that is negative.</summary>
    public void Add(long source, long target) => _blocks.Add((source, target));

    /// <summary>Prepares the blocks from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    public void Run(float* weights, float* prepared, long first, long end)
    {
        for (int i = (int)first; i < end; i++)
        {
            (long source, long target) = _blocks[i];
            if (source >= 0 && transposed)
            {
                Transposition.Run(weights + source, sourceStride, prepared + target, pitch, columns, terms);
                continue;
            }
            for (int term = 0; term < terms; term++)
            {
                var row = new Span<float>(prepared + target + term * pitch, columns);
                if (source < 0) row.Clear();
                else new ReadOnlySpan<float>(weights + source + term * sourceStride, columns).CopyTo(row);
            }
        }
    }
}
