using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>An op by a kernel that needs to know nothing but the op's attributes and the shapes of its operands.</summary>
public sealed class OpStep(Op op, object? attributes, IReadOnlyList<Slot> inputs, Slot output) : PlanStep
{
    /// <summary>What is computed.</summary>
    public Op Op { get; } = op;

    /// <summary>The op's attributes.</summary>
    public object? Attributes { get; } = attributes;

    /// <summary>One slot an operand.</summary>
    public IReadOnlyList<Slot> Inputs { get; } = inputs;

    /// <summary>The result.</summary>
    public Slot Output { get; } = output;

    /// <inheritdoc/>
    public override string Kind => Op.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [.. inputs.Distinct()];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <summary>The attributes, which must be of that type.</summary>
    public T Attribute<T>() where T : class => Attributes as T ?? throw new InvalidOperationException($"{Op.Name} has no {typeof(T).Name}");

    /// <inheritdoc/>
    public override PlanStep At(Func<Slot, Slot> place) =>
        new OpStep(Op, Attributes, [.. Inputs.Select(place)], place(Output)) { Label = Label, Flops = Flops };
}
