using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>The metrics, and what the lines that name them say.</summary>
internal static class MetricBinder
{
    /// <summary>One row a metric.</summary>
    public static IReadOnlyList<WordEntry> Rows { get; } =
    [
        new("metrics", "loss", "what the training makes small", ""),
        new("metrics", "accuracy", "share of samples whose largest output is the right class", ""),
        new("metrics", "exact",
            "share of samples of which all places are right: of a model that writes, those that it writes without a mistake", ""),
        new("metrics", "precision", "of what was taken for a class, the share that is of it; mean over the classes", ""),
        new("metrics", "recall", "of what is of a class, the share that was taken for it; mean over the classes", ""),
        new("metrics", "f1", "2 · precision · recall / (precision + recall), mean over the classes", ""),
        new("metrics", "auc", "area under the ROC curve: how often a sample of the class gets more than one of another", ""),
        new("metrics", "mae", "mean of |target − output|", ""),
        new("metrics", "rmse", "√ of the mean of (target − output)²", ""),
        new("metrics", "r2", "share of the target's variance that is explained: 1 − Σ(target − output)² / Σ(target − mean)²", ""),
        new("metrics", "perplexity", "e^loss of a cross-entropy: among how many symbols the model wavers", ""),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rows.Select(r => r.Name)];

    /// <summary>The metric that a value names; of several outputs: <c>kind.accuracy</c>.</summary>
    public static string Of(Argument a)
    {
        string name = a.Value switch
        {
            MemberExpr { Target: NameExpr } m => m.Name,
            NameExpr or StringExpr => SettingReader.Word(a, "metric"),
            _ => throw MetricErrors.FormulaWithoutName(a.Value.Span, SyntaxText.Of(a.Value)),
        };
        bool top = name.StartsWith("top_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4), out int k) && k > 0;
        return top || Names.Contains(name) ? name : throw MetricErrors.Unknown(a.Span, name, [.. Names, "top_5"]);
    }

    /// <summary>The metrics with the outputs that they are about, where there are several.</summary>
    public static string[] Qualified(IReadOnlyList<Argument> metrics, ModelPrediction? predictor)
    {
        return [.. metrics.Select(Qualify)];

        string Qualify(Argument a)
        {
            string metric = Of(a);
            string? stated = a.Value is MemberExpr { Target: NameExpr output } ? output.Name : null;
            IReadOnlyList<NamedShape> outputs = predictor?.Model.Outputs ?? [];
            if (stated is not null && outputs.All(o => o.Name != stated)) throw BindError.NoOutput(a.Span, predictor?.Model.Name ?? "the loss", stated,
                outputs.Select(o => o.Name));
            if (outputs.Count < 2) return metric;
            if (stated is not null) return $"{stated}.{metric}";
            // A metric of classes is about the output that gives classes, where there is one; one of numbers about the other.
            bool ofNumbers = metric is "mae" or "rmse" or "r2";
            NamedShape[] fitting = [.. outputs.Where((_, o) => predictor!.Targets[o] is { } target && target.Form.IsSymbols != ofNumbers)];
            return fitting is [{ } only] ? $"{only.Name}.{metric}" : throw BindError.MetricOfWhich(a.Span, metric,
                (fitting.Length > 0 ? fitting : outputs).Select(o => o.Name));
        }
    }
}
