using System.Text;
using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Repl.Lsp;

/// <summary>What names mean, as Markdown: formulas, gradients, defaults, values.</summary>
internal static class Descriptions
{
    private const int MaxWords = 12;

    /// <summary>Of a symbol in a document; null where there is nothing to say.</summary>
    public static string? Of(Document d, Symbol s) => s.Kind switch
    {
        SymbolKind.Keyword => Word("statement", s.Name) ?? Word("model", s.Name) ?? Word("formula", s.Name),
        SymbolKind.Let => Let(d, s),
        SymbolKind.Function or SymbolKind.Optimizer or SymbolKind.Layer => Entry(d, s),
        SymbolKind.Block => Code(Source(d, s)),
        SymbolKind.Model => Model(d, s),
        SymbolKind.Data => Data(d, s),
        SymbolKind.Parameter => Parameter(d, s),
        SymbolKind.Local => Local(d, s),
        SymbolKind.Setting or SymbolKind.Word => Word(s.Within, s.Name),
        SymbolKind.Option => Option(s.Name, s.Within, ""),
        SymbolKind.Column => Column(d, s.Name),
        _ => Size(d, s),
    };

    /// <summary>Of a name of the language.</summary>
    public static string Entry(ReferenceEntry e)
    {
        var s = new StringBuilder($"**{e.Name}** — {e.Kind}");
        if (e.Summary.Length > 0) s.Append($"\n\n{e.Summary}");
        if (e.Formula is { } formula) s.Append($"\n\n{Code(formula)}");
        if (e.Gradients.Count > 0) s.Append($"\n\n{Code(string.Join("\n", e.Gradients.Select(g => $"d {e.Name} / d {g.By} = {g.Formula}")))}");
        if (e.Kind is "layer" or "optimizer" && e.Options.Count > 0)
            s.Append("\n\n").AppendJoin("\n", e.Options.Select(Listed));
        if (e.Example is { } example) s.Append($"\n\n{Code(example)}");
        return s.ToString();
    }

    /// <summary>Of a word of the language.</summary>
    public static string Word(WordEntry w)
    {
        var s = new StringBuilder($"**{w.Name}** — {w.Summary}");
        if (w.Options.Count > 0)
            s.Append("\n\n").AppendJoin("\n", w.Options.Select(Listed));
        if (w.Example.Length > 0) s.Append($"\n\n{Code(w.Example)}");
        return s.ToString();
    }

    /// <summary>Of an option of something of the language.</summary>
    /// <param name="name">The option.</param>
    /// <param name="of">The layer, function, optimizer or setting.</param>
    /// <param name="where">Where that stands.</param>
    /// <param name="given">The value that it has here, if it is given.</param>
    public static string Option(string name, string of, string where, string? given = null)
    {
        OptionRow? option = OptionReference.Find(of, where, name);
        var s = new StringBuilder($"**{name}**{(of.Length > 0 ? $" of `{of}`" : "")}");
        if (given is not null) s.Append($": {given}");
        if (!string.IsNullOrEmpty(option?.Shown) && option.Shown != given) s.Append($" ({option.Shown} without it)");
        if (option?.Meaning is { Length: > 0 } m) s.Append($"\n\n{m}");
        return s.ToString();
    }

    /// <summary>Text as the editor colours scripts.</summary>
    public static string Code(string text) => $"```nn\n{text}\n```";

    private static string? Word(string where, string name) => WordReference.Find(where, name) is { } w ? Word(w) : null;

    private static string Listed(OptionRow o) => $"- `{o.Name}`{Default(o.Shown)}{(o.Meaning.Length > 0 ? $": {o.Meaning}" : "")}";

    private static string Default(string? value) => value switch { null => " (must be given)", "" => "", _ => $" = {value}" };

    private static string Source(Document d, Symbol s) => s.Syntax is { } syntax ? d.Text.Substring(syntax.Span.Start, syntax.Span.Length) : s.Name;

    private static string? Entry(Document d, Symbol s)
    {
        if (s.Syntax is DefinitionStatement own) return Entry(LanguageReference.Of(own, d.Text));
        return LanguageReference.Entries.TryGetValue(s.Name, out ReferenceEntry? e) ? Entry(e) : null;
    }

    private static string Let(Document d, Symbol s)
    {
        var text = new StringBuilder(Code(Source(d, s)));
        if (s.Syntax is LetStatement { Value: not (NumberExpr or NameExpr or ShapeExpr or StringExpr) }
            && d.Analysis.Values.TryGetValue(s.Name, out string? value))
            text.Append($"\n\n= {value}");
        SearchRange? range = d.Analysis.Script.Statements.OfType<SearchStatement>().SelectMany(x => x.Ranges).FirstOrDefault(r => r.Name.Name == s.Name);
        text.Append(range is null ? $"\n\nAnother value: `--set {s.Name}=…`" : $"\n\nSearched: `{s.Name} in {SyntaxText.Of(range.Values)}`");
        return text.ToString();
    }

    private static string Model(Document d, Symbol s)
    {
        if (d.Analysis.Models.FirstOrDefault(m => m.Name == s.Name) is not { } model) return Code(Source(d, s));
        var text = new StringBuilder(
            $"**{model.Name}**: {NamedShape.Text(model.Inputs)} → {NamedShape.Text(model.Outputs)}, {Hints.Parameters(model.Parameters)}\n\n```\n");
        int width = Math.Min(40, model.Layers.Select(l => 2 * l.Depth + l.Kind.Length).DefaultIfEmpty(0).Max());
        foreach (LayerSummary l in model.Layers.Take(60))
        {
            long count = l.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count);
            text.Append($"{(new string(' ', 2 * l.Depth) + l.Kind).PadRight(width)}  {l.Output,-12} {(count == 0 ? "" : count.ToString("N0")),12}".TrimEnd())
                .Append('\n');
        }

