using Nn.Training;

namespace Nn.Dsl;

/// <summary>What a <c>train</c> block says of the training as a whole.</summary>
internal sealed record TrainingNumbers
{
    public int Epochs { get; init; } = 1;

    /// <summary>Steps in all, where samples are drawn; null: epochs say it.</summary>
    public int? Steps { get; init; }

    /// <summary>The model whose picture is shown, as written.</summary>
    public NameExpr? Shown { get; init; }

    /// <summary>Samples of a step; 0 for all.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Batches of an update.</summary>
    public int Accumulate { get; init; } = 1;

    public double? Average { get; init; }

    public DivergenceRule? OnDivergence { get; init; }

    public int Seed { get; init; }

    public EarlyStop? EarlyStop { get; init; }

    public string? Checkpoint { get; init; }

    /// <summary>As written, without the loss.</summary>
    public IReadOnlyList<Argument> Metrics { get; init; } = [];
}
