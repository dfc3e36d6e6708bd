using System.Globalization;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Inspection;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>An evaluation's report for people: a line a class, what was taken for what, the largest misses.</summary>
internal sealed class ReportText(TextWriter output, TextStyle style)
{
    private const int MaxListed = 20;
    private const int MaxPairs = 10;
    private const int MaxName = 16;
    private const int MaxFeatures = 6;

    /// <summary>Writes it.</summary>
    public void Write(EvaluationReport report, LoadedData data, FieldForm target)
    {
        if (report.Classes is { } classes)
        {
            string[] names = Names(classes, target);
            Scores(classes, names);
            Matrix(classes, names);
        }

        if (report.Labels is { } labels) Labels(labels);
        if (report.Numbers is { } numbers) Numbers(numbers, data, target);
    }

    private void Labels(IReadOnlyList<ClassScore> labels)
    {
        ClassScore[] listed = labels.Count <= MaxListed ? [.. labels] : [.. labels.OrderBy(s => s.F1).ThenByDescending(s => s.Support).Take(MaxListed)];
        output.WriteLine();
        output.WriteLine(style.Bold($"{"label",7}  precision     recall         f1    support"));
        foreach (ClassScore s in listed) output.WriteLine($"{s.Class,7}  {Share(s.Precision),9}  {Share(s.Recall),9}  {Share(s.F1),9}  {Count(s.Support),9}");
        if (listed.Length < labels.Count) output.WriteLine(style.Dim($"these have the lowest f1 of {labels.Count:N0} labels"));
    }

    /// <summary>The name of each class: as the data have it, else its number.</summary>
    public static string[] Names(Confusion classes, FieldForm target) =>
        [.. Enumerable.Range(0, classes.Classes).Select(c => c < target.Names.Count ? target.Names[c] : c.ToString(CultureInfo.InvariantCulture))];

    private void Scores(Confusion classes, string[] names)
    {
        ClassScore[] listed = [.. classes.Scores];
        if (listed.Length > MaxListed) listed = [.. classes.Seen.OrderBy(s => s.F1).ThenByDescending(s => s.Support).Take(MaxListed)];
        int width = Math.Max("weighted mean".Length, listed.Max(s => Short(names[s.Class]).Length));
        void Line(string name, string precision, string recall, string f1, string support) =>
            output.WriteLine($"{name.PadRight(width)}  {precision,9}  {recall,9}  {f1,9}  {support,9}");
        output.WriteLine();
        output.WriteLine(style.Bold($"{"class".PadRight(width)}  precision     recall         f1    support"));
        foreach (ClassScore s in listed) Line(Short(names[s.Class]), Share(s.Precision), Share(s.Recall), Share(s.F1), Count(s.Support));
        if (listed.Length < classes.Classes) output.WriteLine(style.Dim($"these have the lowest f1 of {classes.Classes:N0} classes"));
        Line("macro mean", Share(classes.Macro(s => s.Precision)), Share(classes.Macro(s => s.Recall)), Share(classes.Macro(s => s.F1)), Count(classes.Total));
        Line("weighted mean", Share(classes.Weighted(s => s.Precision)), Share(classes.Weighted(s => s.Recall)), Share(classes.Weighted(s => s.F1)),
            Count(classes.Total));
    }

    private void Matrix(Confusion classes, string[] names)
    {
        string[] heads = [.. names.Select(Short)];
        int first = heads.Max(h => h.Length);
        int[] widths = [.. Enumerable.Range(0, classes.Classes)
            .Select(p => Math.Max(heads[p].Length, Enumerable.Range(0, classes.Classes).Max(a => Count(classes[a, p]).Length)))];
        if (classes.Classes > MaxListed || first + widths.Sum(w => w + 2) > style.Width)
        {
            Pairs(classes, names);
            return;
        }

        output.WriteLine();
        output.WriteLine(style.Bold("true class by row, predicted class by column"));
        output.WriteLine(new string(' ', first) + string.Concat(heads.Select((h, i) => "  " + h.PadLeft(widths[i]))));
        for (int a = 0; a < classes.Classes; a++)
        {
            output.Write(heads[a].PadLeft(first));
            for (int p = 0; p < classes.Classes; p++) output.Write("  " + Cell(classes, a, p, widths[p]));
            output.WriteLine();
        }
    }

    // One in twenty of a class is a pattern worth looking at.
    private string Cell(Confusion classes, int actual, int predicted, int width)
    {
        long n = classes[actual, predicted];
        string text = (n == 0 ? "·" : Count(n)).PadLeft(width);
        if (n == 0) return style.Dim(text);
        return actual == predicted ? style.Green(text) : n * 20 >= classes.Scores[actual].Support ? style.Red(text) : style.Yellow(text);
    }

    private void Pairs(Confusion classes, string[] names)
    {
        (int Actual, int Predicted, long Count)[] worst = [.. classes.Mistakes.Take(MaxPairs)];
        if (worst.Length == 0) return;
        output.WriteLine();
        output.WriteLine(style.Bold("most often confused"));
        int width = worst.Max(w => Short(names[w.Actual]).Length), other = worst.Max(w => Short(names[w.Predicted]).Length);
        foreach ((int actual, int predicted, long count) in worst)
        {
            double share = count / (double)classes.Scores[actual].Support;
            output.WriteLine(
                $"{Short(names[actual]).PadRight(width)}  taken for  {Short(names[predicted]).PadRight(other)}  {Count(count),7}  "
                    + $"{(share * 100).ToString("F1", CultureInfo.InvariantCulture),5} % of the class");
        }
    }

    private void Numbers(Regression r, LoadedData data, FieldForm target)
    {
        output.WriteLine();
        foreach ((string name, double value) in new[] { ("r2", r.R2), ("mae", r.Mae), ("rmse", r.Rmse) })
            output.WriteLine($"{name,-16} {NumberText.Number(value)}");
        if (r.Misses.Count == 0 || r.Misses[0].Error == 0) return;
        bool several = target.Shape.Count > 1, inputs = data.Schema.Inputs.Count == 1 && data.Input.IsNumbers && data.Input.Shape.Count <= MaxFeatures;
        int width = (int)data.Input.Shape.Count;
        string[] features = inputs ? [.. Enumerable.Range(0, width).Select(i => Short(i < data.FeatureNames.Count ? data.FeatureNames[i] : $"x{i + 1}"))] : [];
        output.WriteLine();
        output.WriteLine(style.Bold(
            $"{"sample",7}{(several ? "  element" : "")}  {"target",10}  {"output",10}  {"error",10}{string.Concat(features.Select(f => $"  {f,10}"))}"));
        foreach (Miss m in r.Misses)
        {
            string element = several ? $"  {m.Element,7}" : "";
            ReadOnlySpan<float> x = inputs
                ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(data.Validation.Input).Slice(m.Sample * width, width)
                : [];
            string given = "";
            foreach (float v in x) given += $"  {NumberText.Number(v),10}";
            output.WriteLine(
                $"{m.Sample,7}{element}  {NumberText.Number(m.Target),10}  {NumberText.Number(m.Output),10}  {NumberText.Number(m.Error),10}{given}");
        }
    }

    private static string Short(string name) => name.Length <= MaxName ? name : name[..(MaxName - 1)] + "…";

    private static string Share(double v) => v.ToString("F4", CultureInfo.InvariantCulture);

    private static string Count(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
