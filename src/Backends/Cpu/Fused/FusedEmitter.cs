using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// A compiled program: works on the units <paramref name="start"/>..<paramref name="end"/> (not empty) of its layout, in a rectangle on the
/// columns <paramref name="first"/>..<paramref name="last"/> of these rows. After the operands, <paramref name="operands"/> holds the memory for partial results
/// of terminal reductions. <paramref name="scratch"/> belongs to the caller's thread.
/// </summary>
internal unsafe delegate void FusedCode(void** operands, nint start, nint end, nint first, nint last, byte* scratch);

/// <summary>
/// Emits the loops of a compiled program. Extents, strides and constants are part of the code; values that do not vary are computed
/// before the loops, those of a row before its elements. See the other part of the class for single instructions.
/// </summary>
internal sealed unsafe partial class FusedEmitter
{
    private const int MostUnrolled = 4;
    private const int UnrolledInstructions = 160;

    // Sums that fit the registers beside the values of a row.
    private const int MostSums = 8;
    private const int ElementBytes = 4;

    private readonly FusedLayout _layout;
    private readonly FusedProgram _program;
    private readonly IReadOnlyList<FusedInstruction> _code;
    private readonly FusedAnalysis _analysis;
    private readonly VectorIsa _v;
    private readonly ILGenerator _il;
    private readonly LocalBuilder[] _base;
    private readonly LocalBuilder[] _pointer;
    private readonly List<Cursor> _cursors = [];
    private readonly Dictionary<int, LocalBuilder> _indexCursor = [];
    private readonly Dictionary<(int Terminal, int Chunk), LocalBuilder> _terminalSum = [];
    private readonly Dictionary<int, LocalBuilder> _terminalPointer = [];
    private readonly int[] _terminals;
    private readonly LocalBuilder _offset;
    private LocalBuilder? _partial;
    private LocalBuilder? _mask;
    private LocalBuilder? _count;

    private FusedEmitter(FusedLayout layout, ILGenerator il)
    {
        (_layout, _program, _code, _il) = (layout, layout.Program, layout.Program.Code, il);
        _analysis = new FusedAnalysis(layout);
        _v = layout.Isa;
        _base = [.. _program.Operands.Select(_ => il.DeclareLocal(typeof(nint)))];
        _pointer = [.. _base];
        _offset = il.DeclareLocal(typeof(nint));
        _local = new LocalBuilder?[_code.Count];
        _ready = new bool[_code.Count];
        _terminals = [.. Enumerable.Range(0, _code.Count).Where(i => FusedAnalysis.IsTerminal(_code[i].Op))];
    }

    // A value that moves by a fixed stride along each axis before the last.
    private sealed record Cursor(LocalBuilder Local, LocalBuilder? Base, long[] Strides);

    private int VectorBytes => _layout.Lanes * ElementBytes;

    private int Chunks => _layout.Padded / _layout.Lanes;

    // Sums over rows stay in registers where the columns are few.
    private bool SumsInRegisters =>
        _layout.ReducesColumns || (_layout.Inner == 1 && _layout.Mode == FusedMode.Rows && Chunks * _terminals.Length <= MostSums);

    /// <summary>Compiles; also gives the bytes of scratch that a thread needs.</summary>
    public static (FusedCode Code, long ScratchBytes) Emit(FusedLayout layout)
    {
        // The unused first parameter makes it a closed delegate, which is called without a shuffle of its arguments.
        var method = new DynamicMethod(
            "fused", null, [typeof(object), typeof(void**), typeof(nint), typeof(nint), typeof(nint), typeof(nint), typeof(byte*)], typeof(object).Module, true);
        var emitter = new FusedEmitter(layout, method.GetILGenerator());
        emitter.EmitMethod();
        return (method.CreateDelegate<FusedCode>(string.Empty), (long)(emitter._analysis.Kept + layout.Repeated.Count) * (layout.Padded + 16) * ElementBytes);
    }

