using System.Globalization;
using System.Text;
using System.Text.Json;
using Nn.Files;
using Nn.Training;

namespace Nn.Networks.Runs;

/// <summary>
/// A folder that keeps all of a training: <c>script.nn</c>, <c>settings.json</c> (what the command line changed, device, versions, outcome), <c>metrics.csv</c>
/// (a line an epoch, appended as it comes), <c>last.safetensors</c> and <c>best.safetensors</c>, and events for TensorBoard. While the training goes on its
/// process holds <c>run.lock</c>: a run that is said to be running and is not locked was cut short.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Where runs are kept unless another folder is named.</summary>
    public const string Home = "runs";

    /// <summary>Held by the process that trains.</summary>
    internal const string Lock = "run.lock";

    /// <summary>The state of a run whose training goes on, or was cut short without a word.</summary>
    public const string Running = "running";

    /// <summary>The state of a run that was stopped.</summary>
    public const string Interrupted = "interrupted";

    private const string Settings = "settings.json", Metrics = "metrics.csv", Script = "script.nn", Last = "last.safetensors", Best = "best.safetensors";

    private readonly FileLock _lock;
    private readonly TrainingSession _session;
    private readonly Trainer _trainer;
    private readonly string _script;
    private readonly IReadOnlyDictionary<string, string> _set;
    private readonly Project _project;
    private readonly TensorBoardEvents _events;
    private readonly AppendedFile _metrics;
    private readonly DateTimeOffset _started = DateTimeOffset.Now;
    private string[]? _columns;
    private double _best = double.NaN;
    private bool _running = true;

    private RunFolder(string path, FileLock held, string script, Project project, IReadOnlyDictionary<string, string> set, TrainingSession session,
        Trainer trainer)
    {
        (Path, _lock, _script, _project, _set, _session, _trainer) = (path, held, script, project, set, session, trainer);
        AtomicFile.Write(System.IO.Path.Combine(path, Script), s => s.Write(Encoding.UTF8.GetBytes(project.Source.Text)));
        WriteSettings(Running, null);
        _events = new TensorBoardEvents(path, _started);
        _metrics = new AppendedFile(System.IO.Path.Combine(path, Metrics), () => Encoding.UTF8.GetBytes($"epoch,seconds,lr,{string.Join(',', _columns!)}\n"));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The file of the last epoch.</summary>
    public string LastFile => File(Last);

    /// <summary>The epochs that <see cref="LastFile"/> holds; 0: it is not there yet.</summary>
    public int KeptEpochs { get; private set; }

    /// <summary>A new folder within <paramref name="home"/>, named for the script and numbered: <c>xor-1</c>, <c>xor-2</c>, …</summary>
    /// <param name="home">The folder of the runs; it is made where it is not there.</param>
    /// <param name="script">The script's file.</param>
    /// <param name="project">The script with its data.</param>
    /// <param name="set">Values in place of the script's lets.</param>
    /// <param name="session">The training.</param>
    /// <param name="trainer">Runs it.</param>
    /// <exception cref="NnException">The folder cannot be written.</exception>
    public static RunFolder Begin(string home, string script, Project project, IReadOnlyDictionary<string, string> set, TrainingSession session,
        Trainer trainer)
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(script);
        try
        {
            Directory.CreateDirectory(home);
            int number = 1 + Directory.EnumerateDirectories(home, name + "-*")
                .Select(
                d => int.TryParse(System.IO.Path.GetFileName(d)[(name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
                .DefaultIfEmpty().Max();
            // Two that begin at the same time must not share a folder: who locks it first has it.
            while (true)
            {
                string path = System.IO.Path.Combine(home, $"{name}-{number++}");
                if (Directory.Exists(path)) continue;
                Directory.CreateDirectory(path);
                if (FileLock.TryTake(System.IO.Path.Combine(path, Lock)) is not { } held) continue;
                try
                {
                    // Somebody's that is over already stays.
                    if (!System.IO.File.Exists(System.IO.Path.Combine(path, Settings)))
                        return new RunFolder(path, held, script, project, set, session, trainer);
                }
                catch
                {
                    held.Dispose();
                    throw;
                }

                held.Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot keep the run in {home}: {e.Message}", e);
        }
    }

    /// <summary>Keeps an epoch that is over.</summary>
    public void Epoch(EpochResult e, TrainingOutputs outputs)
    {
        if (!_running) outputs.Try(File(Settings), () => WriteSettings(Running, null));
        _running = true;
        _columns ??= [.. e.Metrics.Keys];
        string Number(double v) => v.ToString("R", CultureInfo.InvariantCulture);
        IEnumerable<string> cells = _columns.Select(c => e.Metrics.TryGetValue(c, out double v) ? Number(v) : "");
        string line = string.Join(',', [(e.Epoch + 1).ToString(CultureInfo.InvariantCulture), Number(Math.Round(e.Seconds, 6)), Number(e.Rate), .. cells])
            + "\n";
        outputs.Try(File(Metrics), () => _metrics.Add(Encoding.UTF8.GetBytes(line)));
        outputs.Try($"the events in {Path}", () => _events.Write(DateTimeOffset.Now, _session.Step, e.Metrics.Append(new("lr", e.Rate))));
        if (outputs.Try(File(Last), () => Checkpoint(Last))) KeptEpochs = e.Epoch + 1;
        (string metric, bool maximize) = _session.Definition.Watched(e.Metrics.Keys) ?? (e.Metrics.Keys.First(), false);
        double value = e.Metrics[metric];
        if (!(double.IsNaN(_best) || (maximize ? value > _best : value < _best))) return;
        // What was not written is not the best that is kept.
        if (outputs.Try(File(Best), () => Checkpoint(Best))) _best = value;
    }

    /// <summary>Keeps how it ended.</summary>
    /// <param name="how">In a word or two.</param>
    /// <param name="metrics">Its result.</param>
    /// <param name="outputs">Take note of what cannot be written.</param>
    public void End(string how, IReadOnlyDictionary<string, double> metrics, TrainingOutputs outputs)
    {
        outputs.Try(File(Last), () => Checkpoint(Last));
        outputs.Try(File(Settings), () => WriteSettings(how, metrics, outputs.Failing));
        _running = false;
    }

    /// <summary>Keeps what it failed by. A run that has ended is not made to fail by what comes after.</summary>
    /// <param name="failure">What ended the training.</param>
    /// <param name="metrics">Those of the last epoch.</param>
    /// <param name="outputs">Take note of what cannot be written.</param>
    public void Fail(Exception failure, IReadOnlyDictionary<string, double> metrics, TrainingOutputs outputs)
    {
        if (!_running) return;
        bool diverged = failure is NnException { Code: ExitCode.Diverged };
        // A model that diverged is as it was before; of other failures nobody knows what they left.
        if (diverged) outputs.Try(File(Last), () => Checkpoint(Last));
        outputs.Try(File(Settings), () => WriteSettings(diverged ? "diverged" : "failed", metrics, Failure.Of(failure).Reason));
        _running = false;
    }

    /// <summary>Ends what did not end: it was interrupted.</summary>
    public void Dispose()
    {
        try
        {
            if (_running) WriteSettings(Interrupted, null);
        }
        catch (NnException)
        {
            // Without the lock it counts as interrupted all the same.
        }

        _lock.Dispose();
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private void Checkpoint(string name) =>
        Training.Checkpoint.Capture(_session, _trainer.State, _project.Source.Text, _set, KeptWeights.Last).Save(File(name));

    private void WriteSettings(string state, IReadOnlyDictionary<string, double>? metrics, string? reason = null) => AtomicFile.Write(File(Settings), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("script", _script);
        json.WriteString("model", _session.Definition.Name);
        json.WriteString("state", state);
        if (reason is not null) json.WriteString("reason", reason);
        json.WriteString("started", _started.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("ended", state == Running ? null : DateTimeOffset.Now.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("device", _session.Backend.Name);
        json.WriteString("device_name", _session.Backend.Device.Name);
        json.WriteString("driver", _session.Backend.Device.Driver);
        json.WriteString("system",
            $"{System.Runtime.InteropServices.RuntimeInformation.OSDescription}, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}");
        json.WriteNumber("seed", _session.Definition.Seed);
        json.WriteNumber("epochs", _session.Definition.Epochs);
        json.WriteNumber("batch", _session.Plan.Batch);
        json.WriteNumber("parameters", _session.Plan.Slots.Parameters.Keys.Where(p => p.Trained).Sum(p => p.Shape.Count));
        json.WriteNumber("steps", _session.Step);
        if (_trainer.State.Retries > 0) json.WriteNumber("retries", _trainer.State.Retries);
        json.WriteNumber("train_seconds", Math.Round(_trainer.TrainingSeconds, 4));
        json.WriteStartObject("set");
        foreach ((string name, string value) in _set) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartObject("metrics");
        foreach ((string name, double value) in metrics ?? new Dictionary<string, double>())
        {
            if (double.IsFinite(value)) json.WriteNumber(name, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}
