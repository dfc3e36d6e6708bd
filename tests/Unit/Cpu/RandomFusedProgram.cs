using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Cpu;

/// <summary>
/// Random but valid fused programs. Values with sharp edges (comparisons, rounding, positions of maxima) are only taken of exact ones, so
/// that single and double precision agree about them.
/// </summary>
internal sealed class RandomFusedProgram
{
    private static readonly int[] Sizes = [1, 1, 2, 3, 5, 6, 7, 10, 16, 17, 31, 33];

    private readonly Random _random;
    private readonly List<FusedOperand> _operands = [];
    private readonly List<FusedInstruction> _code = [];
    private readonly List<bool> _exact = [];
    private readonly List<bool> _row = [];
    private readonly Shape _extents;
    private readonly Dictionary<int, int> _shared = [];

    private RandomFusedProgram(int seed)
    {
        _random = new Random(seed);
        int rank = 1 + _random.Next(4);
        int[] extents = [.. Enumerable.Range(0, rank).Select(_ => Sizes[_random.Next(Sizes.Length)])];
        if (_random.Next(6) == 0) extents[^1] = 257;
        if (rank == 1 && _random.Next(3) == 0) extents[0] = 4096 + _random.Next(30000);
        // Many short rows.
        if (rank == 2 && _random.Next(2) == 0) extents = [128 + 16 * _random.Next(20), 1 + _random.Next(31)];
        if (_random.Next(25) == 0) extents[_random.Next(rank)] = 0;
        while (new Shape(extents).Count > 40_000) extents[Array.IndexOf(extents, extents.Max())] /= 3;
        _extents = new Shape(extents);
    }

    /// <summary>The program, and which operands share memory with which earlier ones.</summary>
    public static (FusedProgram Program, IReadOnlyDictionary<int, int> Shared) Make(int seed) => new RandomFusedProgram(seed).Build();

    private (FusedProgram, IReadOnlyDictionary<int, int>) Build()
    {
        int rank = _extents.Rank;
        int rowAxes = rank > 1 ? _random.Next(2) : 0, terminalAxes = 0, terminalAxis = 0;
        if (_random.Next(2) == 0)
        {
            terminalAxis = _random.Next(rank);
            terminalAxes = 1 + _random.Next(rank - terminalAxis);
        }

        for (int i = 0; i < 1 + _random.Next(4); i++) Load();
        Add(new FusedInstruction(FusedOp.Constant, DType.F32, Value: _random.Next(-8, 9) / 4.0), exact: true, row: true);
        for (int i = 0; i < 2 + _random.Next(16); i++) Compute(rowAxes == 1);
        int stores = 1 + _random.Next(2);
        for (int i = 0; i < stores; i++) Store(rowAxes == 1);
        if (terminalAxes > 0) Terminal(terminalAxis, terminalAxes);
        return (new FusedProgram(_extents, rowAxes, terminalAxis, terminalAxes, _operands, _code), _shared);
    }

    private int Add(FusedInstruction instruction, bool exact, bool row)
    {
        _code.Add(instruction);
        _exact.Add(exact);
        _row.Add(row);
        return _code.Count - 1;
    }

    // Strides of a contiguous tensor that has only some of the axes.
    private Shape Strides(Func<int, bool> has)
    {
        var strides = new int[_extents.Rank];
        int stride = 1;
        for (int a = _extents.Rank - 1; a >= 0; a--)
        {
            if (!has(a)) continue;
            strides[a] = _extents[a] == 1 ? 0 : stride;
            stride *= Math.Max(1, _extents[a]);
        }

        return new Shape(strides);
    }

    private void Load()
    {
        bool full = _random.Next(2) == 0;
        bool[] axes = [.. Enumerable.Range(0, _extents.Rank).Select(_ => full || _random.Next(2) == 0)];
        DType type = _random.Next(8) switch { 0 => DType.U8, 1 => DType.I32, _ => DType.F32 };
        _operands.Add(new FusedOperand(type, OperandRole.Input, Strides(a => axes[a])));
        int value = Add(
            new FusedInstruction(FusedOp.Load, type == DType.U8 ? DType.I32 : type, Operand: _operands.Count - 1), exact: true,
            row: !axes[^1] || _extents[-1] == 1);
        if (type != DType.F32) Add(new FusedInstruction(FusedOp.Convert, DType.F32, value), exact: true, row: _row[value]);
    }

    private int Pick(Func<int, bool> fits)
    {
        int[] candidates = [.. Enumerable.Range(0, _code.Count).Where(fits)];
        return candidates.Length == 0 ? -1 : candidates[_random.Next(candidates.Length)];
    }

