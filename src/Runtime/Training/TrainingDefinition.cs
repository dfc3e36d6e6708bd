using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>
/// One update within a training step: a loss, the models it changes, and how.
/// </summary>
/// <param name="Name">The model named by <c>step</c>, or the trained model.</param>
/// <param name="Loss">
/// From the fields of a batch to one number, or several whose mean over samples and places is the loss; with every regulariser added.
/// </param>
/// <param name="Models">The models whose weights are changed.</param>
/// <param name="Optimizer">How they are changed.</param>
/// <param name="Schedule">How the learning rate goes.</param>
/// <param name="Clip">Bounds on the gradient.</param>
/// <param name="Every">The update happens in every n-th step only.</param>
/// <param name="After">It begins when so much of the training is over.</param>
/// <param name="Until">It ends there.</param>
public sealed record TrainingStep(
    string Name, Func<BuildScope, SampleNodes, Node> Loss, IReadOnlyList<Model> Models, Optimizer Optimizer,
    Schedule Schedule, Clip? Clip = null, int Every = 1, Duration? After = null, Duration? Until = null)
{
    /// <summary>
    /// How much each sample, or each place of it, counts in the mean of the loss, which is Σ weight · loss ÷ Σ weight; null: all alike.
    /// </summary>
    public Func<BuildScope, SampleNodes, Node>? Weights { get; init; }

    /// <summary>Parts of <see cref="Models"/> whose weights stay as they are: they are used as in prediction.</summary>
    public IReadOnlyList<Model> Frozen { get; init; } = [];

    /// <summary>Parts of <see cref="Models"/> that learn later, or at another rate.</summary>
    public IReadOnlyList<TrainedPart> Parts { get; init; } = [];

    /// <summary>Its numbers that may change while training, without the rate.</summary>
    internal IEnumerable<Hyperparameter> Numbers => Optimizer.Numbers.Concat(Parts.Select(p => p.Factor));

    /// <summary>What the update changes, each once.</summary>
    public IEnumerable<Parameter> Trained => Models.SelectMany(m => m.Parameters).Except(Frozen.SelectMany(m => m.Parameters)).Where(p => p.Trained);

    /// <summary>
    /// The loss of a batch, a scalar, and of how many places it is the mean where sequences differ in length, or of what weight: null where it counts samples.
    /// </summary>
    public (Node Mean, Node? Places) MeanLoss(BuildScope scope, SampleNodes samples) => Weights is null
        ? MaskedReductions.MeanOfAll(scope, Loss(scope, samples)) : MaskedReductions.WeightedMean(scope, Loss(scope, samples), Weights(scope, samples));
}

/// <summary>Bounds on the gradient: its elements to ±<paramref name="Value"/>, its Euclidean norm to <paramref name="Norm"/>.</summary>
public sealed record Clip(double? Value = null, double? Norm = null)
{
    /// <summary>The clipped gradient, a row.</summary>
    internal Node Apply(GraphBuilder g, Node gradient)
    {
        if (Value is { } bound) gradient = g.Max(g.Min(gradient, g.Constant(bound)), g.Constant(-bound));
        if (Norm is { } norm)
        {
            Node length = g.Sqrt(g.Sum(g.Mul(gradient, gradient), new Shape(0)));
            gradient = g.Mul(gradient, g.Min(g.Div(g.Constant(norm), g.Add(length, g.Constant(1e-6))), g.Constant(1)));
        }

        return gradient;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[]
    {
        Value is { } v ? FormattableString.Invariant($"value: {v}") : null,
        Norm is { } n ? FormattableString.Invariant($"norm: {n}") : null,
    }.OfType<string>());
}

/// <summary>Stop when a metric has not improved for so many epochs, and go back to the best weights.</summary>
/// <param name="Metric">Name as reported: <c>val_loss</c>, <c>val_accuracy</c>.</param>
/// <param name="Patience">Epochs without improvement.</param>
/// <param name="MinDelta">What counts as improvement.</param>
/// <param name="Maximize">Whether larger is better.</param>
public sealed record EarlyStop(string Metric, int Patience, double MinDelta = 0, bool Maximize = false);

/// <summary>Everything that a <c>train</c> block means.</summary>
public sealed record TrainingDefinition
{
    /// <summary>The script or model, for display.</summary>
    public required string Name { get; init; }

