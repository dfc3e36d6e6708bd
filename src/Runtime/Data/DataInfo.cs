using Nn.Graphs;

namespace Nn.Data;

/// <summary>What a model must know of its data: shapes and types of one sample.</summary>
/// <param name="Input">Shape of an input.</param>
/// <param name="InputType">f32 (stored bytes count as that), or i32 for symbols.</param>
/// <param name="Target">Shape of a target; scalar for class numbers.</param>
/// <param name="TargetType">i32 for classes, else f32.</param>
/// <param name="Classes">Number of classes, where the target is one.</param>
/// <param name="Symbols">Number of different symbols, where an input is made of them; null where that is not known.</param>
public sealed record DataInfo(Shape Input, DType InputType, Shape Target, DType TargetType, int? Classes, int? Symbols = null);
