using Nn.Data;

namespace Nn.Training;

/// <summary>What a training plan must know of the data beforehand.</summary>
/// <param name="TrainingSamples">Samples of the training part.</param>
/// <param name="ValidationSamples">Samples of the validation part, possibly none.</param>
/// <param name="Schema">What the fields of a sample are, and the shapes of the numbers that they are scaled by.</param>
public sealed record TrainingSizes(int TrainingSamples, int ValidationSamples, Schema Schema)
{
    /// <summary>Most samples that <c>evaluate</c> takes at once.</summary>
    public int MaxEvaluationBatch { get; init; } = 512;

    /// <summary>What the plan has beside the training.</summary>
    public TrainingExtras Extras { get; init; } = TrainingExtras.None;

    /// <summary>How long the sequences of training steps may be.</summary>
    public LengthBuckets Buckets { get; init; } = LengthBuckets.None;

    /// <summary>Places of the shortest sequence of the training and the validation part, by the name of its length.</summary>
    internal IReadOnlyDictionary<string, int> Shortest { get; init; } = new Dictionary<string, int>();

    /// <summary>What a plan must know of these data.</summary>
    public static TrainingSizes Of(LoadedData data, TrainingDefinition definition) =>
        new(data.Drawn is null ? data.Training.Samples : definition.DrawnSamples, data.Validation.Samples, DataStatistics.WithLabels(data))
        {
            Buckets = LengthBuckets.Of(data.Schema, data.Training, definition.Batch),
            Shortest = ShortestSequences.Among([.. data.Schema.Inputs, .. data.Schema.Inputs], [.. data.Training.Inputs, .. data.Validation.Inputs]),
        };

    /// <summary>Whether the same plan serves both: all is the same but the numbers by which fields are scaled.</summary>
    internal bool HasPlanOf(TrainingSizes other) =>
        this with { Schema = other.Schema, Shortest = other.Shortest } == other
            && Shortest.OrderBy(s => s.Key).SequenceEqual(other.Shortest.OrderBy(s => s.Key)) && Schema.HasFormOf(other.Schema);
}
