using Nn.Graphs;
using Nn.Ops;
using Nn.Passes;

namespace Nn.Planning;

/// <summary>
/// Writes a group of nodes as a fused program: walks the members, turns what they need into loads, constants and coordinates, and merges
/// axes that every operand passes through in one stride.
/// </summary>
internal sealed class FusedProgramBuilder
{
    private const int MaxAxes = 4;

    private readonly FusionGroup _group;
    private readonly InlineNodes _inline;
    private readonly IReadOnlySet<Node> _materialized;
    private readonly PlacedTensors _placed;
    private readonly HashSet<Node> _members;
    private readonly List<FusedInstruction> _code = [];
    private readonly List<(Node Node, OperandRole Role, long[] Strides, long Offset)> _operands = [];
    private readonly List<(int Instruction, long[] Strides)> _indices = [];
    private readonly Dictionary<Node, int> _values = [];

    private readonly bool _matrix;

    private FusedProgramBuilder(FusionGroup group, InlineNodes inline, IReadOnlySet<Node> materialized, PlacedTensors placed, bool matrix) =>
        (_group, _inline, _materialized, _placed, _members, _matrix) = (group, inline, materialized, placed, [.. group.Nodes], matrix);

    /// <summary>
    /// The program and the node behind each operand; null where the axes cannot be merged into four, or, for a
    /// <paramref name="matrix"/> (an epilogue), into rows and columns, or where an operand would be read in steps.
    /// </summary>
    public static (FusedProgram Program, IReadOnlyList<Node> Operands)? TryBuild(
        FusionGroup group, InlineNodes inline, IReadOnlySet<Node> materialized, PlacedTensors placed, bool matrix = false) =>
        new FusedProgramBuilder(group, inline, materialized, placed, matrix).Build();

    private (FusedProgram Program, IReadOnlyList<Node> Operands)? Build()
    {
        foreach (Node node in _group.Nodes.Where(n => !_group.Terminals.Contains(n))) Value(node, root: true);
        // Operands of terminal reductions first: loads must not follow a store to the same memory.
        int[] reduced = [.. _group.Nodes.Where(_group.Terminals.Contains).Select(n => Value(n.Inputs[0]))];
        foreach (Node node in _group.Nodes.Where(n => !_group.Terminals.Contains(n) && _materialized.Contains(n)))
            Emit(new FusedInstruction(FusedOp.Store, node.Type, _values[node], Operand: Operand(node, OperandRole.Output)));
        int at = 0;
        foreach (Node node in _group.Nodes.Where(_group.Terminals.Contains))
        {
            FusedOp op = node.Op.Terminal ?? throw new ShapeException($"{node.Op.Name} works along the last axis; permute {node.Inputs[0].Shape} first");
            Emit(new FusedInstruction(op, node.Type, reduced[at++], Operand: Operand(node, OperandRole.Output)));
        }

        return Merge();
    }

    private int Emit(FusedInstruction instruction)
    {
        _code.Add(instruction);
        return _code.Count - 1;
    }

    private int Operand(Node node, OperandRole role)
    {
        (Node home, long[] strides, long offset) = _placed.Of(node);
        _operands.Add((home, role, StridesOver(node.Shape, strides), offset));
        return _operands.Count - 1;
    }

    // Tensors of single numbers may have more axes than the domain.
    private long[] StridesOver(Shape shape, long[] own)
    {
        Shape domain = _group.Domain;
        var strides = new long[domain.Rank];
        if (shape.Count == 1) return strides;
        for (int a = 1; a <= Math.Min(shape.Rank, domain.Rank); a++)
        {
            if (shape[-a] != 1) strides[^a] = own[^a];
        }

        return strides;
    }

