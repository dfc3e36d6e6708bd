using Nn.Training;

namespace Nn.Dsl;

/// <summary>A <c>part</c> line as written.</summary>
/// <param name="Model">The model that it names.</param>
/// <param name="Freeze">How long its weights stand still.</param>
/// <param name="Factor">Of its learning rate.</param>
internal sealed record StatedPart(NameExpr Model, Duration? Freeze, double Factor);
