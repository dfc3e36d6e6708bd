using Nn.Training;

namespace Nn.Repl.Plots;

/// <summary>What <c>:plot</c> can show.</summary>
/// <param name="Name">As asked for.</param>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Make">Makes the figure.</param>
internal sealed record PlotKind(string Name, string Arguments, string Summary, Func<ReplSession, string[], Figure> Make);

/// <summary>The table of plots.</summary>
internal static class PlotKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<PlotKind> All { get; } =
    [
        new("loss", "[METRIC]", "loss of every epoch, or a metric", TrainingPlots.Loss),
        new("lr", "", "the learning rate over the whole training", TrainingPlots.Rate),
        new("boundary", "", "what a model of two inputs says everywhere", ModelPlots.Boundary),
        new("function", "", "what a model of one input says everywhere", ModelPlots.Function),
        new("weights", "[NAME]", "weights and filters as images; of every layer, or of one", WeightPlots.Weights),
        new("histogram", "[NAME]", "how large the weights of each layer are", WeightPlots.Histogram),
        new("embedding", "[NAME]", "the symbols of an embedding, by principal components", WeightPlots.Embedding),
        new("gradients", "[depth]", "how large the gradients of each layer are; depth: from layer to layer", GradientPlots.Gradients),
        new("activations", "[LAYER] [SAMPLE]", "what the layers give for a validation sample", LayerPlots.Activations),
        new("attention", "[LAYER] [SAMPLE]", "what each place of a sequence looks at, for each head", LayerPlots.Attention),
        new("latent", "[LAYER]", "validation samples in the narrowest layer, or another, by principal components", LayerPlots.Latent),
        new("confusion", "", "which classes were taken for which", DataPlots.Confusion),
        new("roc", "", "found against falsely found, for every threshold", DataPlots.Roc),
        new("data", "", "samples of the data", DataPlots.Data),
        new("samples", "[MODEL]", "images that a model makes from noise, or remakes", DataPlots.Samples),
        new("mistakes", "", "samples that were classified wrongly, the surest first", DataPlots.Mistakes),
    ];

    /// <summary>What is trained, and how far it is.</summary>
    public static string After(TrainingSession session) => session.Definition.Name + session switch
    {
        { Step: 0 } => " before training",
        { StepInEpoch: 0 } => $" after {session.Epoch} {(session.Epoch == 1 ? "epoch" : "epochs")}",
        _ => $" after {session.Step:N0} steps",
    };

    /// <summary>Why there is no such figure.</summary>
    public static NnException Cannot(string why) => new(ExitCode.Usage, why);
}
