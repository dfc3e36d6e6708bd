using System.Numerics;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>
/// The kernel of a program with row reductions. A team of lanes works on a row; lane i has the elements i, i + lanes, …
/// Rows of few elements a lane are held in registers, others are computed again in every pass. Where terminal reductions run over all rows, each lane
/// sums its columns over the rows of its team, and the teams are joined in the end.
/// </summary>
internal sealed class RowKernel
{
    // Elements of a row that a lane holds.
    private const int MostHeld = 4;

    // Sums that a lane holds.
    private const int MostSums = 16;

    // Rows of a team below which more groups would not pay.
    private const int RowsOfTeam = 8;

    private readonly FusedProgram _program;
    private readonly FusedBinding _binding;
    private readonly KernelBuilder _k;
    private readonly FusedValues _values;
    private readonly RowAnalysis _analysis;
    private readonly int[] _terminals;
    private readonly int _rows, _columns, _group, _groups, _lanes, _teams;
    private readonly FusedPoint[] _held;
    private readonly int[] _heldColumns, _inside;
    private readonly FusedPoint _row;
    private readonly GroupTree _tree;
    private readonly int _lane, _team, _rowInside, _start;

    private RowKernel(FusedWork work, GpuLimits limits, ScratchMemory scratch, PlanStep step)
    {
        _program = work.Program;
        _analysis = new RowAnalysis(_program);
        _terminals = [.. Instructions((x, _) => FusedValues.IsTerminal(x.Op))];
        _columns = _program.Extents[-1];
        _rows = (int)(_program.Count / _columns);
        _group = FittingGroup(_program, _analysis, limits);
        _lanes = LanesOf(_group, _columns);
        _teams = _group / _lanes;
        int spans = (_rows + _teams - 1) / _teams;
        _groups = _terminals.Length == 0 ? Math.Min(spans, limits.MaxGroups)
            : Math.Clamp(spans / RowsOfTeam, 1, Math.Min(FusedLaunches.BusyGroups(limits), limits.MaxGroups));
        FusedWork parts = _groups > 1 && _terminals.Length > 0 ? BlockResults.InScratch(work, _groups, scratch) : work;

        _binding = new FusedBinding(parts, limits);
        _k = new KernelBuilder(_binding.Buffers);
        _values = new FusedValues(_k, _program, _binding);
        _lane = _teams == 1 ? _k.LocalId(0) : _k.Remainder(_k.LocalId(0), _lanes);
        _team = _teams == 1 ? _k.Integer(0) : _k.Quotient(_k.LocalId(0), _lanes);
        _tree = new GroupTree(_k, _group, _lanes, _lane, 1);
        (_heldColumns, _inside) = HeldColumns();
        var loop = new SpanLoop(_k, _rows, _teams, _groups, always: _terminals.Length > 0, Nothing());
        (_rowInside, int row) = Clamped(_k.Add(loop.Start, _team), _rows, _rows % _teams != 0);
        _start = _k.Mul(row, _k.Integer(_columns));
        _row = new FusedPoint(_program, [.. KernelCoordinates.Split(_k, _program.Extents.Range(0, _program.Extents.Rank - 1), row), -1]);
        _held = [.. _heldColumns.Select(Element)];
        for (int pass = 0; pass < _analysis.Passes; pass++)
        {
            ComputeRow(pass);
            if (pass < _analysis.Passes - 1) Reduce(pass);
        }

        int[] sums = AddRow(loop.Carried);
        StoreElements();
        StoreRow();
        loop.End(sums);
        StoreSums(loop.Carried);
        Launch rows = _binding.Launch("rows", _k, _group, (_groups, 1, 1), step);
        Launches = parts == work ? [rows] : [rows, TerminalKernel.Whole(BlockResults.Fold(work, parts, _groups), limits, step)];
    }

    private IEnumerable<Launch> Launches { get; }

    private bool KeepsColumns => _program.TerminalAxes < _program.Extents.Rank;

    /// <summary>Whether the terminal reductions of a program can be done along with its rows.</summary>
    public static bool Reduces(FusedProgram p, GpuLimits limits)
    {
        int columns = p.Extents[-1], lanes = LanesOf(FittingGroup(p, new RowAnalysis(p), limits), columns), held = (columns + lanes - 1) / lanes;
        return p.TerminalAxis == 0 && p.TerminalAxes >= p.Extents.Rank - 1 && held <= MostHeld
            && held * p.Code.Count(i => FusedValues.IsTerminal(i.Op)) <= MostSums;
    }

    /// <summary>The launches of a program whose space is not empty; its terminal reductions, if any, must be those that <see cref="Reduces"/> knows.</summary>
    public static IEnumerable<Launch> Of(FusedWork work, GpuLimits limits, ScratchMemory scratch, PlanStep step) =>
        new RowKernel(work, limits, scratch, step).Launches;

    private IEnumerable<int> Instructions(Func<FusedInstruction, int, bool> fits) =>
        Enumerable.Range(0, _program.Code.Count).Where(i => fits(_program.Code[i], i));

    private IEnumerable<int> ReductionsOf(int pass) => Instructions((x, i) => IsReductionOf(x, i, _analysis, pass));

