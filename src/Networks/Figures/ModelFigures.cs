using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>What a model says about every input there is: one or two numbers.</summary>
internal static class ModelFigures
{
    private const int FieldSide = 90, MaxPoints = 800;

    /// <summary>The class at every place of two inputs, with the training samples over it.</summary>
    public static Figure Boundary(IFigureSource s, string[] words)
    {
        TrainingRun live = s.Run();
        (LoadedData data, TrainingSession session) = (live.Session.Data, live.Session);
        if (data.Input.Shape.Count != 2 || !data.Input.IsNumbers)
            throw FigureKinds.Cannot($"a boundary can be drawn for two inputs; here a sample has {data.Input.Shape}");
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
        var layers = new List<FigureLayer> { new FieldLayer(FieldSide, FieldSide, x, y, [.. field.Select(f => f.Class)], [.. field.Select(f => f.Strength)]) };
        int[] classes = ValidationFigures.Classes(data, data.Training);
        int every = Math.Max(1, classes.Length / MaxPoints);
        foreach (int c in classes.Distinct().Order())
        {
            int[] own = [.. Enumerable.Range(0, classes.Length).Where(i => i % every == 0 && classes[i] == c)];
            layers.Add(new PointLayer(data.ClassNames.ElementAtOrDefault(c) is { } name ? $"class {name}" : $"class {c}", c,
                [.. own.Select(i => (double)points[2 * i])], [.. own.Select(i => (double)points[2 * i + 1])]));
        }

        string Axis(int i) => data.FeatureNames.ElementAtOrDefault(i) ?? $"x{i + 1}";
        return new AxesFigure(FigureKinds.After(session), Axis(0), Axis(1), layers);
    }

    /// <summary>The output over one input, with the training samples.</summary>
    public static Figure Function(IFigureSource s, string[] words)
    {
        TrainingRun live = s.Run();
        LoadedData data = live.Session.Data;
        if (data.Input.Shape.Count != 1 || !data.Input.IsNumbers || data.Target.Type != DType.F32)
            throw FigureKinds.Cannot($"a function can be drawn for one input and a number; here a sample has {data.Input.Shape}");
        float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray(), y = MemoryMarshal.Cast<byte, float>(data.Training.Target).ToArray();
        const int points = 300;
        float low = x.Min(), high = x.Max();
        float[] grid = [.. Enumerable.Range(0, points).Select(i => low + (high - low) * i / (points - 1))];
        float[][] outputs = live.Predict(MemoryMarshal.AsBytes(grid.AsSpan()).ToArray(), points);
        int every = Math.Max(1, x.Length / MaxPoints);
        double[] Some(float[] v) => [.. v.Where((_, i) => i % every == 0).Select(a => (double)a)];
        return new AxesFigure(FigureKinds.After(live.Session), data.FeatureNames.FirstOrDefault("x"), "y",
            [new PointLayer("data", 6, Some(x), Some(y)), new LineLayer("model", 1, [.. grid.Select(v => (double)v)], [.. outputs.Select(o => (double)o[0])])]);
    }
}
