using Nn.Ops;

namespace Nn.Training.Search;

/// <summary>
/// Chooses the prior of a Gaussian process by maximising the likelihood of the observations over the logarithms of its numbers, within bounds: pattern search
/// (Hooke and Jeeves 1961) from a few starts.
/// </summary>
internal static class GaussianFit
{
    private const uint Stream = 0x67617573;
    private const int Starts = 3, MostFitted = 100;
    private const double FirstStep = 1, LastStep = 0.05, Enough = 1e-3;

    // For coordinates in 0..1 and values of variance 1.
    private static readonly (double Low, double High) Length = (Math.Log(0.05), Math.Log(10)), Signal = (Math.Log(0.05), Math.Log(10)),
        Noise = (Math.Log(1e-6), Math.Log(1));

    /// <summary>Fits a process to observations.</summary>
    /// <param name="points">Coordinates in 0..1.</param>
    /// <param name="values">Values of mean 0 and variance 1.</param>
    /// <param name="groups">For each coordinate the number of its length, from 0: coordinates of one group share it.</param>
    /// <param name="seed">The starts are a function of it.</param>
    public static GaussianProcess Fit(IReadOnlyList<double[]> points, IReadOnlyList<double> values, IReadOnlyList<int> groups, uint seed)
    {
        // What lies around a hundred trials is told by them; the cube of their number is what a likelihood costs.
        int every = (points.Count + MostFitted - 1) / MostFitted;
        GaussianPrior prior = Prior([.. points.Where((_, i) => i % every == 0)], [.. values.Where((_, i) => i % every == 0)], groups, seed);
        while (true)
        {
            try
            {
                return new GaussianProcess(prior, points, values);
            }
            catch (ArgumentException) when (prior.Noise < 1)
            {
                prior = prior with { Noise = prior.Noise * 10 };
            }
        }
    }

    private static GaussianPrior Prior(IReadOnlyList<double[]> points, IReadOnlyList<double> values, IReadOnlyList<int> groups, uint seed)
    {
        int lengths = groups.Max() + 1;
        (double Low, double High)[] bounds = [.. Enumerable.Repeat(Length, lengths), Signal, Noise];
        GaussianProcess? Try(double[] logs)
        {
            try
            {
                return new GaussianProcess(new GaussianPrior([.. groups.Select(g => Math.Exp(logs[g]))], Math.Exp(logs[lengths]), Math.Exp(logs[lengths + 1])),
                    points, values);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        GaussianProcess? best = null;
        for (uint start = 0; start < Starts; start++)
        {
            double[] logs = start == 0
                ? [.. Enumerable.Repeat(Math.Log(0.5), lengths), 0, Math.Log(1e-2)]
                : [.. bounds.Select((b, i) => b.Low + (b.High - b.Low) * CounterRandom.Uniform(seed, Stream, (uint)i, start))];
            GaussianProcess? found = Climb(logs, bounds, Try);
            if (found is not null && (best is null || found.LogLikelihood > best.LogLikelihood)) best = found;
        }

        // The largest noise always has a factor.
        return best?.Prior ?? new GaussianPrior([.. groups.Select(_ => 0.5)], 1, 1);
    }

    private static GaussianProcess? Climb(double[] at, (double Low, double High)[] bounds, Func<double[], GaussianProcess?> build)
    {
        GaussianProcess? best = build(at);
        for (double step = FirstStep; step >= LastStep;)
        {
            bool improved = false;
            for (int i = 0; i < at.Length; i++)
            {
                foreach (double move in new[] { step, -step })
                {
                    double old = at[i];
                    at[i] = Math.Clamp(old + move, bounds[i].Low, bounds[i].High);
                    GaussianProcess? next = at[i] == old ? null : build(at);
                    if (next is not null && (best is null || next.LogLikelihood > best.LogLikelihood + Enough))
                    {
                        (best, improved) = (next, true);
                        break;
                    }

                    at[i] = old;
                }
            }

            if (!improved) step /= 2;
        }

        return best;
    }
}
