using Nn.Graphs;

namespace Nn.Ops;

/// <summary>A copy of elements from one place to another: for every coordinate c, to[Σ c·To + ToOffset] = from[Σ c·From + FromOffset].</summary>
/// <param name="Extents">Of the block copied.</param>
/// <param name="From">Element strides in the operand.</param>
/// <param name="FromOffset">First element in the operand.</param>
/// <param name="To">Element strides in the result.</param>
/// <param name="ToOffset">First element in the result.</param>
/// <param name="Clear">Whether the rest of the result is zero.</param>
public sealed record Movement(Shape Extents, long[] From, long FromOffset, long[] To, long ToOffset, bool Clear);
