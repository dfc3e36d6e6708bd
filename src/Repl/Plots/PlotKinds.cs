using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Repl.Plots;

/// <summary>What <c>:plot</c> can show.</summary>
/// <param name="Name">As asked for.</param>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Make">Makes the figure.</param>
internal sealed record PlotKind(string Name, string Arguments, string Summary, Func<ReplSession, string[], Figure> Make);

/// <summary>The table of plots.</summary>
internal static class PlotKinds
{
    private const int FieldSide = 90, MaxPoints = 800, MaxTiles = 64, Bins = 40, MaxClasses = 40;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PlotKind> All { get; } =
    [
        new("loss", "[METRIC]", "loss of every epoch, or a metric", Loss),
        new("lr", "", "the learning rate over the whole training", Rate),
        new("boundary", "", "what a model of two inputs says everywhere", Boundary),
        new("function", "", "what a model of one input says everywhere", Function),
        new("weights", "[NAME]", "weights and filters as images", Weights),
        new("gradients", "", "how large the gradients of each layer are", Gradients),
        new("confusion", "", "which classes were taken for which", Confusion),
        new("data", "", "samples of the data", Samples),
        new("mistakes", "", "samples that were classified wrongly, the surest first", Mistakes),
    ];

    private static NnException Cannot(string why) => new(ExitCode.Usage, why);

    private static AxesFigure Loss(ReplSession s, string[] words)
    {
        EpochResult[] epochs = [.. s.Curves];
        if (epochs.Length == 0) throw Cannot("nothing was trained yet; :train first");
        string metric = words.FirstOrDefault("loss");
        // Several updates have a loss each.
        string[] names = [.. epochs[^1].Metrics.Keys.Where(k => k == metric || k == "val_" + metric || k.StartsWith(metric + "_", StringComparison.Ordinal) || k.StartsWith($"val_{metric}_", StringComparison.Ordinal))];
        if (names.Length == 0) throw Cannot($"there is no metric '{metric}'; there are {string.Join(", ", epochs[^1].Metrics.Keys)}");
        LineLayer Line(string name, int i)
        {
            EpochResult[] own = [.. epochs.Where(e => e.Metrics.ContainsKey(name))];
            return new LineLayer(name, i, [.. own.Select(e => e.Epoch + 1.0)], [.. own.Select(e => e.Metrics[name])]);
        }

        LineLayer[] lines = [.. names.Select(Line)];
        double[] positive = [.. lines.SelectMany(l => l.Y).Where(v => v > 0)];
        bool log = metric == "loss" && positive.Length == lines.Sum(l => l.Y.Length) && positive.Max() > 20 * positive.Min();
        return new AxesFigure($"{s.Live().Session.Definition.Name}: {metric}", "epoch", metric, lines, log);
    }

    private static AxesFigure Rate(ReplSession s, string[] words)
    {
        TrainingSession session = s.Live().Session;
        const int points = 400;
        LineLayer Line(TrainingStep step, int u)
        {
            long total = Math.Max(1, session.Length.TotalSteps);
            double[] x = [.. Enumerable.Range(0, points).Select(i => (double)(i * (total - 1) / (points - 1))).Distinct()];
            return new LineLayer(step.Name, u, [.. x.Select(t => t / session.Plan.StepsPerEpoch)], [.. x.Select(t => step.Schedule.Rate(session.BaseRates[u], (long)t, session.Length) * session.RateFactors[u])]);
        }

        return new AxesFigure($"learning rate: {session.Definition.Steps[0].Schedule}", "epoch", "learning rate", [.. session.Definition.Steps.Select(Line)]);
    }

