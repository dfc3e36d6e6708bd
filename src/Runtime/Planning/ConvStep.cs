using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>
/// A two-dimensional convolution or one of its gradients, as <see cref="ConvGeometry"/> says. The epilogue runs over the result seen as [all but the last axis,
/// last axis].
/// </summary>
public sealed class ConvStep(ConvGeometry geometry, Slot a, Slot b, Slot c, FusedStep? epilogue) : PlanStep
{
    /// <summary>Which product, of which shapes.</summary>
    public ConvGeometry Geometry { get; } = geometry;

    /// <summary>First operand.</summary>
    public Slot A { get; } = a;

    /// <summary>Second operand.</summary>
    public Slot B { get; } = b;

    /// <summary>Result.</summary>
    public Slot C { get; } = c;

    /// <summary>As in <see cref="MatMulStep.Epilogue"/>.</summary>
    public FusedStep? Epilogue { get; } = epilogue;

    /// <inheritdoc/>
    public override string Kind => "conv";

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
        new ConvStep(Geometry, place(A), place(B), place(C), (FusedStep?)Epilogue?.At(place)) { Label = Label, Flops = Flops };
}
