using MathNet.Numerics.LinearAlgebra;

namespace Nn.Training;

/// <summary>The directions in which samples vary most, by the eigenvectors of their covariance.</summary>
public static class PrincipalComponents
{
    /// <summary>Samples as their distances along the first components, from the mean of all.</summary>
    /// <param name="values">Sample after sample.</param>
    /// <param name="width">Values of a sample.</param>
    /// <param name="count">Components asked for; no more than <paramref name="width"/>.</param>
    /// <returns>For each component the place of each sample, and its share of the whole variance.</returns>
    public static (double[][] Places, double[] Shares) Of(ReadOnlySpan<float> values, int width, int count)
    {
        float[] all = values.ToArray();
        Matrix<double> centered = Centered(Matrix<double>.Build.Dense(all.Length / width, width, (r, c) => all[r * width + c]));
        double total = centered.Enumerate().Sum(v => v * v);
        Vector<double>[] places = [.. Directions(centered, count).Select(centered.Multiply)];
        return ([.. places.Select(p => p.ToArray())], [.. places.Select(p => total == 0 ? 0 : p.DotProduct(p) / total)]);
    }

    /// <summary>Each sample, a row, without the mean of all.</summary>
    internal static Matrix<double> Centered(Matrix<double> samples)
    {
        Vector<double> mean = samples.ColumnSums() / samples.RowCount;
        return samples.MapIndexed((_, c, v) => v - mean[c]);
    }

    /// <summary>Unit vectors, the largest variance first; of the two signs the one whose largest element is positive.</summary>
    internal static IEnumerable<Vector<double>> Directions(Matrix<double> centered, int count)
    {
        (int samples, int width) = (centered.RowCount, centered.ColumnCount);
        // The smaller of the two products has the same eigenvalues.
        bool few = samples < width;
        Matrix<double> vectors = (few ? centered.TransposeAndMultiply(centered) : centered.TransposeThisAndMultiply(centered))
            .Evd(Symmetricity.Symmetric).EigenVectors;
        for (int k = 0; k < count; k++)
        {
            // In order of their eigenvalues, smallest first.
            Vector<double> v = k < vectors.ColumnCount ? vectors.Column(vectors.ColumnCount - 1 - k) : Vector<double>.Build.Dense(few ? samples : width);
            if (few) v = centered.LeftMultiply(v);
            double length = v.L2Norm();
            if (length > 0) v = v * (Math.Sign(v[v.AbsoluteMaximumIndex()]) / length);
            yield return v;
        }
    }
}