    // As many invocations as shared memory lets reduce.
    private static int FittingGroup(FusedProgram p, RowAnalysis analysis, GpuLimits limits)
    {
        int group = FusedLaunches.GroupSize(limits, p.TerminalAxes > 0 ? p.Count : Math.Max(p.Extents[-1], Math.Min(p.Count, 64)));
        int arrays = p.Code.Count(x => FusedValues.IsTerminal(x.Op)) + Enumerable.Range(0, analysis.Passes).Max(
            pass => p.Code.Where((x, i) => IsReductionOf(x, i, analysis, pass)).Sum(x => x.Op == FusedOp.RowArgMax ? 2 : 1));
        // Arrays of two types are not shared between passes.
        while (group > 1 && 2L * arrays * group * sizeof(float) > limits.SharedBytes) group /= 2;
        return group;
    }

    private static bool IsReductionOf(FusedInstruction x, int i, RowAnalysis analysis, int pass) =>
        FusedValues.IsRowReduction(x.Op) && analysis.Pass[i] - 1 == pass;

    private static int LanesOf(int group, int columns) => Math.Min(group, (int)BitOperations.RoundUpToPowerOf2((uint)columns));

    private (int Inside, int Index) Clamped(int index, int count, bool needed)
    {
        if (!needed) return (-1, index);
        int inside = _k.Compare(KernelOp.Less, index, _k.Integer(count));
        return (inside, _k.Of(KernelOp.Select, inside, index, _k.Integer(count - 1)));
    }

    private FusedPoint Element(int column) =>
        new(_program, [.. _row.Coordinates[..^1], column], _k.Add(_start, column), _row);

    private (int[] Columns, int[] Inside) HeldColumns()
    {
        int count = (_columns + _lanes - 1) / _lanes;
        if (count > MostHeld) return ([], []);
        var columns = new int[count];
        var inside = new int[count];
        for (int i = 0; i < count; i++) (inside[i], columns[i]) = Clamped(_k.Add(_lane, _k.Integer(i * _lanes)), _columns, (i + 1) * _lanes > _columns);
        return (columns, inside);
    }

    private void ComputeRow(int pass)
    {
        var wanted = new bool[_program.Code.Count];
        foreach (int i in Instructions((_, i) => !_analysis.Varies[i] && _analysis.Pass[i] <= pass)) wanted[i] = true;
        _values.Compute(wanted, _row);
    }

    private void Reduce(int pass)
    {
        int[] reductions = [.. ReductionsOf(pass)];
        bool[] needed = _values.Needed(reductions.Select(r => _program.Code[r].A));
        LanePart[] parts = _held.Length > 0 ? HeldParts(reductions, needed) : LoopedParts(reductions, needed);
        LanePart[] results = _tree.Reduce(parts);
        for (int i = 0; i < reductions.Length; i++)
            _row[reductions[i]] = parts[i].Position >= 0 ? results[i].Position : results[i].Value;
    }

    // Terminal sums of no rows: all sums of the first held element, then those of the second, …
    private int[] Nothing() => [.. _heldColumns.SelectMany(_ => _terminals.Select(t => NothingOf(t).Value))];

    private LanePart NothingOf(int reduction)
    {
        FusedInstruction x = _program.Code[reduction];
        int value = GroupTree.Identity(_k, x.Op, KernelCode.TypeOf(_program.Code[x.A].Type));
        return new LanePart(x.Op, value, x.Op == FusedOp.RowArgMax ? _k.Integer(0) : -1);
    }

    private LanePart[] HeldParts(int[] reductions, bool[] needed)
    {
        _values.Compute(needed, _held);
        LanePart[] sums = [.. reductions.Select(NothingOf)];
        for (int h = 0; h < _held.Length; h++)
        {
            for (int r = 0; r < reductions.Length; r++)
            {
                int value = _held[h][_program.Code[reductions[r]].A];
                if (_inside[h] >= 0) value = _k.Of(KernelOp.Select, _inside[h], value, NothingOf(reductions[r]).Value);
                var part = new LanePart(sums[r].Op, value, sums[r].Position < 0 ? -1 : _held[h].Coordinates[^1]);
                // The first of a sum is not added to 0; a position has to beat −∞.
                sums[r] = h == 0 && part.Position < 0 ? part : GroupTree.Join(_k, sums[r], part);
            }
        }

        return sums;
    }

    private LanePart[] LoopedParts(int[] reductions, bool[] needed)
    {
        LanePart[] start = [.. reductions.Select(NothingOf)];
        int[] positions = [.. Enumerable.Range(0, start.Length).Where(i => start[i].Position >= 0)];
        (int column, int[] carried) = _k.Loop(
            _lane, _k.Integer(_columns), _k.Integer(_lanes), [.. start.Select(s => s.Value), .. positions.Select(i => start[i].Position)]);
        LanePart[] sums = [.. start.Select((s, i) => s with
        {
            Value = carried[i],
            Position = s.Position < 0 ? -1 : carried[start.Length + Array.IndexOf(positions, i)],
        })];
        FusedPoint at = Element(column);
        _values.Compute(needed, at);
        LanePart[] next = [.. sums.Select((s, i) => GroupTree.Join(
            _k, s, new LanePart(s.Op, at[_program.Code[reductions[i]].A], s.Position < 0 ? -1 : column)))];
        _k.EndLoop([.. next.Select(s => s.Value), .. positions.Select(i => next[i].Position)]);
        return sums;
    }

