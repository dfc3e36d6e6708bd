using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// Compiles fused programs to machine code: emits one method whose inner loop keeps every value in a vector register. Values that do not
/// change within a row, or at all, are computed outside the loops. Ragged ends are handled by masks.
/// </summary>
internal sealed class FusedCompiler
{
    private static readonly ConcurrentDictionary<(FusedProgram, int), CompiledProgram> Cache = new();

    private readonly FusedProgram _program;
    private readonly FusedAnalysis _analysis;
    private readonly VectorIsa _isa;
    private readonly ILGenerator _il;
    private readonly DynamicMethod _method;
    private readonly LocalBuilder?[] _values;
    private readonly LocalBuilder?[] _pointers;
    private readonly LocalBuilder?[] _indexBases;
    private readonly Dictionary<int, LocalBuilder> _accumulators = [];
    private readonly Dictionary<int, LocalBuilder> _argBest = [];
    private readonly Dictionary<int, int> _scratchOf = [];
    private readonly LocalBuilder _x;
    private readonly LocalBuilder _remaining;
    private readonly LocalBuilder _mask;
    private LocalBuilder? _lanes;

    private FusedCompiler(FusedProgram program, VectorIsa isa)
    {
        (_program, _isa, _analysis) = (program, isa, new FusedAnalysis(program));
        _method = new DynamicMethod(
            "fused", null, [typeof(byte**), typeof(nint), typeof(nint), typeof(nint), typeof(nint), typeof(byte*)], typeof(FusedCompiler).Module, skipVisibility: true);
        _il = _method.GetILGenerator(4096);
        _values = new LocalBuilder?[program.Code.Count];
        _pointers = new LocalBuilder?[program.Operands.Count];
        _indexBases = new LocalBuilder?[program.Code.Count];
        _x = _il.DeclareLocal(typeof(nint));
        _remaining = _il.DeclareLocal(typeof(nint));
        _mask = _il.DeclareLocal(isa.Int);
    }

    /// <summary>The kernel of a program; compiled once for a process.</summary>
    public static CompiledProgram Compile(FusedProgram program, VectorIsa isa) =>
        Cache.GetOrAdd((program, isa.Width), key => new FusedCompiler(FusedLowering.Lower(key.Item1), isa).Build());

    private bool HasRows => _program.Extents.Rank > 1;

    private CompiledProgram Build()
    {
        foreach (int i in _analysis.Saved) _scratchOf[i] = _scratchOf.Count;
        DeclareLanes();
        EmitLevel(Level.Uniform, 0);
        if (!HasRows) EmitRow();
        else EmitRowLoop();
        _il.Emit(OpCodes.Ret);
        long rowBytes = ((long)_program.Extents[-1] + _isa.Width) * 4;
        return new CompiledProgram((FusedKernel)_method.CreateDelegate(typeof(FusedKernel)), _scratchOf.Count * rowBytes);
    }

    private void DeclareLanes()
    {
        _lanes = _il.DeclareLocal(_isa.Int);
        MethodInfo getter = _isa.Int.GetProperty("Indices", BindingFlags.Public | BindingFlags.Static)!.GetMethod!;
        _il.Emit(OpCodes.Call, getter);
        _il.Emit(OpCodes.Stloc, _lanes);
    }

