using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>How often a value changes.</summary>
internal enum FusedLevel
{
    /// <summary>Never.</summary>
    Uniform,

    /// <summary>From row to row.</summary>
    Row,

    /// <summary>From element to element.</summary>
    Element,
}

/// <summary>
/// What emission needs to know of a program: how often each value changes, in which pass over a row it is known, and which values
/// are kept from an earlier pass rather than computed again.
/// </summary>
internal sealed class FusedAnalysis
{
    // Instructions whose repetition costs more than a store and a load in the first-level cache.
    private const int WorthKeeping = 8;

    private readonly IReadOnlyList<FusedInstruction> _code;

    public FusedAnalysis(FusedLayout layout)
    {
        FusedProgram p = layout.Program;
        _code = p.Code;
        int n = _code.Count;
        (Level, Pass, Uses, KeptAt) = (new FusedLevel[n], new int[n], new int[n], new int[n]);
        FindLevels(p);
        for (int i = n - 1; i >= 0; i--)
        {
            // A comparison is repeated wherever it is used: its operands are used as often.
            int times = IsComparison(_code[i].Op) ? Math.Max(1, Uses[i]) : 1;
            foreach (int from in Inputs(i)) Uses[from] += times;
        }

        Passes = n == 0 ? 1 : Pass.Max() + 1;
        Array.Fill(KeptAt, -1);
        Needed = [.. Enumerable.Range(0, Passes).Select(_ => new bool[n])];
        bool single = layout.Mode == FusedMode.Rows && layout.Columns <= layout.Lanes;
        for (int pass = 0; pass < Passes; pass++) FindNeeded(pass, single);
    }

    /// <summary>How often each instruction's value changes.</summary>
    public FusedLevel[] Level { get; }

    /// <summary>The first pass over a row in which each value is known.</summary>
    public int[] Pass { get; }

    /// <summary>How many instructions use each value.</summary>
    public int[] Uses { get; }

    /// <summary>Number of passes over a row: each row reduction that depends on another needs one more.</summary>
    public int Passes { get; }

    /// <summary>The place of a value among those kept between passes, or −1.</summary>
    public int[] KeptAt { get; }

    /// <summary>Number of values kept.</summary>
    public int Kept { get; private set; }

    /// <summary>Pass in which a kept value is computed.</summary>
    public Dictionary<int, int> KeptIn { get; } = [];

    /// <summary>For each pass, the values that vary within a row and that it computes or reads back.</summary>
    public IReadOnlyList<bool[]> Needed { get; }

    public static bool IsComparison(FusedOp op) => op is FusedOp.Less or FusedOp.LessEqual or FusedOp.Equal;

    public static bool IsRowReduction(FusedOp op) => op is FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowArgMax;

    public static bool IsTerminal(FusedOp op) => op is FusedOp.TerminalSum or FusedOp.TerminalMax;

    /// <summary>Positions of the operands of an instruction.</summary>
    public IEnumerable<int> Inputs(int i)
    {
        FusedInstruction x = _code[i];
        if (x.A >= 0) yield return x.A;
        if (x.B >= 0) yield return x.B;
        if (x.C >= 0) yield return x.C;
    }

    /// <summary>Whether an instruction ends something: writes memory or reduces.</summary>
    private static bool IsRoot(FusedOp op) => op == FusedOp.Store || IsTerminal(op) || IsRowReduction(op);

    private void FindLevels(FusedProgram p)
    {
        int last = p.Extents.Rank - 1;
        for (int i = 0; i < _code.Count; i++)
        {
            FusedInstruction x = _code[i];
            Level[i] = x.Op switch
            {
                FusedOp.Load => LevelOf(p.Operands[x.Operand].Strides, last),
                FusedOp.Store => p.Operands[x.Operand].Strides[last] != 0 || Level[x.A] == FusedLevel.Element ? FusedLevel.Element : FusedLevel.Row,
                FusedOp.Index => LevelOf(x.Strides, last),
                FusedOp.TerminalSum or FusedOp.TerminalMax => FusedLevel.Element,
                FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowArgMax => FusedLevel.Row,
                _ => Inputs(i).Select(k => Level[k]).DefaultIfEmpty(FusedLevel.Uniform).Max(),
            };
            Pass[i] = Inputs(i).Select(k => Pass[k]).DefaultIfEmpty(0).Max() + (IsRowReduction(x.Op) ? 1 : 0);
        }
    }

    private static FusedLevel LevelOf(Graphs.Shape strides, int last) =>
        strides[last] != 0 ? FusedLevel.Element : strides.Any(s => s != 0) ? FusedLevel.Row : FusedLevel.Uniform;

    private void FindNeeded(int pass, bool single)
    {
        bool[] needed = Needed[pass];
        var stack = new Stack<int>();
        for (int i = 0; i < _code.Count; i++)
        {
            FusedOp op = _code[i].Op;
            bool here = IsRowReduction(op) ? Pass[i] - 1 == pass : IsRoot(op) && pass == Passes - 1;
            if (here) stack.Push(_code[i].A);
        }

        while (stack.TryPop(out int i))
        {
            if (Level[i] != FusedLevel.Element || needed[i]) continue;
            needed[i] = true;
            int earlier = Enumerable.Range(0, pass).FirstOrDefault(q => Needed[q][i], -1);
            if (earlier >= 0 && !single && _code[i].Op != FusedOp.Load && !IsComparison(_code[i].Op) && Cost(i) >= WorthKeeping)
            {
                if (KeptAt[i] < 0) (KeptAt[i], KeptIn[i]) = (Kept++, earlier);
                continue;
            }

            foreach (int from in Inputs(i)) stack.Push(from);
        }
    }

    private int Cost(int root)
    {
        var seen = new HashSet<int>();
        var stack = new Stack<int>([root]);
        while (stack.TryPop(out int i))
        {
            if (Level[i] != FusedLevel.Element || _code[i].Op == FusedOp.Load || !seen.Add(i)) continue;
            foreach (int from in Inputs(i)) stack.Push(from);
        }

        return seen.Count;
    }
}
