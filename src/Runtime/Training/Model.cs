using Nn.Graphs;

namespace Nn.Training;

/// <summary>A line of a model's summary; shapes are without the batch.</summary>
/// <param name="Name">As named in the script or numbered: <c>conv_1</c>.</param>
/// <param name="Kind">The layer: <c>conv 6, 5x5, same, relu</c>.</param>
/// <param name="Output">Shape of the value after it.</param>
/// <param name="Parameters">Its own stored tensors.</param>
/// <param name="Depth">Nesting in blocks and branches.</param>
/// <param name="Shared">Whether its tensors were listed before.</param>
public sealed record LayerSummary(string Name, string Kind, Shape Output, IReadOnlyList<Parameter> Parameters, int Depth = 0, bool Shared = false)
{
    /// <summary>Of a standard layer, its arguments with all defaults: <c>conv channels: 6, window: 5x5, stride: 1, …</c>; else empty.</summary>
    public string Options { get; init; } = "";
}

/// <summary>
/// A network: stored tensors and a way to build its value. Building it again, in the same or another entry, uses the same tensors.
/// </summary>
/// <param name="name">As in the script.</param>
/// <param name="input">Shape of one sample's input.</param>
/// <param name="output">Shape of one sample's output.</param>
/// <param name="parameters">All stored tensors, in the order of the layers.</param>
/// <param name="layers">For summaries.</param>
/// <param name="build">Builds the output of a batch from its input (batch × input shape).</param>
public sealed class Model(
    string name, Shape input, Shape output, IReadOnlyList<Parameter> parameters, IReadOnlyList<LayerSummary> layers, Func<BuildScope, Node, Node> build)
{
    /// <summary>As in the script.</summary>
    public string Name { get; } = name;

    /// <summary>Shape of one sample's input.</summary>
    public Shape Input { get; } = input;

    /// <summary>Shape of one sample's output.</summary>
    public Shape Output { get; } = output;

    /// <summary>All stored tensors.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <summary>For summaries.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; } = layers;

    /// <summary>Builds the output of a batch; losses and layers call <see cref="BuildScope.Apply"/>, which does it once for an input.</summary>
    public Node Build(BuildScope scope, Node input) => build(scope, input);
}
