using Nn.Data;
using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>A script in an editor at one of its versions, with what is known of it; does not change.</summary>
internal sealed class Document
{
    private readonly DataShapes _data;
    private readonly Lazy<Meaning> _meaning;

    public Document(string uri, int version, TextLines text, DataShapes data)
    {
        (Uri, Version, Lines, _data) = (uri, version, text, data);
        Path = System.Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) && parsed.IsFile ? parsed.LocalPath : null;
        Source = new SourceText(Path ?? uri, text.Text);
        _meaning = new Lazy<Meaning>(Analyse);
    }

    public string Uri { get; }

    public int Version { get; }

    public TextLines Lines { get; }

    public string Text => Lines.Text;

    /// <summary>Of the file; null for what is in no file.</summary>
    public string? Path { get; }

    public SourceText Source { get; }

    /// <summary>What the script means, with its mistakes.</summary>
    public ScriptAnalysis Analysis => _meaning.Value.Analysis;

    /// <summary>The data trained on, where they could be read.</summary>
    public DataDescription? Data => _meaning.Value.Data;

    /// <summary>Why data could not be read; null where nothing is wrong.</summary>
    public DataProblem? DataProblem => _meaning.Value.Problem;

    /// <summary>The same text, to be looked at anew.</summary>
    public Document Again() => new(Uri, Version, Lines, _data);

    private Meaning Analyse()
    {
        DataDescription? data = null;
        DataProblem? problem = null;
        ScriptAnalysis analysis = ScriptAnalysis.Of(Source, spec =>
        {
            data = _data.Find(spec, Path, out problem);
            return data?.Schema;
        });
        return new Meaning(analysis, data, problem);
    }

    private sealed record Meaning(ScriptAnalysis Analysis, DataDescription? Data, DataProblem? Problem);
}
