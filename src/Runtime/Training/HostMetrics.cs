namespace Nn.Training;

/// <summary>
/// Metrics that need all outputs of a data part, computed on the host in double precision. The last axis of an output holds the scores of the classes, or
/// the numbers predicted; every position before it counts alike: samples, the steps of a sequence, the pixels of a map.
/// </summary>
internal static class HostMetrics
{
    /// <summary>Whether a metric needs all outputs.</summary>
    public static bool Needed(string metric) =>
        metric[(metric.IndexOf('.') + 1)..] is "precision" or "recall" or "f1" or "auc" or "r2" or "perplexity" or ['t', 'o', 'p', '_', ..];

    /// <summary>
    /// A metric from outputs [positions × width] and targets: class numbers, or values of the same width. Precision, recall and f1 are means over the
    /// classes that occur, or about class 1 where there is one output; auc is the area under the ROC curve of one output or of class 1 of two, else the mean
    /// over the classes of each against the rest. With several <paramref name="labels"/> they are means over the labels, each by itself as one output is; over
    /// those that occur or are predicted, for auc over those that are there in some places and not in others.
    /// </summary>
    public static double Compute(string metric, float[] outputs, int width, int[]? classes, float[]? values, bool labels = false)
    {
        if (labels && width > 1 && metric is ("precision" or "recall" or "f1" or "auc")) return OverLabels(metric, outputs, width, values!);
        int n = width == 0 ? 0 : outputs.Length / width;
        if (n == 0) return double.NaN;
        if (metric == "r2") return R2(outputs, Numbers(classes, values), width);
        int[] actual = Actual(width, classes, values);
        switch (metric)
        {
            case "perplexity": return Math.Exp(Surprise(outputs, width, actual));
            case "auc": return Auc(outputs, width, actual);
        }

        if (metric.StartsWith("top_", StringComparison.Ordinal))
        {
            int k = int.Parse(metric.AsSpan(4)), hits = 0;
            for (int i = 0; i < n; i++)
            {
                if (Rank(outputs.AsSpan(i * width, width), actual[i]) < k) hits++;
            }

            return hits / (double)n;
        }

        var confusion = new Confusion(actual, Predicted(outputs, width), Math.Max(2, width));
        Func<ClassScore, double> score = metric switch { "precision" => s => s.Precision, "recall" => s => s.Recall, _ => s => s.F1 };
        return width == 1 ? score(confusion.Scores[1]) : confusion.Macro(score);
    }

    /// <summary>How each of several labels was recognised: its class is its number, its support how often it is there.</summary>
    public static IReadOnlyList<ClassScore> Labels(float[] outputs, int width, float[] values) =>
    [
        .. Enumerable.Range(0, width).Select(label =>
        {
            var one = new Confusion(Predicted(Column(values, width, label), 1), Predicted(Column(outputs, width, label), 1), 2);
            return one.Scores[1] with { Class = label };
        }),
    ];

    private static double OverLabels(string metric, float[] outputs, int width, float[] values)
    {
        double[] each = metric == "auc"
            ? [.. Enumerable.Range(0, width).Select(l => Auc(Column(outputs, width, l), Predicted(Column(values, width, l), 1), 1))
                .Where(a => !double.IsNaN(a))]
            : [.. Labels(outputs, width, values).Where(s => s.Support + s.Predicted > 0)
                .Select(s => metric switch { "precision" => s.Precision, "recall" => s.Recall, _ => s.F1 })];
        return each.Length == 0 ? double.NaN : each.Average();
    }

    private static float[] Column(float[] rows, int width, int column) => [.. Enumerable.Range(0, rows.Length / width).Select(i => rows[i * width + column])];

    /// <summary>The class of each position: the largest score, or whether one score is above ½.</summary>
    public static int[] Predicted(float[] outputs, int width) =>
        [.. Enumerable.Range(0, outputs.Length / width).Select(i => width == 1 ? (outputs[i] > 0.5f ? 1 : 0) : Best(outputs.AsSpan(i * width, width)))];

    /// <summary>The true class of each position, from class numbers or from values of the outputs' width.</summary>
    public static int[] Actual(int width, int[]? classes, float[]? values) => classes ?? Predicted(values!, width);

    /// <summary>
    /// The share of the targets' variance that the outputs explain: 1 − Σ(target − output)² ÷ Σ(target − mean)², with a mean for each of the
    /// <paramref name="width"/> outputs; NaN for targets that do not vary.
    /// </summary>
    public static double R2(float[] outputs, float[] targets, int width)
    {
        double rest = 0, total = 0;
        var means = new double[width];
        for (int i = 0; i < targets.Length; i++) means[i % width] += targets[i] / (targets.Length / (double)width);
        for (int i = 0; i < targets.Length; i++)
        {
            double miss = targets[i] - (double)outputs[i], spread = targets[i] - means[i % width];
            rest += miss * miss;
            total += spread * spread;
        }

        return total == 0 ? double.NaN : 1 - rest / total;
    }

    /// <summary>Targets as numbers.</summary>
    public static float[] Numbers(int[]? classes, float[]? values) => values ?? Array.ConvertAll(classes!, c => (float)c);

    private static int Best(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best]) best = i;
        }

        return best;
    }

    private static int Rank(ReadOnlySpan<float> scores, int of)
    {
        if (of >= scores.Length) return scores.Length;
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > scores[of] || (scores[i] == scores[of] && i < of)) rank++;
        }

        return rank;
    }

    // The mean of −log p over the positions. Scores that are all ≤ 0 are logarithms already, as log_softmax gives them.
    private static double Surprise(float[] outputs, int width, int[] actual)
    {
        bool logarithms = Array.TrueForAll(outputs, o => o <= 0);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double p = actual[i] < width ? outputs[i * width + actual[i]] : 0;
            sum -= logarithms ? p : Math.Log(Math.Max(1e-37, p));
        }

        return sum / actual.Length;
    }

    private static double Auc(float[] outputs, int width, int[] actual)
    {
        float[] Scores(int c) => [.. Enumerable.Range(0, actual.Length).Select(i => outputs[i * width + c])];
        if (width <= 2) return Auc(Scores(width - 1), actual, 1);
        double[] known = [.. Enumerable.Range(0, width).Select(c => Auc(Scores(c), actual, c)).Where(a => !double.IsNaN(a))];
        return known.Length == 0 ? double.NaN : known.Average();
    }

    // Mann and Whitney's U: the share of pairs in the right order, ties counting half; NaN where one side is empty.
    private static double Auc(float[] scores, int[] actual, int positive)
    {
        bool[] sign = [.. actual.Select(a => a == positive)];
        Array.Sort(scores, sign);
        double positives = sign.Count(s => s), negatives = sign.Length - positives, rankSum = 0;
        for (int i = 0; i < scores.Length;)
        {
            int j = i;
            while (j < scores.Length && scores[j] == scores[i]) j++;
            for (int k = i; k < j; k++)
            {
                if (sign[k]) rankSum += (i + j + 1) / 2.0;
            }

            // NaN equals nothing, not even itself.
            i = Math.Max(j, i + 1);
        }

        return positives == 0 || negatives == 0 ? double.NaN : (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
