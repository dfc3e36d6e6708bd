using Nn.Graphs;

namespace Nn.Training;

/// <summary>Something that a model takes or gives.</summary>
/// <param name="Name">As the script names it; <c>x</c> and <c>y</c> where it does not.</param>
/// <param name="Shape">Of one sample.</param>
/// <param name="Type">f32, or i32 for symbols.</param>
public sealed record NamedShape(string Name, Shape Shape, DType Type = DType.F32)
{
    /// <summary>As people are told: the shape of the only one, else each with its name.</summary>
    public static string Text(IReadOnlyList<NamedShape> values) => values is [{ } only] ? only.Shape.ToString()
        : string.Join(", ", values.Select(v => $"{v.Name} {v.Shape}"));
}
