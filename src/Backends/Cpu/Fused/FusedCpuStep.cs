using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// A fused program over its slots. Rows are divided among the workers. Terminal reductions go over blocks of rows whose number depends on
/// the shape alone; the blocks' results are then added in a fixed tree, so that any number of workers gives the same bits.
/// </summary>
internal sealed unsafe class FusedCpuStep : CpuStep, IDisposable
{
    private const long WorkPerShare = 8192;
    private const int MaxBlocks = 16;

    private readonly CompiledProgram _compiled;
    private readonly VectorIsa _isa;
    private readonly long _rows;
    private readonly long _columns;
    private readonly byte** _operands;
    private readonly int _operandCount;
    private readonly bool _splitColumns;
    private readonly int _team;

    // Terminal reductions only.
    private readonly int[] _terminals = [];
    private readonly bool[] _isSum = [];
    private readonly nint[] _results = [];
    private readonly long _outer = 1;
    private readonly long _rowsPerOuter;
    private readonly int _blocks = 1;
    private readonly long _resultColumns;
    private readonly long _partialStride;

    /// <summary>Compiles the program and binds it to operand addresses.</summary>
    public FusedCpuStep(FusedProgram program, ReadOnlySpan<nint> addresses, VectorIsa isa, int team)
    {
        _compiled = FusedCompiler.Compile(program, isa);
        (_isa, _team) = (isa, team);
        _columns = program.Extents[-1];
        _rows = _columns == 0 ? 0 : program.Count / _columns;
        _operandCount = addresses.Length;
        // One list of pointers a worker: terminal operands point to the block being worked on.
        _operands = (byte**)NativeMemory.AlignedAlloc((nuint)(Math.Max(1, _operandCount) * team * sizeof(byte*)), 64);
        for (int w = 0; w < team; w++)
        {
            for (int i = 0; i < _operandCount; i++) _operands[w * _operandCount + i] = (byte*)addresses[i];
        }

        long work = program.Count * Math.Max(1, program.Code.Count);
        Workers = work >= WorkPerShare * 8 ? team : 1;
        _splitColumns = program.Extents.Rank == 1 || (program.RowAxes == 0 && _rows < team);
        if (program.TerminalAxes == 0) return;

        List<FusedInstruction> terminals = [.. program.Code.Where(c => FusedAnalysis.IsTerminal(c.Op))];
        _terminals = [.. terminals.Select(c => c.Operand)];
        _isSum = [.. terminals.Select(c => c.Op == FusedOp.TerminalSum)];
        int last = program.Extents.Rank - 1;
        _results = new nint[_terminals.Length];
        for (int t = 0; t < _terminals.Length; t++) _results[t] = addresses[_terminals[t]];
        bool columnsReduced = program.TerminalAxis + program.TerminalAxes > last;
        for (int a = 0; a < program.TerminalAxis; a++) _outer *= program.Extents[a];
        if (program.Extents.Rank == 1)
        {
            _rowsPerOuter = 1;
            _blocks = (int)Math.Clamp(_columns / 4096, 1, MaxBlocks);
        }
        else
        {
            _rowsPerOuter = _outer == 0 ? 0 : _rows / _outer;
            long perOuter = _outer >= MaxBlocks ? 1 : MaxBlocks / Math.Max(1, _outer);
            _blocks = (int)Math.Clamp(_rowsPerOuter * _columns / WorkPerShare, 1, Math.Min(perOuter, Math.Max(1, _rowsPerOuter)));
        }

        _resultColumns = columnsReduced ? 1 : _columns;
        _partialStride = (_resultColumns * 4 + 2 * _isa.Bytes + 63) / 64 * 64;
    }

    /// <inheritdoc/>
    public override int Phases => _terminals.Length > 0 ? 2 : 1;

    /// <inheritdoc/>
    public override long ScratchBytes => PartialBytes + _compiled.ScratchBytes * _team;

    private long PartialBytes => _terminals.Length * _outer * _blocks * _partialStride;

