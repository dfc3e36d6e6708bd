namespace Nn.Backends.Gpu;

/// <summary>What a GPU kernel may use on a device; launches are planned within these limits.</summary>
/// <param name="MaxGroupSize">Most invocations in a work group.</param>
/// <param name="SharedBytes">Memory shared by a work group.</param>
/// <param name="MaxBuffers">Most buffers that one kernel can bind.</param>
/// <param name="MaxGroups">Most work groups along one axis of a launch.</param>
/// <param name="ComputeUnits">Compute units, to decide how far a reduction is worth splitting; 0 where unknown.</param>
/// <param name="FusesMultiplyAdd">
/// Whether <c>fma</c> rounds once. OpenCL promises it; Vulkan does not, and drivers that run on the processor round twice.
/// </param>
public sealed record GpuLimits(int MaxGroupSize, int SharedBytes, int MaxBuffers, int MaxGroups, int ComputeUnits, bool FusesMultiplyAdd = true)
{
    /// <summary>Variants of products that were found by timing them on the device; null: there are none.</summary>
    public ProductChoices? Choices { get; init; }

    /// <summary>
    /// Bytes of which a binding begins at a multiple: what lies before its operand is bound with it. At least <see cref="Graphs.Arena.Alignment"/>.
    /// </summary>
    public int BindingAlignment { get; init; } = Graphs.Arena.Alignment;
}
