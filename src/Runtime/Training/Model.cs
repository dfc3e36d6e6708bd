using Nn.Data;
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
/// A network: stored tensors and a way to build its values. Building it again, in the same or another entry, uses the same tensors.
/// </summary>
/// <param name="name">As in the script.</param>
/// <param name="inputs">What it takes.</param>
/// <param name="outputs">What it gives.</param>
/// <param name="parameters">All stored tensors, in the order of the layers.</param>
/// <param name="layers">For summaries.</param>
/// <param name="build">Builds the outputs of a batch from its inputs, each batch × its shape.</param>
public sealed class Model(
    string name, IReadOnlyList<NamedShape> inputs, IReadOnlyList<NamedShape> outputs, IReadOnlyList<Parameter> parameters, IReadOnlyList<LayerSummary> layers,
    Func<BuildScope, IReadOnlyList<Node>, IReadOnlyList<Node>> build)
{
    /// <summary>A model of one input and one output.</summary>
    public Model(
        string name, Shape input, Shape output, IReadOnlyList<Parameter> parameters, IReadOnlyList<LayerSummary> layers, Func<BuildScope, Node, Node> build)
        : this(name, [new NamedShape(Schema.X, input)], [new NamedShape(Schema.Y, output)], parameters, layers, (scope, nodes) => [build(scope, nodes[0])])
    {
    }

    /// <summary>As in the script.</summary>
    public string Name { get; } = name;

    /// <summary>What it takes; at least one.</summary>
    public IReadOnlyList<NamedShape> Inputs { get; } = inputs;

    /// <summary>What it gives; at least one.</summary>
    public IReadOnlyList<NamedShape> Outputs { get; } = outputs;

    /// <summary>Shape of one sample's first input.</summary>
    public Shape Input => Inputs[0].Shape;

    /// <summary>Shape of one sample's first output.</summary>
    public Shape Output => Outputs[0].Shape;

    /// <summary>All stored tensors.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <summary>For summaries.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; } = layers;

    /// <summary>
    /// Builds the outputs of a batch; losses and layers call <see cref="BuildScope.Apply(Model, IReadOnlyList{Node})"/>, which does it once for the same
    /// inputs.
    /// </summary>
    public IReadOnlyList<Node> Build(BuildScope scope, IReadOnlyList<Node> nodes) => build(scope, nodes);
}
