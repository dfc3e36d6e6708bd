using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

internal sealed unsafe partial class FusedEmitter
{
    // Longer chains get a local in between: the JIT recurses over expressions.
    private const int MostNested = 12;

    private readonly LocalBuilder?[] _local;
    private readonly bool[] _ready;
    private readonly Dictionary<int, (LocalBuilder Value, LocalBuilder? Position)> _reduction = [];
    private Chunk _chunk;

    private static Type ElementType(DType type) => type == DType.F32 ? typeof(float) : typeof(int);

    private Type VectorType(DType type) => type == DType.F32 ? _v.Float : _v.Int;

    // Values of one level that become known with a pass.
    private void EmitLevel(FusedLevel level, int pass)
    {
        for (int i = 0; i < _code.Count; i++)
        {
            if (_analysis.Level[i] != level || _analysis.Pass[i] != pass || _ready[i]) continue;
            if (_code[i].Op == FusedOp.Store || FusedAnalysis.IsRowReduction(_code[i].Op) || IsRepeated(i)) continue;
            Keep(i);
        }
    }

    // Constants and comparisons are written out at each use.
    private bool IsRepeated(int i) => _code[i].Op == FusedOp.Constant || FusedAnalysis.IsComparison(_code[i].Op);

    private void Keep(int i)
    {
        _local[i] ??= _il.DeclareLocal(VectorType(_code[i].Type));
        EmitValue(i);
        _il.Emit(OpCodes.Stloc, _local[i]!);
        _ready[i] = true;
    }

