using System.Reflection;
using System.Reflection.Emit;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;

namespace Nn.Backends.Cpu.Fused;

/// <summary>Writes the instructions of a <see cref="FusedCode"/>: what is pushed stays on the evaluation stack.</summary>
internal sealed class VectorCode(ILGenerator il, VectorIsa isa)
{
    /// <summary>Bytes of a number in a vector.</summary>
    public const int ElementBytes = 4;

    /// <summary>The vectors used.</summary>
    public VectorIsa Isa => isa;

    /// <summary>Bytes of a vector.</summary>
    public int VectorBytes => isa.Width * ElementBytes;

    /// <summary>A new local for an address, an offset or a count.</summary>
    public LocalBuilder Word() => il.DeclareLocal(typeof(nint));

    /// <summary>A new local for a vector.</summary>
    public LocalBuilder Vector(DType type) => il.DeclareLocal(type == DType.F32 ? isa.Float : isa.Int);

    /// <summary>A new label.</summary>
    public Label Label() => il.DefineLabel();

    /// <summary>Puts a label here.</summary>
    public void Mark(Label label) => il.MarkLabel(label);

    /// <summary>An instruction without operands in the code.</summary>
    public void Emit(OpCode instruction) => il.Emit(instruction);

    /// <summary>A jump.</summary>
    public void Jump(OpCode jump, Label to) => il.Emit(jump, to);

    /// <summary>Pushes a local.</summary>
    public void Push(LocalBuilder local) => il.Emit(OpCodes.Ldloc, local);

    /// <summary>Takes a local's new value from the stack.</summary>
    public void Pop(LocalBuilder local) => il.Emit(OpCodes.Stloc, local);

    /// <summary>Pushes a parameter.</summary>
    public void Push(FusedArgument argument)
    {
        switch (argument)
        {
            case FusedArgument.Operands:
                il.Emit(OpCodes.Ldarg_1);
                break;
            case FusedArgument.Start:
                il.Emit(OpCodes.Ldarg_2);
                break;
            case FusedArgument.End:
                il.Emit(OpCodes.Ldarg_3);
                break;
            default:
                il.Emit(OpCodes.Ldarg_S, (byte)argument);
                break;
        }
    }

    /// <summary>Pushes an integer of 32 bits.</summary>
    public void PushInt(int value) => il.Emit(OpCodes.Ldc_I4, value);

    /// <summary>Pushes an integer as wide as an address.</summary>
    public void PushWord(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue) il.Emit(OpCodes.Ldc_I4, (int)value);
        else il.Emit(OpCodes.Ldc_I8, value);
        il.Emit(OpCodes.Conv_I);
    }

    /// <summary>Pushes a vector that has the same number in each lane.</summary>
    public void PushConstant(DType type, double value)
    {
        if (type == DType.F32) il.Emit(OpCodes.Ldc_R4, (float)value);
        else il.Emit(OpCodes.Ldc_I4, (int)value);
        Call(VectorOp.Create, type);
    }

    /// <summary>Pushes 0, <paramref name="step"/>, 2·<paramref name="step"/>, …</summary>
    public void PushSequence(int step)
    {
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ldc_I4, step);
        Call(VectorOp.Sequence, DType.I32);
    }

    /// <summary>Pushes the address in the list of operands at that place, plus an offset.</summary>
    public void PushOperandAddress(int operand, long offset = 0)
    {
        Push(FusedArgument.Operands);
        PushWord(operand * nint.Size);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldind_I);
        PushWord(offset);
        il.Emit(OpCodes.Add);
    }

    /// <summary>An operation on vectors of numbers of that type.</summary>
    public void Call(VectorOp op, DType type) => il.Emit(OpCodes.Call, isa.Get(op, type));

    /// <summary>Any other method.</summary>
    public void Call(MethodInfo method) => il.Emit(OpCodes.Call, method);

    /// <summary>Takes the vector on the stack as one of another type with the same bits.</summary>
    public void Reinterpret(DType from, DType to)
    {
        if (from != to) Call(to == DType.F32 ? VectorOp.AsFloat : VectorOp.AsInt, from);
    }

    /// <summary>Writes the first lane of the vector on the stack to the address below it.</summary>
    public void StoreScalar(DType type)
    {
        Call(VectorOp.ToScalar, type);
        il.Emit(type == DType.F32 ? OpCodes.Stind_R4 : OpCodes.Stind_I4);
    }

    /// <summary>Adds to a local.</summary>
    public void Increment(LocalBuilder local, long by)
    {
        if (by == 0) return;
        Push(local);
        PushWord(by);
        il.Emit(OpCodes.Add);
        Pop(local);
    }
}
