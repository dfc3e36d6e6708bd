namespace Nn.Dsl;

/// <summary>Mistakes about metrics; named constructors, one a kind of mistake.</summary>
internal static class MetricErrors
{
    public static BindError NameTaken(TextSpan span, string name) =>
        new(span, $"there is a metric '{name}' already", $"give the formula another name: metrics own_{name}: …");
}
