using System.Numerics;

namespace Nn.Planning.Gpu;

/// <summary>
/// The kernel of a program with row reductions and no terminal ones. A team of lanes works on a row; lane i has the elements i, i + lanes, …
/// Rows of few elements a lane are held in registers, others are computed again in every pass.
/// </summary>
internal sealed class RowKernel
{
    // Elements of a row that a lane holds.
    private const int MostHeld = 4;

    private readonly FusedProgram _program;
    private readonly FusedBinding _binding;
    private readonly KernelBuilder _k;
    private readonly FusedValues _values;
    private readonly RowAnalysis _analysis;
    private readonly int _rows, _columns, _group, _lanes;
    private readonly FusedPoint[] _held;
    private readonly int[] _inside;
    private readonly FusedPoint _row;
    private readonly GroupTree _tree;
    private readonly int _lane, _rowInside, _start;

    private RowKernel(FusedWork work, GpuLimits limits, Step step)
    {
        _program = work.Program;
        _binding = new FusedBinding(work, limits);
        _k = new KernelBuilder(_binding.Buffers);
        _values = new FusedValues(_k, _program, _binding);
        _analysis = new RowAnalysis(_program);
        _columns = _program.Extents[-1];
        _rows = (int)(_program.Count / _columns);
        _group = FittingGroup(limits);
        _lanes = Math.Min(_group, (int)BitOperations.RoundUpToPowerOf2((uint)_columns));
        int teams = _group / _lanes, groups = Math.Min((_rows + teams - 1) / teams, limits.MaxGroups);

        var spans = new SpanLoop(_k, _rows, teams, groups);
        _lane = teams == 1 ? _k.LocalId(0) : _k.Remainder(_k.LocalId(0), _lanes);
        int row = teams == 1 ? spans.Start : _k.Add(spans.Start, _k.Quotient(_k.LocalId(0), _lanes));
        (_rowInside, row) = Clamped(row, _rows, _rows % teams != 0);
        _start = _k.Mul(row, _k.Integer(_columns));
        _tree = new GroupTree(_k, _group, _lanes, _lane, 1);
        _row = new FusedPoint(_program, [.. KernelCoordinates.Split(_k, _program.Extents.Range(0, _program.Extents.Rank - 1), row), -1]);
        (_held, _inside) = Held();
        for (int pass = 0; pass < _analysis.Passes; pass++)
        {
            ComputeRow(pass);
            if (pass < _analysis.Passes - 1) Reduce(pass);
        }

        StoreElements();
        StoreRow();
        spans.End();
        Launch = _binding.Launch("rows", _k, _group, (groups, 1, 1), step);
    }

    private Launch Launch { get; }

    /// <summary>The launch of a program whose space is not empty.</summary>
    public static Launch Of(FusedWork work, GpuLimits limits, Step step) => new RowKernel(work, limits, step).Launch;

    private IEnumerable<int> Instructions(Func<FusedInstruction, int, bool> fits) =>
        Enumerable.Range(0, _program.Code.Count).Where(i => fits(_program.Code[i], i));

    private IEnumerable<int> ReductionsOf(int pass) =>
        Instructions((x, i) => FusedValues.IsRowReduction(x.Op) && _analysis.Pass[i] - 1 == pass);

    // As many invocations as shared memory lets reduce.
    private int FittingGroup(GpuLimits limits)
    {
        int group = FusedLaunches.GroupSize(limits, Math.Max(_columns, Math.Min(_program.Count, 64)));
        int arrays = Enumerable.Range(0, _analysis.Passes).Max(p => ReductionsOf(p).Sum(i => _program.Code[i].Op == FusedOp.RowArgMax ? 2 : 1));
        // Arrays of two types are not shared between passes.
        while (group > 1 && 2L * arrays * group * sizeof(float) > limits.SharedBytes) group /= 2;
        return group;
    }

    private (int Inside, int Index) Clamped(int index, int count, bool needed)
    {
        if (!needed) return (-1, index);
        int inside = _k.Compare(KernelOp.Less, index, _k.Integer(count));
        return (inside, _k.Of(KernelOp.Select, inside, index, _k.Integer(count - 1)));
    }

    private FusedPoint Element(int column) =>
        new(_program, [.. _row.Coordinates[..^1], column], _k.Add(_start, column), _row);

    private (FusedPoint[] Points, int[] Inside) Held()
    {
        int count = (_columns + _lanes - 1) / _lanes;
        if (count > MostHeld) return ([], []);
        var points = new FusedPoint[count];
        var inside = new int[count];
        for (int i = 0; i < count; i++)
        {
            (inside[i], int column) = Clamped(_k.Add(_lane, _k.Integer(i * _lanes)), _columns, (i + 1) * _lanes > _columns);
            points[i] = Element(column);
        }

        return (points, inside);
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

    private LanePart Nothing(int reduction)
    {
        FusedInstruction x = _program.Code[reduction];
        int value = GroupTree.Identity(_k, x.Op, KernelCode.TypeOf(_program.Code[x.A].Type));
        return new LanePart(x.Op, value, x.Op == FusedOp.RowArgMax ? _k.Integer(0) : -1);
    }

    private LanePart[] HeldParts(int[] reductions, bool[] needed)
    {
        _values.Compute(needed, _held);
        LanePart[] sums = [.. reductions.Select(Nothing)];
        for (int h = 0; h < _held.Length; h++)
        {
            for (int r = 0; r < reductions.Length; r++)
            {
                int value = _held[h][_program.Code[reductions[r]].A];
                if (_inside[h] >= 0) value = _k.Of(KernelOp.Select, _inside[h], value, Nothing(reductions[r]).Value);
                var part = new LanePart(sums[r].Op, value, sums[r].Position < 0 ? -1 : _held[h].Coordinates[^1]);
                // The first of a sum is not added to 0; a position has to beat −∞.
                sums[r] = h == 0 && part.Position < 0 ? part : GroupTree.Join(_k, sums[r], part);
            }
        }

        return sums;
    }

    private LanePart[] LoopedParts(int[] reductions, bool[] needed)
    {
        LanePart[] start = [.. reductions.Select(Nothing)];
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
