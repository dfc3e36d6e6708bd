using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Where an operand lies in a tensor that is joined of several.</summary>
/// <param name="Extents">Of the part, as it is copied.</param>
/// <param name="Strides">In the whole, in elements.</param>
/// <param name="Offset">Of its first element.</param>
/// <param name="Contiguous">Whether its elements follow each other there.</param>
public sealed record TensorPart(Shape Extents, long[] Strides, long Offset, bool Contiguous);
