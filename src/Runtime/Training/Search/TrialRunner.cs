using System.Diagnostics;
using Nn.Backends;
using Nn.Data;

namespace Nn.Training.Search;

/// <summary>An epoch of a trial.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="Folds">How many there are.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="Epochs">How many there are at most.</param>
/// <param name="Value">The searched metric.</param>
public readonly record struct TrialProgress(int Fold, int Folds, int Epoch, int Epochs, double Value);

/// <summary>Trains setups on each of their folds, one after the other; what was compiled for one serves the next, if it can.</summary>
/// <param name="backend">Where.</param>
/// <param name="metric">What counts, by the name under which an epoch reports it.</param>
public sealed class TrialRunner(IBackend backend, string metric) : IDisposable
{
    private TrainingSession? _session;
    private string _form = "";

    /// <summary>Called after each epoch.</summary>
    public Action<TrialProgress>? OnEpoch { get; set; }

    /// <summary>Called after each fold with its number, from 0, and all its results.</summary>
    public Action<int, IReadOnlyDictionary<string, double>>? OnFold { get; set; }

    /// <summary>Asked after each epoch, with the metric after each epoch of each fold so far, whether to give up.</summary>
    public Func<IReadOnlyList<IReadOnlyList<double>>, bool>? Hopeless { get; set; }

    /// <summary>
    /// Runs a trial; null if it was interrupted. What the values of the trial bring about fails the trial; what befalls the device is thrown.
    /// </summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="values">What it tries.</param>
    /// <param name="setup">Binds the script with these values.</param>
    /// <param name="stop">Interrupts it.</param>
    public Trial? Run(int number, IReadOnlyList<string> values, Func<TrialSetup> setup, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        var curves = new List<List<double>>();
        var results = new List<IReadOnlyDictionary<string, double>>();
        Trial Ended(TrialState state, ExitCode code = ExitCode.Ok, string? why = null) => new()
        {
            Number = number,
            Values = values,
            State = state,
            Results = state == TrialState.Failed ? [] : results,
            Folds = state == TrialState.Failed ? [] : [.. results.Select(r => r[metric])],
            Curves = curves,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            Code = code,
            Why = why,
        };
        try
        {
            TrialSetup trial = setup();
            bool hopeless = false;
            for (int fold = 0; fold < trial.Folds.Count && !hopeless; fold++)
            {
                IReadOnlyDictionary<string, double>? result = Fold(trial, fold, curves, ref hopeless, stop);
                if (result is null) return null;
                if (!double.IsFinite(result[metric])) return Ended(TrialState.Failed, ExitCode.Diverged, $"{metric} is {result[metric]}");
                results.Add(result);
                if (!hopeless) OnFold?.Invoke(fold, result);
            }

            return Ended(hopeless ? TrialState.Pruned : TrialState.Done);
        }
        catch (NnException e) when (e.Code is ExitCode.Diverged or ExitCode.OutOfMemory or ExitCode.Script)
        {
            // Memory full of what is no number is nothing to begin with.
            Dispose();
            return Ended(TrialState.Failed, e.Code, e.Message);
        }
        catch (OutOfMemoryException)
        {
            Dispose();
            return Ended(TrialState.Failed, ExitCode.OutOfMemory, "out of memory; use a smaller batch or model, or `limit` on the data");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }

    private TrainingSession Session(TrialSetup trial, LoadedData data)
    {
        if (_session is { } kept && _form == trial.Form && kept.Restart(trial.Training, data)) return kept;
        // Two at once might not fit the memory.
        Dispose();
        _form = trial.Form;
        return _session = new TrainingSession(backend, trial.Training, data);
    }

    private Dictionary<string, double>? Fold(TrialSetup trial, int fold, List<List<double>> curves, ref bool hopeless, CancellationToken stop)
    {
        TrainingSession session = Session(trial, trial.Folds[fold]);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var trainer = new Trainer(session) { LocatesDivergence = false };
        var curve = new List<double>();
        curves.Add(curve);
        Dictionary<string, double>? last = null, best = null;
        bool givenUp = false;
        trainer.OnEpoch = e =>
        {
            last = new Dictionary<string, double>(e.Metrics);
            if (trainer.State.BestEpoch == e.Epoch) best = last;
            // Kept in a file that knows no infinity.
            curve.Add(double.IsFinite(last[metric]) ? last[metric] : double.NaN);
            OnEpoch?.Invoke(new TrialProgress(fold, trial.Folds.Count, e.Epoch, trial.Training.Epochs, last[metric]));
            bool over = fold == trial.Folds.Count - 1 && e.Epoch == trial.Training.Epochs - 1;
            if (over || Hopeless?.Invoke(curves) != true) return;
            givenUp = true;
            enough.Cancel();
        };
        TrainingEnd end = trainer.Run(enough.Token);
        hopeless = givenUp;
        if (end == TrainingEnd.Interrupted && !givenUp) return null;
        // With an early stop the best weights are in force at the end, whether it stopped or not, so their metrics are the result.
        return end == TrainingEnd.StoppedEarly || trainer.State.LastWeights.Count > 0 ? best ?? last : last;
    }
}
