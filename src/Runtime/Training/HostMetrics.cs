namespace Nn.Training;

/// <summary>Metrics that need all outputs of a data part, computed on the host in double precision.</summary>
public static class HostMetrics
{
    /// <summary>Whether a metric needs all outputs.</summary>
    public static bool Needed(string metric) => metric is "precision" or "recall" or "f1" or "auc" or "r2" or "perplexity" || metric.StartsWith("top_", StringComparison.Ordinal);

    /// <summary>
    /// A metric from outputs [samples × width] and targets: class numbers, or values of the same width. Precision, recall and f1 are macro averages over
    /// the classes, or about class 1 where there is one output; auc is the area under the ROC curve of one output (or of class 1 of two).
    /// </summary>
    public static double Compute(string metric, float[] outputs, int width, int[]? classes, float[]? values)
    {
        int n = width == 0 ? 0 : outputs.Length / width;
        if (n == 0) return double.NaN;
        int[] actual = classes ?? [.. Enumerable.Range(0, n).Select(i => width == 1 ? (values![i] > 0.5f ? 1 : 0) : Best(values!, i * width, width))];
        switch (metric)
        {
            case "r2": return R2(outputs, values!);
            case "perplexity": return Math.Exp(Enumerable.Range(0, n).Average(i => -Math.Log(Math.Max(1e-37, outputs[i * width + actual[i]]))));
            case "auc": return Auc([.. Enumerable.Range(0, n).Select(i => outputs[i * width + width - 1])], actual);
        }

        if (metric.StartsWith("top_", StringComparison.Ordinal))
        {
            int k = int.Parse(metric.AsSpan(4));
            return Enumerable.Range(0, n).Average(i => Rank(outputs, i * width, width, actual[i]) < k ? 1.0 : 0);
        }

        int[] predicted = [.. Enumerable.Range(0, n).Select(i => width == 1 ? (outputs[i] > 0.5f ? 1 : 0) : Best(outputs, i * width, width))];
        int[] about = width == 1 ? [1] : [.. Enumerable.Range(0, width)];
        return about.Average(c =>
        {
            double hit = 0, said = 0, wanted = 0;
            for (int i = 0; i < n; i++)
            {
                if (predicted[i] == c) said++;
                if (actual[i] == c) wanted++;
                if (predicted[i] == c && actual[i] == c) hit++;
            }

            double precision = said == 0 ? 0 : hit / said, recall = wanted == 0 ? 0 : hit / wanted;
            return metric == "precision" ? precision : metric == "recall" ? recall : precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
        });
    }

    private static int Best(float[] v, int at, int width)
    {
        int best = 0;
        for (int i = 1; i < width; i++)
        {
            if (v[at + i] > v[at + best]) best = i;
        }

        return best;
    }

    private static int Rank(float[] v, int at, int width, int of) => Enumerable.Range(0, width).Count(i => v[at + i] > v[at + of] || (v[at + i] == v[at + of] && i < of));

    private static double R2(float[] outputs, float[] values)
    {
        double mean = values.Average(v => (double)v), rest = 0, total = 0;
        for (int i = 0; i < values.Length; i++)
        {
            rest += (values[i] - (double)outputs[i]) * (values[i] - (double)outputs[i]);
            total += (values[i] - mean) * (values[i] - mean);
        }

        return total == 0 ? double.NaN : 1 - rest / total;
    }

    // Mann and Whitney's U: the share of pairs in the right order, ties counting half.
    private static double Auc(float[] scores, int[] actual)
    {
        (float Score, int Class)[] sorted = [.. scores.Zip(actual).OrderBy(p => p.First)];
        double positives = actual.Count(c => c == 1), negatives = actual.Length - positives, rankSum = 0;
        for (int i = 0; i < sorted.Length;)
        {
            int j = i;
            while (j < sorted.Length && sorted[j].Score == sorted[i].Score) j++;
            for (int k = i; k < j; k++)
            {
                if (sorted[k].Class == 1) rankSum += (i + j + 1) / 2.0;
            }

            i = j;
        }

        return positives == 0 || negatives == 0 ? double.NaN : (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
