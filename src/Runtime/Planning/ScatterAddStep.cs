using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Rows added to a table by index, as <see cref="ScatterAddGeometry"/> says.</summary>
public sealed class ScatterAddStep(ScatterAddGeometry geometry, Slot index, Slot source, Slot output) : PlanStep
{
    /// <summary>Size of the table.</summary>
    public ScatterAddGeometry Geometry { get; } = geometry;

    /// <summary>Row numbers, i32.</summary>
    public Slot Index { get; } = index;

    /// <summary>Rows to add, f32.</summary>
    public Slot Source { get; } = source;

    /// <summary>Result, f32.</summary>
    public Slot Output { get; } = output;

    /// <inheritdoc/>
    public override string Kind => "scatter";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [index, source];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new ScatterAddStep(Geometry, place(Index), place(Source), place(Output)) { Label = Label, Flops = Flops };
}
