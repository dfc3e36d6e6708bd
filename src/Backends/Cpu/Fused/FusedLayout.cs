using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>Over what the inner loop of a compiled program runs.</summary>
internal enum FusedMode
{
    /// <summary>One long axis; a call gets a range of its elements.</summary>
    Elements,

    /// <summary>Whole rows of known length; a call gets a range of rows.</summary>
    Rows,

    /// <summary>A rectangle of a matrix; a call gets ranges of rows and columns.</summary>
    Rectangle,
}

/// <summary>
/// How a program is cut into pieces: the width of vectors, what a call gets a range of, and the fixed blocks of terminal reductions.
/// </summary>
internal sealed class FusedLayout
{
    // Below this many elements an axis is one straight piece of code or one loop, not worth sharing.
    private const int SharedElements = 4096;

    // Elements of a block of a terminal reduction, and the most blocks: short sums round less.
    private const long BlockElements = 4096;
    private const long MostBlocks = 64;

    // Floats between two rows of scratch memory: a vector of the widest.
    private const int ScratchMargin = 16;

    /// <summary>Lays out a lowered program for vectors of at most the width of <paramref name="isa"/>.</summary>
    public FusedLayout(FusedProgram program, VectorIsa isa, bool epilogue)
    {
        Program = program = epilogue && program.Extents[-1] > 1 ? program : FusedSpace.Normalize(program);
        ResultColumns = program.Extents[-1];
        if (!epilogue && RowJoining.Widen(program, isa.Width) is { } wide)
        {
            Program = program = wide;
            Repeated = [.. Enumerable.Range(0, wide.Operands.Count).Where(o => RowJoining.IsRepeated(wide.Operands[o]))];
        }

        Shape extents = program.Extents;
        Columns = extents[-1];
        Rows = extents.Range(0, extents.Rank - 1).Count;
        Isa = isa.Narrowed(Columns);
        Padded = (Columns + Lanes - 1) / Lanes * Lanes;
        Mode = epilogue
            ? extents.Rank == 1 ? FusedMode.Elements : FusedMode.Rectangle
            : extents.Rank == 1 && Columns >= SharedElements && program.RowAxes == 0 ? FusedMode.Elements : FusedMode.Rows;
        Units = Mode == FusedMode.Elements ? Columns : Rows;
        Blocks = 1;
        if (program.TerminalAxes == 0) return;

        int first = program.TerminalAxis, after = first + program.TerminalAxes;
        ReducesColumns = after == extents.Rank;
        Outer = extents.Range(0, first).Count;
        long reduced = extents.Range(first, Math.Min(after, extents.Rank - 1)).Count;
        Inner = ReducesColumns ? 1 : extents.Range(after, extents.Rank - 1).Count;
        ReducedRows = reduced;
        long pieces = Mode == FusedMode.Elements ? Columns : reduced;
        long blocks = Math.Clamp(extents.Count / Math.Max(1, Outer) / BlockElements, 1, Math.Min(MostBlocks, Math.Max(1, pieces)));
        BlockLength = (pieces + blocks - 1) / blocks;
        if (Mode == FusedMode.Elements) BlockLength = (BlockLength + Lanes - 1) / Lanes * Lanes;
        Blocks = Math.Max(1, (pieces + BlockLength - 1) / Math.Max(1, BlockLength));
        Units = Outer * Blocks;
    }

    /// <summary>The program in its simplest space.</summary>
    public FusedProgram Program { get; }

    /// <summary>The vectors used.</summary>
    public VectorIsa Isa { get; }

    /// <summary>Floats of a vector.</summary>
    public int Lanes => Isa.Width;

    /// <summary>Over what calls run.</summary>
    public FusedMode Mode { get; }

    /// <summary>Extent of the last axis.</summary>
    public int Columns { get; }

    /// <summary>Columns before rows were joined to longer ones: so many columns has the result of a sum over rows.</summary>
    public int ResultColumns { get; }

    /// <summary>Operands of one original row, which are repeated to the length of a joined one.</summary>
    public IReadOnlyList<int> Repeated { get; } = [];

    /// <summary>Product of the other extents.</summary>
    public long Rows { get; }

    /// <summary>Columns, rounded up to whole vectors.</summary>
    public int Padded { get; }

    /// <summary>What can be divided among calls: elements, rows, or blocks where there are terminal reductions.</summary>
    public long Units { get; }

    /// <summary>Whether terminal reductions run over the last axis, too.</summary>
    public bool ReducesColumns { get; }

    /// <summary>Product of the extents before the reduced axes.</summary>
    public long Outer { get; } = 1;

    /// <summary>Product of the reduced extents but the last axis.</summary>
    public long ReducedRows { get; } = 1;

    /// <summary>Product of the extents between the reduced axes and the last.</summary>
    public long Inner { get; } = 1;

    /// <summary>Blocks for each coordinate before the reduced axes.</summary>
    public long Blocks { get; }

    /// <summary>Reduced rows (or elements) of a block; the last may be shorter.</summary>
    public long BlockLength { get; }

    /// <summary>Floats that one reduction of one block leaves: its columns, or the lanes of its sum.</summary>
    public long PartialFloats => ReducesColumns ? Lanes : Inner * Padded;

    /// <summary>Bytes of scratch memory before its row of that number; stores of whole vectors may reach past a row.</summary>
    public long ScratchRow(int number) => (long)number * (Padded + ScratchMargin) * sizeof(float);
}
