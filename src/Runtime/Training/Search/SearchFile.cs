using System.Text;
using System.Text.Json;
using Nn.Files;

namespace Nn.Training.Search;

/// <summary>
/// The results of a search as JSON lines: one that says what was searched, then one a trial, each on the disk before the next trial begins. A line that was cut
/// off by a crash is dropped when the file is read. One search at a time has the file; anybody may read it meanwhile.
/// </summary>
public sealed class SearchFile : IDisposable
{
    private const string Format = "nn-search-1";

    private readonly FileLock _lock;
    private readonly FileStream _stream;
    private readonly string _path;

    private SearchFile(FileLock held, FileStream stream, string path, IReadOnlyList<Trial> before) =>
        (_lock, _stream, _path, Before) = (held, stream, path, before);

    /// <summary>The trials that were in it when it was opened.</summary>
    public IReadOnlyList<Trial> Before { get; }

    /// <summary>Begins a new file; results that are there are kept beside it, under a name that ends in <c>.old.jsonl</c>.</summary>
    /// <param name="path">Where.</param>
    /// <param name="identity">Stands for script and space: who resumes must have the same.</param>
    /// <param name="script">The script's name, for readers.</param>
    /// <param name="definition">What is searched, for readers.</param>
    /// <exception cref="NnException">It cannot be written, or another search writes to it.</exception>
    public static SearchFile Create(string path, string identity, string script, SearchDefinition definition)
    {
        SearchFile file = Open(path, FileMode.Create, () =>
        {
            SetAside(path);
            return null;
        });
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
    /// <exception cref="NnException">It is missing, damaged, or of another script or space, or another search writes to it.</exception>
    public static SearchFile Resume(string path, string identity, SearchDefinition definition) =>
        Open(path, FileMode.Open, () => Known(path, identity, definition));

    private static SearchResults Known(string path, string identity, SearchDefinition definition)
    {
        SearchResults results = SearchResults.Load(path);
        if (results.Identity != identity)
        {
            throw new NnException(
                ExitCode.BadFile,
                $"{path} cannot be gone on with: the script, what it searches, or the values, the seed and the number of epochs that were set have changed "
                    + "since")
            {
                Remedy = new Remedy(RemedyKind.SearchAnew),
            };
        }

        if (results.Trials.FirstOrDefault(t => t.Values.Count != definition.Axes.Count) is { } odd)
            throw SearchResults.Bad(path, $"trial {odd.Number} has {odd.Values.Count} values");
        return results;
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
    public void Dispose()
    {
        _stream.Dispose();
        _lock.Dispose();
    }

    // What prepares sees the file as no other search can change it any more, and tells what of it stays.
    private static SearchFile Open(string path, FileMode mode, Func<SearchResults?> prepare)
    {
        FileLock held = FileLock.Take(path);
        try
        {
            SearchResults? results = prepare();
            var file = new SearchFile(held, new FileStream(path, mode, FileAccess.Write, FileShare.Read), path, results?.Trials ?? []);
            file._stream.SetLength(results?.Length ?? 0);
            file._stream.Seek(0, SeekOrigin.End);
            return file;
        }
        catch (Exception e)
        {
            held.Dispose();
            if (e is not (IOException or UnauthorizedAccessException)) throw;
            throw new NnException(ExitCode.BadFile, $"cannot write {path}: {e.Message}", e) { Remedy = new Remedy(RemedyKind.WriteElsewhere) };
        }
    }

    // Hours of work are not thrown away by a command typed twice.
    private static void SetAside(string path)
    {
        if (File.Exists(path) && File.ReadLines(path).Skip(1).Any()) File.Move(path, Path.ChangeExtension(path, ".old.jsonl"), overwrite: true);
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
            throw new NnException(ExitCode.BadFile, $"cannot write {_path}: {e.Message}", e) { Remedy = new Remedy(RemedyKind.GoOnWithSearch) };
        }
    }
}
