using Nn.Ops;

namespace Nn.Training.Search;

/// <summary>
/// Bayesian optimisation: a Gaussian process is fitted to the trials so far, and the next values are those of which it expects the largest improvement over the
/// best so far, among random ones and neighbours of the best.
/// </summary>
internal static class BayesianProposals
{
    private const uint DesignStream = 0x64657369, CandidateStream = 0x63616e64;
    private const int RandomCandidates = 1000, Neighbours = 100, Centres = 5, Refinements = 3;

    /// <summary>Values of the next trial.</summary>
    public static IReadOnlyList<string> Next(SearchDefinition definition, IReadOnlyList<Trial> before)
    {
        int seen = before.Count(t => double.IsFinite(t.Objective)), design = DesignSize(definition);
        // The first trials look everywhere; without any number to go by, so do the next ones.
        if (before.Count < design) return Design(definition, before, design);
        return seen < 2 ? Proposals.Random(definition, before) : Improve(definition, before);
    }

    /// <summary>Trials spread evenly before the process is asked: two a name and at least five.</summary>
    public static int DesignSize(SearchDefinition definition) => Math.Max(5, 2 * definition.Axes.Count);

    // Latin hypercube (McKay, Beckman, Conover 1979): each axis is cut into as many strips as there are trials, and each strip has one.
    private static IReadOnlyList<string> Design(SearchDefinition definition, IReadOnlyList<Trial> before, int size)
    {
        string[] values = [.. definition.Axes.Select((axis, i) =>
        {
            int[] strips = [.. Enumerable.Range(0, size)];
            CounterRandom.Shuffle<int>(strips, definition.Seed, DesignStream, (uint)i);
            return axis.At(
                (strips[before.Count] + CounterRandom.Uniform(definition.Seed, DesignStream, (uint)before.Count, (uint)(i + definition.Axes.Count))) / size);
        })];
        // Where there are few values, strips share them.
        return before.Any(t => Proposals.Key(t.Values) == Proposals.Key(values)) ? Proposals.Random(definition, before) : values;
    }

    private static IReadOnlyList<string> Improve(SearchDefinition definition, IReadOnlyList<Trial> before)
    {
        IReadOnlyList<SearchAxis> axes = definition.Axes;
        double[] objectives = Objectives(definition, before);
        double mean = objectives.Average(), deviation = Trial.StandardDeviation(objectives);
        if (!(deviation > 0)) return Proposals.Random(definition, before);
        double[] values = [.. objectives.Select(o => (o - mean) / deviation)];
        double[][] points = [.. before.Select(t => Encode(axes, t.Values))];
        int[] groups = [.. axes.SelectMany((a, i) => Enumerable.Repeat(i, a.Width))];
        GaussianProcess process = GaussianFit.Fit(points, values, groups, definition.Seed);

        // Observations are noisy: the best is where the process believes it to be.
        double best = points.Min(p => process.Predict(p).Mean);
        HashSet<string> tried = [.. before.Select(t => Proposals.Key(t.Values))];
        uint drawn = 0;
        double Uniform(int axis) => CounterRandom.Uniform(definition.Seed, CandidateStream + (uint)axis, (uint)before.Count, drawn);
        double Normal(int axis) => CounterRandom.Normal(definition.Seed, CandidateStream + (uint)axis, (uint)before.Count, drawn);
        (IReadOnlyList<string>? Values, double Improvement) next = (null, -1);
        void Consider(Func<int, double> place)
        {
            drawn++;
            string[] candidate = [.. axes.Select((a, i) => a.At(place(i)))];
            if (!tried.Add(Proposals.Key(candidate))) return;
            (double m, double v) = process.Predict(Encode(axes, candidate));
            double improvement = GaussianProcess.ExpectedImprovement(m, v, best);
            if (improvement > next.Improvement) next = (candidate, improvement);
        }

        void Around(IReadOnlyList<string> centre, double distance)
        {
            double[] places = [.. axes.Select((a, i) => a.Place(centre[i]))];
            Consider(i =>
            {
                // Names have no neighbours: they are sometimes drawn anew. Of a few numbers, the next one must be in reach.
                if (!axes[i].Ordered) return Uniform(i + axes.Count) < 0.3 ? Uniform(i) : places[i];
                double p = places[i] + Math.Max(distance, axes[i].Count is { } n ? 0.5 / n : 0) * Normal(i);
                return Math.Clamp(p, 0, 1 - 1e-9);
            });
        }

        for (int c = 0; c < RandomCandidates; c++) Consider(Uniform);
        foreach (int t in Enumerable.Range(0, values.Length).OrderBy(t => values[t]).Take(Centres))
        {
            for (int c = 0; c < Neighbours; c++) Around(before[t].Values, 0.1);
        }

        for (int round = 1; round <= Refinements && next.Values is not null; round++)
        {
            for (int c = 0; c < Neighbours; c++) Around(next.Values, 0.1 / (1 << (2 * round)));
        }

        return next.Values ?? Proposals.Random(definition, before);
    }

    // Smaller is better, and a trial that failed is as bad as the worst. How far the bad ones are off says nothing about the good ones, but would set the
    // scale.
    private static double[] Objectives(SearchDefinition definition, IReadOnlyList<Trial> trials)
    {
        double[] signed = [.. trials.Select(t => definition.Maximize ? -t.Objective : t.Objective)];
        double[] known = [.. signed.Where(double.IsFinite).Order()];
        double best = known[0], median = known[known.Length / 2], worst = median > best ? Math.Min(known[^1], median + 3 * (median - best)) : known[^1];
        return [.. signed.Select(o => double.IsFinite(o) ? Math.Min(o, worst) : worst)];
    }

    private static double[] Encode(IReadOnlyList<SearchAxis> axes, IReadOnlyList<string> values)
    {
        var coordinates = new double[axes.Sum(a => a.Width)];
        int at = 0;
        for (int i = 0; i < axes.Count; i++)
        {
            axes[i].Encode(values[i], coordinates.AsSpan(at, axes[i].Width));
            at += axes[i].Width;
        }

        return coordinates;
    }
}