    private int Value(Node node, bool root = false)
    {
        if (_values.TryGetValue(node, out int known)) return known;
        int value;
        if (!_members.Contains(node) && !_inline.Contains(node))
        {
            value = Emit(new FusedInstruction(
                FusedOp.Load, node.Type == DType.U8 ? DType.I32 : node.Type, Operand: Operand(node, OperandRole.Input)));
        }
        else if (node.Attributes is ConstantAttributes constant)
        {
            value = Emit(new FusedInstruction(FusedOp.Constant, node.Type, Value: constant.Value));
        }
        else if (node.Attributes is IotaAttributes { Axis: var axis })
        {
            var strides = new long[_group.Domain.Rank];
            if (node.Shape[axis] != 1) strides[axis + _group.Domain.Rank - node.Shape.Rank] = 1;
            value = Index(strides);
        }
        else if (node.Op.PassesOn)
        {
            value = Value(node.Inputs[0]);
        }
        else if (node.Op.Random)
        {
            int seed = Value(node.Inputs[0]), step = Value(node.Inputs[1]), index = Index(node.Shape.Strides());
            value = Emit(new FusedInstruction(node.Op.Fused!.Value, DType.F32, seed, step, index, Value: node.Attribute<RandomAttributes>().Stream));
        }
        else if (node.Op.Class == OpClass.Reduction)
        {
            value = Emit(new FusedInstruction(node.Op.Fused!.Value, node.Type, Value(node.Inputs[0])));
        }
        else
        {
            int[] x = [.. node.Inputs.Select(i => Value(i))];
            value = Emit(new FusedInstruction(node.Op.Fused!.Value, node.Type, x[0], x.Length > 1 ? x[1] : -1, x.Length > 2 ? x[2] : -1));
        }

        return _values[node] = value;
    }

    private int Index(long[] strides)
    {
        int i = Emit(new FusedInstruction(FusedOp.Index, DType.I32));
        _indices.Add((i, strides));
        return i;
    }

    private (FusedProgram Program, IReadOnlyList<Node> Operands)? Merge()
    {
        Shape domain = _group.Domain;
        bool IsRow(int a) => _group.RowAxes.Contains(a) || (_matrix && a == domain.Rank - 1);
        bool IsTerminal(int a) => _group.TerminalAxes.Contains(a);
        List<long[]> patterns = [.. _operands.Select(o => o.Strides), .. _indices.Select(i => i.Strides)];

        // Each merged axis is a run first..last of axes; its stride is that of the last.
        var runs = new List<(int Last, long Extent, bool Row, bool Terminal)>();
        for (int a = 0; a < domain.Rank; a++)
        {
            if (domain[a] == 1) continue;
            if (runs.Count > 0)
            {
                var (last, extent, row, terminal) = runs[^1];
                if (row == IsRow(a) && terminal == IsTerminal(a) && patterns.All(s => s[last] == s[a] * domain[a]))
                {
                    runs[^1] = (a, extent * domain[a], row, terminal);
                    continue;
                }
            }

            runs.Add((a, domain[a], IsRow(a), IsTerminal(a)));
        }

        bool hasRows = _group.RowAxes.Rank > 0 || _matrix;
        int rowRuns = runs.Count(r => r.Row);
        bool padRow = hasRows && rowRuns == 0;
        if (rowRuns > 1) return null;
        bool padLead = runs.Count + (padRow ? 1 : 0) < (hasRows ? 2 : 1);
        int rank = runs.Count + (padRow ? 1 : 0) + (padLead ? 1 : 0);
        if (rank > (_matrix ? 2 : MaxAxes) || runs.Any(r => r.Extent > int.MaxValue)) return null;

        long[] Merged(long[] s) => [.. padLead ? [0L] : Array.Empty<long>(), .. runs.Select(r => s[r.Last]), .. padRow ? [0L] : Array.Empty<long>()];
        Shape AsShape(long[] s) => new([.. s.Select(v => checked((int)v))]);
        var extents = new Shape([.. padLead ? [1] : Array.Empty<int>(), .. runs.Select(r => (int)r.Extent), .. padRow ? [1] : Array.Empty<int>()]);
        int terminalAxis = runs.FindIndex(r => r.Terminal), terminalAxes = runs.Count(r => r.Terminal);
        foreach ((int i, long[] strides) in _indices) _code[i] = _code[i] with { Strides = AsShape(Merged(strides)) };
        FusedOperand[] operands = [.. _operands.Select(o => new FusedOperand(o.Node.Type, o.Role, AsShape(Merged(o.Strides)), o.Offset))];
        if (operands.Any(o => o.Strides[-1] > 1)) return null;
        var program = new FusedProgram(
            extents, _group.RowAxes.Rank > 0 ? 1 : 0, Math.Max(terminalAxis, 0) + (padLead && terminalAxes > 0 ? 1 : 0), terminalAxes, operands, _code);
        Verification.Demand("the builder of programs", () => ProgramVerifier.Mistakes(program));
        return (program, [.. _operands.Select(o => o.Node)]);
    }
}