    // Adds the row's elements to the sums.
    private int[] AddRow(int[] sums)
    {
        if (_terminals.Length == 0) return [];
        _values.Compute(_values.Needed(_terminals), _held);
        return [.. sums.Select((sum, i) =>
        {
            int h = i / _terminals.Length, t = _terminals[i % _terminals.Length];
            FusedInstruction x = _program.Code[t];
            int value = _held[h][x.A];
            if (_inside[h] >= 0) value = _k.Of(KernelOp.Select, _inside[h], value, NothingOf(t).Value);
            if (_rowInside >= 0) value = _k.Of(KernelOp.Select, _rowInside, value, NothingOf(t).Value);
            return GroupTree.Join(_k, new LanePart(x.Op, sum), new LanePart(x.Op, value)).Value;
        })];
    }

    // Joins the teams, and the columns if they are reduced, too.
    private void StoreSums(int[] sums)
    {
        if (_terminals.Length == 0) return;
        LanePart Part(int held, int terminal) => new(_program.Code[_terminals[terminal]].Op, sums[held * _terminals.Length + terminal]);
        IEnumerable<int> all = Enumerable.Range(0, _terminals.Length);
        if (KeepsColumns)
        {
            var teams = new GroupTree(_k, _group, _teams, _team, _lanes);
            for (int h = 0; h < _heldColumns.Length; h++)
                StoreResults(teams.Reduce([.. all.Select(t => Part(h, t))]), _k.Compare(KernelOp.Equal, _team, _k.Integer(0)), _inside[h], _heldColumns[h]);
            return;
        }

        LanePart[] parts = [.. all.Select(t => Enumerable.Range(0, _heldColumns.Length).Select(h => Part(h, t)).Aggregate((a, b) => GroupTree.Join(_k, a, b)))];
        LanePart[] results = new GroupTree(_k, _group, _group, _k.LocalId(0), 1).Reduce(parts);
        StoreResults(results, _k.Compare(KernelOp.Equal, _k.LocalId(0), _k.Integer(0)), -1, _k.Integer(0));
    }

    private void StoreResults(LanePart[] results, int first, int inside, int column)
    {
        _k.If(first);
        if (inside >= 0) _k.If(inside);
        var at = new FusedPoint(_program, [.. Enumerable.Repeat(_k.Integer(0), _program.Extents.Rank - 1), column]);
        for (int t = 0; t < results.Length; t++)
        {
            int operand = _program.Code[_terminals[t]].Operand;
            if (_groups == 1)
            {
                _values.StoreValue(operand, at, results[t].Value);
                continue;
            }

            int part = _k.Add(_k.Mul(_k.GroupId(0), _k.Integer(KeepsColumns ? _columns : 1)), column);
            _k.Store(_binding.BufferOf(operand), _binding.Place(_k, operand, part), results[t].Value);
        }

        if (inside >= 0) _k.EndIf();
        _k.EndIf();
    }

    private void StoreElements()
    {
        int[] stores = [.. Instructions((x, i) => x.Op == FusedOp.Store && _analysis.Varies[i])];
        if (stores.Length == 0) return;
        bool[] needed = _values.Needed(stores);
        if (_held.Length == 0)
        {
            // A row outside has no elements.
            int end = _rowInside < 0 ? _k.Integer(_columns) : _k.Of(KernelOp.Select, _rowInside, _k.Integer(_columns), _k.Integer(0));
            FusedPoint at = Element(_k.Loop(_lane, end, _k.Integer(_lanes)).Index);
            _values.Compute(needed, at);
            foreach (int store in stores) _values.Store(store, at);
            _k.EndLoop();
            return;
        }

        _values.Compute(needed, _held);
        for (int h = 0; h < _held.Length; h++)
        {
            if (_inside[h] >= 0) _k.If(_inside[h]);
            if (_rowInside >= 0) _k.If(_rowInside);
            foreach (int store in stores) _values.Store(store, _held[h]);
            if (_rowInside >= 0) _k.EndIf();
            if (_inside[h] >= 0) _k.EndIf();
        }
    }

    private void StoreRow()
    {
        int[] stores = [.. Instructions((x, i) => x.Op == FusedOp.Store && !_analysis.Varies[i])];
        if (stores.Length == 0) return;
        // All lanes have read what the first overwrites.
        if (stores.Any(s => _binding.IsRead(_program, _program.Code[s].Operand))) _k.Barrier();
        _k.If(_k.Compare(KernelOp.Equal, _lane, _k.Integer(0)));
        if (_rowInside >= 0) _k.If(_rowInside);
        foreach (int store in stores) _values.Store(store, _row);
        if (_rowInside >= 0) _k.EndIf();
        _k.EndIf();
    }
}
