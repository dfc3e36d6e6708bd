namespace Nn.Networks.Figures;

/// <summary>The receiver operating characteristic of scores.</summary>
public static class RocCurve
{
    /// <summary>For every threshold, from the highest score down: the share of the negatives and that of the positives at or above it.</summary>
    public static (double[] X, double[] Y) Of(float[] scores, bool[] positive)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
        double positives = Math.Max(1, positive.Count(p => p)), negatives = Math.Max(1, positive.Count(p => !p));
        var (x, y) = (new List<double> { 0 }, new List<double> { 0 });
        (int found, int wrong) = (0, 0);
        for (int i = 0; i < order.Length; i++)
        {
            if (positive[order[i]]) found++;
            else wrong++;
            // Equal scores fall together.
            if (i + 1 < order.Length && scores[order[i + 1]] == scores[order[i]]) continue;
            x.Add(wrong / negatives);
            y.Add(found / positives);
        }

        return ([.. x], [.. y]);
    }

    /// <summary>The area under a line, by trapezoids.</summary>
    public static double Area(double[] x, double[] y) => Enumerable.Range(1, x.Length - 1).Sum(i => (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2);
}
