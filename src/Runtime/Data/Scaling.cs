using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// How numbers are brought to a common scale: x·scale + shift. The numbers repeat along the elements of a sample, one for each feature of its last axis, or one
/// for all.
/// </summary>
/// <param name="Shape">Of both.</param>
/// <param name="Scale">What a number is multiplied by.</param>
/// <param name="Shift">What is added then.</param>
public sealed record Scaling(Shape Shape, float[] Scale, float[] Shift);