    private void EmitChunk(int pass, Chunk chunk, int[] reductions, int[] stores)
    {
        _chunk = chunk;
        bool[] needed = _analysis.Needed[pass];
        bool single = _layout.Mode == FusedMode.Rows && Chunks == 1;
        var nested = new int[_code.Count];
        for (int i = 0; i < _code.Count; i++)
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
                _il.Emit(OpCodes.Call, _v.Get("Load", ElementType(_code[i].Type)));
                _local[i] ??= _il.DeclareLocal(VectorType(_code[i].Type));
                _il.Emit(OpCodes.Stloc, _local[i]!);
                _ready[i] = true;
            }
            else if (kept || single || _code[i].Op == FusedOp.Load || _analysis.Uses[i] > 1 || nested[i] > MostNested)
            {
                Keep(i);
                nested[i] = 0;
                if (!kept) continue;
                _il.Emit(OpCodes.Ldloc, _local[i]!);
                PushKeptAddress(i);
                _il.Emit(OpCodes.Call, _v.Get("Store", ElementType(_code[i].Type)));
            }
        }

        foreach (int r in reductions) Accumulate(r);
        foreach (int s in stores)
        {
            if (_code[s].Op == FusedOp.Store) EmitStore(s);
            else AccumulateTerminal(s);
        }
    }

    private void PushKeptAddress(int i)
    {
        LoadArgument(6);
        PushBytes((long)_analysis.KeptAt[i] * (_layout.Padded + 16) * ElementBytes);
        _il.Emit(OpCodes.Add);
        AddOffset(ElementBytes);
    }

    private void AddOffset(int elementBytes)
    {
        if (_chunk.ConstantOffset is { } offset)
        {
            if (offset == 0) return;
            PushBytes(offset / ElementBytes * elementBytes);
        }
        else
        {
            _il.Emit(OpCodes.Ldloc, _offset);
            if (elementBytes == 1)
            {
                _il.Emit(OpCodes.Ldc_I4_2);
                _il.Emit(OpCodes.Shr);
            }
        }

        _il.Emit(OpCodes.Add);
    }

    private void EmitStore(int s)
    {
        FusedInstruction x = _code[s];
        void Address()
        {
            _il.Emit(OpCodes.Ldloc, _pointer[x.Operand]);
            AddOffset(ElementBytes);
        }

        if (!_chunk.Partial)
        {
            Push(x.A);
            Address();
            _il.Emit(OpCodes.Call, _v.Get("Store", ElementType(x.Type)));
        }
        else if (_chunk.Count == 1)
        {
            Address();
            Push(x.A);
            _il.Emit(OpCodes.Call, _v.Get("ToScalar", ElementType(x.Type)));
            _il.Emit(x.Type == DType.F32 ? OpCodes.Stind_R4 : OpCodes.Stind_I4);
        }
        else
        {
            Address();
            if (_v.MaskStore is not null) _il.Emit(OpCodes.Ldloc, _mask!);
            Push(x.A);
            if (x.Type == DType.I32) _il.Emit(OpCodes.Call, _v.Get("AsSingle", typeof(int)));
            if (_v.MaskStore is null)
            {
                if (_chunk.Count > 0) PushBytes(_chunk.Count);
                else _il.Emit(OpCodes.Ldloc, _count!);
            }

            _il.Emit(OpCodes.Call, _v.MaskStore ?? _v.Get("StorePartly", typeof(float)));
        }
    }

    private void StartReduction(int r)
    {
        FusedInstruction x = _code[r];
        if (!_reduction.TryGetValue(r, out (LocalBuilder Value, LocalBuilder? Position) held))
            _reduction[r] = held = (_il.DeclareLocal(VectorType(_code[x.A].Type)), x.Op == FusedOp.RowArgMax ? _il.DeclareLocal(_v.Int) : null);
        (LocalBuilder value, LocalBuilder? position) = held;
        PushIdentity(x.Op == FusedOp.RowSum ? FusedOp.TerminalSum : FusedOp.TerminalMax, _code[x.A].Type);
        _il.Emit(OpCodes.Stloc, value);
        if (position is null) return;
        PushConstant(DType.I32, 0);
        _il.Emit(OpCodes.Stloc, position);
    }

    private void Accumulate(int r)
    {
        FusedInstruction x = _code[r];
        (LocalBuilder value, LocalBuilder? position) = _reduction[r];
        DType type = _code[x.A].Type;
        if (position is null)
        {
            _il.Emit(OpCodes.Ldloc, value);
            PushMasked(x.A, x.Op == FusedOp.RowSum ? FusedOp.TerminalSum : FusedOp.TerminalMax);
            _il.Emit(OpCodes.Call, _v.Get(x.Op == FusedOp.RowSum ? "Add" : "MaxNative", ElementType(type)));
            _il.Emit(OpCodes.Stloc, value);
            return;
        }

        // Strictly larger, so that the first stays.
        LocalBuilder candidate = _il.DeclareLocal(VectorType(type)), larger = _il.DeclareLocal(VectorType(type));
        PushMasked(x.A, FusedOp.TerminalMax);
        _il.Emit(OpCodes.Stloc, candidate);
        _il.Emit(OpCodes.Ldloc, candidate);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Call, _v.Get("GreaterThan", ElementType(type)));
        _il.Emit(OpCodes.Stloc, larger);
        _il.Emit(OpCodes.Ldloc, larger);
        _il.Emit(OpCodes.Ldloc, candidate);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Call, _v.Get("ConditionalSelect", ElementType(type)));
        _il.Emit(OpCodes.Stloc, value);
        _il.Emit(OpCodes.Ldloc, larger);
        if (type == DType.F32) _il.Emit(OpCodes.Call, _v.Get("AsInt32", typeof(float)));
        PushPositions(1);
        _il.Emit(OpCodes.Ldloc, position);
        _il.Emit(OpCodes.Call, _v.Get("ConditionalSelect", typeof(int)));
        _il.Emit(OpCodes.Stloc, position);
    }

    private void FinishReduction(int r)
    {
        FusedInstruction x = _code[r];
        (LocalBuilder value, LocalBuilder? position) = _reduction[r];
        DType type = _code[x.A].Type;
        _local[r] ??= _il.DeclareLocal(VectorType(x.Type));
        if (position is null)
        {
            _il.Emit(OpCodes.Ldloc, value);
            _il.Emit(OpCodes.Call, _v.Get(x.Op == FusedOp.RowSum ? "FoldSum" : "FoldMax", ElementType(type)));
        }
        else
        {
            // The smallest position among the lanes that hold the largest value.
            _il.Emit(OpCodes.Ldloc, value);
            _il.Emit(OpCodes.Ldloc, value);
            _il.Emit(OpCodes.Call, _v.Get("FoldMax", ElementType(type)));
            _il.Emit(OpCodes.Call, _v.Get("Equals", ElementType(type)));
            if (type == DType.F32) _il.Emit(OpCodes.Call, _v.Get("AsInt32", typeof(float)));
            _il.Emit(OpCodes.Ldloc, position);
            PushConstant(DType.I32, int.MaxValue);
            _il.Emit(OpCodes.Call, _v.Get("ConditionalSelect", typeof(int)));
            _il.Emit(OpCodes.Call, _v.Get("FoldMin", typeof(int)));
        }

        _il.Emit(OpCodes.Stloc, _local[r]!);
        _ready[r] = true;
    }

    private void AccumulateTerminal(int t)
    {
        FusedInstruction x = _code[t];
        string fold = x.Op == FusedOp.TerminalSum ? "Add" : "MaxNative";
        if (SumsInRegisters)
        {
            LocalBuilder sum = TerminalSum(t, _chunk.Number);
            _il.Emit(OpCodes.Ldloc, sum);
            if (_layout.ReducesColumns) PushMasked(x.A, x.Op);
            else Push(x.A);
            _il.Emit(OpCodes.Call, _v.Get(fold, ElementType(x.Type)));
            _il.Emit(OpCodes.Stloc, sum);
            return;
        }

        _il.Emit(OpCodes.Ldloc, _terminalPointer[t]);
        AddOffset(ElementBytes);
        _il.Emit(OpCodes.Call, _v.Get("Load", ElementType(x.Type)));
        Push(x.A);
        _il.Emit(OpCodes.Call, _v.Get(fold, ElementType(x.Type)));
        _il.Emit(OpCodes.Ldloc, _terminalPointer[t]);
        AddOffset(ElementBytes);
        _il.Emit(OpCodes.Call, _v.Get("Store", ElementType(x.Type)));
    }

    // A value whose lanes beyond the row do not count.
    private void PushMasked(int i, FusedOp reduction)
    {
        DType type = _code[i].Type;
        if (!_chunk.Partial)
        {
            Push(i);
            return;
        }

        _il.Emit(OpCodes.Ldloc, _mask!);
        if (type == DType.I32) _il.Emit(OpCodes.Call, _v.Get("AsInt32", typeof(float)));
        Push(i);
        PushIdentity(reduction, type);
        _il.Emit(OpCodes.Call, _v.Get("ConditionalSelect", ElementType(type)));
    }

    private void PushIdentity(FusedOp reduction, DType type)
    {
        if (reduction == FusedOp.TerminalSum) PushConstant(type, 0);
        else PushConstant(type, type == DType.F32 ? double.NegativeInfinity : int.MinValue);
    }

    private void PushConstant(DType type, double value)
    {
        if (type == DType.F32) _il.Emit(OpCodes.Ldc_R4, (float)value);
        else _il.Emit(OpCodes.Ldc_I4, (int)value);
        _il.Emit(OpCodes.Call, _v.Get("Create", ElementType(type)));
    }

    // All bits set in the first lanes.
    private void EmitMask(Action count)
    {
        PushSequence(1);
        count();
        _il.Emit(OpCodes.Call, _v.Get("Create", typeof(int)));
        _il.Emit(OpCodes.Call, _v.Get("LessThan", typeof(int)));
        _il.Emit(OpCodes.Call, _v.Get("AsSingle", typeof(int)));
        _il.Emit(OpCodes.Stloc, _mask!);
    }

    private void PushSequence(int step)
    {
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Ldc_I4, step);
        _il.Emit(OpCodes.Call, _v.Get("CreateSequence", typeof(int)));
    }

    // Position in the row times a stride, as integers.
    private void PushPositions(int stride)
    {
        PushBytes(0);
        AddOffset(ElementBytes);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Ldc_I4_2);
        _il.Emit(OpCodes.Shr);
        _il.Emit(OpCodes.Ldc_I4, stride);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Call, _v.Get("Create", typeof(int)));
        PushSequence(stride);
        _il.Emit(OpCodes.Call, _v.Get("Add", typeof(int)));
    }

    // A value of its instruction's type.
    private void Push(int i)
    {
        if (FusedAnalysis.IsComparison(_code[i].Op))
        {
            PushMask(i, _code[i].Type);
            PushConstant(_code[i].Type, 1);
            _il.Emit(OpCodes.Call, _v.Get("BitwiseAnd", ElementType(_code[i].Type)));
        }
        else if (_ready[i] && _code[i].Op != FusedOp.Constant)
        {
            _il.Emit(OpCodes.Ldloc, _local[i]!);
        }
        else
        {
            EmitValue(i);
        }
    }

    private void PushMask(int i, DType type)
    {
        FusedInstruction x = _code[i];
        DType compared = _code[x.A].Type;
        Push(x.A);
        Push(x.B);
        string name = x.Op switch { FusedOp.Less => "LessThan", FusedOp.LessEqual => "LessThanOrEqual", _ => "Equals" };
        _il.Emit(OpCodes.Call, _v.Get(name, ElementType(compared)));
        Reinterpret(compared, type);
    }

    private void Reinterpret(DType from, DType to)
    {
        if (from != to) _il.Emit(OpCodes.Call, _v.Get(to == DType.F32 ? "AsSingle" : "AsInt32", ElementType(from)));
    }

    private void EmitValue(int i)
    {
        FusedInstruction x = _code[i];
        Type element = ElementType(x.Type);
        switch (x.Op)
        {
            case FusedOp.Constant:
                PushConstant(x.Type, x.Value);
                break;
            case FusedOp.Load:
                EmitLoad(i);
                break;
            case FusedOp.Index:
                if (_indexCursor.TryGetValue(i, out LocalBuilder? cursor)) _il.Emit(OpCodes.Ldloc, cursor);
                else PushBytes(0);
                _il.Emit(OpCodes.Conv_I4);
                _il.Emit(OpCodes.Call, _v.Get("Create", typeof(int)));
                if (_analysis.Level[i] != FusedLevel.Element) break;
                PushPositions(x.Strides[-1]);
                _il.Emit(OpCodes.Call, _v.Get("Add", typeof(int)));
                break;
            case FusedOp.Select:
                EmitSelect(x);
                break;
            case FusedOp.Convert:
                Push(x.A);
                if (_code[x.A].Type == x.Type) break;
                _il.Emit(OpCodes.Call, x.Type == DType.F32 ? _v.Get("ConvertToSingle", typeof(int)) : _v.Get("ConvertToInt32Native", typeof(float)));
                break;
            case FusedOp.Bitcast:
                Push(x.A);
                Reinterpret(_code[x.A].Type, x.Type);
                break;
            case FusedOp.ShiftLeft or FusedOp.ShiftRight:
                Push(x.A);
                _il.Emit(OpCodes.Ldc_I4, (int)x.Value);
                _il.Emit(OpCodes.Call, _v.Get(x.Op == FusedOp.ShiftLeft ? "ShiftLeft" : "ShiftRightLogical", typeof(int)));
                break;
            case FusedOp.RotateLeft:
                EmitRotation(x);
                break;
            default:
                if (x.A >= 0) Push(x.A);
                if (x.B >= 0) Push(x.B);
                if (x.C >= 0) Push(x.C);
                _il.Emit(OpCodes.Call, _v.Get(NameOf(x.Op), element));
                break;
        }
    }

    private void EmitLoad(int i)
    {
        FusedInstruction x = _code[i];
        DType stored = _program.Operands[x.Operand].Type;
        _il.Emit(OpCodes.Ldloc, _pointer[x.Operand]);
        if (_analysis.Level[i] == FusedLevel.Element)
        {
            AddOffset(stored.Size());
            string name = stored == DType.U8 ? $"LoadBytes{_layout.Lanes * 32}" : "Load";
            _il.Emit(OpCodes.Call, _v.Get(name, ElementType(x.Type)));
            return;
        }

        _il.Emit(stored switch { DType.F32 => OpCodes.Ldind_R4, DType.I32 => OpCodes.Ldind_I4, _ => OpCodes.Ldind_U1 });
        _il.Emit(OpCodes.Call, _v.Get("Create", ElementType(x.Type)));
    }

    private void EmitSelect(FusedInstruction x)
    {
        if (FusedAnalysis.IsComparison(_code[x.A].Op))
        {
            PushMask(x.A, x.Type);
            Push(x.B);
            Push(x.C);
        }
        else
        {
            DType condition = _code[x.A].Type;
            Push(x.A);
            PushConstant(condition, 0);
            _il.Emit(OpCodes.Call, _v.Get("Equals", ElementType(condition)));
            Reinterpret(condition, x.Type);
            Push(x.C);
            Push(x.B);
        }

        _il.Emit(OpCodes.Call, _v.Get("ConditionalSelect", ElementType(x.Type)));
    }

    private void EmitRotation(FusedInstruction x)
    {
        Push(x.A);
        if (_v.RotateLeft is { } rotate)
        {
            _il.Emit(OpCodes.Ldc_I4, (int)x.Value);
            _il.Emit(OpCodes.Call, rotate);
            return;
        }

        LocalBuilder word = _il.DeclareLocal(_v.Int);
        _il.Emit(OpCodes.Stloc, word);
        _il.Emit(OpCodes.Ldloc, word);
        _il.Emit(OpCodes.Ldc_I4, (int)x.Value);
        _il.Emit(OpCodes.Call, _v.Get("ShiftLeft", typeof(int)));
        _il.Emit(OpCodes.Ldloc, word);
        _il.Emit(OpCodes.Ldc_I4, 32 - (int)x.Value);
        _il.Emit(OpCodes.Call, _v.Get("ShiftRightLogical", typeof(int)));
        _il.Emit(OpCodes.Call, _v.Get("BitwiseOr", typeof(int)));
    }

    private static string NameOf(FusedOp op) => op switch
    {
        FusedOp.Add => "Add",
        FusedOp.Sub => "Subtract",
        FusedOp.Mul => "Multiply",
        FusedOp.Div => "Divide",
        FusedOp.Fma => "FusedMultiplyAdd",
        FusedOp.Min => "MinNative",
        FusedOp.Max => "MaxNative",
        FusedOp.Neg => "Negate",
        FusedOp.Abs => "Abs",
        FusedOp.Floor => "Floor",
        FusedOp.Round => "Round",
        FusedOp.Sqrt => "Sqrt",
        FusedOp.And => "BitwiseAnd",
        FusedOp.Or => "BitwiseOr",
        FusedOp.Xor => "Xor",
        _ => throw new InvalidOperationException($"{op} is no primitive instruction"),
    };

    private void LoadArgument(int index) => _il.Emit(OpCodes.Ldarg_S, (byte)index);
}
