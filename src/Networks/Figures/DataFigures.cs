using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Runs;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>Samples of the data, and what became of those of the validation part.</summary>
internal static class DataFigures
{
    private const int MaxPoints = 800, MaxTiles = 64, MaxClasses = 40, MaxCurves = 10;

    /// <summary>Which classes of the validation part were taken for which.</summary>
    public static Figure Confusion(IFigureSource s, string[] words) => Validation(s).Confusion
        ?? throw FigureKinds.Cannot($"there are more than {MaxClasses} classes, too many for a picture", RemedyKind.ListConfusions);

    /// <summary>Validation samples that were classified wrongly, the surest first.</summary>
    public static Figure Mistakes(IFigureSource s, string[] words) =>
        Validation(s).Mistakes ?? throw FigureKinds.Cannot("only images can be shown, and there must be mistakes");

    private static ValidationFigures Validation(IFigureSource s) => ValidationFigures.Of(s.Run().Session, MaxClasses, MaxTiles);

    /// <summary>Samples of the training part.</summary>
    public static Figure Data(IFigureSource s, string[] words)
    {
        LoadedData data = s.Data ?? throw FigureKinds.Cannot("no data are defined");
        if (data.Input.Shape.Rank == 3)
        {
            int[] classes = data.Target.Type == DType.I32 && data.Target.Shape.Count == 1 ? ValidationFigures.Classes(data, data.Training) : [];
            return new TileFigure($"{data.Training.Samples:N0} training samples, the first {Math.Min(MaxTiles, data.Training.Samples)}",
                [.. Enumerable.Range(0, Math.Min(MaxTiles, data.Training.Samples))
                    .Select(i => ValidationFigures.ImageTile(data, data.Training, i, i < classes.Length ? ValidationFigures.Name(data, classes[i]) : ""))]);
        }

        if (!data.Input.IsNumbers) throw FigureKinds.Cannot("these data have no picture", RemedyKind.DescribeData);
        int width = (int)data.Input.Shape.Count;
        float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();
        int every = Math.Max(1, data.Training.Samples / MaxPoints);
        if (data.Target.Type == DType.F32 && data.Target.Shape.Count == 1 && width == 1)
        {
            float[] y = MemoryMarshal.Cast<byte, float>(data.Training.Target).ToArray();
            return new AxesFigure("training samples", data.FeatureNames.FirstOrDefault("x"), "y",
                [new PointLayer("", 0, [.. x.Where((_, i) => i % every == 0).Select(v => (double)v)],
                    [.. y.Where((_, i) => i % every == 0).Select(v => (double)v)])]);
        }

        if (width < 2) throw FigureKinds.Cannot("one feature and classes have no picture", RemedyKind.DescribeData);
        int[] groups = data.Target.Shape.Count == 1 ? ValidationFigures.Classes(data, data.Training) : new int[data.Training.Samples];
        return new AxesFigure("training samples, the first two features", data.FeatureNames.ElementAtOrDefault(0) ?? "x1",
            data.FeatureNames.ElementAtOrDefault(1) ?? "x2",
        [
            .. groups.Distinct().Order().Select(c =>
            {
                int[] own = [.. Enumerable.Range(0, groups.Length).Where(i => groups[i] == c && i % every == 0)];
                int colour = c == FieldForm.NoLabel ? Grey : c;
                return new PointLayer(ValidationFigures.Name(data, c), colour, [.. own.Select(i => (double)x[i * width])],
                    [.. own.Select(i => (double)x[i * width + 1])]);
            }),
        ]);
    }

    // The colour of what is not told apart.
    private const int Grey = 6;

    /// <summary>The receiver operating characteristic of class 1, or of each class against the rest.</summary>
    public static Figure Roc(IFigureSource s, string[] words)
    {
        TrainingSession session = s.Run().Session;
        (int[] actual, float[] outputs, FieldForm target) = ValidationFigures.ClassesOf(session);
        int width = outputs.Length / actual.Length;
        if (width > MaxCurves) throw FigureKinds.Cannot($"there are more than {MaxCurves} classes, too many for a picture");
        LineLayer Curve(int c, int colour)
        {
            (double[] x, double[] y) = RocCurve.Of([.. Enumerable.Range(0, actual.Length).Select(i => outputs[i * width + c])],
                [.. actual.Select(a => a == (width == 1 ? 1 : c))]);
            return new LineLayer(
                $"{ValidationFigures.Name(target, width == 1 ? 1 : c)}: area {RocCurve.Area(x, y).ToString("0.000", CultureInfo.InvariantCulture)}", colour, x,
                y);
        }

        // Of two classes one curve tells all.
        int[] classes = width <= 2 ? [width - 1] : [.. Enumerable.Range(0, width)];
        return new AxesFigure(
            $"{session.Definition.Name}: ROC on {actual.Length:N0} validation samples", "share of the others taken for it", "share found (grey: by chance)",
            [new LineLayer("", 6, [0, 1], [0, 1]), .. classes.Select((c, i) => Curve(c, width <= 2 ? 0 : c))]);
    }

    /// <summary>Images that a model makes of noise, the same noise each time, or makes again of validation samples.</summary>
    public static Figure Samples(IFigureSource s, string[] words)
    {
        TrainingRun run = s.Run();
        (TrainingDefinition training, LoadedData data) = run.Project.Training();
        SampleChoice choice = SampleChoice.Find(training, data, words.FirstOrDefault());
        using TrainingSession session = run.WithSamples(choice, MaxTiles);
        float[] made = choice.FromNoise ? session.Samples() : session.Predict(Inputs(data, Sampler.Source(data)));
        FieldForm form = choice.Form(data);
        int each = form.Width;
        Tile[] tiles = [.. Enumerable.Range(0, made.Length / each).Select(i => ImageTile(made.AsSpan(i * each, each), form))];
        if (choice.Shown) return new TileFigure($"{FigureKinds.After(run.Session)}: {choice.Model.Name}", tiles);
        return new TileFigure(
            $"{FigureKinds.After(run.Session)}: {tiles.Length} samples of {choice.Model.Name}, {(choice.FromNoise ? "from noise" : "made again")}", tiles);
    }

    // With the colours that a sheet of samples has.
    private static Tile ImageTile(ReadOnlySpan<float> values, FieldForm form)
    {
        Shape shape = form.Shape;
        var pixels = new float[values.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = SampleSheet.Byte(values[i], i % shape[2], form);
        return new Tile("", shape[1], shape[0], shape[2], pixels, Signed: false) { Range = (0, 255) };
    }

    private static ReadOnlySpan<byte> Inputs(LoadedData data, Part part) => data.Input.Samples(part.Input, 0, Math.Min(MaxTiles, part.Samples));
}
