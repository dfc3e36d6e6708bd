namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// A large product: op(B) is packed a block of terms at a time into panels that all workers read, A a block of rows and
/// terms at a time into each worker's own scratch, so that the micro-kernels meet neither page boundaries nor cache-set conflicts.
/// Rows of C are divided among the workers.
/// </summary>
internal sealed unsafe class BlockedMatMul : CpuKernel
{
    /// <summary>Most terms of a block: few blocks, since each reads and writes all of C.</summary>
    private const int MostTerms = 1024;

    /// <summary>Floats of packed B that a block of rows is multiplied with at a time: half of the second-level cache.</summary>
    private const long ChunkFloats = 128 * 1024;

    /// <summary>Rows of A packed at a time.</summary>
    private const int BlockRows = 112;

    /// <summary>Floats between packed rows of A besides the terms, so that they do not fall into the same cache sets.</summary>
    private const int RowGap = 16;

    private readonly MatMulShape _shape;
    private readonly Tiling _tiling;
    private readonly int _terms;
    private readonly int _blockTiles;
    private readonly int _chunkPanels;
    private readonly long _packedBBytes;
    private readonly long _packedABytes;
    private readonly long _rowStrideA;
    private readonly long _termStrideA;
    private readonly TileKernel[] _kernels;

    /// <summary>Plans the product; its batch is 1.</summary>
    public BlockedMatMul(MatMulShape shape, int workers, int lanes)
    {
        _shape = shape;
        int blocks = (shape.K + MostTerms - 1) / MostTerms;
        _terms = (shape.K + blocks - 1) / blocks;
        _tiling = Tiling.Choose(shape.M, shape.N, _terms, lanes, workers);
        Workers = Math.Min(workers, _tiling.RowTiles);
        Phases = 2 * blocks;
        _blockTiles = Math.Max(1, BlockRows / (_tiling.ShortRows + 1));
        _chunkPanels = (int)Math.Max(1, ChunkFloats / ((long)_terms * _tiling.PanelColumns));
        int blockRows = _blockTiles * (_tiling.ShortRows + 1);
        _rowStrideA = shape.TransposeA ? 1 : _terms + RowGap;
        _termStrideA = shape.TransposeA ? blockRows + RowGap : 1;
        _packedBBytes = Align((long)_terms * _tiling.Panels * _tiling.PanelColumns * sizeof(float)) + 64;
        _packedABytes = Align((shape.TransposeA ? _terms * _termStrideA : blockRows * _rowStrideA) * sizeof(float));
        ScratchBytes = _packedBBytes + Workers * _packedABytes;
        _kernels = new TileKernel[2 * 2 * blocks];
        for (int block = 0; block < blocks; block++)
            for (int tall = 0; tall < 2; tall++)
                for (int last = 0; last < 2; last++)
                {
                    if (tall == 1 && _tiling.TallTiles == 0 || last == 0 && _tiling.Panels == 1) continue;
                    _kernels[block * 4 + tall * 2 + last] = MicroKernel.Get(
                        new TileShape(_tiling.ShortRows + tall, last == 1 ? _tiling.LastColumns : _tiling.PanelColumns)
                        {
                            RowStride = _rowStrideA,
                            K0 = TermsOf(block),
                            A0 = _termStrideA,
                            B0 = _tiling.PanelColumns,
                            StrideC = shape.N,
                            Accumulate = block > 0,
                        },
                        lanes);
                }
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        int block = phase / 2;
        if (phase % 2 == 0) PackB((float*)b, (float*)scratch, block, worker);
        else Multiply((float*)a, (float*)scratch, (float*)c, (float*)(scratch + _packedBBytes + worker * _packedABytes), block, worker);
    }

    private int TermsOf(int block) => Math.Min(_terms, _shape.K - block * _terms);

    private void PackB(float* b, float* packed, int block, int worker)
    {
        long stride = _shape.TransposeB ? _shape.K : _shape.N;
        long firstTerm = (long)block * _terms;
        (long panel, long end) = Share.Of(_tiling.Panels, worker, Workers);
        long column = panel * _tiling.PanelColumns, panelFloats = (long)_tiling.PanelColumns * _terms;
        PanelPacking.Run(
            b + (_shape.TransposeB ? column * stride + firstTerm : firstTerm * stride + column),
            stride,
            _shape.TransposeB,
            packed + panel * panelFloats,
            _tiling.PanelColumns,
            panelFloats,
            TermsOf(block),
            (int)(Math.Min(_shape.N, end * _tiling.PanelColumns) - column));
    }

    private void Multiply(float* a, float* packedB, float* c, float* packedA, int block, int worker)
    {
        (long tile, long end) = Share.Of(_tiling.RowTiles, worker, Workers);
        int panels = _tiling.Panels;
        while (tile < end)
        {
            int first = (int)tile, after = (int)Math.Min(end, tile + _blockTiles);
            int row = _tiling.RowOf(first), rows = _tiling.RowOf(after) - row;
            PackA(a, packedA, block, row, rows);
            // A tile's rows of A stay in the first-level cache while panels of B stream past from the second.
            for (int chunk = 0; chunk < panels; chunk += _chunkPanels)
                for (int t = first; t < after; t++)
                {
                    int tileRow = _tiling.RowOf(t), tall = _tiling.IsTall(t) ? 2 : 0;
                    float* tileA = packedA + (tileRow - row) * _rowStrideA, tileC = c + (long)tileRow * _shape.N;
                    for (int panel = chunk; panel < Math.Min(panels, chunk + _chunkPanels); panel++)
                        _kernels[block * 4 + tall + (panel == panels - 1 ? 1 : 0)](
                            tileA, packedB + (long)panel * _tiling.PanelColumns * _terms, tileC + panel * _tiling.PanelColumns);
                }
            if (block * 2 + 2 == Phases) Epilogue?.Run(row, rows, 0, _shape.N, worker);
            tile = after;
        }
    }

    private void PackA(float* a, float* packed, int block, int row, int rows)
    {
        long firstTerm = (long)block * _terms;
        int terms = TermsOf(block);
        (int lines, int length, long stride, long step) = _shape.TransposeA
            ? (terms, rows, (long)_shape.M, _termStrideA)
            : (rows, terms, (long)_shape.K, _rowStrideA);
        float* source = a + (_shape.TransposeA ? firstTerm * _shape.M + row : (long)row * _shape.K + firstTerm);
        for (int i = 0; i < lines; i++)
            new ReadOnlySpan<float>(source + i * stride, length).CopyTo(new Span<float>(packed + i * step, length));
    }
}
