using System.Collections.Concurrent;
using System.Globalization;
using Nn.Data;
using Nn.Repl.Terminal;

namespace Nn.Repl.Lsp;

/// <summary>Why data cannot be read.</summary>
/// <param name="Message">For people.</param>
/// <param name="Wrong">Whether they are there, but not what they should be.</param>
internal sealed record DataProblem(string Message, bool Wrong);

/// <summary>
/// What the data of scripts are. Files are read once and again only when they have changed, beside everything else; who asks waits for a moment at most, and is
/// told when there is more to know.
/// </summary>
/// <param name="loaded">Called when data are known that somebody has not waited for.</param>
internal sealed class DataShapes(Action loaded)
{
    // Longer than most files take; an editor waits for answers without standing still.
    private const int PatienceMilliseconds = 1500;

    // What is larger is not read for an editor.
    private const long MaxBytes = 1L << 30;

    private const int MaxKept = 32;

    // Shapes and classes do not depend on the number of samples; drawing thousands of them takes its time.
    private const int GeneratedSamples = 100;

    // A folder may have tens of thousands of images, whose times are not looked at with every key.
    private const int TrustedMilliseconds = 3000;

    private const int MaxFiles = 200_000;

    // A folder a class is as deep as data go; while a path is being written it may be that of a whole disk.
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    private readonly ConcurrentDictionary<string, Task<DataDescription>> _known = new();
    private readonly ConcurrentDictionary<string, (long At, long Bytes, string State)> _states = new();

    /// <summary>The data of a specification; null while they are being read, and where they cannot be.</summary>
    /// <param name="spec">Which data.</param>
    /// <param name="script">Path of the script, beside which files are looked for.</param>
    /// <param name="problem">Why they cannot be read; null where nothing is wrong.</param>
    public DataDescription? Find(DataSpec spec, string? script, out DataProblem? problem)
    {
        problem = null;
        if (spec.Path.Length == 0) return null;
        IReadOnlyList<string> directories = DataLoader.Directories(script);
        string? path;
        try
        {
            path = DataLoader.PathOf(spec, directories);
        }
        catch (NnException e)
        {
            problem = new DataProblem(Told.Of(e), Wrong: false);
            return null;
        }

        try
        {
            (_, long bytes, string state) = path is null ? default : StateOf(path);
            if (bytes > MaxBytes)
            {
                problem = new DataProblem(
                    $"{path} has {(bytes / 1e9).ToString("N1", CultureInfo.InvariantCulture)} GB and is not read while you edit: `nn check` tells whether "
                        + "shapes that follow from it fit", Wrong: false);
                return null;
            }

            // Nor what has no length: a device, or the pipe over which a client speaks.
            if (path is not null && bytes == 0)
            {
                problem = new DataProblem($"{path} is empty", Wrong: true);
                return null;
            }

            if (spec.Source == DataSource.Builtin && spec.Samples > GeneratedSamples) spec = spec with { Samples = GeneratedSamples };
            if (_known.Count > MaxKept) _known.Clear();
            Task<DataDescription> task = _known.GetOrAdd($"{path}\n{state}\n{Key(spec)}", _ => Task.Run(() => DataLoader.Describe(spec, directories)));
            if (Ended(task)) return task.Result;
            task.ContinueWith(_ => loaded(), TaskScheduler.Default);
            return null;
        }
        catch (AggregateException e) when (e.InnerException is NnException or IOException or UnauthorizedAccessException)
        {
            problem = new DataProblem(e.InnerException.Message, Wrong: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = new DataProblem(e.Message, Wrong: true);
        }

        return null;
    }

    private static bool Ended(Task task) => task.Wait(PatienceMilliseconds);

    /// <summary>Looks at the files again when they are asked for next: they may have changed.</summary>
    public void Forget() => _states.Clear();

    // Sizes and times of all files.
    private (long At, long Bytes, string State) StateOf(string path)
    {
        if (_states.TryGetValue(path, out (long At, long, string) known) && Environment.TickCount64 - known.At < TrustedMilliseconds) return known;
        IEnumerable<FileInfo> found = Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", Below) : [new FileInfo(path)];
        FileInfo[] files = [.. found.Take(MaxFiles)];
        var hash = new HashCode();
        foreach (FileInfo f in files.OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            hash.Add(f.FullName);
            hash.Add(Length(f));
            hash.Add(f.LastWriteTimeUtc);
        }

        return _states[path] = (Environment.TickCount64, files.Sum(Length), hash.ToHashCode().ToString(CultureInfo.InvariantCulture));
    }

    private static long Length(FileInfo f) => f.Attributes.HasFlag(FileAttributes.ReparsePoint) ? DataLoader.LengthOf(f.FullName) : f.Length;

    // All that shapes, classes and columns follow from.
    private static string Key(DataSpec s) => string.Join(
        '\n', s.Source, s.Path, s.Samples, s.Classes, s.Context, s.ImageSize, s.Colours, s.Symbols, s.Window, s.Horizon, string.Join(',', s.Targets),
        string.Join(',', s.TargetColumns), string.Join(',', s.Inputs), string.Join(',', s.Fields),
        string.Join(',', s.Types.Select(t => $"{t.Key}:{t.Value}")), s.Stratify);
}
