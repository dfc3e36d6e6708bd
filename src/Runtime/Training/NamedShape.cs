using Nn.Graphs;

namespace Nn.Training;

/// <summary>Something that a model takes or gives.</summary>
/// <param name="Name">As the script names it; <c>x</c> and <c>y</c> where it does not.</param>
/// <param name="Shape">Of one sample.</param>
/// <param name="Type">f32, or i32 for symbols.</param>
public sealed record NamedShape(string Name, Shape Shape, DType Type = DType.F32);
