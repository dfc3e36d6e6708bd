using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Rows of a table by index, as <see cref="GatherGeometry"/> says.</summary>
public sealed class GatherStep(GatherGeometry geometry, Slot table, Slot index, Slot output) : PlanStep
{
    /// <summary>Size of the table.</summary>
    public GatherGeometry Geometry { get; } = geometry;

    /// <summary>The table, any type.</summary>
    public Slot Table { get; } = table;

    /// <summary>Row numbers, i32.</summary>
    public Slot Index { get; } = index;

    /// <summary>Result, the table's type.</summary>
    public Slot Output { get; } = output;

    /// <inheritdoc/>
    public override string Kind => "gather";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [table, index];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override long Bytes => Index.Bytes + 2 * Output.Bytes;

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new GatherStep(Geometry, place(Table), place(Index), place(Output)) { Label = Label, Flops = Flops };
}
