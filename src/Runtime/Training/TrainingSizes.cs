using Nn.Graphs;

namespace Nn.Training;

/// <summary>What a training plan must know of the data beforehand.</summary>
/// <param name="TrainingSamples">Samples of the training part.</param>
/// <param name="ValidationSamples">Samples of the validation part, possibly none.</param>
/// <param name="StoredInput">Type in which inputs lie in memory; bytes mean value ÷ 255.</param>
/// <param name="Normalization">
/// Shape of the scale and shift applied to each input sample (x·scale + shift), such as one number a channel; null for none.
/// </param>
/// <param name="PredictBatch">Samples that <c>predict</c> takes at once.</param>
public sealed record TrainingSizes(
    int TrainingSamples, int ValidationSamples, DType StoredInput, Shape? Normalization, int PredictBatch = 1)
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
}
