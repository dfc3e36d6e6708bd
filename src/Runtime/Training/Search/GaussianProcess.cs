using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Nn.Training.Search;

/// <summary>What a Gaussian process assumes about the function it stands for.</summary>
/// <param name="Lengths">Distance along each coordinate over which the function changes.</param>
/// <param name="Signal">Variance of the function.</param>
/// <param name="Noise">Variance of what is added to each observation.</param>
internal sealed record GaussianPrior(IReadOnlyList<double> Lengths, double Signal, double Noise);

/// <summary>
/// Regression by a Gaussian process of mean 0 with a Matérn kernel of ν = 5/2 (Rasmussen and Williams: Gaussian Processes for Machine Learning, 2006,
/// algorithm 2.1 and equation 4.17): k(r) = s²·(1 + √5·r + 5r²/3)·exp(−√5·r), r² = Σ (Δᵢ ÷ lᵢ)².
/// </summary>
internal sealed class GaussianProcess
{
    private const int MostOnStack = 512;

    private readonly IReadOnlyList<double[]> _points;
    private readonly double[][] _factor;
    private readonly double[] _weights;

    // A hundred rows are too few to share out, and the threads belong to the training.
    static GaussianProcess() => Control.UseSingleThread();

    /// <summary>Conditions the prior on observations.</summary>
    /// <exception cref="ArgumentException">The points are so close to each other that the covariance has no Cholesky factor.</exception>
    public GaussianProcess(GaussianPrior prior, IReadOnlyList<double[]> points, IReadOnlyList<double> values)
    {
        (Prior, _points) = (prior, points);
        int n = points.Count;
        var covariance = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++) covariance[i * n + j] = covariance[j * n + i] = Kernel(points[i], points[j]) + (i == j ? prior.Noise : 0);
        }

        Cholesky<double> cholesky = Matrix<double>.Build.Dense(n, n, covariance).Cholesky();
        _factor = cholesky.Factor.ToRowArrays();
        Vector<double> y = Vector<double>.Build.DenseOfEnumerable(values), weights = cholesky.Solve(y);
        _weights = weights.ToArray();
        LogLikelihood = -0.5 * y.DotProduct(weights) - 0.5 * cholesky.DeterminantLn - 0.5 * n * Math.Log(2 * Math.PI);
    }

    /// <summary>What was assumed.</summary>
    public GaussianPrior Prior { get; }

    /// <summary>Logarithm of the probability density of the observations under the prior.</summary>
    public double LogLikelihood { get; }

    /// <summary>Mean and variance of the function, without the noise of an observation, at a point.</summary>
    public (double Mean, double Variance) Predict(double[] point)
    {
        // Asked thousands of times: L·v = k is solved in place, and the variance is s² − v·v.
        Span<double> v = _points.Count <= MostOnStack ? stackalloc double[_points.Count] : new double[_points.Count];
        double mean = 0, variance = Prior.Signal;
        for (int i = 0; i < v.Length; i++)
        {
            double k = Kernel(point, _points[i]);
            mean += k * _weights[i];
            double[] row = _factor[i];
            double rest = k;
            for (int j = 0; j < i; j++) rest -= row[j] * v[j];
            v[i] = rest / row[i];
            variance -= v[i] * v[i];
        }

        return (mean, Math.Max(0, variance));
    }

    /// <summary>
    /// Expected improvement over <paramref name="best"/> where smaller is better (Jones, Schonlau, Welch 1998): with z = (best − μ) ÷ σ,
    /// (best − μ)·Φ(z) + σ·φ(z).
    /// </summary>
    public static double ExpectedImprovement(double mean, double variance, double best)
    {
        double gain = best - mean, deviation = Math.Sqrt(variance);
        if (deviation < 1e-12) return Math.Max(0, gain);
        double z = gain / deviation;
        return gain * 0.5 * SpecialFunctions.Erfc(-z / Math.Sqrt(2)) + deviation * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
    }

    private double Kernel(double[] a, double[] b)
    {
        double squares = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double d = (a[i] - b[i]) / Prior.Lengths[i];
            squares += d * d;
        }

        double r = Math.Sqrt(5 * squares);
        return Prior.Signal * (1 + r + r * r / 3) * Math.Exp(-r);
    }
}