    /// <summary>Which of the script's trainings it is, from 0: they are run one after the other.</summary>
    public int Number { get; init; }

    /// <summary>How many trainings the script has.</summary>
    public int Count { get; init; } = 1;

    /// <summary>One update for most trainings, several for adversarial ones.</summary>
    public required IReadOnlyList<TrainingStep> Steps { get; init; }

    /// <summary>All models that take part, those without an update of their own too.</summary>
    public required IReadOnlyList<Model> Models { get; init; }

    /// <summary>What makes predictions for a sample, if the loss compares some with targets.</summary>
    public ModelPrediction? Prediction { get; init; }

    /// <summary>The model of <see cref="Prediction"/>.</summary>
    public Model? Predictor => Prediction?.Model;

    /// <summary>The input fields that the predictor takes, in the order of its inputs.</summary>
    public IReadOnlyList<string> PredictedFrom => Prediction?.Fields ?? [];

    /// <summary>The target that each output of the predictor is held against; null where there is none.</summary>
    public IReadOnlyList<Field?> PredictedTargets => Prediction?.Targets ?? [];

    /// <summary>
    /// The predictor where it makes one output of the first input, both of fixed sizes, held against the first target, as most pictures of a model need
    /// it; else null.
    /// </summary>
    public Model? SinglePredictor =>
        Predictor is { Inputs.Count: 1, Outputs.Count: 1, Input.HasLength: false, Output.HasLength: false } model && PredictedFrom[0] == Schema.Inputs[0].Name
        && PredictedTargets[0] is { } target && target.Name == Schema.Targets[0].Name ? model : null;

    /// <summary>A model that looks at nothing and makes a picture, to be shown when the training ends; null: there is none.</summary>
    public Model? Shown { get; init; }

    /// <summary>What the fields of a sample are.</summary>
    public required Schema Schema { get; init; }

    /// <summary>How the inputs of training batches are varied in each step; null: not at all.</summary>
    public Augmentation? Augment { get; init; }

    /// <summary>Names of metrics beside the loss: accuracy, top_k (as <c>top_5</c>), precision, recall, f1, auc, mae, rmse, r2, perplexity.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Metrics that the script defines.</summary>
    public IReadOnlyList<OwnMetric> OwnMetrics { get; init; } = [];

    /// <summary>Passes over the training data.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Steps of an epoch, where samples are drawn, of which there is no end.</summary>
    public int DrawnSteps { get; init; } = DrawnData.EpochSteps;

    /// <summary>Samples that an epoch draws, where samples are drawn.</summary>
    internal int DrawnSamples => checked(DrawnSteps * Batch);

    /// <summary>Samples of a step; 0 is the whole training part.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>
    /// The gradients of so many batches are added up, each counting as much as it has samples, before weights change; with the last batch of an epoch they
    /// change in any case. 1: with each batch.
    /// </summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// The share that moving averages of the weights keep at an update, which evaluation and predictions take in place of the weights; null: there are
    /// none.
    /// </summary>
    public double? Average { get; init; }

    /// <summary>What becomes of it when it diverges; null: it fails.</summary>
    public DivergenceRule? OnDivergence { get; init; }

    /// <summary>Everything random is a function of it.</summary>
    public uint Seed { get; init; }

    /// <summary>When to stop early.</summary>
    public EarlyStop? EarlyStop { get; init; }

    /// <summary>
    /// A file to save the checkpoint of the best epoch so far to after every epoch, as in <c>checkpoint "f"</c>; it also holds what is needed to go on
    /// after the last.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>What a search of the same script looks at, and whether larger is better; null: there is none.</summary>
    public (string Metric, bool Maximize)? Sought { get; init; }

    /// <summary>
    /// The metric that says which epoch is best, and whether larger is better: that of <see cref="EarlyStop"/>, else what a search looks at, else the
    /// loss of the validation part, or of training
    /// where there is none. Null where several losses work against each other and nothing says which counts.
    /// </summary>
    /// <param name="names">The metrics that an epoch reports.</param>
    public (string Metric, bool Maximize)? Watched(IEnumerable<string> names)
    {
        if (EarlyStop is { } rule) return (rule.Metric, rule.Maximize);
        if (Sought is { } sought && names.Contains(sought.Metric)) return sought;
        return Steps.Count > 1 ? null : (names.Contains("val_loss") ? "val_loss" : "loss", false);
    }
}
