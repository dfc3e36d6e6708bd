using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>
/// One instruction of kernel code; its value is named by its position in the list. A, B, C are positions of other instructions
/// (−1: none), earlier ones but for B of <see cref="KernelOp.Carry"/>.
/// </summary>
public readonly record struct KernelInstruction(KernelOp Op, KernelType Type, int A = -1, int B = -1, int C = -1, int Immediate = 0);

/// <summary>Memory that the invocations of a group share: F32 or I32 elements.</summary>
public readonly record struct SharedArray(KernelType Type, int Length);

/// <summary>
/// What an invocation of a generated kernel does: instructions in single assignment, control flow in nested blocks. A value may be
/// used in its own block and in those inside; constants, words and ids everywhere. Equal where all instructions are.
/// </summary>
public sealed record KernelCode(EquatableList<KernelInstruction> Instructions, EquatableList<SharedArray> Shared)
{
    /// <summary>Whether an instruction may be used everywhere: it belongs to no block.</summary>
    public static bool IsGlobal(KernelOp op) => op is KernelOp.Constant or KernelOp.GroupId or KernelOp.LocalId or KernelOp.Word or KernelOp.Parameter;

    /// <summary>Type of the values of a buffer's elements.</summary>
    public static KernelType TypeOf(DType type) => type == DType.F32 ? KernelType.F32 : KernelType.I32;
}
