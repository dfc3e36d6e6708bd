using Nn.Graphs;

namespace Nn.Training;

/// <summary>What a stored tensor of a model is for.</summary>
public enum ParameterKind
{
    /// <summary>Trained, and regularised by <c>l1</c> and <c>l2</c>.</summary>
    Weight,

    /// <summary>Trained, not regularised: biases, scales of norms.</summary>
    Bias,

    /// <summary>Kept but not trained: running statistics.</summary>
    State,
}

/// <summary>A stored tensor of a model. Identity counts: two models that share a parameter hold the same object.</summary>
/// <param name="name">Unique within a script: <c>lenet.conv_1.weight</c>.</param>
/// <param name="shape">Extents.</param>
/// <param name="kind">What it is for.</param>
/// <param name="initializer">Its first values.</param>
/// <param name="fanIn">Inputs of one output, for the initializers.</param>
/// <param name="fanOut">Outputs of one input, for the initializers.</param>
public sealed class Parameter(string name, Shape shape, ParameterKind kind, Initializer initializer, long fanIn, long fanOut)
{
    /// <summary>Unique within a script.</summary>
    public string Name { get; } = name;

    /// <summary>Extents.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>What it is for.</summary>
    public ParameterKind Kind { get; } = kind;

    /// <summary>Its first values.</summary>
    public Initializer Initializer { get; } = initializer;

    /// <summary>Inputs of one output.</summary>
    public long FanIn { get; } = fanIn;

    /// <summary>Outputs of one input.</summary>
    public long FanOut { get; } = fanOut;

    /// <summary>Whether an optimizer changes it.</summary>
    public bool Trained => Kind != ParameterKind.State;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Shape}";
}
