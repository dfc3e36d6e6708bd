namespace Nn.Networks.Inspection;

/// <summary>A tensor after a step on several devices, beside the reference in double precision.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Errors">The largest difference on each device, in parts of the tensor's largest element.</param>
/// <param name="Tolerance">What rounding of f32 may come to.</param>
public sealed record ComparedTensor(string Name, IReadOnlyList<double> Errors, double Tolerance)
{
    /// <summary>Whether a device is too far off; NaN is.</summary>
    public bool Past(int device) => !(Errors[device] <= Tolerance);
}
