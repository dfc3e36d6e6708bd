using System.Text.Json;
using Nn.Files;

namespace Nn.Training.Search;

/// <summary>A file of search results as read.</summary>
/// <param name="Identity">Stands for script and space.</param>
/// <param name="Metric">What is to be best.</param>
/// <param name="Maximize">Whether larger is better.</param>
/// <param name="Names">What was searched, in the order of <see cref="Trial.Values"/>.</param>
/// <param name="Trials">The trials that are over.</param>
/// <param name="Length">Bytes of the file up to the end of its last whole line.</param>
public sealed record SearchResults(string Identity, string Metric, bool Maximize, IReadOnlyList<string> Names, IReadOnlyList<Trial> Trials, long Length)
{
    /// <summary>The best of the finished trials by name of what was searched; null where none finished.</summary>
    public IReadOnlyDictionary<string, string>? Best => Trials
        .Where(t => t.State == TrialState.Done)
        .OrderBy(t => Maximize ? -t.Objective : t.Objective)
        .Select(t => Names.Zip(t.Values).ToDictionary(p => p.First, p => p.Second))
        .FirstOrDefault();

    /// <summary>Reads a file.</summary>
    /// <exception cref="NnException">It is missing or no results of a search.</exception>
    public static SearchResults Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.Bytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path}, results of a search: {e.Message}", e);
        }

        // A line without its end was being written when the program was killed.
        int length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        try
        {
            return Parse(path, bytes.AsMemory(0, length));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Bad(path, "it is damaged", e);
        }
    }

    internal static NnException Bad(string path, string why, Exception? inner = null) =>
        new(ExitCode.BadFile, $"{path} has no results of a search: {why}", inner);

    private static SearchResults Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        SearchResults? results = null;
        var trials = new List<Trial>();
        for (int at = 0; at < bytes.Length;)
        {
            int end = bytes.Span[at..].IndexOf((byte)'\n');
            using JsonDocument line = JsonDocument.Parse(bytes.Slice(at, end));
            at += end + 1;
            JsonElement e = line.RootElement;
            if (results is null)
            {
                if (!e.TryGetProperty("format", out JsonElement format) || format.GetString() != "nn-search-1") throw Bad(path, "it begins otherwise");
                results = new SearchResults(
                    e.GetProperty("identity").GetString()!, e.GetProperty("metric").GetString()!, e.GetProperty("maximize").GetBoolean(),
                    [.. e.GetProperty("space").EnumerateObject().Select(p => p.Name)], trials, bytes.Length);
            }
            else
            {
                trials.Add(Trial(e, results.Metric));
                if (trials[^1].Number != trials.Count) throw Bad(path, $"trial {trials.Count} is missing");
            }
        }

        return results ?? throw Bad(path, "it is empty");
    }

    private static Trial Trial(JsonElement e, string metric)
    {
        static double Number(JsonElement v) => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble();
        Dictionary<string, double>[] results = [.. e.GetProperty("results").EnumerateArray()
            .Select(r => r.EnumerateObject().ToDictionary(p => p.Name, p => Number(p.Value)))];
        return new Trial
        {
            Number = e.GetProperty("trial").GetInt32(),
            Values = [.. e.GetProperty("values").EnumerateObject().Select(p => p.Value.GetString()!)],
            State = Enum.Parse<TrialState>(e.GetProperty("state").GetString()!, ignoreCase: true),
            Results = results,
            Folds = [.. results.Select(r => r[metric])],
            Curves = [.. e.GetProperty("curves").EnumerateArray().Select(c => c.EnumerateArray().Select(Number).ToArray())],
            Seconds = e.GetProperty("seconds").GetDouble(),
            Code = e.TryGetProperty("code", out JsonElement code) ? (ExitCode)code.GetInt32() : ExitCode.Ok,
            Why = e.TryGetProperty("why", out JsonElement why) ? why.GetString() : null,
        };
    }
}
