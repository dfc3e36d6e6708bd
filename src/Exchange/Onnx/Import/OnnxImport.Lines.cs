using System.Globalization;
using System.Text;

namespace Nn.Exchange.Onnx;

// Lines of the model. They are made as the file is read; those that nothing leads from to the output, because a larger layer took their place, are left out.
public sealed partial class OnnxImport
{
    // A tensor that a layer stores.
    private sealed record Tensor(string Role, int[] Dims, float[] Values);

    // A value of the script: a layer on its first input. The shape has the batch, and the axes of the language.
    private class Line(int[] shape, string text, params Line[] inputs)
    {
        public int[] Shape { get; } = shape;

        public string Text { get; } = text;

        public Line[] Inputs { get; } = inputs;

        // The name that it had in the file, and that of its kind.
        public string Hint { get; init; } = "";

        // A definition before the model, with {0} for its name.
        public string? Definition { get; init; }

        // Whether it stands for itself, and takes inputs by name alone.
        public bool Joins { get; init; }

        public virtual IReadOnlyList<Tensor> Stored { get; init; } = [];

        public int Features => Shape[^1];

        public long Count => Shape.Aggregate(1L, (n, d) => n * d);

        public string Kind => Text.Split(' ', ',')[0];
    }

    // A function of single elements.
    private sealed class PointwiseLine(Line input, OnnxFormula formula, string text) : Line(input.Shape, text, input)
    {
        public OnnxFormula Formula => formula;
    }

    private sealed class ReshapeLine(int[] shape, string text, Line input) : Line(shape, text, input);

    private readonly Dictionary<string, int> _numbers = [];

    // A line as it is written; it has a name where it stores tensors, or where a later line goes back to it.
    private sealed class Entry
    {
        public string? Label { get; set; }

        public int Place { get; set; }
    }

    private string Write(Line last)
    {
        var needed = new HashSet<Line>();
        var open = new Stack<Line>([last]);
        while (open.TryPop(out Line? line))
        {
            if (!needed.Add(line)) continue;
            foreach (Line input in line.Inputs) open.Push(input);
        }

        if (needed.FirstOrDefault(l => l is ScoresLine or MixedLine or GroupLine or RecurrentLine { Reversed: true }) is { } part)
            throw Bad(part is RecurrentLine ? "it has a recurrent layer from the end to the beginning alone; one of both directions would do" : $"it uses a part of {(part is GroupLine ? "a group norm" : "attention")} that is no layer by itself");
        var entries = new Dictionary<Line, Entry>();
        var written = new List<(Entry Entry, Func<string> Text)>();
        Line previous = _input;
        Entry? start = null;
        foreach (Line line in _lines.Where(needed.Contains))
        {
            if (!line.Joins && line.Inputs[0] != previous)
            {
                Line from = line.Inputs[0];
                Func<string> name = Named(from);
                written.Add((new Entry(), () => $"from {name()}"));
            }

            string text = line.Definition is null ? line.Text : Defined(line.Definition, line.Text);
            Func<string>[] more = [.. line.Inputs.Skip(line.Joins ? 0 : 1).Select(Named)];
            Tensor[] stored = [.. line.Stored];
            var entry = entries[line] = new Entry { Label = stored.Length > 0 ? Label(line.Hint, line.Kind) : null };
            foreach (Tensor t in stored) Store(entry.Label!, t);
            written.Add((entry, () => more.Length == 0 ? text : $"{text} {string.Join(", ", more.Select(m => m()))}"));
            previous = line;
        }

        if (last == _input || start is not null)
        {
            start ??= new Entry();
            written.Insert(0, (start, () => "identity"));
        }

        for (int i = 0; i < written.Count; i++) written[i].Entry.Place = i;
        var lines = new StringBuilder();
        // The names first: a line is named because a later one goes back to it.
        (Entry Entry, string Text)[] texts = [.. written.Select(w => (w.Entry, w.Text()))];
        foreach ((Entry entry, string text) in texts) lines.Append(entry.Label is null ? $"  {text}\n" : $"  {entry.Label} = {text}\n");
        return lines.ToString();

        // The input has no line of its own: an identity gives it a name.
        Func<string> Named(Line line)
        {
            if (line == _input) start ??= new Entry { Label = Unique("value_0") };
            Entry entry = line == _input ? start! : entries[line];
            return () => entry.Label ??= Unique($"value_{entry.Place}");
        }
    }

    // Equal definitions are one.
    private string Defined(string definition, string hint)
    {
        if (_definitions.TryGetValue(definition, out string? name)) return name;
        name = _definitions[definition] = Unique(hint.Length > 0 && char.IsAsciiDigit(hint[^1]) ? hint : hint + "_1");
        _functions.Append(definition.Replace("{0}", name, StringComparison.Ordinal)).Append('\n');
        return name;
    }

    private string Label(string tensor, string kind)
    {
        string name = Word().Replace(tensor.ToLowerInvariant(), "_").Trim('_');
        foreach (string role in new[] { "_weight", "_kernel", "_scale", "_gamma", "_bias" })
        {
            if (name.EndsWith(role, StringComparison.Ordinal)) name = name[..^role.Length];
        }

        // Names that an exporter made up say less than the layer's.
        if (name.StartsWith("onnx_", StringComparison.Ordinal) || name.Contains("_output_", StringComparison.Ordinal)) name = "";
        // A digit at the end keeps labels apart from the words of the language.
        if (name.Length is 0 or > 40 || !char.IsAsciiLetter(name[0])) name = $"{kind}_{(name.Length > 40 ? "" : name)}".TrimEnd('_');
        return Unique(char.IsAsciiDigit(name[^1]) && name.Length > 2 ? name : name + "_1");
    }

    private string Unique(string name)
    {
        if (_labels.Add(name)) return name;
        // dense_1, dense_2, …
        int digits = name.Length - name.AsSpan().TrimEnd("0123456789").Length;
        (string stem, int number) = digits is > 0 and < 9 && name[^(digits + 1)] == '_'
            ? (name[..^digits], int.Parse(name[^digits..], CultureInfo.InvariantCulture))
            : (name + "_", 1);
        number = Math.Max(number, _numbers.GetValueOrDefault(stem));
        while (!_labels.Add($"{stem}{++number}"))
        {
        }

        _numbers[stem] = number;
        return $"{stem}{number}";
    }
}
