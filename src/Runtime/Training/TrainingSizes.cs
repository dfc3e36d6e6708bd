using Nn.Data;

namespace Nn.Training;

/// <summary>What a training plan must know of the data beforehand.</summary>
/// <param name="TrainingSamples">Samples of the training part.</param>
/// <param name="ValidationSamples">Samples of the validation part, possibly none.</param>
/// <param name="Schema">What the fields of a sample are, and the shapes of the numbers that they are scaled by.</param>
/// <param name="PredictBatch">Samples that <c>predict</c> takes at once.</param>
public sealed record TrainingSizes(int TrainingSamples, int ValidationSamples, Schema Schema, int PredictBatch = 1)
{
    /// <summary>Most samples that <c>evaluate</c> takes at once.</summary>
    public int MaxEvaluationBatch { get; init; } = 512;

    /// <summary>A model whose outputs for normal noise the entry <c>sample</c> gives, and how many; null: none.</summary>
    public (Model Model, int Count)? Samples { get; init; }

    /// <summary>Whether training steps also keep what each layer gave, in <see cref="TrainingSlots.Observed"/>.</summary>
    public bool Observe { get; init; }

    /// <summary>Whether full steps also keep the way to each loss and back, in <see cref="TrainingSlots.Traced"/>.</summary>
    public bool Trace { get; init; }

    /// <summary>How long the sequences of training steps may be.</summary>
    public LengthBuckets Buckets { get; init; } = LengthBuckets.None;

    /// <summary>What a plan must know of these data.</summary>
    public static TrainingSizes Of(LoadedData data, TrainingDefinition definition) => new(data.Training.Samples, data.Validation.Samples, DataStatistics.WithLabels(data))
    {
        Buckets = LengthBuckets.Of(data.Schema, data.Training, definition.Batch),
    };

    /// <summary>Whether the same plan serves both: all is the same but the numbers by which fields are scaled.</summary>
    internal bool HasPlanOf(TrainingSizes other) =>
        this with { Schema = other.Schema } == other && Schema.HasFormOf(other.Schema);
}
