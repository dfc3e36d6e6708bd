using System.Globalization;
using System.Text;

namespace Nn.Repl.Serve;

/// <summary>What somebody chose in the playground; <see cref="Script"/> says it in the language.</summary>
/// <param name="Data">A generator of points in the plane.</param>
/// <param name="Samples">Points.</param>
/// <param name="Noise">How far they stray.</param>
/// <param name="Classes">Classes, where the generator makes as many as one likes.</param>
/// <param name="Seed">Seed of the points.</param>
/// <param name="Layers">Units of the hidden layers.</param>
/// <param name="Activation">Of the hidden layers.</param>
/// <param name="Optimizer">How the weights are changed.</param>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Batch">Samples of a step.</param>
internal sealed record PlayChoices(string Data, int Samples, double Noise, int Classes, uint Seed, int[] Layers, string Activation, string Optimizer,
    double Rate, int Batch)
{
    /// <summary>The most hidden layers.</summary>
    public const int MaxLayers = 6;

    /// <summary>The most units of one.</summary>
    public const int MaxUnits = 32;

    /// <summary>The most points.</summary>
    public const int MaxSamples = 5000;

    /// <summary>Generators of points in the plane.</summary>
    public static IReadOnlyList<string> Generators { get; } = ["spirals", "circles", "moons", "blobs", "xor", "linear"];

    /// <summary>Those with as many classes as one likes.</summary>
    public static IReadOnlyList<string> ManyClasses { get; } = ["spirals", "circles", "blobs"];

    /// <summary>Functions of the hidden layers.</summary>
    public static IReadOnlyList<string> Activations { get; } = ["tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "sin", "identity"];

    /// <summary>Optimizers.</summary>
    public static IReadOnlyList<string> Optimizers { get; } = ["adam", "adamw", "sgd", "rmsprop", "adagrad", "nadam", "lion"];

    /// <summary>What the playground begins with.</summary>
    public static PlayChoices First { get; } = new("spirals", 500, 0.03, 2, 1, [8, 8], "tanh", "adam", 0.01, 32);

    /// <summary>The choices as a script.</summary>
    /// <exception cref="NnException">Something was chosen that there is not.</exception>
    public string Script()
    {
        Among(Data, Generators, "data");
        Among(Activation, Activations, "activation");
        Among(Optimizer, Optimizers, "optimizer");
        Within(Samples, 10, MaxSamples, "samples");
        Within(Noise, 0, 2, "noise");
        Within(Classes, 2, 6, "classes");
        Within(Rate, 0, 100, "learning rate");
        Within(Batch, 1, MaxSamples, "batch");
        Within(Layers.Length, 0, MaxLayers, "hidden layers");
        foreach (int units in Layers) Within(units, 1, MaxUnits, "units");
        // These two say yes or no, the others name a class.
        bool yesOrNo = Data is "xor" or "linear";
        var s = new StringBuilder();
        s.Append("model net {\n");
        foreach (int units in Layers) s.Append($"  dense {units}{(Activation == "identity" ? "" : $", {Activation}")}\n");
        s.Append(yesOrNo ? "  dense 1, sigmoid\n}\n" : "  dense classes, softmax\n}\n");
        s.Append($"\ndata points {{\n  builtin {Data}, samples: {Samples}, noise: "
            + $"{Number(Noise)}{(ManyClasses.Contains(Data) ? $", classes: {Classes}" : "")}, seed: {Seed}\n  split   80/20\n}}\n");
        s.Append($"\ntrain {{\n  loss       {(yesOrNo ? "bce" : "cross_entropy")}\n  optimizer  {Optimizer}(lr: {Number(Rate)})\n  epochs     1000\n  "
            + $"batch      {Batch}\n  metrics    accuracy\n}}\n");
        return s.ToString();
    }

    private static void Among(string chosen, IReadOnlyList<string> all, string what)
    {
        if (!all.Contains(chosen)) throw new NnException(ExitCode.Usage, $"{what}: choose one of {string.Join(", ", all)}");
    }

    private static void Within(double chosen, double low, double high, string what)
    {
        if (!(chosen >= low && chosen <= high)) throw new NnException(ExitCode.Usage, $"{what}: choose {Number(low)} to {Number(high)}");
    }

    private static string Number(double v) => v.ToString("0.######", CultureInfo.InvariantCulture);
}