    private bool IsNumber(int i) => _code[i].Type == DType.F32 && _code[i].Op != FusedOp.Store && !IsTerminal(_code[i].Op);

    private int Number() => Pick(IsNumber);

    private int ExactNumber() => Pick(i => IsNumber(i) && _exact[i]);

    private void Compute(bool rows)
    {
        int a = Number(), b = Number(), x = ExactNumber(), y = ExactNumber();
        switch (_random.Next(rows ? 13 : 10))
        {
            case 0: Simple(FusedOp.Add, a, b); break;
            case 1: Simple(FusedOp.Sub, a, b); break;
            case 2: Simple(FusedOp.Min, a, b); break;
            case 3: Simple(FusedOp.Max, a, b); break;
            case 4:
                int small = Small(b);
                Add(new FusedInstruction(FusedOp.Mul, DType.F32, a, small), exact: false, row: _row[a] && _row[small]);
                break;
            case 5:
                int condition =
                    Add(new FusedInstruction(_random.Next(2) == 0 ? FusedOp.Less : FusedOp.LessEqual, DType.F32, x, y), exact: true, row: _row[x] && _row[y]);
                Add(new FusedInstruction(FusedOp.Select, DType.F32, condition, a, b), _exact[a] && _exact[b], _row[condition] && _row[a] && _row[b]);
                break;
            case 6: Add(new FusedInstruction(FusedOp.Tanh, DType.F32, a), exact: false, row: _row[a]); break;
            case 7: Add(new FusedInstruction(FusedOp.Sigmoid, DType.F32, a), exact: false, row: _row[a]); break;
            case 8: Add(new FusedInstruction(FusedOp.Floor, DType.F32, x), exact: true, row: _row[x]); break;
            case 9:
                int index = Add(new FusedInstruction(FusedOp.Index, DType.I32, Strides: Strides(_ => true)), exact: true, row: false);
                Add(new FusedInstruction(FusedOp.Convert, DType.F32, index), exact: true, row: false);
                break;
            case 10: Add(new FusedInstruction(FusedOp.RowSum, DType.F32, a), exact: false, row: true); break;
            case 11: Add(new FusedInstruction(FusedOp.RowMax, DType.F32, a), _exact[a], row: true); break;
            default:
                int position = Add(new FusedInstruction(FusedOp.RowArgMax, DType.I32, x), exact: true, row: true);
                Add(new FusedInstruction(FusedOp.Convert, DType.F32, position), exact: true, row: true);
                break;
        }
    }

    // Chains of products must not run away.
    private int Small(int a) => Add(new FusedInstruction(FusedOp.Tanh, DType.F32, a), exact: false, row: _row[a]);

    private void Simple(FusedOp op, int a, int b) =>
        Add(new FusedInstruction(op, DType.F32, a, b), _exact[a] && _exact[b] && _code.Count < 12, _row[a] && _row[b]);

    private void Store(bool rows)
    {
        int value = rows && _extents.Count > 0 && _random.Next(3) == 0 ? Pick(i => IsNumber(i) && _row[i]) : -1;
        bool rowStore = value >= 0 && _extents[-1] > 1;
        if (value < 0) value = Number();
        int last = _extents.Rank - 1;
        Shape strides = Strides(a => !rowStore || a != last);
        // In place where an input has the same strides.
        int same = _operands.FindIndex(o => o.Role == OperandRole.Input && o.Type == DType.F32 && o.Strides == strides);
        _operands.Add(new FusedOperand(DType.F32, OperandRole.Output, strides));
        if (same >= 0 && _random.Next(2) == 0 && !_shared.ContainsValue(same)) _shared[_operands.Count - 1] = same;
        Add(new FusedInstruction(FusedOp.Store, DType.F32, value, Operand: _operands.Count - 1), exact: false, row: false);
    }

    private void Terminal(int axis, int axes)
    {
        for (int i = 0; i < 1 + _random.Next(2); i++)
        {
            int value = Number();
            _operands.Add(new FusedOperand(DType.F32, OperandRole.Output, Strides(a => a < axis || a >= axis + axes)));
            Add(
                new FusedInstruction(
                    _extents.Count > 0 && _random.Next(3) == 0 ? FusedOp.TerminalMax : FusedOp.TerminalSum, DType.F32, value, Operand: _operands.Count - 1),
                exact: false, row: false);
        }
    }

    private static bool IsTerminal(FusedOp op) => op is FusedOp.TerminalSum or FusedOp.TerminalMax;
}
