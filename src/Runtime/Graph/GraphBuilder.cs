namespace Nn.Graphs;
/// <summary>Placeholder.</summary>
public sealed partial class GraphBuilder
{
}
