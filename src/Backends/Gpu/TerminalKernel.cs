using System.Numerics;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>
/// The kernels of a program with terminal reductions and no rows. A team of lanes reduces to one result; lane i has the elements i, i + lanes, …
/// of a block. Where there are fewer results than keep the device busy, each is reduced in several blocks, and a second launch joins those.
/// </summary>
internal sealed class TerminalKernel
{
    // Teams of neighbouring columns read whole lines of memory together.
    private const int LineColumns = 32;

    // Elements of a lane below which more blocks would not pay.
    private const int ElementsOfLane = 8;

    // Results from which on each can do with one lane.
    private const int ManyResults = 1 << 16;

    private const int MostBlocks = 512;

    private readonly FusedProgram _program;
    private readonly Shape _kept, _reduced;
    private readonly bool _columns;
    private readonly int _results, _terms, _teams, _lanes, _blocks, _length;
    private readonly int[] _terminals;

    private TerminalKernel(FusedProgram program, GpuLimits limits, bool whole)
    {
        _program = program;
        int first = program.TerminalAxis, after = first + program.TerminalAxes;
        _kept = BlockResults.Kept(program, program.Extents);
        _reduced = program.Extents.Range(first, after);
        _columns = after < program.Extents.Rank;
        (_results, _terms) = ((int)_kept.Count, (int)_reduced.Count);
        _terminals = [.. Enumerable.Range(0, program.Code.Count).Where(i => FusedValues.IsTerminal(program.Code[i].Op))];

        int group = FusedLaunches.GroupSize(limits, program.Count);
        while (group > 1 && (long)_terminals.Length * group * sizeof(float) > limits.SharedBytes) group /= 2;
        int results = PowerOf2(_results), terms = PowerOf2(_terms);
        _lanes = !_columns ? Math.Min(group, terms)
            : _results >= ManyResults ? 1
            : Math.Min(terms, group / Math.Min(group, Math.Min(results, LineColumns)));
        _teams = Math.Min(group / _lanes, results);

        int groups = (_results + _teams - 1) / _teams;
        int blocks = whole
            ? 1
            : Math.Clamp(FusedLaunches.BusyGroups(limits) / groups, 1, Math.Max(1, Math.Min(MostBlocks, _terms / (_lanes * ElementsOfLane))));
        _length = (_terms + blocks - 1) / blocks;
        _blocks = (_terms + _length - 1) / _length;
    }

    /// <summary>The launches of a program whose space is not empty.</summary>
    public static IEnumerable<Launch> Of(FusedWork work, GpuLimits limits, ScratchMemory scratch, PlanStep step)
    {
        var kernel = new TerminalKernel(work.Program, limits, whole: false);
        if (kernel._blocks == 1) return [kernel.Launch(work, limits, step)];
        FusedWork parts = BlockResults.InScratch(work, kernel._blocks, scratch);
        return [kernel.Launch(parts, limits, step), Whole(BlockResults.Fold(work, parts, kernel._blocks), limits, step)];
    }

    /// <summary>The launch of a program whose reduced axes are short: no blocks.</summary>
    public static Launch Whole(FusedWork work, GpuLimits limits, PlanStep step) =>
        new TerminalKernel(work.Program, limits, whole: true).Launch(work, limits, step);

    private static int PowerOf2(int n) => (int)Math.Min(1 << 30, BitOperations.RoundUpToPowerOf2((uint)n));

    private Launch Launch(FusedWork work, GpuLimits limits, PlanStep step)
    {
        var binding = new FusedBinding(work, limits);
        var k = new KernelBuilder(binding.Buffers);
        var values = new FusedValues(k, _program, binding);
        int groups = Math.Min((_results + _teams - 1) / _teams, limits.MaxGroups), group = _teams * _lanes;
        if (_blocks > limits.MaxGroups) throw new NotSupportedException($"a reduction needs {_blocks} groups, the device takes {limits.MaxGroups}");

        // Neighbouring invocations take neighbouring elements: of a column's row, or of the reduced axes.
        int inner = _columns ? _teams : _lanes;
        int fast = group == inner ? k.LocalId(0) : k.Remainder(k.LocalId(0), inner), slow = group == inner ? k.Integer(0) : k.Quotient(k.LocalId(0), inner);
        (int team, int lane) = _columns ? (fast, slow) : (slow, fast);
        var spans = new SpanLoop(k, _results, _teams, groups);
        int result = k.Add(spans.Start, team), inside = -1;
        if (_results % _teams != 0)
        {
            inside = k.Compare(KernelOp.Less, result, k.Integer(_results));
            result = k.Of(KernelOp.Select, inside, result, k.Integer(_results - 1));
        }

        LanePart[] parts = Accumulate(k, values, result, lane, inside);
        LanePart[] results = new GroupTree(k, group, _lanes, lane, _columns ? _teams : 1).Reduce(parts);
        StoreResults(k, values, binding, results, result, lane, inside);
        spans.End();
        return binding.Launch(_blocks > 1 ? "blocks" : "reduction", k, group, (groups, _blocks, 1), step);
    }

