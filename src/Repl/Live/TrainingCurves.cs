using Nn.Networks.Figures;
using Nn.Training;

namespace Nn.Repl.Live;

/// <summary>Loss and metrics over a training, also within its epochs: each point of a training curve is the mean since the point before.</summary>
/// <param name="stepsPerEpoch">Steps of an epoch.</param>
/// <param name="batch">Samples of a step.</param>
internal sealed class TrainingCurves(int stepsPerEpoch, int batch)
{
    // Losses further apart than this are drawn on a logarithmic scale.
    private const double WideRange = 30;

    // A mean over fewer samples says more about them than about the model; but an epoch has some points at least.
    private const int FewestSamples = 2000, FewestPoints = 25;

    private readonly Dictionary<string, Curve> _curves = [];
    // Mean of each metric over the steps of the epoch under way, at the last point.
    private Dictionary<string, double> _means = [];
    private (int Epoch, int Step) _at;

    private int Window => Math.Max(1, Math.Min(stepsPerEpoch / FewestPoints, FewestSamples / batch));

    /// <summary>Adds the epoch so far.</summary>
    public void Add(TrainingProgress p) => Add(p.Epoch, p.Step, p.Metrics);

    /// <summary>Adds the end of an epoch.</summary>
    public void Add(EpochResult e)
    {
        Add(e.Epoch, stepsPerEpoch, e.Metrics.Where(m => !m.Key.StartsWith("val_", StringComparison.Ordinal)));
        foreach ((string name, double value) in e.Metrics.Where(m => m.Key.StartsWith("val_", StringComparison.Ordinal))) Of(name).Add(e.Epoch + 1, value);
    }

    /// <summary>The losses, and the first metric beside them; those of which there is a line to draw.</summary>
    public IEnumerable<AxesFigure> Figures()
    {
        string[] names = [.. _curves.Keys.Where(n => !n.StartsWith("val_", StringComparison.Ordinal))];
        if (Figure([.. names.Where(IsLoss)]) is { } losses) yield return losses;
        if (names.FirstOrDefault(n => !IsLoss(n)) is { } metric && Figure([metric]) is { } figure) yield return figure;
    }

    private static bool IsLoss(string name) => name == "loss" || name.StartsWith("loss_", StringComparison.Ordinal);

    private AxesFigure? Figure(string[] names)
    {
        LineLayer[] lines =
        [
            .. names.SelectMany((n, i) => new[] { (Name: n, Colour: 2 * i), (Name: "val_" + n, Colour: 2 * i + 1) })
                .Where(l => _curves.TryGetValue(l.Name, out Curve? c) && c.Count > 0)
                .Select(l => new LineLayer(l.Name, l.Colour, _curves[l.Name].X, _curves[l.Name].Y)),
        ];
        if (!lines.Any(l => l.X.Length > 1)) return null;
        double[] values = [.. lines.SelectMany(l => l.Y).Where(double.IsFinite)];
        bool wide = values.Length > 0 && values.Min() > 0 && values.Max() > WideRange * values.Min();
        return new AxesFigure(string.Join(", ", names), "epoch", "", lines, LogY: wide);
    }

    private void Add(int epoch, int step, IEnumerable<KeyValuePair<string, double>> means)
    {
        Dictionary<string, double> now = new(means);
        int before = _at.Epoch == epoch ? _at.Step : 0;
        if (step - before < (step < stepsPerEpoch ? Window : Math.Min((Window + 1) / 2, stepsPerEpoch))) return;
        foreach ((string name, double mean) in now)
        {
            // The mean of a root is no root of means.
            if (name == "rmse" && step < stepsPerEpoch) continue;
            bool window = before > 0 && name != "rmse" && _means.ContainsKey(name);
            Of(name).Add(epoch + (double)step / stepsPerEpoch, window ? (mean * step - _means[name] * before) / (step - before) : mean);
        }

        (_means, _at) = (now, (epoch, step));
    }

    private Curve Of(string name) => _curves.TryGetValue(name, out Curve? c) ? c : _curves[name] = new Curve();
}
