using Nn.Graphs;

namespace Nn.Training;

/// <summary>What a layer gave while a model was built.</summary>
/// <param name="Name">With the names of its model and blocks: <c>lenet.conv_1</c>.</param>
/// <param name="Text">The line of the script: <c>conv 6, 5x5, relu</c>; empty for a value within a layer, such as the weights of an attention.</param>
/// <param name="Value">Of a batch.</param>
public sealed record LayerValue(string Name, string Text, Node Value);
