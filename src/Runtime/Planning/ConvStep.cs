using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>A two-dimensional convolution or one of its gradients, as <see cref="ConvGeometry"/> says.</summary>
public sealed class ConvStep(ConvGeometry geometry, Slot a, Slot b, Slot c, FusedStep? epilogue) : ProductStep(a, b, c, epilogue)
{
    /// <summary>Which product, of which shapes.</summary>
    public ConvGeometry Geometry { get; } = geometry;

    /// <inheritdoc/>
    public override string Kind => "conv";

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new ConvStep(Geometry, place(A), place(B), place(C), EpilogueAt(place)) { Label = Label, Flops = Flops };
}
