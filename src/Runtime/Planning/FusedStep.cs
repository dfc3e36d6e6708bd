using Nn.Graphs;

namespace Nn.Planning;

/// <summary>A fused program over <see cref="Slots"/>, in the order of its operands.</summary>
public sealed class FusedStep(FusedProgram program, IReadOnlyList<Slot> slots) : PlanStep
{
    /// <summary>What is computed.</summary>
    public FusedProgram Program { get; } = program;

    /// <summary>One slot an operand.</summary>
    public IReadOnlyList<Slot> Slots { get; } = slots;

    /// <inheritdoc/>
    public override string Kind => "fused";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [.. slots.Where((_, i) => program.Operands[i].Role == OperandRole.Input).Distinct()];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [.. slots.Where((_, i) => program.Operands[i].Role == OperandRole.Output).Distinct()];

    /// <inheritdoc/>
    public override long Bytes => Program.Operands.Zip(Slots).Distinct().Sum(o => o.First.Bytes(Program.Extents));

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new FusedStep(Program, [.. Slots.Select(place)]) { Label = Label, Flops = Flops };
}
