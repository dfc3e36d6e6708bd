namespace Nn.Dsl;

/// <summary>Mistakes about metrics; named constructors, one a kind of mistake.</summary>
internal static class MetricErrors
{
    public static BindError Unknown(TextSpan span, string name, IReadOnlyList<string> known) => new(span, $"there is no metric '{name}'",
        Suggest.Help(name, known) ?? $"there are {BindError.List(known)}; one of your own is a formula behind its name: metrics {name}: FORMULA");

    public static BindError FormulaWithoutName(TextSpan span, string formula) =>
        new(span, "a formula as a metric needs a name, by which it is told", $"write: metrics error: {formula}");

    public static BindError NameTaken(TextSpan span, string name) =>
        new(span, $"there is a metric '{name}' already", $"give the formula another name: metrics own_{name}: …");
}
