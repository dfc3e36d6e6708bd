using Nn.Data;
using Nn.Dsl;
using Nn.Networks.Runs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Repl.Serve;

/// <summary>A mistake of a posted script, for the page.</summary>
/// <param name="Line">From 1; 0 where it has no place.</param>
/// <param name="Column">From 1.</param>
/// <param name="Start">The place in the text.</param>
/// <param name="Length">Its length.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Help">How to put it right.</param>
internal sealed record ScriptMistake(int Line, int Column, int Start, int Length, string Message, string? Help);

/// <summary>
/// Scripts that a page sends: they may use the builtin data and those of the script that is served, and no more memory and time than a page should.
/// </summary>
/// <param name="file">The script that is served, beside which its data lie.</param>
/// <param name="served">Its data; null where it has none.</param>
/// <param name="device">Where they are trained.</param>
internal sealed class PostedScripts(string file, DataSpec? served, DeviceRequest device) : IDisposable
{
    private const int MaxSamples = 100_000;
    private const long MaxParameters = 4_000_000, MaxBytes = 1L << 30, MaxFlops = 20_000_000_000;

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Every mistake of a script; none where it can be trained.</summary>
    public async Task<IReadOnlyList<ScriptMistake>> Check(string text)
    {
        await _one.WaitAsync();
        try
        {
            Bind(text);
            return [];
        }
        catch (NnException e)
        {
            return Mistakes(e);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Opens a script's training.</summary>
    /// <exception cref="NnException">It has mistakes, or takes too much.</exception>
    public async Task<TrainingRun> Open(string text)
    {
        await _one.WaitAsync();
        try
        {
            return TrainingRun.Start(Bind(text), device);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What an error says, place by place.</summary>
    public static IReadOnlyList<ScriptMistake> Mistakes(NnException e) => e is not ScriptException script ? [new ScriptMistake(0, 0, 0, 0, e.Message, null)] :
    [
        .. script.Diagnostics.Select(d =>
        {
            (int line, int column) = d.Source.Position(Math.Min(d.Span.Start, d.Source.Text.Length));
            return new ScriptMistake(line, column, d.Span.Start, d.Span.Length, d.Message, d.Help);
        }),
    ];

    private Project Bind(string text)
    {
        Project project = Project.Bind(new SourceText(Path.GetFileName(file), text), BindOptions.None, Load);
        (TrainingDefinition training, LoadedData data) = project.Training();
        long parameters = training.Models.SelectMany(m => m.Parameters).Distinct().Sum(p => p.Shape.Count);
        if (parameters > MaxParameters) throw TooMuch($"{parameters:N0} parameters; the page takes {MaxParameters:N0}");
        Plan plan = TrainingPlan.Compile(training, TrainingSizes.Of(data, training)).Plan;
        if (plan.Bytes > MaxBytes) throw TooMuch($"{plan.Bytes / 1e6:N0} MB of memory; the page takes {MaxBytes / 1e6:N0}");
        long flops = plan.Entries.Max(e => e.Flops);
        return flops <= MaxFlops ? project : throw TooMuch($"{flops / 1e9:N0} billion operations a step; the page takes {MaxFlops / 1e9:N0}");
    }

    private LoadedData Load(DataSpec spec)
    {
        if (spec.Source == DataSource.Builtin)
            return spec.Samples is not > MaxSamples ? DataLoader.Load(spec, []) : throw TooMuch($"{spec.Samples:N0} samples; the page takes {MaxSamples:N0}");
        if (served is null || spec.Source != served.Source || spec.Path != served.Path)
            throw new NnException(ExitCode.Usage,
                $"a script of the page may use builtin data{(served is null || served.Source == DataSource.Builtin ? "" : $" and {served.Path}")}; other "
                    + "files are read with `nn play FILE`");
        return Project.Load(spec, file, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private static NnException TooMuch(string what) => new(ExitCode.OutOfMemory, $"the script needs {what}; train it with `nn train`");
}
