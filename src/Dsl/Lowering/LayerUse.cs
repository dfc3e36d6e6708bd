using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>What a line of a model makes, once for each time that it is run through.</summary>
/// <param name="Span">The line.</param>
/// <param name="Model">The model that was being bound: lines of blocks are used by several.</param>
/// <param name="Input">Shape of a sample before it.</param>
/// <param name="Output">Shape of a sample after it.</param>
/// <param name="Parameters">The tensors that it stores, those of lines within it too.</param>
public sealed record LayerUse(TextSpan Span, string Model, Shape Input, Shape Output, IReadOnlyList<Parameter> Parameters);