    private static AxesFigure Boundary(ReplSession s, string[] words)
    {
        LiveTraining live = s.Live();
        (LoadedData data, TrainingSession session) = (live.Session.Data, live.Session);
        if (data.Info.Input.Count != 2 || data.StoredInput != DType.F32) throw Cannot($"a boundary can be drawn for two inputs; here a sample has {data.Info.Input}");
        float[] points = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();
        (double From, double To) Range(int axis)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int i = axis; i < points.Length; i += 2) (low, high) = (Math.Min(low, points[i]), Math.Max(high, points[i]));
            double margin = 0.15 * Math.Max(high - low, 1e-6);
            return (low - margin, high + margin);
        }

        var (x, y) = (Range(0), Range(1));
        var grid = new float[FieldSide * FieldSide * 2];
        for (int i = 0; i < FieldSide * FieldSide; i++)
        {
            grid[2 * i] = (float)(x.From + (x.To - x.From) * (i % FieldSide + 0.5) / FieldSide);
            grid[2 * i + 1] = (float)(y.From + (y.To - y.From) * (i / FieldSide + 0.5) / FieldSide);
        }

        float[][] outputs = live.Predict(MemoryMarshal.AsBytes(grid.AsSpan()).ToArray(), FieldSide * FieldSide);
        (int Class, double Strength)[] field = [.. outputs.Select(ValidationFigures.Said)];
        var layers = new List<Layer> { new FieldLayer(FieldSide, FieldSide, x, y, [.. field.Select(f => f.Class)], [.. field.Select(f => f.Strength)]) };
        int[] classes = ValidationFigures.Classes(data, data.Training);
        int every = Math.Max(1, classes.Length / MaxPoints);
        foreach (int c in classes.Distinct().Order())
        {
            int[] own = [.. Enumerable.Range(0, classes.Length).Where(i => i % every == 0 && classes[i] == c)];
            layers.Add(new PointLayer(data.ClassNames.ElementAtOrDefault(c) is { } name ? $"class {name}" : $"class {c}", c, [.. own.Select(i => (double)points[2 * i])], [.. own.Select(i => (double)points[2 * i + 1])]));
        }

        string Axis(int i) => data.FeatureNames.ElementAtOrDefault(i) ?? $"x{i + 1}";
        return new AxesFigure($"{session.Definition.Name} after {session.Epoch} epochs", Axis(0), Axis(1), layers);
    }

    private static AxesFigure Function(ReplSession s, string[] words)
    {
        LiveTraining live = s.Live();
        LoadedData data = live.Session.Data;
        if (data.Info.Input.Count != 1 || data.StoredInput != DType.F32 || data.Info.TargetType != DType.F32) throw Cannot($"a function can be drawn for one input and a number; here a sample has {data.Info.Input}");
        float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray(), y = MemoryMarshal.Cast<byte, float>(data.Training.Target).ToArray();
        const int points = 300;
        float low = x.Min(), high = x.Max();
        float[] grid = [.. Enumerable.Range(0, points).Select(i => low + (high - low) * i / (points - 1))];
        float[][] outputs = live.Predict(MemoryMarshal.AsBytes(grid.AsSpan()).ToArray(), points);
        int every = Math.Max(1, x.Length / MaxPoints);
        double[] Some(float[] v) => [.. v.Where((_, i) => i % every == 0).Select(a => (double)a)];
        return new AxesFigure($"{live.Session.Definition.Name} after {live.Session.Epoch} epochs", data.FeatureNames.FirstOrDefault("x"), "y",
            [new PointLayer("data", 6, Some(x), Some(y)), new LineLayer("model", 1, [.. grid.Select(v => (double)v)], [.. outputs.Select(o => (double)o[0])])]);
    }

    private static TileFigure Weights(ReplSession s, string[] words)
    {
        TrainingSession session = s.Live().Session;
        KeyValuePair<Parameter, Slot>[] all = [.. session.Plan.Slots.Parameters.Where(p => p.Key.Shape.Rank >= 2 && (words.Length == 0 || p.Key.Name.Contains(words[0], StringComparison.Ordinal)))];
        if (all.Length == 0) throw Cannot(words.Length == 0 ? "this model has no weights" : $"no weight is called '{words[0]}'; there are {string.Join(", ", session.Plan.Slots.Parameters.Keys.Select(p => p.Name))}");
        (Parameter p, Slot slot) = all[0];
        float[] w = session.Read<float>(slot);
        Tile[] tiles = p.Shape.Rank == 4 ? Filters(p.Shape, w) : Columns(p.Shape, w, session.Data.Info.Input);
        string more = tiles.Length > MaxTiles ? $", the first {MaxTiles} of {tiles.Length}" : "";
        return new TileFigure($"{p.Name} {p.Shape}: blue below zero, red above{more}", [.. tiles.Take(MaxTiles)]);
    }

    // KH × KW × inputs × outputs: a tile for each pair.
    private static Tile[] Filters(Shape shape, float[] w)
    {
        (int h, int k, int inputs, int outputs) = (shape[0], shape[1], shape[2], shape[3]);
        return
        [
            .. from o in Enumerable.Range(0, outputs)
               from i in Enumerable.Range(0, inputs)
               select new Tile("", k, h, 1, [.. Enumerable.Range(0, h * k).Select(e => w[(e * inputs + i) * outputs + o])], Signed: true),
        ];
    }

    // Inputs × units: what a unit is looking for, as an image where the inputs are one; else the whole matrix.
    private static Tile[] Columns(Shape shape, float[] w, Shape input)
    {
        int columns = shape[-1], rows = w.Length / columns;
        if (input.Rank == 3 && input.Count == rows && input[2] == 1)
            return [.. Enumerable.Range(0, columns).Select(c => new Tile($"{c}", input[1], input[0], 1, [.. Enumerable.Range(0, rows).Select(r => w[r * columns + c])], Signed: true))];
        return [new Tile("", columns, rows, 1, w, Signed: true)];
    }

    private static AxesFigure Gradients(ReplSession s, string[] words)
    {
        TrainingSession session = s.Live().Session;
        if (session.Step == 0) throw Cannot("no step was taken yet; :train 1 steps");
        var layers = new List<Layer>();
        foreach (ParameterRow row in session.Plan.Slots.Rows)
        {
            if (row.Gradients is not { } gradients) continue;
            float[] all = session.Read<float>(gradients);
            for (int i = 0; i < row.Parameters.Count; i++)
            {
                Parameter p = row.Parameters[i];
                if (p.Shape.Rank < 2) continue;
                double[] sizes = [.. all.AsSpan(row.Offsets[i], (int)p.Shape.Count).ToArray().Where(v => v != 0).Select(v => Math.Log10(Math.Abs((double)v)))];
                if (sizes.Length == 0) continue;
                layers.Add(Histogram(p.Name, layers.Count, sizes));
            }
        }

        if (layers.Count == 0) throw Cannot("there are no gradients: all are zero, or the optimizer takes none");
        return new AxesFigure("gradients of the last step: each layer's share by size", "log10 |gradient|", "share", layers);
    }

    private static LineLayer Histogram(string name, int colour, double[] values)
    {
        double low = values.Min(), width = Math.Max(values.Max() - low, 1e-9) / Bins;
        var counts = new double[Bins];
        foreach (double v in values) counts[Math.Min(Bins - 1, (int)((v - low) / width))] += 1.0 / values.Length;
        return new LineLayer(name, colour, [.. Enumerable.Range(0, Bins).Select(i => low + (i + 0.5) * width)], counts);
    }

    private static MatrixFigure Confusion(ReplSession s, string[] words) => Validation(s).Confusion
        ?? throw Cannot($"there are more than {MaxClasses} classes, too many for a picture; nn eval lists the pairs most often confused");

    private static TileFigure Mistakes(ReplSession s, string[] words) => Validation(s).Mistakes ?? throw Cannot("only images can be shown, and there must be mistakes");

    private static ValidationFigures Validation(ReplSession s) => ValidationFigures.Of(s.Live().Session, MaxClasses, MaxTiles);

    private static Figure Samples(ReplSession s, string[] words)
    {
        LoadedData data = s.Open().Data ?? throw Cannot("no data are defined");
        if (data.Info.Input.Rank == 3)
        {
            int[] classes = data.Info.TargetType == DType.I32 && data.Info.Target.Count == 1 ? ValidationFigures.Classes(data, data.Training) : [];
            return new TileFigure($"{data.Training.Samples:N0} training samples, the first {Math.Min(MaxTiles, data.Training.Samples)}",
                [.. Enumerable.Range(0, Math.Min(MaxTiles, data.Training.Samples)).Select(i => ValidationFigures.ImageTile(data, data.Training, i, i < classes.Length ? ValidationFigures.Name(data, classes[i]) : ""))]);
        }

        if (data.StoredInput != DType.F32) throw Cannot("these data have no picture; :data describes them");
        int width = (int)data.Info.Input.Count;
        float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();
        int every = Math.Max(1, data.Training.Samples / MaxPoints);
        if (data.Info.TargetType == DType.F32 && data.Info.Target.Count == 1 && width == 1)
        {
            float[] y = MemoryMarshal.Cast<byte, float>(data.Training.Target).ToArray();
            return new AxesFigure("training samples", data.FeatureNames.FirstOrDefault("x"), "y", [new PointLayer("", 0, [.. x.Where((_, i) => i % every == 0).Select(v => (double)v)], [.. y.Where((_, i) => i % every == 0).Select(v => (double)v)])]);
        }

        if (width < 2) throw Cannot("one feature and classes have no picture; :data describes them");
        int[] groups = data.Info.Target.Count == 1 ? ValidationFigures.Classes(data, data.Training) : new int[data.Training.Samples];
        return new AxesFigure("training samples, the first two features", data.FeatureNames.ElementAtOrDefault(0) ?? "x1", data.FeatureNames.ElementAtOrDefault(1) ?? "x2",
        [
            .. groups.Distinct().Order().Select(c =>
            {
                int[] own = [.. Enumerable.Range(0, groups.Length).Where(i => groups[i] == c && i % every == 0)];
                return new PointLayer(ValidationFigures.Name(data, c), c, [.. own.Select(i => (double)x[i * width])], [.. own.Select(i => (double)x[i * width + 1])]);
            }),
        ]);
    }
}
