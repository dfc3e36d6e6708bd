using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// Reductions that end a program. Each block of them leaves its partial results at a place of its own, which <see cref="TerminalFold"/> joins.
/// </summary>
internal sealed class TerminalSums
{
    // Sums that fit the registers beside the values of a row.
    private const int MostSums = 8;
    private const int ElementBytes = VectorCode.ElementBytes;

    private readonly VectorCode _code;
    private readonly FusedLayout _layout;
    private readonly FusedCursors _cursors;
    private readonly FusedValues _values;
    private readonly RowChunks _chunks;
    private readonly FusedProgram _program;
    private readonly int[] _terminals;
    private readonly Dictionary<(int Terminal, int Chunk), LocalBuilder> _sum = [];
    private readonly Dictionary<int, (LocalBuilder Pointer, LocalBuilder Start)> _memory = [];
    private LocalBuilder? _partial;

    /// <summary>Finds the terminal reductions of the layout's program.</summary>
    public TerminalSums(VectorCode code, FusedLayout layout, FusedCursors cursors, FusedValues values, RowChunks chunks)
    {
        (_code, _layout, _cursors, _values, _chunks, _program) = (code, layout, cursors, values, chunks, layout.Program);
        _terminals = [.. Enumerable.Range(0, _program.Code.Count).Where(i => FusedAnalysis.IsTerminal(_program.Code[i].Op))];
    }

    /// <summary>Whether there are some.</summary>
    public bool Any => _terminals.Length > 0;

    /// <summary>Whether each vector of a row has a sum of its own in a register.</summary>
    public bool HasSumsByChunk => Any && InRegisters && !_layout.ReducesColumns;

    // Sums over rows stay in registers where the columns are few.
    private bool InRegisters =>
        _layout.ReducesColumns || (_layout.Inner == 1 && _layout.Mode == FusedMode.Rows && _chunks.Number * _terminals.Length <= MostSums);

    /// <summary>
    /// The loop over the blocks asked for. <paramref name="range"/> writes the loop over the elements or rows between what its arguments push.
    /// </summary>
    public void EmitUnits(Action<Action, Action> range)
    {
        LocalBuilder unit = _code.Word(), from = _code.Word(), to = _code.Word();
        _partial = _code.Word();
        if (!InRegisters) MakePointers();
        Label top = _code.Label();
        _code.Push(FusedArgument.Start);
        _code.Pop(unit);
        _code.Mark(top);

        _code.PushOperandAddress(_program.Operands.Count);
        _code.Push(unit);
        _code.PushWord(_layout.PartialFloats * ElementBytes * _terminals.Length);
        _code.Emit(OpCodes.Mul);
        _code.Emit(OpCodes.Add);
        _code.Pop(_partial);
        EmitBlock(unit, from, to);
        Clear();
        range(() => _code.Push(from), () => _code.Push(to));
        Save();

        _code.Increment(unit, 1);
        _code.Push(unit);
        _code.Push(FusedArgument.End);
        _code.Jump(OpCodes.Blt, top);
    }

    /// <summary>Takes the current chunk in.</summary>
    public void Accumulate(int t)
    {
        FusedInstruction x = _program.Code[t];
        var reduction = Reduction.Of(x.Op);
        if (InRegisters)
        {
            LocalBuilder sum = Sum(t, _chunks.Current.Number);
            _code.Push(sum);
            if (_layout.ReducesColumns) _values.PushMasked(x.A, reduction);
            else _values.Push(x.A);
            _code.Call(reduction.Step, x.Type);
            _code.Pop(sum);
            return;
        }

        PushPlace(t);
        _code.Call(VectorOp.Load, x.Type);
        _values.Push(x.A);
        _code.Call(reduction.Step, x.Type);
        PushPlace(t);
        _code.Call(VectorOp.Store, x.Type);
    }

    private void PushPlace(int t)
    {
        _code.Push(_memory[t].Pointer);
        _chunks.AddOffset(ElementBytes);
    }

    // from = (⌊unit ÷ blocks⌋·all + (unit mod blocks)·length)·inner, to = the end of the block.
    private void EmitBlock(LocalBuilder unit, LocalBuilder from, LocalBuilder to)
    {
        long all = _layout.Mode == FusedMode.Elements ? _layout.Columns : _layout.ReducedRows;
        LocalBuilder start = _code.Word();
        _code.Push(unit);
        _code.PushWord(_layout.Blocks);
        _code.Emit(OpCodes.Rem);
        _code.PushWord(_layout.BlockLength);
        _code.Emit(OpCodes.Mul);
        _code.Pop(start);
        void Place(Action within, LocalBuilder result)
        {
            _code.Push(unit);
            _code.PushWord(_layout.Blocks);
            _code.Emit(OpCodes.Div);
            _code.PushWord(all);
            _code.Emit(OpCodes.Mul);
            within();
            _code.Emit(OpCodes.Add);
            _code.PushWord(_layout.Inner);
            _code.Emit(OpCodes.Mul);
            _code.Pop(result);
        }

        Place(() => _code.Push(start), from);
        Place(() =>
        {
            _code.Push(start);
            _code.PushWord(_layout.BlockLength);
            _code.Emit(OpCodes.Add);
            _code.PushWord(all);
            _code.Call(((Func<nint, nint, nint>)Math.Min).Method);
        }, to);
    }

    private void MakePointers()
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
            LocalBuilder start = _code.Word();
            _memory[t] = (_cursors.Add(_code.Word(), start, strides), start);
        }
    }

    private void Clear()
    {
        for (int t = 0; t < _terminals.Length; t++)
        {
            FusedInstruction x = _program.Code[_terminals[t]];
            var reduction = Reduction.Of(x.Op);
            if (InRegisters)
            {
                for (int chunk = 0; chunk < (_layout.ReducesColumns ? 1 : _chunks.Number); chunk++)
                {
                    LocalBuilder sum = Sum(_terminals[t], chunk);
                    _code.PushConstant(x.Type, reduction.Identity(x.Type));
                    _code.Pop(sum);
                }

                continue;
            }

            LocalBuilder start = _memory[_terminals[t]].Start;
            _code.Push(_partial!);
            _code.PushWord(t * _layout.PartialFloats * ElementBytes);
            _code.Emit(OpCodes.Add);
            _code.Pop(start);
            _code.Push(start);
            _code.PushWord(_layout.PartialFloats);
            _code.PushInt(reduction.IdentityBits(x.Type));
            _code.Call(((Action<nint, nint, int>)TerminalFold.Fill).Method);
        }
    }

    private void Save()
    {
        foreach (((int terminal, int chunk), LocalBuilder sum) in _sum)
        {
            int t = Array.IndexOf(_terminals, terminal);
            _code.Push(sum);
            _code.Push(_partial!);
            _code.PushWord((t * _layout.PartialFloats + chunk * _layout.Lanes) * ElementBytes);
            _code.Emit(OpCodes.Add);
            _code.Call(VectorOp.Store, _program.Code[terminal].Type);
        }
    }

    private LocalBuilder Sum(int terminal, int chunk)
    {
        int place = _layout.ReducesColumns ? 0 : chunk;
        if (!_sum.TryGetValue((terminal, place), out LocalBuilder? sum)) _sum[(terminal, place)] = sum = _code.Vector(_program.Code[terminal].Type);
        return sum;
    }
}
