using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>
/// A strided copy of 32-bit elements (bytes for u8), as <see cref="Movement"/> says: permute, slice, concat and the inside of pad.
/// </summary>
public sealed class CopyStep(Movement movement, Slot input, Slot output) : PlanStep
{
    /// <summary>Which elements go where.</summary>
    public Movement Movement { get; } = movement;

    /// <summary>Source.</summary>
    public Slot Input { get; } = input;

    /// <summary>Destination.</summary>
    public Slot Output { get; } = output;

    /// <inheritdoc/>
    public override string Kind => "copy";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [input];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override long Bytes
    {
        get
        {
            long moved = Movement.Extents.Count;
            return moved * Input.Type.Size() + (Movement.Clear ? Output.Bytes : moved * Output.Type.Size());
        }
    }

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) => new CopyStep(Movement, place(Input), place(Output)) { Label = Label, Flops = Flops };
}
