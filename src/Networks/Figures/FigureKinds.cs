using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>A figure that can be made of a training.</summary>
/// <param name="Name">As asked for.</param>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Make">Makes the figure.</param>
public sealed record FigureKind(string Name, string Arguments, string Summary, Func<IFigureSource, string[], Figure> Make);

/// <summary>The figures that there are.</summary>
public static class FigureKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<FigureKind> All { get; } =
    [
        new("loss", "[METRIC]", "loss of every epoch, or a metric", TrainingFigures.Loss),
        new("lr", "", "the learning rate over the whole training", TrainingFigures.Rate),
        new("boundary", "", "what a model of two inputs says everywhere", ModelFigures.Boundary),
        new("function", "", "what a model of one input says everywhere", ModelFigures.Function),
        new("weights", "[NAME]", "weights and filters as images; of every layer, or of one", WeightFigures.Weights),
        new("histogram", "[NAME]", "how large the weights of each layer are", WeightFigures.Histogram),
        new("embedding", "[NAME]", "the symbols of an embedding, by principal components", WeightFigures.Embedding),
        new("gradients", "[depth]", "how large the gradients of each layer are; depth: from layer to layer", GradientFigures.Gradients),
        new("activations", "[LAYER] [SAMPLE]", "what the layers give for a validation sample", LayerFigures.Activations),
        new("attention", "[LAYER] [SAMPLE]", "what each place of a sequence looks at, for each head", LayerFigures.Attention),
        new("latent", "[LAYER]", "validation samples in the narrowest layer, or another, by principal components", LayerFigures.Latent),
        new("confusion", "", "which classes were taken for which", DataFigures.Confusion),
        new("roc", "", "found against falsely found, for every threshold", DataFigures.Roc),
        new("data", "", "samples of the data", DataFigures.Data),
        new("samples", "[MODEL]", "images that a model makes from noise, or remakes", DataFigures.Samples),
        new("mistakes", "", "samples that were classified wrongly, the surest first", DataFigures.Mistakes),
    ];

    /// <summary>What is trained, and how far it is.</summary>
    public static string After(TrainingSession session) => session.Definition.Name + session switch
    {
        { Step: 0 } => " before training",
        { StepInEpoch: 0 } => $" after {session.Epoch} {(session.Epoch == 1 ? "epoch" : "epochs")}",
        _ => $" after {session.Step:N0} steps",
    };

    /// <summary>Why there is no such figure.</summary>
    /// <param name="why">The reason.</param>
    /// <param name="remedy">What the user may do about it, if there is a word for that.</param>
    public static NnException Cannot(string why, RemedyKind? remedy = null) => new(ExitCode.Usage, why)
    {
        Remedy = remedy is { } kind ? new Remedy(kind) : null,
    };
}