    // What a lane makes of its elements, which it stores on the way.
    private LanePart[] Accumulate(KernelBuilder k, FusedValues values, int result, int lane, int inside)
    {
        int[] kept = KernelCoordinates.Split(k, _kept, result);
        FusedPoint everywhere = values.ComputeUniform();
        int start = lane, end = k.Integer(_terms);
        if (_blocks > 1)
        {
            int block = k.Mul(k.GroupId(1), k.Integer(_length));
            (start, end) = (k.Add(block, lane), k.Min(k.Add(block, k.Integer(_length)), end));
        }

        if (inside >= 0) end = k.Of(KernelOp.Select, inside, end, k.Integer(0));
        FusedOp Op(int t) => _program.Code[t].Op;
        (int term, int[] carried) = k.Loop(
            start, end, k.Integer(_lanes), [.. _terminals.Select(t => GroupTree.Identity(k, Op(t), KernelCode.TypeOf(_program.Code[t].Type)))]);
        FusedPoint at = Point(kept, KernelCoordinates.Split(k, _reduced, term), Linear(k, result, term), everywhere);
        int[] roots =
            [.. Enumerable.Range(0, _program.Code.Count).Where(i => _program.Code[i].Op == FusedOp.Store || FusedValues.IsTerminal(_program.Code[i].Op))];
        values.Compute(values.Needed(roots), at);
        LanePart[] sums = [.. _terminals.Select((t, i) => new LanePart(Op(t), carried[i]))];
        LanePart[] next = [.. sums.Select((s, i) => GroupTree.Join(k, s, new LanePart(s.Op, at[_program.Code[_terminals[i]].A])))];
        foreach (int store in roots.Where(r => _program.Code[r].Op == FusedOp.Store)) values.Store(store, at);
        k.EndLoop([.. next.Select(n => n.Value)]);
        return sums;
    }

    private void StoreResults(
        KernelBuilder k, FusedValues values, FusedBinding binding, LanePart[] results, int result, int lane, int inside)
    {
        if (_lanes > 1) k.If(k.Compare(KernelOp.Equal, lane, k.Integer(0)));
        if (inside >= 0) k.If(inside);
        FusedPoint at = Point(KernelCoordinates.Split(k, _kept, result), [.. _reduced.Select(_ => k.Integer(0))], -1, null);
        for (int i = 0; i < results.Length; i++)
        {
            int operand = _program.Code[_terminals[i]].Operand;
            if (_blocks == 1)
            {
                values.StoreValue(operand, at, results[i].Value);
                continue;
            }

            int part = k.Add(k.Mul(k.GroupId(1), k.Integer(_results)), result);
            k.Store(binding.BufferOf(operand), binding.Place(k, operand, part), results[i].Value);
        }

        if (inside >= 0) k.EndIf();
        if (_lanes > 1) k.EndIf();
    }

    // Where the reduced axes are the first or the last ones.
    private int Linear(KernelBuilder k, int result, int term) =>
        !_columns ? k.Add(k.Mul(result, k.Integer(_terms)), term)
        : _program.TerminalAxis == 0 ? k.Add(k.Mul(term, k.Integer(_results)), result)
        : -1;

    private FusedPoint Point(int[] kept, int[] reduced, int linear, FusedPoint? parent)
    {
        int first = _program.TerminalAxis;
        return new FusedPoint(_program, [.. kept[..first], .. reduced, .. kept[first..]], linear, parent);
    }
}
