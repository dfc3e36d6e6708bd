using System.Text.Json.Nodes;
using Nn.Data;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>An evaluation's report as fields of a JSON event. Numbers that are none become null.</summary>
internal static class ReportJson
{
    private const int MaxMatrix = 50;
    private const int MaxPairs = 100;

    /// <summary>
    /// For classes: <c>classes</c>, <c>macro</c>, <c>weighted</c>, and <c>confusion</c> (rows are true classes) up to 50 classes; <c>confused</c>, the pairs
    /// most often confused. For several labels: <c>labels</c>. For numbers: <c>regression</c>, <c>misses</c>.
    /// </summary>
    public static IEnumerable<(string Name, object? Value)> Fields(EvaluationReport report, FieldForm target)
    {
        if (report.Classes is { } c)
        {
            string[] names = ReportText.Names(c, target);
            yield return ("classes", new JsonArray([.. c.Scores.Select(s => new JsonObject
            {
                ["name"] = names[s.Class], ["precision"] = s.Precision, ["recall"] = s.Recall, ["f1"] = s.F1, ["support"] = s.Support,
            })]));
            yield return ("macro", Means(c.Macro));
            yield return ("weighted", Means(c.Weighted));
            if (c.Classes <= MaxMatrix)
                yield return ("confusion",
                    new JsonArray([.. Enumerable.Range(0, c.Classes)
                        .Select(a => new JsonArray([.. Enumerable.Range(0, c.Classes).Select(p => JsonValue.Create(c[a, p]))]))]));
            yield return ("confused",
                new JsonArray([.. c.Mistakes.Take(MaxPairs)
                    .Select(m => new JsonObject { ["actual"] = names[m.Actual], ["predicted"] = names[m.Predicted], ["count"] = m.Count })]));
        }

        if (report.Labels is { } labels)
        {
            yield return ("labels", new JsonArray([.. labels.Select(s => new JsonObject
            {
                ["label"] = s.Class, ["precision"] = s.Precision, ["recall"] = s.Recall, ["f1"] = s.F1, ["support"] = s.Support,
            })]));
        }

        if (report.Numbers is not { } r) yield break;
        yield return ("regression", new JsonObject { ["r2"] = Finite(r.R2), ["mae"] = Finite(r.Mae), ["rmse"] = Finite(r.Rmse) });
        yield return ("misses", new JsonArray([.. r.Misses.Select(m => new JsonObject
        {
            ["sample"] = m.Sample, ["element"] = m.Element, ["target"] = Finite(m.Target), ["output"] = Finite(m.Output), ["error"] = Finite(m.Error),
        })]));
    }

    private static JsonObject Means(Func<Func<ClassScore, double>, double> mean) =>
        new() { ["precision"] = Finite(mean(s => s.Precision)), ["recall"] = Finite(mean(s => s.Recall)), ["f1"] = Finite(mean(s => s.F1)) };

    private static JsonValue? Finite(double v) => double.IsFinite(v) ? JsonValue.Create(v) : null;
}
