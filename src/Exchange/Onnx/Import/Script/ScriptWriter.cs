using System.Runtime.InteropServices;
using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Writes the lines that lead from the input to the last one as a model, with the functions that it needs and its tensors. Lines that nothing leads from,
/// because a larger layer took their place, are left out.
/// </summary>
/// <param name="model">The name of the model.</param>
/// <param name="input">What the lines start from.</param>
internal sealed class ScriptWriter(string model, InputLine input)
{
    private readonly LayerNames _names = new();
    // Definitions by what they say: equal ones are one.
    private readonly Dictionary<string, string> _defined = [];
    private readonly List<Statement> _statements = [];
    // Lines as they are written, by what they are made from.
    private readonly Dictionary<Line, Entry> _entries = [];
    private readonly List<Entry> _written = [];

    // A line as it is written; it has a name where it stores tensors, or where a later line goes back to it.
    private sealed class Entry(Func<Item> item)
    {
        public string? Label { get; set; }

        public int Place { get; set; }

        public Item Item => item() with { Label = Label };
    }

    /// <summary>The stored tensors, under the names that the script gives them.</summary>
    public Safetensors Weights { get; } = new();

    /// <summary>The functions, then the model.</summary>
    public Made<IReadOnlyList<Statement>> Write(IEnumerable<Line> lines, Line last)
    {
        HashSet<Line> needed = Needed(last);
        if (needed.FirstOrDefault(l => !l.IsLayer) is { } part)
        {
            return new Refusal(part is RecurrentLine
                ? "it has a recurrent layer from the end to the beginning alone; one of both directions would do"
                : $"it uses a part of {(part is GroupLine ? "a group norm" : "attention")} that is no layer by itself");
        }

        Line previous = input;
        foreach (Line line in lines.Where(needed.Contains))
        {
            if (!line.Joins && line.Inputs[0] != previous) _written.Add(new Entry(Names("from", [], [line.Inputs[0]])));
            Add(line);
            previous = line;
        }

        // The input has no line of its own: an identity gives it a name.
        if (_entries.TryGetValue(input, out Entry? start) || last == input) _written.Insert(0, start ?? new Entry(() => Say.Layer("identity")));
        for (int i = 0; i < _written.Count; i++) _written[i].Place = i;
        // A line is named because a later one goes back to it, so all are made before any is written.
        foreach (Entry entry in _written) _ = entry.Item;
        Item shape = Say.Layer("input", Say.Argument(Say.Extents(input.Shape.Skip(1).Select(d => d.Extent))));
        _statements.Add(new ModelStatement(default, "model", Say.Name(model), [], [shape, .. _written.Select(e => e.Item)]));
        return _statements;
    }

    private static HashSet<Line> Needed(Line last)
    {
        var needed = new HashSet<Line>();
        var open = new Stack<Line>([last]);
        while (open.TryPop(out Line? line))
        {
            if (!needed.Add(line)) continue;
            foreach (Line before in line.Inputs) open.Push(before);
        }

        needed.RemoveWhere(l => l is InputLine);
        return needed;
    }

    private void Add(Line line)
    {
        string head = line.Definition is null ? line.Kind : Defined(line.Definition, line.Kind);
        Line[] more = line.Inputs[(line.Joins ? 0 : 1)..];
        LayerTensor[] stored = [.. line.Stored];
        var entry = _entries[line] = new Entry(Names(head, line.Layer.Arguments, more));
        if (stored.Length > 0) entry.Label = _names.OfLayer(line.Hint, head);
        foreach (LayerTensor t in stored)
        {
            byte[] bytes = MemoryMarshal.AsBytes(t.Values.AsSpan()).ToArray();
            Weights.Tensors[$"{model}.{entry.Label}.{t.Role}"] = new StoredTensor(new Shape(t.Dims), DType.F32, bytes);
        }

        _written.Add(entry);
    }

    // A line with the names of others behind its own arguments.
    private Func<Item> Names(string head, IReadOnlyList<Argument> arguments, Line[] others)
    {
        Entry[] entries = [.. others.Select(Of)];
        return () => Say.Layer(head, [.. arguments, .. entries.Select(e => Say.Argument(Say.Name(e.Label ??= _names.Of($"value_{e.Place}"))))]);
    }

    private Entry Of(Line line)
    {
        if (_entries.TryGetValue(line, out Entry? entry)) return entry;
        // Only the input has none yet.
        return _entries[line] = new Entry(() => Say.Layer("identity")) { Label = _names.Of("value_0") };
    }

    private string Defined(DefinitionStatement definition, string hint)
    {
        string text = StatementText.Of(definition);
        if (_defined.TryGetValue(text, out string? name)) return name;
        name = _defined[text] = _names.OfDefinition(hint);
        _statements.Add(definition with { Name = Say.Name(name) });
        return name;
    }
}