    private void EmitRowLoop()
    {
        LocalBuilder row = _il.DeclareLocal(typeof(nint));
        Label top = _il.DefineLabel(), end = _il.DefineLabel();
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Stloc, row);
        _il.Emit(OpCodes.Ldloc, row);
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Bge, end);
        _il.MarkLabel(top);
        EmitPointers(row);
        EmitRow();
        _il.Emit(OpCodes.Ldloc, row);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Stloc, row);
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Blt, top);
        _il.MarkLabel(end);
    }

    // Operand pointers of a row, and the row's share of each coordinate instruction.
    private void EmitPointers(LocalBuilder row)
    {
        Shape space = _program.Extents;
        var coordinates = new LocalBuilder[space.Rank - 1];
        if (coordinates.Length == 1)
        {
            coordinates[0] = row;
        }
        else
        {
            LocalBuilder rest = _il.DeclareLocal(typeof(nint));
            _il.Emit(OpCodes.Ldloc, row);
            _il.Emit(OpCodes.Stloc, rest);
            for (int a = coordinates.Length - 1; a >= 0; a--)
            {
                coordinates[a] = _il.DeclareLocal(typeof(nint));
                _il.Emit(OpCodes.Ldloc, rest);
                if (a > 0)
                {
                    EmitInt(space[a]);
                    _il.Emit(OpCodes.Rem_Un);
                }

                _il.Emit(OpCodes.Stloc, coordinates[a]);
                if (a == 0) break;
                _il.Emit(OpCodes.Ldloc, rest);
                EmitInt(space[a]);
                _il.Emit(OpCodes.Div_Un);
                _il.Emit(OpCodes.Stloc, rest);
            }
        }

        void EmitOffset(Shape strides, int size)
        {
            for (int a = 0; a < coordinates.Length; a++)
            {
                if (strides[a] == 0) continue;
                _il.Emit(OpCodes.Ldloc, coordinates[a]);
                EmitInt((long)strides[a] * size);
                _il.Emit(OpCodes.Mul);
                _il.Emit(OpCodes.Add);
            }
        }

        for (int i = 0; i < _program.Operands.Count; i++)
        {
            FusedOperand operand = _program.Operands[i];
            bool terminal = _program.Code.Any(c => c.Operand == i && FusedAnalysis.IsTerminal(c.Op));
            _pointers[i] ??= _il.DeclareLocal(typeof(byte*));
            EmitBasePointer(i);
            if (!terminal) EmitOffset(operand.Strides, operand.Type.Size());
            _il.Emit(OpCodes.Stloc, _pointers[i]!);
        }

        for (int i = 0; i < _program.Code.Count; i++)
        {
            if (_program.Code[i].Op != FusedOp.Index) continue;
            _indexBases[i] ??= _il.DeclareLocal(typeof(nint));
            EmitInt(0);
            EmitOffset(_program.Code[i].Strides, 1);
            _il.Emit(OpCodes.Stloc, _indexBases[i]!);
        }
    }

    private void EmitBasePointer(int operand)
    {
        _il.Emit(OpCodes.Ldarg_0);
        EmitInt(operand * sizeof(long));
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Ldind_I);
    }

    private void EmitPointer(int operand)
    {
        if (_pointers[operand] is { } local) _il.Emit(OpCodes.Ldloc, local);
        else EmitBasePointer(operand);
    }

    private void EmitInt(long value)
    {
        _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Conv_I);
    }

    private void EmitRow()
    {
        if (!HasRows)
        {
            for (int i = 0; i < _program.Operands.Count; i++)
            {
                _pointers[i] = _il.DeclareLocal(typeof(byte*));
                EmitBasePointer(i);
                _il.Emit(OpCodes.Stloc, _pointers[i]!);
            }
        }

        for (int pass = 0; pass < _analysis.PassCount; pass++)
        {
            EmitLevel(Level.Row, pass);
            IReadOnlyList<int> needed = _analysis.Needed(pass);
            if (needed.Count == 0) continue;
            BeginReductions(needed);
            EmitColumns(needed, pass);
            EndReductions(needed);
        }

        // Values that are the same for the whole row, or for all rows, are stored once.
        for (int i = 0; i < _program.Code.Count; i++)
        {
            if (_program.Code[i].Op != FusedOp.Store || _analysis.Levels[i] == Level.Element) continue;
            EmitPointer(_program.Code[i].Operand);
            EmitValue(_program.Code[i].A);
            bool isInt = _program.Code[_program.Code[i].A].Type == DType.I32;
            _il.Emit(OpCodes.Call, _isa.Method("ToScalar", isInt ? _isa.Int : _isa.Float));
            _il.Emit(isInt ? OpCodes.Stind_I4 : OpCodes.Stind_R4);
        }
    }

    private void EmitColumns(IReadOnlyList<int> needed, int pass)
    {
        // x counts columns.
        Label vectors = _il.DefineLabel(), tail = _il.DefineLabel(), done = _il.DefineLabel();
        _il.Emit(OpCodes.Ldarg_3);
        _il.Emit(OpCodes.Stloc, _x);
        bool never = HasRows && _program.Extents[-1] < _isa.Width;
        if (!never)
        {
            EmitRemaining();
            EmitInt(_isa.Width);
            _il.Emit(OpCodes.Blt, tail);
            _il.MarkLabel(vectors);
            EmitBody(needed, pass, masked: false);
            _il.Emit(OpCodes.Ldloc, _x);
            EmitInt(_isa.Width);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Stloc, _x);
            EmitRemaining();
            EmitInt(_isa.Width);
            _il.Emit(OpCodes.Bge, vectors);
        }

        _il.MarkLabel(tail);
        EmitRemaining();
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Stloc, _remaining);
        EmitInt(0);
        _il.Emit(OpCodes.Ble, done);
        // Lanes below the number of remaining columns.
        _il.Emit(OpCodes.Ldloc, _lanes!);
        _il.Emit(OpCodes.Ldloc, _remaining);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
        _il.Emit(OpCodes.Call, _isa.Method("LessThan", _isa.Int, _isa.Int));
        _il.Emit(OpCodes.Stloc, _mask);
        EmitBody(needed, pass, masked: true);
        _il.MarkLabel(done);
    }

    private void EmitRemaining()
    {
        _il.Emit(OpCodes.Ldarg, 4);
        _il.Emit(OpCodes.Ldloc, _x);
        _il.Emit(OpCodes.Sub);
    }

    private void EmitBody(IReadOnlyList<int> needed, int pass, bool masked)
    {
        foreach (int i in needed)
        {
            FusedInstruction c = _program.Code[i];
            if (_analysis.Saved.Contains(i) && _analysis.Passes[i] < pass)
            {
                EmitScratch(i);
                _il.Emit(OpCodes.Call, _isa.Method("Load", c.Type == DType.I32 ? typeof(int*) : typeof(float*)));
                SetValue(i);
            }
            else if (c.Op == FusedOp.Store)
            {
                EmitStore(c, masked);
            }
            else if (FusedAnalysis.IsTerminal(c.Op))
            {
                EmitTerminal(i, masked);
            }
            else if (FusedAnalysis.IsRowReduction(c.Op))
            {
                EmitReduce(i, masked);
            }
            else
            {
                EmitInstruction(i);
                if (!_analysis.Saved.Contains(i)) continue;
                EmitValue(i);
                EmitScratch(i);
                _il.Emit(OpCodes.Call, _isa.Method("Store", c.Type == DType.I32 ? _isa.Int : _isa.Float, c.Type == DType.I32 ? typeof(int*) : typeof(float*)));
            }
        }
    }

    private void EmitScratch(int i)
    {
        _il.Emit(OpCodes.Ldarg, 5);
        EmitInt(_scratchOf[i] * ((long)_program.Extents[-1] + _isa.Width) * 4);
        _il.Emit(OpCodes.Add);
        EmitColumnBytes(4);
        _il.Emit(OpCodes.Add);
    }

    private void EmitColumnBytes(int size)
    {
        _il.Emit(OpCodes.Ldloc, _x);
        if (size == 1) return;
        _il.Emit(OpCodes.Ldc_I4_2);
        _il.Emit(OpCodes.Shl);
    }

    // Everything of one level that becomes known with a pass.
    private void EmitLevel(Level level, int pass)
    {
        for (int i = 0; i < _program.Code.Count; i++)
        {
            FusedInstruction c = _program.Code[i];
            if (_analysis.Levels[i] != level || c.Op == FusedOp.Store || FusedAnalysis.IsRowReduction(c.Op)) continue;
            if (level == Level.Row && _analysis.Passes[i] != pass) continue;
            EmitInstruction(i);
        }
    }

    private void SetValue(int i)
    {
        Type type = _program.Code[i].Type == DType.I32 ? _isa.Int : _isa.Float;
        _values[i] ??= _il.DeclareLocal(type);
        _il.Emit(OpCodes.Stloc, _values[i]!);
    }

    private static bool IsComparison(FusedOp op) => op is FusedOp.Less or FusedOp.LessEqual or FusedOp.Equal;

    // Comparisons are kept as lane masks of floats; where a number is wanted, they become 1 or 0.
    private void EmitValue(int i)
    {
        FusedInstruction c = _program.Code[i];
        if (!IsComparison(c.Op))
        {
            _il.Emit(OpCodes.Ldloc, _values[i]!);
            return;
        }

        _il.Emit(OpCodes.Ldloc, _values[i]!);
        EmitConstant(1);
        _il.Emit(OpCodes.Call, _isa.Method("BitwiseAnd", _isa.Float, _isa.Float));
    }

    private void EmitConstant(float value)
    {
        _il.Emit(OpCodes.Ldc_R4, value);
        _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(float)));
    }

    private void EmitCondition(int i)
    {
        if (IsComparison(_program.Code[i].Op))
        {
            _il.Emit(OpCodes.Ldloc, _values[i]!);
            return;
        }

        EmitValue(i);
        if (_program.Code[i].Type == DType.I32) _il.Emit(OpCodes.Call, _isa.Method("ConvertToSingle", _isa.Int));
        EmitConstant(0);
        _il.Emit(OpCodes.Call, _isa.Method("Equals", _isa.Float, _isa.Float));
        _il.Emit(OpCodes.Call, _isa.Method("OnesComplement", _isa.Float));
    }

    private void EmitInstruction(int i)
    {
        FusedInstruction c = _program.Code[i];
        bool isInt = c.Type == DType.I32;
        Type type = isInt ? _isa.Int : _isa.Float;
        void Binary(string name)
        {
            EmitValue(c.A);
            EmitValue(c.B);
            _il.Emit(OpCodes.Call, _isa.Method(name, type, type));
        }

        void Unary(string name, Type operand)
        {
            EmitValue(c.A);
            _il.Emit(OpCodes.Call, _isa.Method(name, operand));
        }

        void Shift(string name, int count)
        {
            EmitValue(c.A);
            _il.Emit(OpCodes.Ldc_I4, count);
            _il.Emit(OpCodes.Call, _isa.Method(name, _isa.Int, typeof(int)));
        }

        switch (c.Op)
        {
            case FusedOp.Load: EmitLoad(i); break;
            case FusedOp.Constant:
                if (isInt) _il.Emit(OpCodes.Ldc_I4, (int)c.Value);
                else _il.Emit(OpCodes.Ldc_R4, (float)c.Value);
                _il.Emit(OpCodes.Call, _isa.Method("Create", isInt ? typeof(int) : typeof(float)));
                break;
            case FusedOp.Index: EmitIndex(i); break;
            case FusedOp.Add: Binary("Add"); break;
            case FusedOp.Sub: Binary("Subtract"); break;
            case FusedOp.Mul: Binary("Multiply"); break;
            case FusedOp.Div: Binary("Divide"); break;
            case FusedOp.Min: Binary(isInt ? "Min" : "MinNative"); break;
            case FusedOp.Max: Binary(isInt ? "Max" : "MaxNative"); break;
            case FusedOp.And: Binary("BitwiseAnd"); break;
            case FusedOp.Or: Binary("BitwiseOr"); break;
            case FusedOp.Xor: Binary("Xor"); break;
            case FusedOp.Neg: Unary("Negate", type); break;
            case FusedOp.Abs: Unary("Abs", type); break;
            case FusedOp.Floor: Unary("Floor", type); break;
            case FusedOp.Round: Unary("Round", type); break;
            case FusedOp.Sqrt: Unary("Sqrt", type); break;
            case FusedOp.Sign:
                // Of ints: the float form is a macro.
                EmitValue(c.A);
                _il.Emit(OpCodes.Ldc_I4_1);
                _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
                _il.Emit(OpCodes.Call, _isa.Method("Min", _isa.Int, _isa.Int));
                _il.Emit(OpCodes.Ldc_I4_M1);
                _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
                _il.Emit(OpCodes.Call, _isa.Method("Max", _isa.Int, _isa.Int));
                break;
            case FusedOp.ShiftLeft: Shift("ShiftLeft", (int)c.Value); break;
            case FusedOp.ShiftRight: Shift("ShiftRightLogical", (int)c.Value); break;
            case FusedOp.RotateLeft:
                Shift("ShiftLeft", (int)c.Value);
                Shift("ShiftRightLogical", 32 - (int)c.Value);
                _il.Emit(OpCodes.Call, _isa.Method("BitwiseOr", _isa.Int, _isa.Int));
                break;
            case FusedOp.Fma:
                EmitValue(c.A);
                EmitValue(c.B);
                EmitValue(c.C);
                _il.Emit(OpCodes.Call, _isa.Method("FusedMultiplyAdd", type, type, type));
                break;
            case FusedOp.Less or FusedOp.LessEqual or FusedOp.Equal:
                EmitCompare(c);
                break;
            case FusedOp.Select:
                EmitCondition(c.A);
                if (isInt) _il.Emit(OpCodes.Call, _isa.Method("AsInt32", _isa.Float));
                EmitValue(c.B);
                EmitValue(c.C);
                _il.Emit(OpCodes.Call, _isa.Method("ConditionalSelect", type, type, type));
                break;
            case FusedOp.Convert:
                if (isInt) Unary("ConvertToInt32Native", _isa.Float);
                else Unary("ConvertToSingle", _isa.Int);
                break;
            case FusedOp.Bitcast:
                if (isInt) Unary("AsInt32", _isa.Float);
                else Unary("AsSingle", _isa.Int);
                break;
            default: throw new InvalidOperationException($"{c.Op} is not primitive");
        }

        SetValue(i);
    }

    private void EmitCompare(FusedInstruction c)
    {
        bool ints = _program.Code[c.A].Type == DType.I32;
        Type type = ints ? _isa.Int : _isa.Float;
        EmitValue(c.A);
        EmitValue(c.B);
        string name = c.Op switch { FusedOp.Less => "LessThan", FusedOp.LessEqual => "LessThanOrEqual", _ => "Equals" };
        _il.Emit(OpCodes.Call, _isa.Method(name, type, type));
        if (ints) _il.Emit(OpCodes.Call, _isa.Method("AsSingle", _isa.Int));
    }

    private void EmitLoad(int i)
    {
        FusedInstruction c = _program.Code[i];
        FusedOperand operand = _program.Operands[c.Operand];
        bool isInt = operand.Type == DType.I32;
        EmitPointer(c.Operand);
        if (operand.Strides[-1] == 0)
        {
            if (operand.Type == DType.U8) _il.Emit(OpCodes.Ldind_U1);
            else _il.Emit(isInt ? OpCodes.Ldind_I4 : OpCodes.Ldind_R4);
            _il.Emit(OpCodes.Call, _isa.Method("Create", operand.Type == DType.F32 ? typeof(float) : typeof(int)));
            return;
        }

        EmitColumnBytes(operand.Type.Size());
        _il.Emit(OpCodes.Add);
        if (operand.Type == DType.U8)
        {
            // Arenas end in slack: reading past the last column is harmless.
            _il.Emit(OpCodes.Call, typeof(VectorHelpers).GetMethod($"LoadBytes{_isa.Width * 32}")!);
            return;
        }

        _il.Emit(OpCodes.Call, _isa.Method("Load", isInt ? typeof(int*) : typeof(float*)));
    }

    private void EmitIndex(int i)
    {
        FusedInstruction c = _program.Code[i];
        int step = c.Strides[-1];
        // base + (x + lane) · step
        if (_indexBases[i] is { } start) _il.Emit(OpCodes.Ldloc, start);
        else EmitInt(0);
        if (step == 0)
        {
            _il.Emit(OpCodes.Conv_I4);
            _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
            return;
        }

        _il.Emit(OpCodes.Ldloc, _x);
        EmitInt(step);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
        _il.Emit(OpCodes.Ldloc, _lanes!);
        if (step != 1)
        {
            _il.Emit(OpCodes.Ldc_I4, step);
            _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
            _il.Emit(OpCodes.Call, _isa.Method("Multiply", _isa.Int, _isa.Int));
        }

        _il.Emit(OpCodes.Call, _isa.Method("Add", _isa.Int, _isa.Int));
    }

    private void EmitStore(FusedInstruction c, bool masked)
    {
        bool isInt = _program.Operands[c.Operand].Type == DType.I32;
        Type pointer = isInt ? typeof(int*) : typeof(float*), vector = isInt ? _isa.Int : _isa.Float;
        void Address()
        {
            EmitPointer(c.Operand);
            EmitColumnBytes(4);
            _il.Emit(OpCodes.Add);
        }

        if (!masked)
        {
            EmitValue(c.A);
            Address();
            _il.Emit(OpCodes.Call, _isa.Method("Store", vector, pointer));
        }
        else if (_isa.Masked)
        {
            Address();
            _il.Emit(OpCodes.Ldloc, _mask);
            if (!isInt) _il.Emit(OpCodes.Call, _isa.Method("AsSingle", _isa.Int));
            EmitValue(c.A);
            _il.Emit(OpCodes.Call, _isa.MaskMethod("MaskStore", pointer, vector));
        }
        else
        {
            Address();
            EmitValue(c.A);
            if (isInt) _il.Emit(OpCodes.Call, _isa.Method("AsSingle", _isa.Int));
            _il.Emit(OpCodes.Ldloc, _remaining);
            _il.Emit(OpCodes.Call, typeof(VectorHelpers).GetMethod(nameof(VectorHelpers.StorePartial128))!);
        }
    }

    private static float Identity(FusedOp op) => op is FusedOp.RowSum or FusedOp.TerminalSum ? 0 : float.NegativeInfinity;

    private bool TerminalOverColumns(int i) => _program.Operands[_program.Code[i].Operand].Strides[-1] == 0;

    private void BeginReductions(IReadOnlyList<int> needed)
    {
        foreach (int i in needed.Where(i => FusedAnalysis.IsRowReduction(_program.Code[i].Op)
            || (FusedAnalysis.IsTerminal(_program.Code[i].Op) && TerminalOverColumns(i))))
        {
            if (!_accumulators.ContainsKey(i)) _accumulators[i] = _il.DeclareLocal(_isa.Float);
            EmitConstant(Identity(_program.Code[i].Op));
            _il.Emit(OpCodes.Stloc, _accumulators[i]);
            if (_program.Code[i].Op != FusedOp.RowArgMax) continue;
            if (!_argBest.ContainsKey(i)) _argBest[i] = _il.DeclareLocal(_isa.Int);
            _il.Emit(OpCodes.Ldloc, _lanes!);
            _il.Emit(OpCodes.Stloc, _argBest[i]);
        }
    }

    // The operand of a reduction, with lanes beyond the row replaced by what changes nothing.
    private void EmitReduced(int i, bool masked)
    {
        FusedInstruction c = _program.Code[i];
        if (!masked)
        {
            EmitValue(c.A);
            return;
        }

        _il.Emit(OpCodes.Ldloc, _mask);
        _il.Emit(OpCodes.Call, _isa.Method("AsSingle", _isa.Int));
        EmitValue(c.A);
        EmitConstant(Identity(c.Op));
        _il.Emit(OpCodes.Call, _isa.Method("ConditionalSelect", _isa.Float, _isa.Float, _isa.Float));
    }

    private void EmitReduce(int i, bool masked)
    {
        FusedInstruction c = _program.Code[i];
        LocalBuilder accumulator = _accumulators[i];
        if (c.Op != FusedOp.RowArgMax)
        {
            _il.Emit(OpCodes.Ldloc, accumulator);
            EmitReduced(i, masked);
            _il.Emit(OpCodes.Call, _isa.Method(c.Op == FusedOp.RowSum ? "Add" : "MaxNative", _isa.Float, _isa.Float));
            _il.Emit(OpCodes.Stloc, accumulator);
            return;
        }

        LocalBuilder value = _il.DeclareLocal(_isa.Float), larger = _il.DeclareLocal(_isa.Float);
        EmitReduced(i, masked);
        _il.Emit(OpCodes.Stloc, value);
        _il.Emit(OpCodes.Ldloc, accumulator);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Call, _isa.Method("LessThan", _isa.Float, _isa.Float));
        _il.Emit(OpCodes.Stloc, larger);
        _il.Emit(OpCodes.Ldloc, larger);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Ldloc, accumulator);
        _il.Emit(OpCodes.Call, _isa.Method("ConditionalSelect", _isa.Float, _isa.Float, _isa.Float));
        _il.Emit(OpCodes.Stloc, accumulator);
        _il.Emit(OpCodes.Ldloc, larger);
        _il.Emit(OpCodes.Call, _isa.Method("AsInt32", _isa.Float));
        _il.Emit(OpCodes.Ldloc, _x);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
        _il.Emit(OpCodes.Ldloc, _lanes!);
        _il.Emit(OpCodes.Call, _isa.Method("Add", _isa.Int, _isa.Int));
        _il.Emit(OpCodes.Ldloc, _argBest[i]);
        _il.Emit(OpCodes.Call, _isa.Method("ConditionalSelect", _isa.Int, _isa.Int, _isa.Int));
        _il.Emit(OpCodes.Stloc, _argBest[i]);
    }

    private void EmitTerminal(int i, bool masked)
    {
        FusedInstruction c = _program.Code[i];
        string combine = c.Op == FusedOp.TerminalSum ? "Add" : "MaxNative";
        if (TerminalOverColumns(i))
        {
            _il.Emit(OpCodes.Ldloc, _accumulators[i]);
            EmitReduced(i, masked);
            _il.Emit(OpCodes.Call, _isa.Method(combine, _isa.Float, _isa.Float));
            _il.Emit(OpCodes.Stloc, _accumulators[i]);
            return;
        }

        // One sum a column: memory is the accumulator. Partial results end in slack, so whole vectors may be written.
        EmitPointer(c.Operand);
        EmitColumnBytes(4);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Call, _isa.Method("Load", typeof(float*)));
        EmitValue(c.A);
        _il.Emit(OpCodes.Call, _isa.Method(combine, _isa.Float, _isa.Float));
        EmitPointer(c.Operand);
        EmitColumnBytes(4);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Call, _isa.Method("Store", _isa.Float, typeof(float*)));
    }

    private void EndReductions(IReadOnlyList<int> needed)
    {
        int bits = _isa.Width * 32;
        foreach (int i in needed)
        {
            FusedInstruction c = _program.Code[i];
            if (c.Op == FusedOp.RowArgMax)
            {
                _il.Emit(OpCodes.Ldloc, _accumulators[i]);
                _il.Emit(OpCodes.Ldloc, _argBest[i]);
                _il.Emit(OpCodes.Call, typeof(VectorHelpers).GetMethod($"ArgMax{bits}")!);
                _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(int)));
                SetValue(i);
            }
            else if (FusedAnalysis.IsRowReduction(c.Op))
            {
                EmitHorizontal(i, c.Op == FusedOp.RowSum);
                _il.Emit(OpCodes.Call, _isa.Method("Create", typeof(float)));
                SetValue(i);
            }
            else if (FusedAnalysis.IsTerminal(c.Op) && TerminalOverColumns(i))
            {
                EmitPointer(c.Operand);
                EmitPointer(c.Operand);
                _il.Emit(OpCodes.Ldind_R4);
                EmitHorizontal(i, c.Op == FusedOp.TerminalSum);
                if (c.Op == FusedOp.TerminalSum) _il.Emit(OpCodes.Add);
                else _il.Emit(OpCodes.Call, typeof(MathF).GetMethod(nameof(MathF.Max), [typeof(float), typeof(float)])!);
                _il.Emit(OpCodes.Stind_R4);
            }
        }
    }

    private void EmitHorizontal(int i, bool sum)
    {
        _il.Emit(OpCodes.Ldloc, _accumulators[i]);
        _il.Emit(OpCodes.Call, sum ? _isa.Method("Sum", _isa.Float) : typeof(VectorHelpers).GetMethod($"Max{_isa.Width * 32}")!);
    }
}
