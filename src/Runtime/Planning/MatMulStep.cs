using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Products of matrices, as <see cref="MatMulGeometry"/> says; the epilogue runs over the space [batch·M, N].</summary>
public sealed class MatMulStep(MatMulGeometry geometry, Slot a, Slot b, Slot c, FusedStep? epilogue) : ProductStep(a, b, c, epilogue)
{
    /// <summary>Sizes and strides.</summary>
    public MatMulGeometry Geometry { get; } = geometry;

    /// <inheritdoc/>
    public override string Kind => "matmul";

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new MatMulStep(Geometry, place(A), place(B), place(C), EpilogueAt(place)) { Label = Label, Flops = Flops };
}
