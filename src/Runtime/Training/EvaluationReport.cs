using Nn.Graphs;


namespace Nn.Training;

/// <summary>A number predicted far from its target.</summary>
/// <param name="Sample">Number of the sample in its part, from 0.</param>
/// <param name="Element">Place within the sample's target, from 0.</param>
/// <param name="Target">What was wanted.</param>
/// <param name="Output">What was predicted.</param>
public sealed record Miss(int Sample, int Element, float Target, float Output)
{
    /// <summary>Output − target.</summary>
    public double Error => (double)Output - Target;
}

/// <summary>How well numbers are predicted.</summary>
/// <param name="R2">Share of the variance explained, <see cref="HostMetrics.R2"/>.</param>
/// <param name="Mae">Mean of |output − target|.</param>
/// <param name="Rmse">√ of the mean of (output − target)².</param>
/// <param name="Misses">The largest, the worst first.</param>
public sealed record Regression(double R2, double Mae, double Rmse, IReadOnlyList<Miss> Misses);

/// <summary>
/// What the outputs for a data part say beyond the mean loss: for classes, how each was recognised and what was taken for what; for numbers, what is left
/// unexplained and where.
/// </summary>
/// <param name="Classes">For targets that are classes.</param>
/// <param name="Numbers">For targets that are numbers.</param>
public sealed record EvaluationReport(Confusion? Classes, Regression? Numbers)
{
    /// <summary>For targets of several labels, each of which is there or not: how each was recognised. Null otherwise.</summary>
    public IReadOnlyList<ClassScore>? Labels { get; init; }

    /// <summary>Misses listed.</summary>
    public const int MaxMisses = 8;

    /// <summary>
    /// The report on a session's validation part; null where its loss does not compare that output with a target.
    /// </summary>
    /// <param name="session">What is evaluated.</param>
    /// <param name="output">Which output of its predictor.</param>
    public static EvaluationReport? Of(TrainingSession session, int output = 0)
    {
        if (session.Definition.Predictor is not { } model || session.Plan.EvaluationBatch == 0) return null;
        int samples = session.Data.Validation.Samples;
        (int[]? classes, float[]? values) = session.ValidationTargets(output);
        if (classes is null && values is null) return null;
        bool numbered = classes is not null;
        Shape shape = model.Outputs[output].Shape;
        int width = shape.Rank == 0 ? 1 : shape[-1];
        // Sequences have as many places as their targets, where these are as long.
        if (shape.HasLength && session.Definition.PredictedTargets[output]!.Form.Length is null) return null;
        long positions = shape.HasLength ? classes?.Length ?? values!.Length / Math.Max(1, width) : samples * (shape.Count / Math.Max(1, width));
        bool fits = numbered ? classes!.Length == positions && (width > 1 || classes.All(c => c <= 1)) : values!.Length == positions * width;
        if (width == 0 || !fits || (numbered && session.Definition.PredictedTargets[output]!.Form.Symbols is { } c && width > 1 && width != c)) return null;
        string[] metrics = [.. session.Definition.Metrics.Select(m => MetricRules.Of(session.Definition, m)).Where(m => m.Output == output)
            .Select(m => m.Kind)];
        bool asNumbers = metrics.Any(m => m is "r2" or "mae" or "rmse") && !metrics.Contains("accuracy");
        return Of(session.AllValidationOutputs()[output], width, classes, values, samples, asNumbers, session.Plan.SeveralLabels[output]);
    }

    /// <summary>
    /// The report on outputs [positions × width]. Values that are all 0 or 1, one 1 in each row of several, count as classes unless
    /// <paramref name="asNumbers"/>. With several <paramref name="labels"/> each is reported by itself.
    /// </summary>
    public static EvaluationReport Of(float[] outputs, int width, int[]? classes, float[]? values, int samples, bool asNumbers = false, bool labels = false)
    {
        if (labels && !asNumbers && values is not null) return new EvaluationReport(null, null) { Labels = HostMetrics.Labels(outputs, width, values) };
        if (classes is not null || (!asNumbers && AreClasses(values!, width)))
            return new EvaluationReport(new Confusion(HostMetrics.Actual(width, classes, values), HostMetrics.Predicted(outputs, width), Math.Max(2, width)),
                null);
        return new EvaluationReport(null, Measure(outputs, values!, width, samples));
    }

    private static bool AreClasses(float[] values, int width)
    {
        if (!Array.TrueForAll(values, v => v is 0 or 1)) return false;
        for (int i = 0; width > 1 && i < values.Length; i += width)
        {
            if (values.AsSpan(i, width).Count(1f) != 1) return false;
        }

        return values.Length > 0;
    }

    private static Regression Measure(float[] outputs, float[] targets, int width, int samples)
    {
        double absolute = 0, squared = 0;
        int each = targets.Length / Math.Max(1, samples);
        var worst = new PriorityQueue<int, double>();
        for (int i = 0; i < targets.Length; i++)
        {
            double miss = Math.Abs((double)outputs[i] - targets[i]);
            absolute += miss;
            squared += miss * miss;
            if (worst.Count < MaxMisses) worst.Enqueue(i, miss);
            else worst.EnqueueDequeue(i, miss);
        }

        var misses = new List<Miss>();
        while (worst.TryDequeue(out int i, out _)) misses.Insert(0, new Miss(i / each, i % each, targets[i], outputs[i]));
        return new Regression(HostMetrics.R2(outputs, targets, width), absolute / targets.Length, Math.Sqrt(squared / targets.Length), misses);
    }
}
