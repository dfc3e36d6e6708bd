using System.Text;
using Nn.Dsl;
using Nn.Networks.Figures;
using Nn.Repl.Session;

namespace Nn.Repl.Help;

/// <summary>What <c>:help NAME</c> and <c>nn help NAME</c> say.</summary>
/// <param name="commands">The commands that there are; in the session nothing is said of those without a form for it.</param>
/// <param name="program">Whether the program is asked, not the session: of commands that do something else there it tells that first.</param>
internal sealed class HelpText(IReadOnlyList<CommandRow> commands, bool program = false)
{
    private readonly CommandRow[] _session = [.. commands.Where(c => c.Session is not null)];

    // Lists of everything of a kind, by the word that asks for them.
    private static readonly Dictionary<string, (string Title, Func<HelpText, IEnumerable<(string Name, string Summary)>> Rows)> Topics = new()
    {
        ["statements"] = ("Statements", h => Words("statement")),
        ["layers"] = ("Layers, in a model", h => Entries("layer").Concat(Words("model"))),
        ["activations"] = ("Activations, after a layer or on a line of their own",
            h => Entries("activation").Concat(new[] { "sigmoid", "tanh", "softplus" }.Select(n => (n, LanguageReference.Entries[n].Summary)))),
        ["losses"] = ("Losses", h => Entries("loss").Concat(Words("loss"))),
        ["optimizers"] = ("Optimizers", h => Entries("optimizer")),
        ["functions"] = ("Functions of formulas", h => Entries("function")),
        ["schedules"] = ("Schedules of the learning rate", h => Words("schedule")),
        ["metrics"] = ("Metrics", h => Words("metrics")),
        ["inits"] = ("Initial values", h => Words("init")),
        ["settings"] = ("Lines of a train block", h => Words("train").Concat(Words("step"))),
        ["sources"] = ("Lines of a data block", h => Words("data")),
        ["generators"] = ("Generators of data, after builtin", h => Words("builtin")),
        ["plots"] = ("Pictures, after :plot", h => FigureKinds.All.Select(k => ($"{k.Name} {k.Arguments}".TrimEnd(), k.Summary))),
        ["commands"] = ("Commands", h => h._session.Select(c => (c.Form, c.SessionSummary))),
    };

    /// <summary>The words that ask for lists.</summary>
    public static IReadOnlyCollection<string> Lists => Topics.Keys;

    /// <summary>Everything that there is help for.</summary>
    public IEnumerable<string> Names =>
        LanguageReference.Entries.Keys.Concat(WordReference.All.Select(w => w.Name)).Concat(_session.Select(c => c.Name))
            .Concat(commands.Where(c => program && DiffersInProgram(c)).Select(c => c.Name)).Concat(Topics.Keys)
            .Concat(FigureKinds.All.Select(k => k.Name)).Distinct();

    /// <summary>The help for a name, or null; with a colon before it, only as a command.</summary>
    public string? For(string name)
    {
        if (name.StartsWith(':')) return CommandRow.Find(_session, name[1..]) is { } only ? Of(only) : null;
        var parts = new List<string>();
        if (LanguageReference.Entries.TryGetValue(name, out ReferenceEntry? entry)) parts.Add(Of(entry));
        parts.AddRange(WordReference.All.Where(w => w.Name == name).Select(Of));
        if (FigureKinds.All.FirstOrDefault(k => k.Name == name) is { } kind) parts.Add($":plot {$"{kind.Name} {kind.Arguments}".TrimEnd()}\n  {kind.Summary}");
        CommandRow? command = _session.FirstOrDefault(c => c.Name == name)
            ?? (parts.Count == 0 && !Topics.ContainsKey(name) ? CommandRow.Find(_session, name) : null);
        parts.AddRange(commands.Where(c => program && c.Name == name && DiffersInProgram(c)).Select(OfProgram));
        if (command is not null) parts.Add(Of(command));
        if (Topics.TryGetValue(name, out var topic)) parts.Add(Table(topic.Title, [.. topic.Rows(this)]));
        return parts.Count == 0 ? null : string.Join("\n\n", parts);
    }

