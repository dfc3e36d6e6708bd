namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// A product whose A is read where it lies, whatever its strides, and whose sums run in one go: for operands that stay in
/// the second-level cache. B is read in place too, or packed first where it is stored transposed.
/// </summary>
internal sealed unsafe class DirectMatMul : CpuKernel
{
    private readonly MatMulShape _shape;
    private readonly Tiling _tiling;
    private readonly TileKernel[] _kernels = new TileKernel[4];
    private readonly bool _pack;
    private readonly int _matricesB;
    private readonly long _panelFloats;
    private readonly long _packedFloats;

    /// <summary>Plans the product.</summary>
    public DirectMatMul(MatMulShape shape, int workers, int lanes, bool packB)
    {
        _shape = shape;
        _pack = packB;
        _tiling = Tiling.Choose(shape.M, shape.N, shape.K, lanes, workers, shape.Batch);
        Workers = (int)Math.Min(workers, (long)_tiling.RowTiles * _tiling.Panels * shape.Batch);
        _matricesB = shape.StrideB == 0 ? 1 : shape.Batch;
        _panelFloats = (long)shape.K * _tiling.PanelColumns;
        _packedFloats = _panelFloats * _tiling.Panels;
        if (packB)
        {
            Phases = 2;
            ScratchBytes = Align(_packedFloats * _matricesB * sizeof(float)) + 64;
        }
        for (int tall = 0; tall < 2; tall++)
            for (int last = 0; last < 2; last++)
            {
                if (tall == 1 && _tiling.TallTiles == 0 || last == 0 && _tiling.Panels == 1) continue;
                _kernels[tall * 2 + last] = MicroKernel.Get(
                    new TileShape(_tiling.ShortRows + tall, last == 1 ? _tiling.LastColumns : _tiling.PanelColumns)
                    {
                        RowStride = shape.RowStrideA,
                        K0 = shape.K,
                        A0 = shape.TermStrideA,
                        B0 = packB ? _tiling.PanelColumns : shape.N,
                        StrideC = shape.N,
                    },
                    lanes);
            }
    }

    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker >= Workers) return;
        if (_pack && phase == 0) Pack((float*)b, (float*)scratch, worker);
        else Multiply((float*)a, _pack ? (float*)scratch : (float*)b, (float*)c, worker);
    }

    private void Pack(float* b, float* packed, int worker)
    {
        // Each worker packs the same panels of every matrix.
        (long panel, long end) = Share.Of(_tiling.Panels, worker, Workers);
        int column = (int)panel * _tiling.PanelColumns, after = Math.Min(_shape.N, (int)end * _tiling.PanelColumns);
        long stride = _shape.TransposeB ? _shape.K : _shape.N;
        for (int matrix = 0; matrix < _matricesB; matrix++)
            PanelPacking.Run(
                b + matrix * _shape.StrideB + (_shape.TransposeB ? column * stride : column),
                stride,
                _shape.TransposeB,
                packed + matrix * _packedFloats + panel * _panelFloats,
                _tiling.PanelColumns,
                _panelFloats,
                _shape.K,
                after - column);
    }

    private void Multiply(float* a, float* b, float* c, int worker)
    {
        int panels = _tiling.Panels, rowTiles = _tiling.RowTiles;
        (long unit, long end) = Workers == 1
            ? (0, (long)_shape.Batch * rowTiles * panels)
            : Share.Of((long)_shape.Batch * rowTiles * panels, worker, Workers);
        while (unit < end)
        {
            // A run of panels beside each other in one row of tiles: A stays in the first-level cache.
            long tileRow = unit / panels;
            int firstPanel = (int)(unit - tileRow * panels);
            int lastPanel = (int)Math.Min(panels, firstPanel + end - unit);
            long matrix = tileRow / rowTiles;
            int tile = (int)(tileRow - matrix * rowTiles);
            int row = _tiling.RowOf(tile);
            int tall = _tiling.IsTall(tile) ? 2 : 0;
            float* rowsA = a + matrix * _shape.StrideA + row * _shape.RowStrideA;
            float* matrixB = b + (_matricesB == 1 ? 0 : matrix * (_pack ? _packedFloats : _shape.StrideB));
            float* rowsC = c + (matrix * _shape.M + row) * _shape.N;
            for (int panel = firstPanel; panel < lastPanel; panel++)
                _kernels[tall + (panel == panels - 1 ? 1 : 0)](
                    rowsA,
                    matrixB + panel * (_pack ? _panelFloats : _tiling.PanelColumns),
                    rowsC + panel * _tiling.PanelColumns);
            if (Epilogue is { } epilogue)
            {
                int column = firstPanel * _tiling.PanelColumns;
                epilogue.Run(
                    matrix * _shape.M + row,
                    _tiling.RowOf(tile + 1) - row,
                    column,
                    Math.Min(_shape.N, lastPanel * _tiling.PanelColumns) - column,
                    worker);
            }
            unit += lastPanel - firstPanel;
        }
    }
}
