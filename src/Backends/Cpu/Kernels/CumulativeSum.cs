namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Sums up to each place along the middle axis of [outer, places, inner] numbers, one added after the other: the same bits for any number of workers.
/// </summary>
internal sealed unsafe class CumulativeSum : CpuKernel
{
    // Columns of one piece: so many sums stay in the first-level cache from place to place.
    private const long Columns = 512;

    private readonly long _pieces;
    private readonly long _outer;
    private readonly long _places;
    private readonly long _inner;
    private readonly bool _reverse;

    /// <summary>Plans the sums; in reverse they begin at the last place.</summary>
    public CumulativeSum(long outer, long places, long inner, bool reverse, int workers)
    {
        (_outer, _places, _inner, _reverse) = (outer, places, inner, reverse);
        _pieces = (inner + Columns - 1) / Columns;
        Workers = (int)Math.Clamp(outer * _pieces, 1, workers);
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (_places == 0) return;
        (long piece, long end) = Share.Of(_outer * _pieces, worker, Workers);
        for (; piece < end; piece++)
        {
            long column = piece % _pieces * Columns, begin = piece / _pieces * _places * _inner + column;
            if (_reverse) begin += (_places - 1) * _inner;
            Piece((float*)a + begin, (float*)c + begin, (int)Math.Min(Columns, _inner - column));
        }
    }

    private void Piece(float* x, float* y, int columns)
    {
        long step = _reverse ? -_inner : _inner;
        new ReadOnlySpan<float>(x, columns).CopyTo(new Span<float>(y, columns));
        for (long place = 1; place < _places; place++)
        {
            float* before = y;
            x += step;
            y += step;
            for (int i = 0; i < columns; i++) y[i] = before[i] + x[i];
        }
    }
}