    private void EmitMethod()
    {
        for (int o = 0; o < _base.Length; o++)
        {
            LoadOperandAddress(o, _program.Operands[o].Offset * _program.Operands[o].Type.Size());
            _il.Emit(OpCodes.Stloc, _base[o]);
        }

        RepeatOperands();
        if (_layout.Mode == FusedMode.Rows && _layout.Columns % _layout.Lanes != 0)
        {
            _mask = _il.DeclareLocal(_v.Float);
            EmitMask(() => _il.Emit(OpCodes.Ldc_I4, _layout.Columns % _layout.Lanes));
        }
        else if (_layout.Mode != FusedMode.Rows)
        {
            _mask = _il.DeclareLocal(_v.Float);
            _count = _il.DeclareLocal(typeof(nint));
        }

        EmitLevel(FusedLevel.Uniform, 0);
        MakeCursors();
        if (_terminals.Length > 0) EmitUnits();
        else EmitRange(() => _il.Emit(OpCodes.Ldarg_2), () => _il.Emit(OpCodes.Ldarg_3));
        _il.Emit(OpCodes.Ret);
    }

    // Scratch memory holds the repeated rows, behind the kept values.
    private void RepeatOperands()
    {
        for (int i = 0; i < _layout.Repeated.Count; i++)
        {
            LocalBuilder operand = _base[_layout.Repeated[i]];
            _il.Emit(OpCodes.Ldloc, operand);
            LoadArgument(6);
            PushBytes((long)(_analysis.Kept + i) * (_layout.Padded + 16) * ElementBytes);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Dup);
            _il.Emit(OpCodes.Stloc, operand);
            PushBytes(_layout.ResultColumns);
            PushBytes(_layout.Columns);
            _il.Emit(OpCodes.Call, typeof(VectorHelpers).GetMethod(nameof(VectorHelpers.Repeat))!);
        }
    }

    private void LoadOperandAddress(int operand, long offset = 0)
    {
        _il.Emit(OpCodes.Ldarg_1);
        PushBytes(operand * sizeof(nint));
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Ldind_I);
        PushBytes(offset);
        _il.Emit(OpCodes.Add);
    }

    private void MakeCursors()
    {
        int leading = _program.Extents.Rank - 1;
        for (int o = 0; o < _base.Length; o++)
        {
            long[] strides = [.. _program.Operands[o].Strides.Take(leading).Select(s => (long)s * _program.Operands[o].Type.Size())];
            if (strides.All(s => s == 0)) continue;
            _pointer[o] = _il.DeclareLocal(typeof(nint));
            _cursors.Add(new Cursor(_pointer[o], _base[o], strides));
        }

        for (int i = 0; i < _code.Count; i++)
        {
            if (_code[i].Op != FusedOp.Index) continue;
            long[] strides = [.. _code[i].Strides.Take(leading).Select(s => (long)s)];
            if (strides.All(s => s == 0)) continue;
            _indexCursor[i] = _il.DeclareLocal(typeof(nint));
            _cursors.Add(new Cursor(_indexCursor[i], null, strides));
        }
    }

    // Blocks of terminal reductions: each leaves its partial results at a place of its own.
    private void EmitUnits()
    {
        LocalBuilder unit = _il.DeclareLocal(typeof(nint)), from = _il.DeclareLocal(typeof(nint)), to = _il.DeclareLocal(typeof(nint));
        _partial = _il.DeclareLocal(typeof(nint));
        if (!SumsInRegisters) MakeTerminalPointers();
        Label top = _il.DefineLabel();
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Stloc, unit);
        _il.MarkLabel(top);

        LoadOperandAddress(_base.Length);
        _il.Emit(OpCodes.Ldloc, unit);
        PushBytes(_layout.PartialFloats * ElementBytes * _terminals.Length);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _partial);
        EmitBlock(unit, from, to);
        ClearTerminals();
        EmitRange(() => _il.Emit(OpCodes.Ldloc, from), () => _il.Emit(OpCodes.Ldloc, to));
        SaveTerminals();

        Increment(unit, 1);
        _il.Emit(OpCodes.Ldloc, unit);
        _il.Emit(OpCodes.Ldarg_3);
        _il.Emit(OpCodes.Blt, top);
    }

    // from = (⌊unit ÷ blocks⌋·all + (unit mod blocks)·length)·inner, to = the end of the block.
    private void EmitBlock(LocalBuilder unit, LocalBuilder from, LocalBuilder to)
    {
        long all = _layout.Mode == FusedMode.Elements ? _layout.Columns : _layout.ReducedRows;
        LocalBuilder start = _il.DeclareLocal(typeof(nint));
        _il.Emit(OpCodes.Ldloc, unit);
        PushBytes(_layout.Blocks);
        _il.Emit(OpCodes.Rem);
        PushBytes(_layout.BlockLength);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Stloc, start);
        void Place(Action within, LocalBuilder result)
        {
            _il.Emit(OpCodes.Ldloc, unit);
            PushBytes(_layout.Blocks);
            _il.Emit(OpCodes.Div);
            PushBytes(all);
            _il.Emit(OpCodes.Mul);
            within();
            _il.Emit(OpCodes.Add);
            PushBytes(_layout.Inner);
            _il.Emit(OpCodes.Mul);
            _il.Emit(OpCodes.Stloc, result);
        }

        Place(() => _il.Emit(OpCodes.Ldloc, start), from);
        Place(() =>
        {
            _il.Emit(OpCodes.Ldloc, start);
            PushBytes(_layout.BlockLength);
            _il.Emit(OpCodes.Add);
            PushBytes(all);
            _il.Emit(OpCodes.Call, typeof(Math).GetMethod(nameof(Math.Min), [typeof(nint), typeof(nint)])!);
        }, to);
    }

    private void MakeTerminalPointers()
    {
        int leading = _program.Extents.Rank - 1, after = _program.TerminalAxis + _program.TerminalAxes;
        var strides = new long[leading];
        long stride = (long)_layout.Padded * ElementBytes;
        for (int axis = leading - 1; axis >= after; axis--)
        {
            strides[axis] = stride;
            stride *= _program.Extents[axis];
        }

        foreach (int t in _terminals)
        {
            LocalBuilder start = _il.DeclareLocal(typeof(nint));
            _terminalPointer[t] = _il.DeclareLocal(typeof(nint));
            _cursors.Add(new Cursor(_terminalPointer[t], start, strides));
        }
    }

    private void ClearTerminals()
    {
        for (int t = 0; t < _terminals.Length; t++)
        {
            FusedInstruction x = _code[_terminals[t]];
            if (SumsInRegisters)
            {
                for (int chunk = 0; chunk < (_layout.ReducesColumns ? 1 : Chunks); chunk++)
                {
                    LocalBuilder sum = TerminalSum(_terminals[t], chunk);
                    PushIdentity(x.Op, x.Type);
                    _il.Emit(OpCodes.Stloc, sum);
                }

                continue;
            }

            LocalBuilder start = _cursors.Single(c => c.Local == _terminalPointer[_terminals[t]]).Base!;
            _il.Emit(OpCodes.Ldloc, _partial!);
            PushBytes(t * _layout.PartialFloats * ElementBytes);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Stloc, start);
            _il.Emit(OpCodes.Ldloc, start);
            PushBytes(_layout.PartialFloats);
            _il.Emit(OpCodes.Ldc_I4, TerminalFold.IdentityBits(x.Op, x.Type));
            _il.Emit(OpCodes.Call, typeof(TerminalFold).GetMethod(nameof(TerminalFold.Fill))!);
        }
    }

    private void SaveTerminals()
    {
        foreach (((int terminal, int chunk), LocalBuilder sum) in _terminalSum)
        {
            int t = Array.IndexOf(_terminals, terminal);
            _il.Emit(OpCodes.Ldloc, sum);
            _il.Emit(OpCodes.Ldloc, _partial!);
            PushBytes((t * _layout.PartialFloats + chunk * _layout.Lanes) * ElementBytes);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Call, _v.Get("Store", ElementType(_code[terminal].Type)));
        }
    }

    private LocalBuilder TerminalSum(int terminal, int chunk)
    {
        int place = _layout.ReducesColumns ? 0 : chunk;
        if (!_terminalSum.TryGetValue((terminal, place), out LocalBuilder? sum))
            _terminalSum[(terminal, place)] = sum = _il.DeclareLocal(VectorType(_code[terminal].Type));
        return sum;
    }

    // Rows from..to, or elements from..to.
    private void EmitRange(Action from, Action to)
    {
        if (_layout.Mode == FusedMode.Elements)
        {
            EmitRow(from, to);
            return;
        }

        int leading = _program.Extents.Rank - 1;
        if (leading == 0)
        {
            foreach (Cursor c in _cursors) ResetCursor(c);
            EmitRow(null, null);
            return;
        }

        LocalBuilder row = _il.DeclareLocal(typeof(nint));
        LocalBuilder[] coordinates = leading == 1 ? [row] : [.. Enumerable.Range(0, leading).Select(_ => _il.DeclareLocal(typeof(nint)))];
        from();
        _il.Emit(OpCodes.Stloc, row);
        if (leading > 1) SplitRow(row, coordinates);
        foreach (Cursor c in _cursors)
        {
            ResetCursor(c);
            for (int axis = 0; axis < leading; axis++)
            {
                if (c.Strides[axis] == 0) continue;
                _il.Emit(OpCodes.Ldloc, c.Local);
                _il.Emit(OpCodes.Ldloc, coordinates[axis]);
                PushBytes(c.Strides[axis]);
                _il.Emit(OpCodes.Mul);
                _il.Emit(OpCodes.Add);
                _il.Emit(OpCodes.Stloc, c.Local);
            }
        }

        Label top = _il.DefineLabel(), next = _il.DefineLabel();
        _il.MarkLabel(top);
        EmitRow(() => LoadArgument(4), () => LoadArgument(5));
        for (int axis = leading - 1; axis >= 0; axis--)
        {
            foreach (Cursor c in _cursors)
            {
                long step = c.Strides[axis] - (axis + 1 < leading ? _program.Extents[axis + 1] * c.Strides[axis + 1] : 0);
                Increment(c.Local, step);
            }

            if (leading == 1) break;
            Increment(coordinates[axis], 1);
            if (axis == 0) break;
            _il.Emit(OpCodes.Ldloc, coordinates[axis]);
            PushBytes(_program.Extents[axis]);
            _il.Emit(OpCodes.Blt, next);
            PushBytes(0);
            _il.Emit(OpCodes.Stloc, coordinates[axis]);
        }

        _il.MarkLabel(next);
        Increment(row, 1);
        _il.Emit(OpCodes.Ldloc, row);
        to();
        _il.Emit(OpCodes.Blt, top);
    }

    private void ResetCursor(Cursor c)
    {
        if (c.Base is null) PushBytes(0);
        else _il.Emit(OpCodes.Ldloc, c.Base);
        _il.Emit(OpCodes.Stloc, c.Local);
    }

    private void SplitRow(LocalBuilder row, LocalBuilder[] coordinates)
    {
        _il.Emit(OpCodes.Ldloc, row);
        for (int axis = coordinates.Length - 1; axis > 0; axis--)
        {
            _il.Emit(OpCodes.Dup);
            PushBytes(_program.Extents[axis]);
            _il.Emit(OpCodes.Rem);
            _il.Emit(OpCodes.Stloc, coordinates[axis]);
            PushBytes(_program.Extents[axis]);
            _il.Emit(OpCodes.Div);
        }

        _il.Emit(OpCodes.Stloc, coordinates[0]);
    }

    // One row: a pass over its elements for each reduction that others wait for, then the results.
    private void EmitRow(Action? first, Action? last)
    {
        Array.Copy(_analysis.Level.Select(l => l == FusedLevel.Uniform).ToArray(), _ready, _ready.Length);
        EmitLevel(FusedLevel.Row, 0);
        for (int pass = 0; pass < _analysis.Passes; pass++)
        {
            int[] reductions = [.. Enumerable.Range(0, _code.Count).Where(i => FusedAnalysis.IsRowReduction(_code[i].Op) && _analysis.Pass[i] == pass + 1)];
            int[] stores = pass < _analysis.Passes - 1 ? [] : [.. Enumerable.Range(0, _code.Count).Where(i =>
                (_code[i].Op == FusedOp.Store && _analysis.Level[i] == FusedLevel.Element) || FusedAnalysis.IsTerminal(_code[i].Op))];
            if (reductions.Length + stores.Length > 0)
            {
                foreach (int r in reductions) StartReduction(r);
                EmitChunks(first, last, pass, chunk => EmitChunk(pass, chunk, reductions, stores));
                foreach (int r in reductions) FinishReduction(r);
            }

            EmitLevel(FusedLevel.Row, pass + 1);
        }

        for (int i = 0; i < _code.Count; i++)
        {
            if (_code[i].Op != FusedOp.Store || _analysis.Level[i] != FusedLevel.Row) continue;
            _il.Emit(OpCodes.Ldloc, _pointer[_code[i].Operand]);
            Push(_code[i].A);
            _il.Emit(OpCodes.Call, _v.Get("ToScalar", ElementType(_code[i].Type)));
            _il.Emit(_code[i].Type == DType.F32 ? OpCodes.Stind_R4 : OpCodes.Stind_I4);
        }
    }

    // Where the code stands in a row: its chunk (−1 in a loop), the offset in bytes, and how many lanes are wanted.
    private readonly record struct Chunk(int Number, long? ConstantOffset, bool Partial, int Count);

    private void EmitChunks(Action? first, Action? last, int pass, Action<Chunk> body)
    {
        if (_layout.Mode == FusedMode.Rows)
        {
            EmitFixedChunks(pass, body);
            return;
        }

        Label top = _il.DefineLabel(), tail = _il.DefineLabel(), done = _il.DefineLabel();
        first!();
        PushBytes(ElementBytes);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Stloc, _offset);
        void Left()
        {
            last!();
            PushBytes(ElementBytes);
            _il.Emit(OpCodes.Mul);
            _il.Emit(OpCodes.Ldloc, _offset);
            _il.Emit(OpCodes.Sub);
        }

        Left();
        PushBytes(VectorBytes);
        _il.Emit(OpCodes.Blt, tail);
        _il.MarkLabel(top);
        body(new Chunk(-1, null, false, 0));
        Increment(_offset, VectorBytes);
        Left();
        PushBytes(VectorBytes);
        _il.Emit(OpCodes.Bge, top);
        _il.MarkLabel(tail);
        Left();
        PushBytes(ElementBytes);
        _il.Emit(OpCodes.Div);
        _il.Emit(OpCodes.Stloc, _count!);
        _il.Emit(OpCodes.Ldloc, _count!);
        PushBytes(0);
        _il.Emit(OpCodes.Ble, done);
        EmitMask(() =>
        {
            _il.Emit(OpCodes.Ldloc, _count!);
            _il.Emit(OpCodes.Conv_I4);
        });
        body(new Chunk(-1, null, true, 0));
        _il.MarkLabel(done);
    }

    private void EmitFixedChunks(int pass, Action<Chunk> body)
    {
        int full = _layout.Columns / _layout.Lanes, tail = _layout.Columns % _layout.Lanes;
        bool registers = _terminals.Length > 0 && SumsInRegisters && !_layout.ReducesColumns && pass == _analysis.Passes - 1;
        bool unroll = Chunks <= 1 || registers || (Chunks <= MostUnrolled && Chunks * _analysis.Needed[pass].Count(n => n) <= UnrolledInstructions);
        if (unroll)
        {
            for (int c = 0; c < full; c++) body(new Chunk(c, (long)c * VectorBytes, false, 0));
        }
        else
        {
            Label top = _il.DefineLabel();
            PushBytes(0);
            _il.Emit(OpCodes.Stloc, _offset);
            _il.MarkLabel(top);
            body(new Chunk(-1, null, false, 0));
            Increment(_offset, VectorBytes);
            _il.Emit(OpCodes.Ldloc, _offset);
            PushBytes((long)full * VectorBytes);
            _il.Emit(OpCodes.Blt, top);
        }

        if (tail > 0) body(new Chunk(unroll ? full : -1, (long)full * VectorBytes, true, tail));
    }

    private void Increment(LocalBuilder local, long by)
    {
        if (by == 0) return;
        _il.Emit(OpCodes.Ldloc, local);
        PushBytes(by);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, local);
    }

    private void PushBytes(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue) _il.Emit(OpCodes.Ldc_I4, (int)value);
        else _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Conv_I);
    }
}
