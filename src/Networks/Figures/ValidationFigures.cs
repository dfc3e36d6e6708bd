using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>What a classifier does on the validation part, as figures.</summary>
/// <param name="Scores">Of each class.</param>
/// <param name="Confusion">Which classes were taken for which; null where there are too many.</param>
/// <param name="Mistakes">Images that were classified wrongly, the surest first; null where samples are no images, or all is right.</param>
public sealed record ValidationFigures(IReadOnlyList<ClassScore> Scores, MatrixFigure? Confusion, TileFigure? Mistakes)
{
    /// <summary>Evaluates the validation part.</summary>
    /// <exception cref="NnException">There are no classes, or no validation part.</exception>
    public static ValidationFigures Of(TrainingSession session, int maxClasses, int maxMistakes)
    {
        LoadedData data = session.Data;
        (int[] actual, float[] outputs, FieldForm target) = ClassesOf(session);
        int width = outputs.Length / actual.Length, n = target.Symbols ?? 2;
        int[] predicted = [.. Enumerable.Range(0, actual.Length).Select(i => Said(outputs[(i * width)..((i + 1) * width)]).Class)];
        var confusion = new Training.Confusion(actual, predicted, n);
        return new ValidationFigures(
            confusion.Scores,
            n > maxClasses ? null : Matrix(session, confusion, target, n),
            data.Input.Shape.Rank == 3 && actual.Length == data.Validation.Samples ? Wrong(data, target, actual, predicted, outputs, maxMistakes) : null);
    }

    /// <summary>Whether an output of a training's predictor is about classes.</summary>
    public static bool AreThere(TrainingSession session) => ClassOutput(session) >= 0;

    /// <summary>
    /// What the first output about classes says of the validation part: the true classes, its numbers sample after sample, and what the target is.
    /// </summary>
    /// <exception cref="NnException">There are no classes, or no validation part.</exception>
    public static (int[] Actual, float[] Outputs, FieldForm Target) ClassesOf(TrainingSession session)
    {
        int output = ClassOutput(session);
        if (output < 0) throw new NnException(ExitCode.Usage, "there are no classes here");
        if (session.Data.Validation.Samples == 0) throw new NnException(ExitCode.Usage, "there is no validation part; add `split 80/20` to the data");
        return (session.ValidationTargets(output).Classes!, session.AllValidationOutputs()[output], session.Definition.PredictedTargets[output]!.Form);
    }

    // -1 where there is none.
    private static int ClassOutput(TrainingSession session)
    {
        IReadOnlyList<Field?> targets = session.Definition.PredictedTargets;
        for (int o = 0; o < targets.Count; o++)
        {
            if (targets[o]?.Form is { IsSymbols: true } form && MetricRules.Fits(session.Definition.Predictor!.Outputs[o].Shape, form)) return o;
        }

        return -1;
    }

    /// <summary>Which class an output means, and how surely: 0 at the border, 1 far from it.</summary>
    public static (int Class, double Strength) Said(float[] output)
    {
        if (output.Length == 1) return (output[0] >= 0.5f ? 1 : 0, Math.Min(1, Math.Abs(output[0] - 0.5) * 2));
        int best = Array.IndexOf(output, output.Max());
        float second = output.Where((_, i) => i != best).Max();
        return (best, Math.Clamp(output[best] - second, 0, 1));
    }

    /// <summary>The classes of a part; numbers are classes 0 and 1.</summary>
    public static int[] Classes(LoadedData data, Part part) => data.Target.Type == DType.I32
        ? MemoryMarshal.Cast<byte, int>(part.Target).ToArray()
        : [.. MemoryMarshal.Cast<byte, float>(part.Target).ToArray().Select(v => v >= 0.5f ? 1 : 0)];

    /// <summary>A class by name, or by number where it has none.</summary>
    public static string Name(LoadedData data, int c) => Name(data.Target, c);

    /// <inheritdoc cref="Name(LoadedData, int)"/>
    public static string Name(FieldForm target, int c) => target.Unlabelled && c == FieldForm.NoLabel ? "no label"
        : target.Names.ElementAtOrDefault(c) ?? c.ToString(CultureInfo.InvariantCulture);

    /// <summary>A sample that is an image.</summary>
    public static Tile ImageTile(LoadedData data, Part part, int i, string caption)
    {
        Shape shape = data.Input.Shape;
        float[] values = data.Input.Numbers(data.Input.Samples(part.Input, i, 1));
        // More channels than an eye has: the first.
        if (shape[2].Extent is not (1 or 3)) values = [.. values.Where((_, e) => e % shape[2] == 0)];
        return new Tile(caption, shape[1], shape[0], shape[2] == 3 ? 3 : 1, values, Signed: false);
    }

    private static MatrixFigure Matrix(TrainingSession session, Training.Confusion confusion, FieldForm target, int n)
    {
        var cells = new long[n, n];
        for (int r = 0; r < n; r++)
        {
            for (int c = 0; c < n; c++) cells[r, c] = confusion[r, c];
        }

        string right = (100 * confusion.Accuracy).ToString("0.0", CultureInfo.InvariantCulture);
        return new MatrixFigure($"{session.Definition.Name}: {right} % of {confusion.Total:N0} right", "is", "taken for",
            [.. Enumerable.Range(0, n).Select(c => Name(target, c))], cells);
    }

    private static TileFigure? Wrong(LoadedData data, FieldForm target, int[] actual, int[] predicted, float[] outputs, int most)
    {
        int width = outputs.Length / actual.Length;
        int[] wrong = [.. Enumerable.Range(0, actual.Length).Where(i => actual[i] != predicted[i])
            .OrderByDescending(i => Said(outputs[(i * width)..((i + 1) * width)]).Strength)];
        return wrong.Length == 0 ? null : new TileFigure(
            $"{wrong.Length:N0} of {actual.Length:N0} wrong: what it is, what it was taken for",
            [.. wrong.Take(most).Select(i => ImageTile(data, data.Validation, i, $"{Name(target, actual[i])}>{Name(target, predicted[i])}"))]);
    }
}
