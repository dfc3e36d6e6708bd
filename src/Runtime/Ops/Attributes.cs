using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Axes reduced; they stay in the result with extent 1.</summary>
public sealed record ReduceAttributes(Shape Axes);

/// <summary>The axis along which elements are added up one after the other, and whether from its end to its begin.</summary>
public sealed record CumulativeAttributes(int Axis, bool Reverse);

/// <summary>Which sides of a matrix product are stored transposed.</summary>
public sealed record MatMulAttributes(bool TransposeA, bool TransposeB);

/// <summary>
/// Geometry of a 2-D convolution: steps between outputs, zeros around the image, steps between taps, channel groups.
/// <see cref="Result"/> is the shape of the gradient for the two gradient ops (else scalar).
/// </summary>
public sealed record ConvAttributes(
    int StrideY, int StrideX, int Top, int Bottom, int Left, int Right, int DilationY = 1, int DilationX = 1, int Groups = 1, Shape Result = default);

/// <summary>Geometry of pooling: window, steps, zeros around the image. <see cref="Result"/> as in convolutions.</summary>
public sealed record PoolAttributes(
    int WindowY, int WindowX, int StrideY, int StrideX, int Top, int Bottom, int Left, int Right, Shape Result = default);

/// <summary>A number.</summary>
public sealed record ConstantAttributes(double Value, DType Type);

/// <summary>The axis of a shape along which coordinates are counted.</summary>
public sealed record IotaAttributes(Shape Shape, int Axis);

/// <summary>A shape or an order of axes.</summary>
public sealed record ShapeAttributes(Shape Shape);

/// <summary>
/// The coordinates Start + i·Step of a larger tensor: taken from it by <c>slice</c>, where <see cref="Result"/> is the
/// shape taken; filled in it by <c>place</c>, where <see cref="Result"/> is the shape of the larger tensor, else zero.
/// </summary>
public sealed record SliceAttributes(Shape Start, Shape Step, Shape Result);

/// <summary>The axis along which tensors are joined.</summary>
public sealed record ConcatAttributes(int Axis);

/// <summary>The element type converted to.</summary>
internal sealed record CastAttributes(DType Type);

/// <summary>A stream of random numbers, and the shape drawn; different draws of one step use different streams.</summary>
internal sealed record RandomAttributes(int Stream, Shape Shape);

/// <summary>
/// Where each tensor goes in a long row, in elements; the gaps hold nothing of use.
/// </summary>
public sealed record PackAttributes(Shape Offsets, int Length);
