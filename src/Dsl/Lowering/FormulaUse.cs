namespace Nn.Dsl;

/// <summary>What a line of a <c>layer</c> makes, once for each use of the layer.</summary>
/// <param name="Span">The line.</param>
/// <param name="Shape">Shape of the value, <c>batch</c> standing for the number of samples.</param>
public sealed record FormulaUse(TextSpan Span, string Shape);
