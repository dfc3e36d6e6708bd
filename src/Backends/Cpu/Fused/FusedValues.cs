using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// The code of single instructions: the value of each is in a local, kept in memory from an earlier pass over the row, or written out where it is used.
/// </summary>
internal sealed class FusedValues
{
    // Longer chains get a local in between: the JIT recurses over expressions.
    private const int MostNested = 12;

    private readonly VectorCode _code;
    private readonly FusedLayout _layout;
    private readonly FusedAnalysis _analysis;
    private readonly FusedCursors _cursors;
    private readonly RowChunks _chunks;
    private readonly IReadOnlyList<FusedInstruction> _program;
    private readonly LocalBuilder?[] _local;
    private readonly bool[] _ready;

    /// <summary>Writes values of the layout's program at places that the cursors and the chunks tell.</summary>
    public FusedValues(VectorCode code, FusedLayout layout, FusedAnalysis analysis, FusedCursors cursors, RowChunks chunks)
    {
        (_code, _layout, _analysis, _cursors, _chunks, _program) = (code, layout, analysis, cursors, chunks, layout.Program.Code);
        (_local, _ready) = (new LocalBuilder?[_program.Count], new bool[_program.Count]);
    }

    /// <summary>Before the code of a row: only what never changes is known.</summary>
    public void BeginRow()
    {
        for (int i = 0; i < _ready.Length; i++) _ready[i] = _analysis.Level[i] == FusedLevel.Uniform;
    }

    /// <summary>Computes the values of one level that become known with a pass.</summary>
    public void ComputeLevel(FusedLevel level, int pass)
    {
        for (int i = 0; i < _program.Count; i++)
        {
            if (_analysis.Level[i] != level || _analysis.Pass[i] != pass || _ready[i]) continue;
            if (_program[i].Op == FusedOp.Store || FusedAnalysis.IsRowReduction(_program[i].Op) || IsRepeated(i)) continue;
            Compute(i);
        }
    }

    /// <summary>Computes what a pass needs of the values that vary within a row, at the current chunk.</summary>
    public void ComputeChunk(int pass)
    {
        bool[] needed = _analysis.Needed[pass];
        bool single = _layout.Mode == FusedMode.Rows && _chunks.Number == 1;
        var nested = new int[_program.Count];
        for (int i = 0; i < _program.Count; i++)
        {
            if (_analysis.Level[i] != FusedLevel.Element || !needed[i]) continue;
            if (single && _ready[i]) continue;
            _ready[i] = false;
            if (IsRepeated(i)) continue;
            nested[i] = 1 + _analysis.Inputs(i).Select(k => nested[k]).DefaultIfEmpty(0).Max();
            bool kept = _analysis.KeptAt[i] >= 0;
            if (kept && _analysis.KeptIn[i] < pass)
            {
                PushKeptAddress(i);
                _code.Call(VectorOp.Load, _program[i].Type);
                Define(i);
            }
            else if (kept || single || _program[i].Op == FusedOp.Load || _analysis.Uses[i] > 1 || nested[i] > MostNested)
            {
                Compute(i);
                nested[i] = 0;
                if (!kept) continue;
                _code.Push(_local[i]!);
                PushKeptAddress(i);
                _code.Call(VectorOp.Store, _program[i].Type);
            }
        }
    }

    /// <summary>Takes an instruction's value from the stack.</summary>
    public void Define(int i)
    {
        _local[i] ??= _code.Vector(_program[i].Type);
        _code.Pop(_local[i]!);
        _ready[i] = true;
    }

    /// <summary>Pushes a value of its instruction's type.</summary>
    public void Push(int i)
    {
        DType type = _program[i].Type;
        if (FusedAnalysis.IsComparison(_program[i].Op))
        {
            PushMask(i, type);
            _code.PushConstant(type, 1);
            _code.Call(VectorOp.And, type);
        }
        else if (_ready[i] && _program[i].Op != FusedOp.Constant)
        {
            _code.Push(_local[i]!);
        }
        else
        {
            PushComputed(i);
        }
    }

    /// <summary>Pushes a value whose lanes beyond the row do not count in a reduction.</summary>
    public void PushMasked(int i, Reduction reduction)
    {
        DType type = _program[i].Type;
        if (!_chunks.Current.Partial)
        {
            Push(i);
            return;
        }

        _chunks.PushMask();
        if (type == DType.I32) _code.Call(VectorOp.AsInt, DType.F32);
        Push(i);
        _code.PushConstant(type, reduction.Identity(type));
        _code.Call(VectorOp.Select, type);
    }

    // Constants and comparisons are written out at each use.
    private bool IsRepeated(int i) => _program[i].Op == FusedOp.Constant || FusedAnalysis.IsComparison(_program[i].Op);

    private void Compute(int i)
    {
        _local[i] ??= _code.Vector(_program[i].Type);
        PushComputed(i);
        Define(i);
    }

    private void PushKeptAddress(int i)
    {
        _code.Push(FusedArgument.Scratch);
        _code.PushWord(_layout.ScratchRow(_analysis.KeptAt[i]));
        _code.Emit(OpCodes.Add);
        _chunks.AddOffset(VectorCode.ElementBytes);
    }

