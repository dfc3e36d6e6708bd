using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>How often an instruction's value changes.</summary>
internal enum Level
{
    /// <summary>Once a call.</summary>
    Uniform,

    /// <summary>Once a row.</summary>
    Row,

    /// <summary>Every element.</summary>
    Element,
}

/// <summary>
/// Where each instruction of a lowered program is computed: its level, the pass over the row in which it is first known, and whether later passes
/// keep its value in scratch memory or compute it again.
/// </summary>
internal sealed class FusedAnalysis
{
    // Computing a few instructions again is cheaper than a store and a load.
    private const int CheapCost = 4;

    private readonly FusedProgram _program;

    public FusedAnalysis(FusedProgram program)
    {
        _program = program;
        int n = program.Code.Count;
        (Levels, Passes, Saved) = (new Level[n], new int[n], new HashSet<int>());
        for (int i = 0; i < n; i++)
        {
            FusedInstruction c = program.Code[i];
            Levels[i] = LevelOf(c);
            foreach (int a in Arguments(c))
            {
                if (Levels[a] > Levels[i]) Levels[i] = Levels[a];
                Passes[i] = Math.Max(Passes[i], Passes[a] + (IsRowReduction(program.Code[a].Op) ? 1 : 0));
            }

            if (IsRowReduction(c.Op)) Levels[i] = Level.Row;
            if (IsTerminal(c.Op) || (c.Op == FusedOp.Store && program.Operands[c.Operand].Strides[-1] != 0)) Levels[i] = Level.Element;
        }

        PassCount = Enumerable.Range(0, n).Max(i => Passes[i]) + 1;
        for (int pass = 1; pass < PassCount; pass++) FindSaved(pass);
    }

    /// <summary>Level of each instruction.</summary>
    public Level[] Levels { get; }

    /// <summary>The first pass in which each instruction can be computed.</summary>
    public int[] Passes { get; }

    /// <summary>Instructions whose values later passes read from scratch.</summary>
    public HashSet<int> Saved { get; }

    /// <summary>Passes over each row.</summary>
    public int PassCount { get; }

    public static bool IsRowReduction(FusedOp op) => op is FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowArgMax;

    public static bool IsTerminal(FusedOp op) => op is FusedOp.TerminalSum or FusedOp.TerminalMax;

    /// <summary>Whether an instruction is the goal of a pass: a reduction in the pass where it is known, everything written in the last.</summary>
    public bool IsTarget(int instruction, int pass)
    {
        FusedOp op = _program.Code[instruction].Op;
        if (IsRowReduction(op)) return Passes[instruction] == pass;
        return Levels[instruction] == Level.Element && (op == FusedOp.Store || IsTerminal(op)) && pass == PassCount - 1;
    }

    /// <summary>The element-level instructions that a pass computes, in order; saved ones of earlier passes are loads.</summary>
    public IReadOnlyList<int> Needed(int pass)
    {
        var needed = new SortedSet<int>();
        for (int i = 0; i < _program.Code.Count; i++)
        {
            if (IsTarget(i, pass)) Collect(i, pass, needed);
            else if (Saved.Contains(i) && Passes[i] == pass) Collect(i, pass, needed);
        }

        return [.. needed];
    }

    public static IEnumerable<int> Arguments(FusedInstruction c)
    {
        if (c.A >= 0) yield return c.A;
        if (c.B >= 0) yield return c.B;
        if (c.C >= 0) yield return c.C;
    }

    private void Collect(int i, int pass, SortedSet<int> needed)
    {
        if (!needed.Add(i)) return;
        if (Saved.Contains(i) && Passes[i] < pass) return;
        foreach (int a in Arguments(_program.Code[i]))
        {
            if (Levels[a] == Level.Element) Collect(a, pass, needed);
        }
    }

    private void FindSaved(int pass)
    {
        var seen = new HashSet<int>();
        void Visit(int i)
        {
            if (!seen.Add(i) || Saved.Contains(i)) return;
            if (!IsTarget(i, pass) && Passes[i] < pass && Cost(i, []) > CheapCost)
            {
                Saved.Add(i);
                return;
            }

            foreach (int a in Arguments(_program.Code[i]))
            {
                if (Levels[a] == Level.Element) Visit(a);
            }
        }

        for (int i = 0; i < _program.Code.Count; i++)
        {
            if (IsTarget(i, pass)) Visit(i);
        }
    }

    // Instructions needed to compute a value from memory.
    private int Cost(int i, HashSet<int> seen)
    {
        if (!seen.Add(i) || Levels[i] != Level.Element) return 0;
        FusedOp op = _program.Code[i].Op;
        int own = op is FusedOp.Load or FusedOp.Index ? 0 : op is FusedOp.Div or FusedOp.Sqrt ? 3 : 1;
        return own + Arguments(_program.Code[i]).Sum(a => Cost(a, seen));
    }

    private Level LevelOf(FusedInstruction c)
    {
        Shape strides = c.Op == FusedOp.Load ? _program.Operands[c.Operand].Strides : c.Op == FusedOp.Index ? c.Strides : default;
        if (strides.Rank == 0) return Level.Uniform;
        if (strides[-1] != 0) return Level.Element;
        return strides.All(s => s == 0) ? Level.Uniform : Level.Row;
    }
}
