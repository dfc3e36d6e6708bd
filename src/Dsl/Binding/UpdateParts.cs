using Nn.Training;

namespace Nn.Dsl;

/// <summary>What a <c>step</c> block, or a <c>train</c> block with one step, says of an update.</summary>
/// <param name="Owner">The model that the step updates, where there are several steps.</param>
/// <param name="Batch">The batch of the training, as written.</param>
internal sealed record UpdateParts(string? Owner, Expr? Batch)
{
    public Expr? Loss { get; init; }

    public Expr? Weights { get; init; }

    public Optimizer? Optimizer { get; init; }

    public Schedule Schedule { get; init; } = new ConstantSchedule();

    public Clip? Clip { get; init; }

    public IReadOnlyList<NameExpr> Frozen { get; init; } = [];

    public IReadOnlyList<StatedPart> Parts { get; init; } = [];

    public int Every { get; init; } = 1;

    public Duration? After { get; init; }

    public Duration? Until { get; init; }
}
