using System.Reflection.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// Where a row's numbers lie: an address for each operand, a number for each index, and the loop over the rows that moves them by fixed strides.
/// </summary>
internal sealed class FusedCursors
{
    private readonly VectorCode _code;
    private readonly FusedProgram _program;
    private readonly LocalBuilder[] _base;
    private readonly LocalBuilder[] _pointer;
    private readonly Dictionary<int, LocalBuilder> _index = [];
    private readonly List<Cursor> _cursors = [];

    /// <summary>Reserves an address for each operand.</summary>
    public FusedCursors(VectorCode code, FusedProgram program)
    {
        (_code, _program) = (code, program);
        _base = [.. program.Operands.Select(_ => code.Word())];
        _pointer = [.. _base];
    }

    // A value that moves by a fixed stride along each axis before the last.
    private sealed record Cursor(LocalBuilder Local, LocalBuilder? Base, long[] Strides);

    // Axes before the last.
    private int Leading => _program.Extents.Rank - 1;

    /// <summary>Reads the operands' addresses.</summary>
    public void ReadAddresses()
    {
        for (int o = 0; o < _base.Length; o++)
        {
            _code.PushOperandAddress(o, _program.Operands[o].Offset * _program.Operands[o].Type.Size());
            _code.Pop(_base[o]);
        }
    }

    /// <summary>The local with the address at which an operand begins.</summary>
    public LocalBuilder Begin(int operand) => _base[operand];

    /// <summary>Makes a cursor of all that moves from row to row.</summary>
    public void MakeCursors()
    {
        for (int o = 0; o < _base.Length; o++)
        {
            long[] strides = [.. _program.Operands[o].Strides.Take(Leading).Select(s => (long)s * _program.Operands[o].Type.Size())];
            if (strides.Any(s => s != 0)) _pointer[o] = Add(_code.Word(), _base[o], strides);
        }

        for (int i = 0; i < _program.Code.Count; i++)
        {
            if (_program.Code[i].Op != FusedOp.Index) continue;
            long[] strides = [.. _program.Code[i].Strides.Take(Leading).Select(s => (long)s)];
            if (strides.Any(s => s != 0)) _index[i] = Add(_code.Word(), null, strides);
        }
    }

    /// <summary>A local that begins as <paramref name="begin"/> (null: 0) and moves by the strides, one for each axis before the last.</summary>
    public LocalBuilder Add(LocalBuilder local, LocalBuilder? begin, long[] strides)
    {
        _cursors.Add(new Cursor(local, begin, strides));
        return local;
    }

    /// <summary>Pushes an operand's address in this row.</summary>
    public void PushAddress(int operand) => _code.Push(_pointer[operand]);

    /// <summary>Pushes what the coordinates before the last add to an index.</summary>
    public void PushIndex(int instruction)
    {
        if (_index.TryGetValue(instruction, out LocalBuilder? cursor)) _code.Push(cursor);
        else _code.PushWord(0);
    }

    /// <summary>The loop over rows; <paramref name="from"/> and <paramref name="to"/> push the first and the one after the last.</summary>
    public void EmitRows(Action from, Action to, Action body)
    {
        if (Leading == 0)
        {
            foreach (Cursor c in _cursors) Reset(c);
            body();
            return;
        }

        LocalBuilder row = _code.Word();
        LocalBuilder[] coordinates = Leading == 1 ? [row] : [.. Enumerable.Range(0, Leading).Select(_ => _code.Word())];
        from();
        _code.Pop(row);
        if (Leading > 1) SplitRow(row, coordinates);
        foreach (Cursor c in _cursors)
        {
            Reset(c);
            for (int axis = 0; axis < Leading; axis++) Move(c, axis, coordinates[axis]);
        }

        Label top = _code.Label(), next = _code.Label();
        _code.Mark(top);
        body();
        for (int axis = Leading - 1; axis >= 0; axis--)
        {
            foreach (Cursor c in _cursors)
            {
                long step = c.Strides[axis] - (axis + 1 < Leading ? _program.Extents[axis + 1] * c.Strides[axis + 1] : 0);
                _code.Increment(c.Local, step);
            }

            if (Leading == 1) break;
            _code.Increment(coordinates[axis], 1);
            if (axis == 0) break;
            _code.Push(coordinates[axis]);
            _code.PushWord(_program.Extents[axis]);
            _code.Jump(OpCodes.Blt, next);
            _code.PushWord(0);
            _code.Pop(coordinates[axis]);
        }

        _code.Mark(next);
        _code.Increment(row, 1);
        _code.Push(row);
        to();
        _code.Jump(OpCodes.Blt, top);
    }

    private void Reset(Cursor c)
    {
        if (c.Base is null) _code.PushWord(0);
        else _code.Push(c.Base);
        _code.Pop(c.Local);
    }

    private void Move(Cursor c, int axis, LocalBuilder coordinate)
    {
        if (c.Strides[axis] == 0) return;
        _code.Push(c.Local);
        _code.Push(coordinate);
        _code.PushWord(c.Strides[axis]);
        _code.Emit(OpCodes.Mul);
        _code.Emit(OpCodes.Add);
        _code.Pop(c.Local);
    }

    private void SplitRow(LocalBuilder row, LocalBuilder[] coordinates)
    {
        _code.Push(row);
        for (int axis = coordinates.Length - 1; axis > 0; axis--)
        {
            _code.Emit(OpCodes.Dup);
            _code.PushWord(_program.Extents[axis]);
            _code.Emit(OpCodes.Rem);
            _code.Pop(coordinates[axis]);
            _code.PushWord(_program.Extents[axis]);
            _code.Emit(OpCodes.Div);
        }

        _code.Pop(coordinates[0]);
    }
}
