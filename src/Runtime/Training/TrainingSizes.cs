using Nn.Data;

namespace Nn.Training;

/// <summary>What a training plan must know of the data beforehand.</summary>
/// <param name="TrainingSamples">Samples of the training part.</param>
/// <param name="ValidationSamples">Samples of the validation part, possibly none.</param>
/// <param name="Input">What stored inputs mean, and the shape of the numbers that they are scaled by.</param>
/// <param name="PredictBatch">Samples that <c>predict</c> takes at once.</param>
public sealed record TrainingSizes(int TrainingSamples, int ValidationSamples, FieldForm Input, int PredictBatch = 1)
{
    /// <summary>Most samples that <c>evaluate</c> takes at once.</summary>
    public int MaxEvaluationBatch { get; init; } = 512;

    /// <summary>A model whose outputs for normal noise the entry <c>sample</c> gives, and how many; null: none.</summary>
    public (Model Model, int Count)? Samples { get; init; }

    /// <summary>
    /// Whether targets are rows of 0 and 1 of which not all have exactly one 1: each element is a label of its own, that may be right beside others. Where the model ends in sigmoids, its outputs
    /// are taken so whatever the targets are.
    /// </summary>
    public bool SeveralLabels { get; init; }

    /// <summary>Whether training steps also keep what each layer gave, in <see cref="TrainingSlots.Observed"/>.</summary>
    public bool Observe { get; init; }

    /// <summary>Whether full steps also keep the way to each loss and back, in <see cref="TrainingSlots.Traced"/>.</summary>
    public bool Trace { get; init; }

    /// <summary>What a plan must know of these data.</summary>
    public static TrainingSizes Of(LoadedData data) => new(data.Training.Samples, data.Validation.Samples, data.Input) { SeveralLabels = DataStatistics.SeveralLabels(data) };

    /// <summary>Whether the same plan serves both: all is the same but the numbers by which inputs are scaled.</summary>
    internal bool HasPlanOf(TrainingSizes other) =>
        this with { Input = other.Input } == other && Input.Shape == other.Input.Shape && Input.Stored == other.Input.Stored && Input.Scaling?.Shape == other.Input.Scaling?.Shape;
}
