using Nn.Dsl;
using Nn.Files;

namespace Nn.Repl.Session;

/// <summary>A statement as typed, with the comments before it.</summary>
/// <param name="Kind">Its keyword.</param>
/// <param name="Name">What it defines; of <c>train</c> and <c>search</c> there is one each, named by the keyword.</param>
/// <param name="Text">As typed.</param>
internal sealed record Snippet(string Kind, string Name, string Text);

/// <summary>Where a session's statements came from.</summary>
/// <param name="File">The script, beside which data are looked for.</param>
/// <param name="Model">The checkpoint that they were in; null where there is none.</param>
/// <param name="Trained">What the checkpoint says of its data, without its weights: the file may be gone by the time that data are read again.</param>
internal sealed record Origin(string File, string? Model = null, Safetensors? Trained = null)
{
    /// <summary>Typed.</summary>
    public static Origin Typed { get; } = new("session.nn");

    /// <summary>A script that was in a checkpoint.</summary>
    public static Origin Of(string file, string model, Safetensors checkpoint)
    {
        var known = new Safetensors();
        foreach ((string key, string value) in checkpoint.Metadata) known.Metadata[key] = value;
        return new Origin(file, model, known);
    }
}

/// <summary>
/// The statements of a session, in the order in which they first came. A statement that defines a name again replaces the earlier one; every change can be
/// undone.
/// </summary>
internal sealed class Workspace
{
    private const int MaxUndo = 200;

    private readonly List<(IReadOnlyList<Snippet> Snippets, Origin Origin, EndedTraining? Trained)> _past = [];

    /// <summary>The statements now.</summary>
    public IReadOnlyList<Snippet> Snippets { get; private set; } = [];

    /// <summary>Where they came from.</summary>
    public Origin Origin { get; private set; } = Origin.Typed;

    /// <summary>All of them as a script.</summary>
    public string Text => string.Concat(Snippets.Select(s => s.Text + "\n"));

    /// <summary>Whether there is something to undo.</summary>
    public bool CanUndo => _past.Count > 0;

    /// <summary>The statements of a text.</summary>
    /// <exception cref="ScriptException">It cannot be parsed.</exception>
    public static IReadOnlyList<Snippet> Split(SourceText source)
    {
        Script script = ScriptParser.Parse(source);
        var snippets = new List<Snippet>();
        int end = 0;
        foreach (Statement s in script.Statements)
        {
            // A comment on the same line belongs to the statement, too.
            int next = s.Span.End;
            int line = source.Text.IndexOf('\n', next);
            string rest = source.Text[next..(line < 0 ? source.Text.Length : line)].TrimStart(' ', '\t', ';');
            if (rest.StartsWith('#')) next = line < 0 ? source.Text.Length : line;
            string text = source.Text[end..next].Trim().TrimStart(';').Trim();
            snippets.Add(new Snippet(KindOf(s), NameOf(s, script), text));
            end = next;
        }

        return snippets;
    }

    /// <summary>The statements with those of a text added or replaced.</summary>
    public IReadOnlyList<Snippet> With(IReadOnlyList<Snippet> added)
    {
        var all = Snippets.ToList();
        foreach (Snippet s in added)
        {
            int at = all.FindIndex(o => o.Kind == s.Kind && o.Name == s.Name);
            if (at < 0) all.Add(s);
            else all[at] = s;
        }

        return all;
    }

    /// <summary>Makes these the statements.</summary>
    /// <param name="snippets">All of them.</param>
    /// <param name="origin">Where they came from, if not from where the ones before did.</param>
    /// <param name="trained">The training that ends with this change; the last such is kept.</param>
    public void Accept(IReadOnlyList<Snippet> snippets, Origin? origin = null, EndedTraining? trained = null)
    {
        for (int i = 0; trained is not null && i < _past.Count; i++) _past[i] = (_past[i].Snippets, _past[i].Origin, null);
        _past.Add((Snippets, Origin, trained));
        if (_past.Count > MaxUndo) _past.RemoveAt(0);
        (Snippets, Origin) = (snippets, origin ?? Origin);
    }

    /// <summary>Goes back to the statements before the last change.</summary>
    /// <returns>The training that ended with that change, if one did.</returns>
    public EndedTraining? Undo()
    {
        (Snippets, Origin, EndedTraining? trained) = _past[^1];
        _past.RemoveAt(_past.Count - 1);
        return trained;
    }

    // The last training is the one that another takes the place of; those before it go by their number.
    private static string NameOf(Statement s, Script script)
    {
        if (s is not (TrainStatement or SearchStatement)) return s.Name.Name;
        List<Statement> same = [.. script.Statements.Where(o => KindOf(o) == KindOf(s))];
        return same.IndexOf(s) is var at && at == same.Count - 1 ? KindOf(s) : $"{KindOf(s)} {at + 1}";
    }

    private static string KindOf(Statement s) => s switch
    {
        LetStatement => "let",
        DefinitionStatement d => d.Kind,
        ModelStatement m => m.Kind,
        DataStatement => "data",
        TrainStatement => "train",
        _ => "search",
    };
}
