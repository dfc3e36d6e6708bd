using System.Text;
using System.Text.Json;

namespace Nn.Training.Search;

/// <summary>
/// The results of a search as JSON lines: one that says what was searched, then one a trial, each on the disk before the next trial begins. A line that was cut
/// off by a crash is dropped when the file is read.
/// </summary>
public sealed class SearchFile : IDisposable
{
    private const string Format = "nn-search-1";

    private readonly FileStream _stream;
    private readonly string _path;

    private SearchFile(FileStream stream, string path) => (_stream, _path) = (stream, path);

    /// <summary>Begins a new file, in place of one that is there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="identity">Stands for script and space: who resumes must have the same.</param>
    /// <param name="script">The script's name, for readers.</param>
    /// <param name="definition">What is searched, for readers.</param>
    /// <exception cref="NnException">It cannot be written.</exception>
    public static SearchFile Create(string path, string identity, string script, SearchDefinition definition)
    {
        SearchFile file = Open(path, FileMode.Create);
        file.Append(json =>
        {
            json.WriteString("format", Format);
            json.WriteString("script", script);
            json.WriteString("identity", identity);
            json.WriteString("method", definition.Method.ToString().ToLowerInvariant());
            json.WriteString("metric", definition.Metric);
            json.WriteBoolean("maximize", definition.Maximize);
            json.WriteNumber("folds", definition.Folds);
            json.WriteNumber("seed", definition.Seed);
            json.WriteStartObject("space");
            foreach (SearchAxis axis in definition.Axes) json.WriteString(axis.Name, axis.Text);
            json.WriteEndObject();
        });
        return file;
    }

    /// <summary>Opens a file to add trials; what a crash left of the last line is cut off.</summary>
    /// <exception cref="NnException">It is missing, damaged, or of another script or space.</exception>
    public static (SearchFile File, IReadOnlyList<Trial> Trials) Resume(string path, string identity, SearchDefinition definition)
    {
        SearchResults results = SearchResults.Load(path);
        if (results.Identity != identity)
        {
            throw new NnException(
                ExitCode.BadFile,
                $"{path} cannot be gone on with: the script, what it searches, or --set, --seed and --epochs have changed since; search without --resume, or name another file with --out");
        }

        if (results.Trials.FirstOrDefault(t => t.Values.Count != definition.Axes.Count) is { } odd) throw SearchResults.Bad(path, $"trial {odd.Number} has {odd.Values.Count} values");
        SearchFile file = Open(path, FileMode.Open);
        file._stream.SetLength(results.Length);
        file._stream.Seek(0, SeekOrigin.End);
        return (file, results.Trials);
    }

    /// <summary>Adds a trial; when this returns, it is on the disk.</summary>
    public void Add(Trial trial, SearchDefinition definition) => Append(json =>
    {
        json.WriteNumber("trial", trial.Number);
        json.WriteString("state", trial.State.ToString().ToLowerInvariant());
        json.WriteStartObject("values");
        foreach ((string name, string value) in definition.Named(trial.Values)) json.WriteString(name, value);
        json.WriteEndObject();
        Number(json, "objective", trial.Objective);
        Number(json, "deviation", trial.Deviation);
        json.WriteNumber("epochs", trial.Epochs);
        json.WriteNumber("seconds", Math.Round(trial.Seconds, 4));
        if (trial.State == TrialState.Failed)
        {
            json.WriteNumber("code", (int)trial.Code);
            json.WriteString("why", trial.Why);
        }

        json.WriteStartArray("results");
        foreach (IReadOnlyDictionary<string, double> result in trial.Results)
        {
            json.WriteStartObject();
            foreach ((string name, double value) in result) Number(json, name, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("curves");
        foreach (IReadOnlyList<double> curve in trial.Curves)
        {
            json.WriteStartArray();
            foreach (double v in curve) Value(json, v);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    });

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static SearchFile Open(string path, FileMode mode)
    {
        try
        {
            return new SearchFile(new FileStream(path, mode, FileAccess.Write, FileShare.Read), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {path}: {e.Message}; --out names another file", e);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        Value(json, value);
    }

    // JSON has no NaN.
    private static void Value(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private void Append(Action<Utf8JsonWriter> write)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        line.Write(Encoding.UTF8.GetBytes("\n"));
        // One write: a reader never sees half of it.
        try
        {
            _stream.Write(line.ToArray());
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {_path}: {e.Message}; with room for it, --resume goes on", e);
        }
    }
}
