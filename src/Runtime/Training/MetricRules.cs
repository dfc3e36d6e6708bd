using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>Which metrics a training can report; found out before its first step.</summary>
public static class MetricRules
{
    /// <summary>Whether a larger value of a metric is better; those of the validation part begin with <c>val_</c>.</summary>
    public static bool LargerIsBetter(string metric) =>
        !(metric.StartsWith("val_", StringComparison.Ordinal) ? metric[4..] : metric).StartsWith("loss", StringComparison.Ordinal)
        && !(metric.EndsWith("mae", StringComparison.Ordinal) || metric.EndsWith("rmse", StringComparison.Ordinal)
            || metric.EndsWith("perplexity", StringComparison.Ordinal));

    /// <summary>
    /// Which of the predictor's outputs a metric is about, and its bare name: of several outputs, <c>kind.accuracy</c> is about that named kind.
    /// </summary>
    public static (int Output, string Kind) Of(TrainingDefinition definition, string metric)
    {
        int dot = metric.IndexOf('.');
        if (dot < 0) return (0, metric);
        IReadOnlyList<NamedShape> outputs = definition.Predictor!.Outputs;
        for (int o = 0; o < outputs.Count; o++)
        {
            if (outputs[o].Name == metric[..dot]) return (o, metric[(dot + 1)..]);
        }

        throw new ArgumentException($"{definition.Predictor.Name} has no output '{metric[..dot]}'", nameof(metric));
    }

    /// <summary>The names under which an epoch's results appear.</summary>
    public static IReadOnlyList<string> Names(TrainingDefinition definition, TrainingSizes sizes)
    {
        string[] losses = definition.Steps.Count == 1 ? ["loss"] : [.. definition.Steps.Select(s => $"loss_{s.Name}")];
        string[] own = [.. definition.OwnMetrics.Select(m => m.Name)];
        string[] training = [.. losses, .. definition.Metrics.Where(m => !HostMetrics.Needed(m)), .. own];
        return sizes.ValidationSamples == 0 ? training : [.. training, .. losses.Concat(definition.Metrics).Concat(own).Select(m => "val_" + m)];
    }

    /// <summary>Refuses metrics that mean nothing for the model and its target, and rules that watch what is not there.</summary>
    /// <exception cref="NnException">What is wrong, and what to write.</exception>
    public static void Check(TrainingDefinition definition, TrainingSizes sizes)
    {
        foreach (string metric in definition.Metrics)
        {
            string? why = definition.Predictor is null ? "this loss does not compare a model's output with the target" : Misfit(metric, definition, sizes);
            if (why is null && HostMetrics.Needed(metric) && sizes.ValidationSamples == 0) why = "it needs a validation part; add `split 80/20` to the data";
            if (why is not null) throw new NnException(ExitCode.Script, $"the metric {metric} cannot be computed: {why}");
        }

        IReadOnlyList<string> names = Names(definition, sizes);
        void Watched(string rule, string metric)
        {
            if (!names.Contains(metric))
                throw new NnException(ExitCode.Script,
                    $"{rule} watches {metric}, but there is {string.Join(", ", names)}; add it to metrics, or split the data");
        }

        if (definition.EarlyStop is { } stop) Watched("early_stop", stop.Metric);
        foreach (TrainingStep step in definition.Steps)
        {
            if (step.Schedule.Plateau is { } plateau) Watched("reduce_on_plateau", plateau.Metric);
        }
    }

    /// <summary>Metrics that come to NaN for these data, each with the reason.</summary>
    public static IEnumerable<string> Unknown(TrainingDefinition definition, LoadedData data)
    {
        if (data.Validation.Samples == 0 || definition.Predictor is null) yield break;
        foreach (string metric in definition.Metrics)
        {
            (int o, string kind) = Of(definition, metric);
            if (kind is not ("auc" or "r2") || definition.PredictedTargets[o] is not { } target) continue;
            byte[] stored = data.Validation.Targets[data.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];
            if (Varies(data.Schema.Targets.Single(t => t.Name == target.Name).Form, stored)) continue;
            yield return kind == "auc"
                ? $"{metric} is NaN: the validation part has one class only, so there is no pair to put in order; split with stratify, or use more samples"
                : $"{metric} is NaN: the targets of the validation part are all the same, so there is nothing to explain";
        }
    }

    private static bool Varies(FieldForm form, byte[] stored)
    {
        ReadOnlySpan<byte> first = stored.AsSpan(0, form.Stored.Size());
        for (int i = first.Length; i < stored.Length; i += first.Length)
        {
            if (!stored.AsSpan(i, first.Length).SequenceEqual(first)) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether an output has an answer for each element of a target, so that one can be held against the other. A sequence that is told without an alignment
    /// has not.
    /// </summary>
    /// <param name="output">Of a sample.</param>
    /// <param name="target">What it is compared with.</param>
    public static bool Fits(Shape output, FieldForm target) => output.HasLength == target.Shape.HasLength
        && (output.HasLength || Values(output, output.Rank == 0 ? 1 : output[-1], target.IsSymbols) == target.Shape.Count);

    // A class is told by the largest of its numbers, or by one number that is above or below a half.
    private static long Values(Shape output, int width, bool classes) => classes && width > 0 ? output.Count / width : output.Count;

    private static string? Misfit(string name, TrainingDefinition definition, TrainingSizes sizes)
    {
        (int o, string metric) = Of(definition, name);
        if (definition.PredictedTargets[o] is not { } target)
            return $"the loss compares no target with the output '{definition.Predictor!.Outputs[o].Name}', and none is named so";
        Shape output = definition.Predictor!.Outputs[o].Shape;
        int width = output.Rank == 0 ? 1 : output[-1];
        bool classes = target.Form.IsSymbols;
        bool severalLabels = sizes.Schema.Targets.Single(t => t.Name == target.Name).Form.SeveralLabels;
        return metric switch
        {
            _ when !Fits(output, target.Form) =>
                $"it compares what {definition.Predictor.Name} gives, {output}, with the target {target.Name}, which is {target.Form.Describe()}; "
                + "leave it out, or name a model with such an output",
            "mae" or "rmse" or "r2" when classes && width > 1 => "the target is a class, not a number; use accuracy",
            _ when severalLabels && (metric == "perplexity" || metric.StartsWith("top_", StringComparison.Ordinal)) =>
                "several labels may be right at a time, none or all; use accuracy, f1 or auc",
            "perplexity" when width < 2 => "it needs a probability for each class; end the model with: dense classes, softmax",
            _ when metric.StartsWith("top_", StringComparison.Ordinal)
                && int.Parse(metric.AsSpan(4)) >= width => $"the model has {width} output{(width == 1 ? "" : "s")}, so it would always be 1",
            _ => null,
        };
    }
}