    private void PushMask(int i, DType type)
    {
        FusedInstruction x = _program[i];
        DType compared = _program[x.A].Type;
        Push(x.A);
        Push(x.B);
        _code.Call(x.Op switch { FusedOp.Less => VectorOp.Less, FusedOp.LessEqual => VectorOp.LessEqual, _ => VectorOp.Same }, compared);
        _code.Reinterpret(compared, type);
    }

    private void PushComputed(int i)
    {
        FusedInstruction x = _program[i];
        switch (x.Op)
        {
            case FusedOp.Constant:
                _code.PushConstant(x.Type, x.Value);
                break;
            case FusedOp.Load:
                PushLoaded(i);
                break;
            case FusedOp.Index:
                _cursors.PushIndex(i);
                _code.Emit(OpCodes.Conv_I4);
                _code.Call(VectorOp.Create, DType.I32);
                if (_analysis.Level[i] != FusedLevel.Element) break;
                _chunks.PushPositions(x.Strides[-1]);
                _code.Call(VectorOp.Add, DType.I32);
                break;
            case FusedOp.Select:
                PushSelected(x);
                break;
            case FusedOp.Convert:
                Push(x.A);
                if (_program[x.A].Type == x.Type) break;
                if (x.Type == DType.F32) _code.Call(VectorOp.ToFloat, DType.I32);
                else _code.Call(VectorOp.ToInt, DType.F32);
                break;
            case FusedOp.Bitcast:
                Push(x.A);
                _code.Reinterpret(_program[x.A].Type, x.Type);
                break;
            case FusedOp.ShiftLeft or FusedOp.ShiftRight:
                Push(x.A);
                _code.PushInt((int)x.Value);
                _code.Call(x.Op == FusedOp.ShiftLeft ? VectorOp.ShiftLeft : VectorOp.ShiftRight, DType.I32);
                break;
            case FusedOp.RotateLeft:
                PushRotated(x);
                break;
            default:
                foreach (int operand in _analysis.Inputs(i)) Push(operand);
                _code.Call(Operation(x.Op), x.Type);
                break;
        }
    }

    private void PushLoaded(int i)
    {
        FusedInstruction x = _program[i];
        DType stored = _layout.Program.Operands[x.Operand].Type;
        _cursors.PushAddress(x.Operand);
        if (_analysis.Level[i] == FusedLevel.Element)
        {
            _chunks.AddOffset(stored.Size());
            if (stored == DType.U8) _code.Call(_code.Isa.LoadBytes);
            else _code.Call(VectorOp.Load, x.Type);
            return;
        }

        _code.Emit(stored switch { DType.F32 => OpCodes.Ldind_R4, DType.I32 => OpCodes.Ldind_I4, _ => OpCodes.Ldind_U1 });
        _code.Call(VectorOp.Create, x.Type);
    }

    private void PushSelected(FusedInstruction x)
    {
        if (FusedAnalysis.IsComparison(_program[x.A].Op))
        {
            PushMask(x.A, x.Type);
            Push(x.B);
            Push(x.C);
        }
        else
        {
            DType condition = _program[x.A].Type;
            Push(x.A);
            _code.PushConstant(condition, 0);
            _code.Call(VectorOp.Same, condition);
            _code.Reinterpret(condition, x.Type);
            Push(x.C);
            Push(x.B);
        }

        _code.Call(VectorOp.Select, x.Type);
    }

    private void PushRotated(FusedInstruction x)
    {
        Push(x.A);
        if (_code.Isa.RotateLeft is { } rotate)
        {
            _code.PushInt((int)x.Value);
            _code.Call(rotate);
            return;
        }

        LocalBuilder word = _code.Vector(DType.I32);
        _code.Pop(word);
        _code.Push(word);
        _code.PushInt((int)x.Value);
        _code.Call(VectorOp.ShiftLeft, DType.I32);
        _code.Push(word);
        _code.PushInt(32 - (int)x.Value);
        _code.Call(VectorOp.ShiftRight, DType.I32);
        _code.Call(VectorOp.Or, DType.I32);
    }

    private static VectorOp Operation(FusedOp op) => op switch
    {
        FusedOp.Add => VectorOp.Add,
        FusedOp.Sub => VectorOp.Subtract,
        FusedOp.Mul => VectorOp.Multiply,
        FusedOp.Div => VectorOp.Divide,
        FusedOp.Fma => VectorOp.MultiplyAdd,
        FusedOp.Min => VectorOp.Min,
        FusedOp.Max => VectorOp.Max,
        FusedOp.Neg => VectorOp.Negate,
        FusedOp.Abs => VectorOp.Abs,
        FusedOp.Floor => VectorOp.Floor,
        FusedOp.Round => VectorOp.Round,
        FusedOp.Sqrt => VectorOp.Sqrt,
        FusedOp.And => VectorOp.And,
        FusedOp.Or => VectorOp.Or,
        FusedOp.Xor => VectorOp.Xor,
        _ => throw new InvalidOperationException($"{op} is no primitive instruction"),
    };
}
