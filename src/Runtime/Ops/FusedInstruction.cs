using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// One instruction: its value is named by its position in the list. <paramref name="A"/>, <paramref name="B"/>,
/// <paramref name="C"/> are positions of earlier instructions (−1: none); <paramref name="Operand"/> is the operand of
/// <see cref="FusedOp.Load"/>, <see cref="FusedOp.Store"/> and terminal reductions; <paramref name="Value"/> the number
/// of a constant, the stream of a random draw, the count of a shift, 1 for an <see cref="FusedOp.Fma"/> that needs its one rounding; <paramref name="Strides"/>
/// the strides of
/// <see cref="FusedOp.Index"/>.
/// </summary>
public readonly record struct FusedInstruction(
    FusedOp Op, DType Type, int A = -1, int B = -1, int C = -1, int Operand = -1, double Value = 0, Shape Strides = default);
