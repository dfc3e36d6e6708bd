using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Products of matrices, as <see cref="MatMulGeometry"/> says. Then <see cref="Epilogue"/>, if any, runs over C.</summary>
public sealed class MatMulStep(MatMulGeometry geometry, Slot a, Slot b, Slot c, FusedStep? epilogue) : PlanStep
{
    /// <summary>Sizes and strides.</summary>
    public MatMulGeometry Geometry { get; } = geometry;

    /// <summary>Left operand.</summary>
    public Slot A { get; } = a;

    /// <summary>Right operand.</summary>
    public Slot B { get; } = b;

    /// <summary>Product.</summary>
    public Slot C { get; } = c;

    /// <summary>
    /// An elementwise program over the space [batch·M, N] whose operand of the slot <see cref="C"/> is the product just
    /// computed. Its outputs have that same space. Where no later step reads C, it need not reach memory outside the tile being worked on.
    /// </summary>
    public FusedStep? Epilogue { get; } = epilogue;

    /// <inheritdoc/>
    public override string Kind => "matmul";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [a, b, .. epilogue is null ? [] : epilogue.Reads.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [c, .. epilogue is null ? [] : epilogue.Writes.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Results => Epilogue?.Writes ?? Writes;

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new MatMulStep(Geometry, place(A), place(B), place(C), (FusedStep?)Epilogue?.At(place)) { Label = Label, Flops = Flops };
}
