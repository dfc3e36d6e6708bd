using System.Globalization;
using System.Text;
using Nn.Data;
using Nn.Training;

namespace Nn.Networks.Prediction;

/// <summary>
/// A table with predictions beside its own columns (CSV, RFC 4180): for a class its name, then the probability of each; for numbers the numbers.
/// </summary>
public sealed class PredictionFile : IDisposable
{
    private readonly StreamWriter _writer;
    private readonly (string Title, IReadOnlyList<string> Classes, int Width)[] _outputs;

    /// <summary>Begins one: the names of the columns.</summary>
    /// <param name="stream">Takes it; stays open.</param>
    /// <param name="columns">The table's own columns.</param>
    /// <param name="definition">Whose predictor it is about.</param>
    public PredictionFile(Stream stream, IReadOnlyList<string> columns, TrainingDefinition definition)
    {
        _writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        IReadOnlyList<NamedShape> outputs = definition.Predictor!.Outputs;
        _outputs = [.. outputs.Select(
            (o, i) => (outputs.Count == 1 ? "prediction" : o.Name, Classes(definition.PredictedTargets[i], (int)o.Shape.Count), (int)o.Shape.Count))];
        IEnumerable<string> own = _outputs.SelectMany((o, i) => o.Classes.Count > 0 ? o.Classes.Select(c => $"p({c})").Prepend(o.Title)
            : o.Width == 1 ? [o.Title]
            : definition.PredictedTargets[i] is { Form: { IsNumbers: true, Names: var names } } && names.Count == o.Width ? names.Select(n => $"{o.Title} {n}")
            : Enumerable.Range(1, o.Width).Select(k => $"{o.Title} {k}"));
        Line(columns.Concat(own));
    }

    /// <summary>Writes rows with what was predicted for them.</summary>
    /// <param name="rows">Their cells.</param>
    /// <param name="outputs">Each output, row after row.</param>
    public void Write(IReadOnlyList<string[]> rows, IReadOnlyList<float[]> outputs)
    {
        for (int r = 0; r < rows.Count; r++)
            Line(rows[r].Concat(_outputs.SelectMany((o, i) => Cells(o.Classes, outputs[i].AsSpan(r * o.Width, o.Width).ToArray()))));
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static IEnumerable<string> Cells(IReadOnlyList<string> classes, float[] values)
    {
        IEnumerable<string> numbers = values.Select(v => v.ToString(CultureInfo.InvariantCulture));
        return classes.Count > 0 ? numbers.Prepend(classes[Array.IndexOf(values, values.Max())]) : numbers;
    }

    private static IReadOnlyList<string> Classes(Field? target, int width) =>
        target is { Form: { IsSymbols: true } form } && form.Names.Count == width && width > 1 ? form.Names : [];

    private void Line(IEnumerable<string> cells) => _writer.WriteLine(string.Join(',', cells.Select(Cell)));

    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n") || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
