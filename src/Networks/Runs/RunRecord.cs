using System.Globalization;
using System.Text;
using System.Text.Json;
using Nn.Files;

namespace Nn.Networks.Runs;

/// <summary>A run as its folder tells it.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Settings">What <c>settings.json</c> says, by name; numbers and words alike as text. A run is <c>running</c> only while its process
/// lives.</param>
/// <param name="Set">What the command line changed.</param>
/// <param name="Result">The last metrics.</param>
/// <param name="Columns">Names in <c>metrics.csv</c>.</param>
/// <param name="Epochs">Its lines.</param>
public sealed record RunRecord(
    string Folder, IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Set, IReadOnlyDictionary<string, double> Result,
    IReadOnlyList<string> Columns, IReadOnlyList<double[]> Epochs)
{
    private const long MaxBytes = 64 << 20;
    private const string Kept = "settings.json";

    // What every line of metrics.csv begins with.
    private static readonly string[] First = ["epoch", "seconds", "lr"];

    /// <summary>Its name: that of the folder.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder));

    /// <summary>Finished, running, interrupted and so on.</summary>
    public string State => Settings.GetValueOrDefault("state", "");

    /// <summary>Seconds of training; of a run that was cut short those of its whole epochs.</summary>
    public double Seconds =>
        double.TryParse(Settings.GetValueOrDefault("train_seconds"), NumberStyles.Float, CultureInfo.InvariantCulture, out double t) && t > 0
            ? t
            : Epochs.Sum(e => e[Array.IndexOf(First, "seconds")]);

    /// <summary>Whether a folder holds a run.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, Kept));

    /// <summary>Reads a folder.</summary>
    /// <exception cref="NnException">It holds no run, or what it holds is damaged.</exception>
    public static RunRecord Load(string folder)
    {
        string settings = Path.Combine(folder, Kept), metrics = Path.Combine(folder, "metrics.csv");
        if (!IsThere(folder)) throw new NnException(ExitCode.BadFile, $"{folder} holds no run");
        try
        {
            using JsonDocument json = JsonDocument.Parse(Text(settings));
            var words = new Dictionary<string, string>();
            var set = new Dictionary<string, string>();
            var result = new Dictionary<string, double>();
            foreach (JsonProperty p in json.RootElement.EnumerateObject())
            {
                switch (p.Value.ValueKind)
                {
                    case JsonValueKind.Object when p.Name == "set":
                        foreach (JsonProperty s in p.Value.EnumerateObject()) set[s.Name] = s.Value.ToString(); break;
                    case JsonValueKind.Object when p.Name == "metrics":
                        foreach (JsonProperty s in p.Value.EnumerateObject()) result[s.Name] = s.Value.GetDouble(); break;
                    case JsonValueKind.Null: break;
                    default: words[p.Name] = p.Value.ToString(); break;
                }
            }

            if (words.GetValueOrDefault("state") == RunFolder.Running && !FileLock.IsHeld(Path.Combine(folder, RunFolder.Lock)))
                words["state"] = RunFolder.Interrupted;
            string[] lines = File.Exists(metrics) ? Text(metrics).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
            string[] columns = lines.Length == 0 ? [] : lines[0].Split(',');
            if (lines.Length > 1 && !columns.Take(First.Length).SequenceEqual(First))
                throw new FormatException($"metrics.csv begins with {string.Join(',', columns.Take(First.Length))}, not with {string.Join(',', First)}");
            // A line that was being written when the power went is short: it does not count.
            double[][] epochs = [.. lines.Skip(1).Select(l => l.Split(',')).Where(l => l.Length == columns.Length)
                .Select(l => l.Select(v => v.Length == 0 ? double.NaN : double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
            if (result.Count == 0 && epochs.Length > 0)
            {
                for (int c = First.Length; c < columns.Length; c++) result[columns[c]] = epochs[^1][c];
            }

            return new RunRecord(folder, words, set, result, columns, epochs);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"{folder}: the record of the run is damaged: {e.Message}", e);
        }
    }

    /// <summary>All runs of a folder, the latest first; what is no run is passed over.</summary>
    /// <param name="home">The folder of the runs.</param>
    /// <returns>Those that can be read, and why others cannot.</returns>
    public static (IReadOnlyList<RunRecord> Runs, IReadOnlyList<NnException> Damaged) All(string home)
    {
        var (runs, damaged) = (new List<RunRecord>(), new List<NnException>());
        if (!Directory.Exists(home)) return (runs, damaged);
        foreach (string folder in Directory.EnumerateDirectories(home).Where(IsThere).Order(StringComparer.Ordinal))
        {
            try
            {
                runs.Add(Load(folder));
            }
            catch (NnException e)
            {
                damaged.Add(e);
            }
        }

        return ([.. runs.OrderByDescending(r => r.Settings.GetValueOrDefault("started"), StringComparer.Ordinal)], damaged);
    }

    private static string Text(string file) => InputFile.LengthOf(file) <= MaxBytes ? Encoding.UTF8.GetString(InputFile.Bytes(file))
        : throw new IOException($"{file} is too large");
}