        if (model.Layers.Count > 60) text.Append($"… and {model.Layers.Count - 60} more\n");
        return text.Append("```").ToString();
    }

    private static string Data(Document d, Symbol s)
    {
        string code = Code(Source(d, s));
        if (d.Analysis.Data?.Name != s.Name || d.Data is not { } data) return code;
        var text = new StringBuilder($"**{s.Name}**: ");
        // Of generators only a few samples are drawn to know their shape.
        if (d.Analysis.Data.Source != DataSource.Builtin) text.Append($"{data.Samples:N0} samples, ");
        else if (d.Analysis.Data.Samples is { } samples) text.Append($"{samples:N0} samples, ");
        static string Target(FieldForm form) => form.Symbols is { } n ? $"one of {n} classes{(form.Shape.Rank > 0 ? $" at each of {form.Shape}" : "")}"
            : form.Shape.ToString();
        text.Append(data.Schema.Fields.Count() == 2
            ? $"input {data.Schema.Input.Shape}, target {Target(data.Schema.Target)}"
            : string.Join(", ",
                data.Schema.Inputs.Select(f => $"input {f.Name} {f.Form.Shape}").Concat(data.Schema.Targets.Select(f => $"target {f.Name} {Target(f.Form)}"))));
        if (data.ClassNames.Count is > 0 and <= 20) text.Append($"  \nclasses: {string.Join(", ", data.ClassNames.Select(Visible))}");
        if (data.Columns.Count is > 0 and <= 40) text.Append($"  \ncolumns: {string.Join(", ", data.Columns.Select(c => c.Name))}");
        return text.Append($"\n\n{code}").ToString();
    }

    // Class names of texts are characters.
    private static string Visible(string name) => name.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '.') ? name
        : $"`{name.Replace("\n", "\\n", StringComparison.Ordinal)}`";

    private static string Column(Document d, string name)
    {
        if (d.Data?.Columns.FirstOrDefault(c => c.Name == name) is not { } column) return $"**{name}**, a column of the data";
        var text = new StringBuilder($"**{name}**, a column of {(column.Words.Count > 0 ? $"{column.Words.Count:N0} words" : "numbers")}");
        if (column.Gaps > 0) text.Append($", {column.Gaps:N0} {(column.Gaps == 1 ? "gap" : "gaps")}");
        if (column.IsTarget) text.Append("; the target");
        if (column.Words.Count > 0)
            text.Append("\n\n").AppendJoin("\n", column.Words.Take(MaxWords).Select(w => $"- {Visible(w.Word)}: {w.Rows:N0} {(w.Rows == 1 ? "row" : "rows")}"));
        return text.Append(column.Words.Count > MaxWords ? "\n- …" : "").ToString();
    }

    // With the values that the uses in models give it.
    private static string Parameter(Document d, Symbol s)
    {
        var text = new StringBuilder($"**{s.Name}**, a parameter of `{s.Within}`");
        if (s.Syntax is ParameterSyntax { Default: { } otherwise }) text.Append($", {SyntaxText.Of(otherwise)} without it");
        string[] given =
        [
            .. from model in d.Analysis.Script.Statements.OfType<ModelStatement>()
               from line in Hovers.Flat(model.Items)
               where line.Head.Name == s.Within
               from a in line.Arguments.Where(a => a.Name == s.Name)
                   .Concat(LayerArguments.Of(d, line).Where(p => p.Parameter == s.Name).Select(p => p.Argument))
               select SyntaxText.Of(a.Value),
        ];
        if (given.Length > 0) text.Append($"; here {string.Join(", ", given.Distinct().Take(MaxWords))}");
        return text.ToString();
    }

    private static string Local(Document d, Symbol s)
    {
        if (s.Syntax is Item { LoopVariable: { } loop, Arguments: [var times, ..] } && loop == s.Name)
            return $"**{s.Name}** counts the repetitions: 0, 1, … up to {SyntaxText.Of(times.Value)}, less one";
        if (s.Definition is not null)
        {
            string line = s.Syntax is { } syntax ? d.Lines.Text.Substring(syntax.Span.Start, syntax.Span.Length).Split('\n')[0] : s.Name;
            IEnumerable<string> layers = d.Analysis.Layers.Where(l => l.Span == s.Syntax?.Span).Select(l => l.Output.ToString());
            string shapes = Hints.Shapes(layers.Concat(d.Analysis.Formulas.Where(f => f.Span == s.Syntax?.Span).Select(f => f.Shape)));
            return shapes.Length == 0 ? Code(line) : $"**{shapes}**\n\n{Code(line)}";
        }

        return $"`{s.Name}`: {GivenName.MeaningOf(s.Within, s.Name) ?? GivenName.MeaningOf("layer", "it")}";
    }

    private static string? Size(Document d, Symbol s) => (s.Within, s.Name) switch
    {
        ("", "classes") => OfData(s.Name, d.Data?.Schema.Target.Symbols),
        ("", "features") => OfData(s.Name, d.Data?.Schema.Input.Shape is { } i ? i.Rank == 0 ? 1 : i[-1] : null),
        _ => SizeName.All.FirstOrDefault(n => n.Name == s.Name) is not { } size ? null
            : size.Meaning.StartsWith("of ", StringComparison.Ordinal) ? $"`{s.Name}` {size.Meaning}" : $"`{s.Name}`: {size.Meaning}",
    };

    private static string OfData(string name, int? value) =>
        $"`{name}`{(value is { } n ? $" = {n}" : "")}: {GivenName.MeaningOf("data", name)}";
}
