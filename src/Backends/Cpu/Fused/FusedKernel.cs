using System.Collections.Concurrent;
using Nn.Backends.Cpu.Emit;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// A fused program as machine code. Compiled once a process: equal programs share it. A call works on a range of units (elements, rows, or
/// blocks of terminal reductions); any division into ranges gives the same bits.
/// </summary>
internal sealed unsafe class FusedKernel
{
    private static readonly ConcurrentDictionary<(FusedProgram, VectorIsa Isa, bool Epilogue), FusedKernel> Cache = new();

    private readonly FusedLayout _layout;
    private readonly FusedCode _code;
    private readonly TerminalFold? _fold;
    private readonly bool _empty;

    private FusedKernel(FusedProgram program, VectorIsa isa, bool epilogue)
    {
        FusedProgram lowered = FusedLowering.Lower(program);
        _layout = new FusedLayout(lowered, isa, epilogue);
        if (_layout.Program.Code.Any(i => FusedAnalysis.IsTerminal(i.Op))) _fold = new TerminalFold(_layout);
        _empty = _layout.Program.Count == 0 && (_fold is not null || _layout.Rows == 0);
        Work = (double)_layout.Program.Count * lowered.Code.Count;
        (_code, ScratchBytes) = FusedEmitter.Emit(_layout);
    }

    /// <summary>Number of units.</summary>
    public long Units => _layout.Units;

    /// <summary>Calls begin at multiples of so many units.</summary>
    public int Grain => _layout.Mode == FusedMode.Elements && _fold is null ? _layout.Lanes : 1;

    /// <summary>Elements times instructions.</summary>
    public double Work { get; }

    /// <summary>Bytes of scratch for each thread.</summary>
    public long ScratchBytes { get; }

    /// <summary>Bytes, shared by all threads, for the partial results of terminal reductions.</summary>
    public long PartialBytes => _fold?.Bytes ?? 0;

    /// <summary>Whether partial results have to be joined when all units are done.</summary>
    public bool NeedsFold => _fold is not null;

    /// <summary>The kernel of a program, for vectors of at most that width.</summary>
    public static FusedKernel Get(FusedProgram program, VectorIsa isa, bool epilogue = false) =>
        Cache.GetOrAdd((program, isa, epilogue), static key => new FusedKernel(key.Item1, key.Isa, key.Epilogue));

    /// <summary>Works on a range of units; where it is an epilogue of one column, of rows.</summary>
    public void Run(void** operands, long start, long end, byte* scratch)
    {
        if (start < end && !_empty) _code(operands, (nint)start, (nint)end, (nint)start, (nint)end, scratch);
    }

    /// <summary>Works on a rectangle of the matrix that an epilogue follows.</summary>
    public void RunRectangle(void** operands, long row, long rows, long column, long columns)
    {
        if (_layout.Mode == FusedMode.Elements) _code(operands, (nint)row, (nint)(row + rows), (nint)row, (nint)(row + rows), null);
        else _code(operands, (nint)row, (nint)(row + rows), (nint)column, (nint)(column + columns), null);
    }

    /// <summary>Joins the partial results once all units are done.</summary>
    public void Fold(void** operands, byte* partial)
    {
        if (_empty) _fold!.Clear(partial);
        _fold!.Run(operands, partial, 0, _layout.Outer);
    }
}