    /// <summary>What is said where there is no help.</summary>
    public string Unknown(string name) =>
        "there is no help for "
            + $"'{name}'{(Suggest.Nearest(name.TrimStart(':'), Names) is { } near ? $"; did you mean '{near}'?"
                : $"; there are lists of {string.Join(", ", Lists)}")}";

    private static IEnumerable<(string, string)> Entries(string kind) =>
        LanguageReference.Entries.Values.Where(e => e.Kind == kind).Select(e => (e.Name, e.Summary));

    private static IEnumerable<(string, string)> Words(string where) => WordReference.In(where).Select(w => (w.Name, w.Summary));

    private static string Of(ReferenceEntry e)
    {
        var s = new StringBuilder($"{e.Name}, {Article(e.Kind)} {e.Kind}");
        if (e.Summary.Length > 0) s.Append($"\n  {e.Summary}");
        if (e.Formula is { } formula) s.Append("\n\n  ").Append(formula.Replace("\n", "\n  "));
        foreach ((string by, string gradient) in e.Gradients) s.Append($"\n\n  d {e.Name} / d {by} = {gradient}");
        // Of a function, what must be given is in its formula.
        Options(s, [.. e.Options.Where(o => o.Default is not null || e.Kind is "layer" or "optimizer")]);
        if (e.Kind == "layer" && LanguageReference.TakesActivation(e.Name)) s.Append("\n  and an activation, such as relu");
        if (e.Example is { } example) s.Append($"\n\n  example: {example}");
        return s.ToString();
    }

    private static string Of(WordEntry w)
    {
        var s = new StringBuilder($"{w.Name}, {Place(w.Where)}\n  {w.Summary}");
        Options(s, w.Options);
        if (w.Example.Length > 0) s.Append($"\n\n  example: {w.Example}");
        return s.ToString();
    }

    private static bool DiffersInProgram(CommandRow c) => c is { Program: not null, Session: null or { Summary: not null } };

    private static string OfProgram(CommandRow c)
    {
        string examples = string.Concat(c.Examples.Take(1).Select(e => $"\n\n  example: {e}"));
        return $"nn {c.Name}\n  {c.Summary}{examples}\n  nn {c.Name} --help shows its options";
    }

    private static string Of(CommandRow c) => $"{c.Form}\n  {c.SessionSummary}\n\n  example: {c.SessionExample}";

    private static void Options(StringBuilder s, IReadOnlyList<OptionRow> options)
    {
        if (options.Count == 0) return;
        string Value(string? value) => value switch { null => "must be given", "" => "", { } v => $"default {v}" };
        int width = options.Max(o => o.Name.Length), values = options.Max(o => Value(o.Shown).Length);
        s.Append('\n');
        foreach (OptionRow o in options) s.Append('\n').Append($"  {o.Name.PadRight(width)}  {Value(o.Shown).PadRight(values)}  {o.Meaning}".TrimEnd());
    }

    private static string Place(string where) => where switch
    {
        "statement" => "a statement",
        "model" => "a line of a model",
        "data" => "a line of a data block",
        "train" => "a line of a train block",
        "step" => "a line of a step block",
        "metrics" => "a metric",
        "builtin" => "a generator of data",
        "init" => "an initial value",
        "schedule" => "a schedule",
        "search" => "a way of searching",
        "in" => "in a search",
        "formula" => "a word of formulas",
        "loss" => "a regulariser, in a loss",
        _ => $"a value of {where}",
    };

    private static string Article(string kind) => kind is "activation" or "optimizer" ? "an" : "a";

    private static string Table(string title, (string Name, string Summary)[] rows)
    {
        int width = rows.Max(r => r.Name.Length) + 2;
        return $"{title}:\n" + string.Join('\n', rows.Select(r => $"  {r.Name.PadRight(width)}{r.Summary}".TrimEnd()));
    }
}