    /// <inheritdoc/>
    public override void Run(int phase, int worker)
    {
        if (_terminals.Length == 0) Elementwise(worker);
        else if (phase == 0) Blocks(worker);
        else if (worker == 0) Combine();
    }

    /// <summary>Runs a part of the space, for epilogues.</summary>
    public void RunRectangle(long row, long rows, long column, long columns, int worker) =>
        _compiled.Kernel(_operands, (nint)row, (nint)(row + rows), (nint)column, (nint)(column + columns), WorkerScratch(worker));

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_operands);

    private byte* WorkerScratch(int worker) => Scratch + PartialBytes + worker * _compiled.ScratchBytes;

    private void Elementwise(int worker)
    {
        if (_rows == 0) return;
        if (Workers == 1)
        {
            _compiled.Kernel(_operands, 0, (nint)_rows, 0, (nint)_columns, WorkerScratch(0));
        }
        else if (_splitColumns)
        {
            long vectors = (_columns + _isa.Width - 1) / _isa.Width;
            long start = vectors * worker / Workers * _isa.Width, end = Math.Min(_columns, vectors * (worker + 1) / Workers * _isa.Width);
            if (start < end) _compiled.Kernel(_operands, 0, (nint)_rows, (nint)start, (nint)end, WorkerScratch(worker));
        }
        else
        {
            long start = _rows * worker / Workers, end = _rows * (worker + 1) / Workers;
            if (start < end) _compiled.Kernel(_operands, (nint)start, (nint)end, 0, (nint)_columns, WorkerScratch(worker));
        }
    }

    private byte* Partial(int terminal, long outer, int block) => Scratch + ((terminal * _outer + outer) * _blocks + block) * _partialStride;

    private void Blocks(int worker)
    {
        byte** operands = _operands + worker * _operandCount;
        long count = _outer * _blocks;
        for (long b = count * worker / Workers; b < count * (worker + 1) / Workers; b++)
        {
            long outer = b / _blocks;
            int block = (int)(b % _blocks);
            for (int t = 0; t < _terminals.Length; t++)
            {
                byte* partial = Partial(t, outer, block);
                operands[_terminals[t]] = partial;
                new Span<float>(partial, (int)(_partialStride / 4)).Fill(_isSum[t] ? 0 : float.NegativeInfinity);
            }

            if (_rows == 0) continue;
            if (_rowsPerOuter == 1 && _rows == 1)
            {
                long vectors = (_columns + _isa.Width - 1) / _isa.Width;
                long start = vectors * block / _blocks * _isa.Width, end = Math.Min(_columns, vectors * (block + 1) / _blocks * _isa.Width);
                _compiled.Kernel(operands, 0, 1, (nint)start, (nint)end, WorkerScratch(worker));
            }
            else
            {
                long first = outer * _rowsPerOuter;
                long start = first + _rowsPerOuter * block / _blocks, end = first + _rowsPerOuter * (block + 1) / _blocks;
                _compiled.Kernel(operands, (nint)start, (nint)end, 0, (nint)_columns, WorkerScratch(worker));
            }
        }
    }

    // Pairwise: block i takes block i + step, for step = 1, 2, 4, …
    private void Combine()
    {
        for (int t = 0; t < _terminals.Length; t++)
        {
            float* result = (float*)_results[t];
            for (long outer = 0; outer < _outer; outer++)
            {
                for (int step = 1; step < _blocks; step *= 2)
                {
                    for (int b = 0; b + step < _blocks; b += 2 * step)
                        Merge((float*)Partial(t, outer, b), (float*)Partial(t, outer, b + step), _isSum[t]);
                }

                float* total = (float*)Partial(t, outer, 0);
                for (long c = 0; c < _resultColumns; c++) result[outer * _resultColumns + c] = total[c];
            }
        }
    }

    private void Merge(float* into, float* from, bool sum)
    {
        for (long c = 0; c < _resultColumns; c++) into[c] = sum ? into[c] + from[c] : MathF.Max(into[c], from[c]);
    }
}
