using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;

namespace Nn.Backends.Cpu.Fused;

/// <summary>The loop over the vectors of a row. While the code of one is written, it knows where that lies.</summary>
internal sealed class RowChunks(VectorCode code, FusedLayout layout)
{
    private const int ElementBytes = VectorCode.ElementBytes;

    private readonly LocalBuilder _offset = code.Word();
    private LocalBuilder? _mask;
    private LocalBuilder? _count;

    /// <summary>The place whose code is written.</summary>
    public Chunk Current { get; private set; }

    /// <summary>Vectors of a row.</summary>
    public int Number => layout.Padded / layout.Lanes;

    /// <summary>Makes the mask of the last vector, where it is the same for all rows.</summary>
    public void Prepare()
    {
        if (layout.Mode != FusedMode.Rows)
        {
            _mask = code.Vector(DType.F32);
            _count = code.Word();
        }
        else if (layout.Columns % layout.Lanes is var tail and not 0)
        {
            _mask = code.Vector(DType.F32);
            MakeMask(() => code.PushInt(tail));
        }
    }

    /// <summary>Writes the code of all vectors of a row of known length, one after the other or as a loop.</summary>
    public void EmitRow(bool unroll, Action body)
    {
        int full = layout.Columns / layout.Lanes, tail = layout.Columns % layout.Lanes;
        if (unroll)
        {
            for (int c = 0; c < full; c++) At(new Chunk(c, (long)c * code.VectorBytes, false, 0), body);
        }
        else
        {
            Label top = code.Label();
            code.PushWord(0);
            code.Pop(_offset);
            code.Mark(top);
            At(new Chunk(-1, null, false, 0), body);
            code.Increment(_offset, code.VectorBytes);
            code.Push(_offset);
            code.PushWord((long)full * code.VectorBytes);
            code.Jump(OpCodes.Blt, top);
        }

        if (tail > 0) At(new Chunk(unroll ? full : -1, (long)full * code.VectorBytes, true, tail), body);
    }

    /// <summary>Writes the code of the columns that the running code is asked for: <paramref name="first"/> and <paramref name="last"/> push them.</summary>
    public void EmitColumns(Action first, Action last, Action body)
    {
        Label top = code.Label(), tail = code.Label(), done = code.Label();
        first();
        code.PushWord(ElementBytes);
        code.Emit(OpCodes.Mul);
        code.Pop(_offset);
        void PushBytesLeft()
        {
            last();
            code.PushWord(ElementBytes);
            code.Emit(OpCodes.Mul);
            code.Push(_offset);
            code.Emit(OpCodes.Sub);
        }

        PushBytesLeft();
        code.PushWord(code.VectorBytes);
        code.Jump(OpCodes.Blt, tail);
        code.Mark(top);
        At(new Chunk(-1, null, false, 0), body);
        code.Increment(_offset, code.VectorBytes);
        PushBytesLeft();
        code.PushWord(code.VectorBytes);
        code.Jump(OpCodes.Bge, top);
        code.Mark(tail);
        PushBytesLeft();
        code.PushWord(ElementBytes);
        code.Emit(OpCodes.Div);
        code.Pop(_count!);
        code.Push(_count!);
        code.PushWord(0);
        code.Jump(OpCodes.Ble, done);
        MakeMask(() =>
        {
            code.Push(_count!);
            code.Emit(OpCodes.Conv_I4);
        });
        At(new Chunk(-1, null, true, 0), body);
        code.Mark(done);
    }

    /// <summary>Adds, to the address on the stack, the way from the row's begin to here.</summary>
    public void AddOffset(int elementBytes)
    {
        if (Current.ConstantOffset is { } offset)
        {
            if (offset == 0) return;
            code.PushWord(offset / ElementBytes * elementBytes);
        }
        else
        {
            code.Push(_offset);
            if (elementBytes == 1)
            {
                code.Emit(OpCodes.Ldc_I4_2);
                code.Emit(OpCodes.Shr);
            }
        }

        code.Emit(OpCodes.Add);
    }

    /// <summary>Pushes the positions of the lanes in the row times a stride, as integers.</summary>
    public void PushPositions(int stride)
    {
        code.PushWord(0);
        AddOffset(ElementBytes);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ldc_I4_2);
        code.Emit(OpCodes.Shr);
        code.PushInt(stride);
        code.Emit(OpCodes.Mul);
        code.Call(VectorOp.Create, DType.I32);
        code.PushSequence(stride);
        code.Call(VectorOp.Add, DType.I32);
    }

    /// <summary>Pushes a vector whose bits are set in the lanes that belong to the row.</summary>
    public void PushMask() => code.Push(_mask!);

    /// <summary>Pushes the number of lanes that belong to the row.</summary>
    public void PushCount()
    {
        if (Current.Count > 0) code.PushWord(Current.Count);
        else code.Push(_count!);
    }

    private void At(Chunk chunk, Action body)
    {
        Current = chunk;
        body();
    }

    private void MakeMask(Action count)
    {
        code.PushSequence(1);
        count();
        code.Call(VectorOp.Create, DType.I32);
        code.Call(VectorOp.Less, DType.I32);
        code.Call(VectorOp.AsFloat, DType.I32);
        code.Pop(_mask!);
    }
}
