using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Pooling or one of its gradients, as <see cref="PoolGeometry"/> says.</summary>
public sealed class PoolStep(PoolGeometry geometry, IReadOnlyList<Slot> inputs, Slot output) : PlanStep
{
    /// <summary>What is computed, over which shapes.</summary>
    public PoolGeometry Geometry { get; } = geometry;

    /// <summary>Result.</summary>
    public Slot Output { get; } = output;

    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = inputs;

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new PoolStep(Geometry, [.. Reads.Select(place)], place(Output)) { Label = Label, Flops = Flops };
}
