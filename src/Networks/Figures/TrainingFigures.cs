using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>What a training came through: curves over its epochs.</summary>
internal static class TrainingFigures
{
    /// <summary>The loss of every epoch, or a metric, of training and validation part.</summary>
    public static Figure Loss(IFigureSource s, string[] words)
    {
        EpochResult[] epochs = [.. s.Epochs];
        if (epochs.Length == 0) throw FigureKinds.Cannot("nothing was trained yet", RemedyKind.Train);
        string metric = words.FirstOrDefault("loss");
        // Several updates have a loss each.
        string[] names = [.. epochs[^1].Metrics.Keys.Where(k => k == metric || k == "val_" + metric || k.StartsWith(metric + "_", StringComparison.Ordinal)
            || k.StartsWith($"val_{metric}_", StringComparison.Ordinal))];
        if (names.Length == 0) throw FigureKinds.Cannot($"there is no metric '{metric}'; there are {string.Join(", ", epochs[^1].Metrics.Keys)}");
        LineLayer Line(string name, int i)
        {
            EpochResult[] own = [.. epochs.Where(e => e.Metrics.ContainsKey(name))];
            return new LineLayer(name, i, [.. own.Select(e => e.Epoch + 1.0)], [.. own.Select(e => e.Metrics[name])]);
        }

        LineLayer[] lines = [.. names.Select(Line)];
        double[] positive = [.. lines.SelectMany(l => l.Y).Where(v => v > 0)];
        bool log = metric == "loss" && positive.Length == lines.Sum(l => l.Y.Length) && positive.Max() > 20 * positive.Min();
        return new AxesFigure($"{s.Run().Session.Definition.Name}: {metric}", "epoch", metric, lines, log);
    }

    /// <summary>The learning rate over the whole training.</summary>
    public static Figure Rate(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        const int points = 400;
        LineLayer Line(TrainingStep step, int u)
        {
            long total = Math.Max(1, session.Length.TotalSteps);
            double[] x = [.. Enumerable.Range(0, points).Select(i => (double)(i * (total - 1) / (points - 1))).Distinct()];
            return new LineLayer(step.Name, u, [.. x.Select(t => t / session.Plan.StepsPerEpoch)], [.. x.Select(t => session.Numbers.Rates[u].At((long)t))]);
        }

        return new AxesFigure($"learning rate: {session.Definition.Steps[0].Schedule}", "epoch", "learning rate", [.. session.Definition.Steps.Select(Line)]);
    }
}
