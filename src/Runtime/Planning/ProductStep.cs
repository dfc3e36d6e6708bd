using Nn.Graphs;

namespace Nn.Planning;

/// <summary>A product of two tensors of which each output element takes many of both, and an elementwise program over what comes of it.</summary>
/// <param name="a">First operand.</param>
/// <param name="b">Second operand.</param>
/// <param name="c">Result.</param>
/// <param name="epilogue">What runs over the result, if anything does.</param>
public abstract class ProductStep(Slot a, Slot b, Slot c, FusedStep? epilogue) : PlanStep
{
    /// <summary>First operand.</summary>
    public Slot A { get; } = a;

    /// <summary>Second operand.</summary>
    public Slot B { get; } = b;

    /// <summary>Result.</summary>
    public Slot C { get; } = c;

    /// <summary>
    /// An elementwise program over the result seen as [all but the last axis, last axis], whose operand of the slot <see cref="C"/> is the result just
    /// computed. Its outputs have that same space. Where no later step reads C, it need not reach memory outside the tile being worked on.
    /// </summary>
    public FusedStep? Epilogue { get; } = epilogue;

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [a, b, .. epilogue is null ? [] : epilogue.Reads.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [c, .. epilogue is null ? [] : epilogue.Writes.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Results => Epilogue?.Writes ?? Writes;

    /// <summary>The epilogue with its slots where <paramref name="place"/> says.</summary>
    protected FusedStep? EpilogueAt(Func<Slot, Slot> place) => (FusedStep?)Epilogue?.At(place);
}
