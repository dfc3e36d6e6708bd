using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// Emits the loops of a compiled program. Extents, strides and constants are part of the code; values that do not vary are computed
/// before the loops, those of a row before its elements.
/// </summary>
internal sealed class FusedEmitter
{
    private const int MostUnrolled = 4;
    private const int UnrolledInstructions = 160;

    private readonly FusedLayout _layout;
    private readonly IReadOnlyList<FusedInstruction> _program;
    private readonly FusedAnalysis _analysis;
    private readonly VectorCode _code;
    private readonly FusedCursors _cursors;
    private readonly RowChunks _chunks;
    private readonly FusedValues _values;
    private readonly RowReductions _reductions;
    private readonly TerminalSums _terminals;

    private FusedEmitter(FusedLayout layout, ILGenerator il)
    {
        (_layout, _program, _analysis) = (layout, layout.Program.Code, new FusedAnalysis(layout));
        _code = new VectorCode(il, layout.Isa);
        _cursors = new FusedCursors(_code, layout.Program);
        _chunks = new RowChunks(_code, layout);
        _values = new FusedValues(_code, layout, _analysis, _cursors, _chunks);
        _reductions = new RowReductions(_code, _program, _values, _chunks);
        _terminals = new TerminalSums(_code, layout, _cursors, _values, _chunks);
    }

    // Scratch memory holds the kept values, and behind them the repeated rows.
    private long ScratchBytes => _layout.ScratchRow(_analysis.Kept + _layout.Repeated.Count);

    /// <summary>Compiles; also gives the bytes of scratch that a thread needs.</summary>
    public static (FusedCode Code, long ScratchBytes) Emit(FusedLayout layout)
    {
        // The unused first parameter makes it a closed delegate, which is called without a shuffle of its arguments.
        Type[] parameters = [typeof(object), .. typeof(FusedCode).GetMethod(nameof(FusedCode.Invoke))!.GetParameters().Select(p => p.ParameterType)];
        var method = new DynamicMethod("fused", null, parameters, typeof(object).Module, true);
        var emitter = new FusedEmitter(layout, method.GetILGenerator());
        emitter.EmitMethod();
        return (method.CreateDelegate<FusedCode>(string.Empty), emitter.ScratchBytes);
    }

    private void EmitMethod()
    {
        _cursors.ReadAddresses();
        RepeatOperands();
        _chunks.Prepare();
        _values.ComputeLevel(FusedLevel.Uniform, 0);
        _cursors.MakeCursors();
        if (_terminals.Any) _terminals.EmitUnits(EmitRange);
        else EmitRange(() => _code.Push(FusedArgument.Start), () => _code.Push(FusedArgument.End));
        _code.Emit(OpCodes.Ret);
    }

    private void RepeatOperands()
    {
        for (int i = 0; i < _layout.Repeated.Count; i++)
        {
            LocalBuilder operand = _cursors.Begin(_layout.Repeated[i]);
            _code.Push(operand);
            _code.Push(FusedArgument.Scratch);
            _code.PushWord(_layout.ScratchRow(_analysis.Kept + i));
            _code.Emit(OpCodes.Add);
            _code.Emit(OpCodes.Dup);
            _code.Pop(operand);
            _code.PushWord(_layout.ResultColumns);
            _code.PushWord(_layout.Columns);
            _code.Call(((Action<nint, nint, nint, nint>)VectorHelpers.Repeat).Method);
        }
    }

    // Rows from..to, or elements from..to.
    private void EmitRange(Action from, Action to)
    {
        if (_layout.Mode == FusedMode.Elements) EmitRow(from, to);
        else _cursors.EmitRows(from, to, () => EmitRow(() => _code.Push(FusedArgument.First), () => _code.Push(FusedArgument.Last)));
    }

    // One row: a pass over its elements for each reduction that others wait for, then the results.
    private void EmitRow(Action first, Action last)
    {
        _values.BeginRow();
        _values.ComputeLevel(FusedLevel.Row, 0);
        for (int pass = 0; pass < _analysis.Passes; pass++)
        {
            int[] reductions =
                [.. Enumerable.Range(0, _program.Count).Where(i => FusedAnalysis.IsRowReduction(_program[i].Op) && _analysis.Pass[i] == pass + 1)];
            int[] ends = pass < _analysis.Passes - 1 ? [] : [.. Enumerable.Range(0, _program.Count).Where(IsEndOfElements)];
            if (reductions.Length + ends.Length > 0)
            {
                foreach (int r in reductions) _reductions.Start(r);
                int current = pass;
                void Body() => EmitChunk(current, reductions, ends);
                if (_layout.Mode == FusedMode.Rows) _chunks.EmitRow(Unrolls(pass), Body);
                else _chunks.EmitColumns(first, last, Body);
                foreach (int r in reductions) _reductions.Finish(r);
            }

            _values.ComputeLevel(FusedLevel.Row, pass + 1);
        }

        for (int i = 0; i < _program.Count; i++)
        {
            if (_program[i].Op != FusedOp.Store || _analysis.Level[i] != FusedLevel.Row) continue;
            _cursors.PushAddress(_program[i].Operand);
            _values.Push(_program[i].A);
            _code.StoreScalar(_program[i].Type);
        }
    }

    private bool IsEndOfElements(int i) =>
        (_program[i].Op == FusedOp.Store && _analysis.Level[i] == FusedLevel.Element) || FusedAnalysis.IsTerminal(_program[i].Op);

    private bool Unrolls(int pass) =>
        _chunks.Number <= 1
        || (_terminals.HasSumsByChunk && pass == _analysis.Passes - 1)
        || (_chunks.Number <= MostUnrolled && _chunks.Number * _analysis.Needed[pass].Count(n => n) <= UnrolledInstructions);

    private void EmitChunk(int pass, int[] reductions, int[] ends)
    {
        _values.ComputeChunk(pass);
        foreach (int r in reductions) _reductions.Accumulate(r);
        foreach (int e in ends)
        {
            if (_program[e].Op == FusedOp.Store) EmitStore(_program[e]);
            else _terminals.Accumulate(e);
        }
    }

    private void EmitStore(FusedInstruction x)
    {
        void PushPlace()
        {
            _cursors.PushAddress(x.Operand);
            _chunks.AddOffset(VectorCode.ElementBytes);
        }

        if (!_chunks.Current.Partial)
        {
            _values.Push(x.A);
            PushPlace();
            _code.Call(VectorOp.Store, x.Type);
        }
        else if (_chunks.Current.Count == 1)
        {
            PushPlace();
            _values.Push(x.A);
            _code.StoreScalar(x.Type);
        }
        else
        {
            PushPlace();
            if (_code.Isa.MaskStore is not null) _chunks.PushMask();
            _values.Push(x.A);
            _code.Reinterpret(x.Type, DType.F32);
            if (_code.Isa.MaskStore is { } store)
            {
                _code.Call(store);
            }
            else
            {
                _chunks.PushCount();
                _code.Call(VectorOp.StorePartly, DType.F32);
            }
        }
    }
}
