namespace Nn.Training;

/// <summary>What the plan of a training has beside the training itself, for whoever looks into it or asks its model.</summary>
public sealed record TrainingExtras
{
    /// <summary>Nothing: predictions of one sample at a time.</summary>
    public static TrainingExtras None { get; } = new();

    /// <summary>Samples that the entry <c>predict</c> takes at once.</summary>
    public int PredictBatch { get; init; } = 1;

    /// <summary>A model whose outputs for normal noise the entry <c>sample</c> gives, and how many; null: none.</summary>
    public (Model Model, int Count)? Samples { get; init; }

    /// <summary>Whether training steps also keep what each layer gave, in <see cref="TrainingSlots.Observed"/>.</summary>
    public bool Observe { get; init; }

    /// <summary>A single form of steps, which the entry <c>train</c> then has; null: all that the training has.</summary>
    internal (StepForms Forms, StepForm Form)? Only { get; init; }

    /// <summary>Whether full steps also keep the way to each loss and back, in <see cref="TrainingSlots.Traced"/>.</summary>
    public bool Trace { get; init; }
}
