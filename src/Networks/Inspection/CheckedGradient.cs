namespace Nn.Networks.Inspection;

/// <summary>The gradient of a tensor beside central differences, at the place where they differ most.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Gradient">As the device has it.</param>
/// <param name="Differences">As the loss changes with the weight.</param>
/// <param name="Error">Their difference in parts of the larger of them.</param>
public sealed record CheckedGradient(string Name, double Gradient, double Differences, double Error)
{
    /// <summary>What rounding of the device's f32 may come to.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>Whether it is right.</summary>
    public bool Agrees => Error <= Tolerance;
}
