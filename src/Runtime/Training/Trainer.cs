using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>What a trainer remembers from epoch to epoch.</summary>
public sealed class TrainerState
{
    /// <summary>Best value of the metric that says which epoch is best: <see cref="TrainingDefinition.Watched"/>.</summary>
    public double Best { get; set; } = double.NaN;

    /// <summary>Epoch of <see cref="Best"/>, from 0.</summary>
    public int BestEpoch { get; set; } = -1;

    /// <summary>Epochs since.</summary>
    public int Waited { get; set; }

    /// <summary>How often the training began an epoch anew with smaller rates because it had diverged.</summary>
    public int Retries { get; set; }

    /// <summary>The last state known to be good; null before a training begins.</summary>
    internal SessionSnapshot? LastFinite { get; set; }

    /// <summary>For each update of the training, what its <c>reduce_on_plateau</c> has seen; empty before the first epoch.</summary>
    internal List<(double Best, int Waited)> Plateaus { get; } = [];

    /// <summary>Parameters of the best epoch, by name.</summary>
    public Dictionary<string, float[]> BestWeights { get; } = [];

    /// <summary>Parameters of the last epoch, by name, while those of the best are in force: training goes on from these. Empty otherwise.</summary>
    public Dictionary<string, float[]> LastWeights { get; } = [];
}

/// <summary>Progress within an epoch.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Step">Steps of the epoch done.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
/// <param name="StepsPerSecond">Recent speed.</param>
/// <param name="Metrics">Means of the epoch so far by name, the loss first.</param>
public readonly record struct TrainingProgress(int Epoch, int Step, double Loss, double StepsPerSecond, IReadOnlyDictionary<string, double> Metrics);

/// <summary>An epoch that is over.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Metrics">By name; those of the validation part begin with <c>val_</c>.</param>
/// <param name="Rate">Learning rate of its last step.</param>
/// <param name="Seconds">Time of its training steps, of all pieces where it was paused; after resuming within an epoch, of those since.</param>
public sealed record EpochResult(int Epoch, IReadOnlyDictionary<string, double> Metrics, double Rate, double Seconds);

/// <summary>How a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are done; with an early stop, the best weights are in force.</summary>
    Finished,

    /// <summary>The metric stopped improving; the best weights are in force.</summary>
    StoppedEarly,

    /// <summary>Asked to stop; it can go on where it is.</summary>
    Interrupted,
}

/// <summary>Runs the epochs of a session.</summary>
public sealed class Trainer(TrainingSession session)
{
    private const double StretchSeconds = 0.1;
    private double _epochSeconds;

    /// <summary>What is remembered from epoch to epoch.</summary>
    public TrainerState State { get; } = new();

    /// <summary>Seconds spent in training steps.</summary>
    public double TrainingSeconds { get; private set; }

    /// <summary>Steps run by this trainer.</summary>
    public long StepsRun { get; private set; }

    /// <summary>Whether the place where a training diverged is looked for, which takes seconds.</summary>
    public bool LocatesDivergence { get; init; } = true;

    /// <summary>What times are measured by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Called a few times a second.</summary>
    public Action<TrainingProgress>? OnProgress { get; set; }

    /// <summary>Called after each epoch.</summary>
    public Action<EpochResult>? OnEpoch { get; set; }

    /// <summary>Called when a training that diverged goes on with smaller rates.</summary>
    public Action<DivergenceRetry>? OnRetry { get; set; }

    /// <summary>
    /// Trains until the end, an early stop, a number of steps, or a request to stop, which takes effect between two steps.
    /// </summary>
    /// <param name="stop">The request to stop.</param>
    /// <param name="epochs">The epoch to end with, in place of the definition's; schedules keep their length.</param>
    /// <param name="steps">The most steps to run.</param>
    /// <exception cref="NnException">The loss is no longer a number; everything is as it was after the last good epoch.</exception>
    public TrainingEnd Run(CancellationToken stop, int? epochs = null, long steps = long.MaxValue)
    {
        long last = StepsRun + steps;
        if (last < 0) last = long.MaxValue;
        int end = epochs ?? session.Definition.Epochs;
        if (session.Epoch < end) GoOnFromLast();
        bool resumed = session.StepInEpoch > 0;
        // Within an epoch that was begun before, its beginning stays what is gone back to.
        if (session.StepInEpoch == 0 || State.LastFinite is null) LastFinite.Take();
        while (session.Epoch < end)
        {
            if (stop.IsCancellationRequested || StepsRun == last) return TrainingEnd.Interrupted;
            session.BeginEpoch(clearSums: !resumed);
            resumed = false;
            // An epoch in pieces takes what all of them take.
            if (session.StepInEpoch == 0) _epochSeconds = 0;
            bool finite = Steps(last, stop);
            if (finite && !session.EpochDone) return TrainingEnd.Interrupted;
            Dictionary<string, double> metrics = session.TrainingMetrics();
            if (!finite || !IsFinite(metrics))
            {
                Retry();
                resumed = session.StepInEpoch > 0;
                continue;
            }

            foreach ((string name, double value) in session.Evaluate()) metrics[name] = value;
            double rate = session.Rate(session.Plan.StepsPerEpoch - 1);
            int epoch = session.Epoch;
            (session.Epoch, session.StepInEpoch) = (epoch + 1, 0);
            bool early = StopsEarly(metrics, epoch);
            Plateau(metrics);
            LastFinite.Take();
            OnEpoch?.Invoke(new EpochResult(epoch, metrics, rate, _epochSeconds));
            if (!early) continue;
            PutInForce(State.BestWeights);
            return TrainingEnd.StoppedEarly;
        }

        // An early stop that was never needed means the same as one that was: the best weights count.
        if (session.Definition.EarlyStop is not null && session.Epoch >= session.Definition.Epochs) RecallBest();
        return TrainingEnd.Finished;
    }

    /// <summary>Puts the weights of the best epoch in force, where they are remembered; the next <see cref="Run"/> goes on from those of the last.</summary>
    /// <returns>Whether they are.</returns>
    public bool RecallBest()
    {
        if (State.BestWeights.Count == 0 || State.LastWeights.Count > 0) return State.BestWeights.Count > 0;
        Remember(State.LastWeights);
        PutInForce(State.BestWeights);
        return true;
    }

    private SessionSnapshot LastFinite => State.LastFinite ??= new SessionSnapshot(session);

    private void GoOnFromLast()
    {
        Recall(State.LastWeights);
        State.LastWeights.Clear();
    }

    // False where the loss is no number any more.
    private bool Steps(long last, CancellationToken stop)
    {
        int stretch = 1;
        while (!session.EpochDone && !stop.IsCancellationRequested && StepsRun < last)
        {
            long start = Clock.GetTimestamp();
            int done = session.Run((int)Math.Min(stretch, last - StepsRun));
            double took = Clock.GetElapsedTime(start).TotalSeconds;
            _epochSeconds += took;
            TrainingSeconds += took;
            StepsRun += done;
            // Long enough to cost nothing, short enough to answer at once.
            stretch = (int)Math.Clamp(done * StretchSeconds / Math.Max(took, 1e-6), 1, Math.Min(done * 8.0, 1_000_000));
            if (OnProgress is null || session.EpochDone) continue;
            Dictionary<string, double> metrics = session.TrainingMetrics();
            double loss = metrics.Values.FirstOrDefault();
            if (!double.IsFinite(loss) && !IsFinite(metrics)) return false;
            OnProgress(new TrainingProgress(session.Epoch, session.StepInEpoch, loss, done / Math.Max(took, 1e-9), metrics));
        }

        return true;
    }

    private static bool IsFinite(Dictionary<string, double> metrics) =>
        metrics.Where(m => m.Key.Contains("loss", StringComparison.Ordinal)).All(m => double.IsFinite(m.Value));

    // Goes back to the last good state, to go on from there with smaller rates, or to fail.
    private void Retry()
    {
        int reached = session.StepInEpoch;
        string weights = session.FirstNonFinite() is { } p ? $"the weights of {p.Name} became NaN or infinite" : "the loss became NaN or infinite";
        LastFinite.Restore();
        if (session.Definition.OnDivergence is { } rule && State.Retries < rule.Retries)
        {
            State.Retries++;
            foreach (TrainingNumber rate in session.Numbers.Rates) rate.Factor /= rule.Divide;
            LastFinite.Take();
            OnRetry?.Invoke(new DivergenceRetry(session.Epoch, weights, rule, State.Retries));
            return;
        }

        (string place, string? advice) = (LocatesDivergence ? Divergence.Find(session, LastFinite, reached) : null)
            ?? ($"epoch {session.Epoch + 1}: {weights}", null);
        LastFinite.Restore();
        throw new NnException(
            ExitCode.Diverged,
            $"training diverged in {place}. {advice ?? "Use a smaller learning rate, `clip norm: 1`, or normalise the data"}; the model is kept as it was "
                + "before that epoch");
    }

    // Whose file is to hold the best epoch watches as an early stop does, and never stops.
    private bool StopsEarly(Dictionary<string, double> metrics, int epoch)
    {
        TrainingDefinition definition = session.Definition;
        if (definition.EarlyStop is null && definition.Checkpoint is null) return false;
        if (definition.Watched(metrics.Keys) is not { } watched) return false;
        double value = metrics[watched.Metric];
        if (Improves(value, State.Best, watched.Maximize, definition.EarlyStop?.MinDelta ?? 0))
        {
            (State.Best, State.BestEpoch, State.Waited) = (value, epoch, 0);
            RememberInForce(State.BestWeights);
            return false;
        }

        State.Waited++;
        return definition.EarlyStop is { } rule && State.Waited >= Math.Max(1, rule.Patience);
    }

    private void Plateau(Dictionary<string, double> metrics)
    {
        for (int i = 0; i < session.Definition.Steps.Count; i++)
        {
            if (session.Definition.Steps[i].Schedule.Plateau is not { } p) continue;
            double value = metrics[p.Metric];
            while (State.Plateaus.Count <= i) State.Plateaus.Add((double.NaN, 0));
            (double best, int waited) = State.Plateaus[i];
            // PyTorch's default: an improvement by less than a ten-thousandth is none.
            double enough = double.IsNaN(best) ? 0 : Math.Abs(best) * 1e-4;
            if (Improves(value, best, p.Maximize, enough)) (best, waited) = (value, 0);
            else if (++waited > p.Patience)
            {
                session.Numbers.Rates[i].Factor *= p.Factor;
                waited = 0;
            }

            State.Plateaus[i] = (best, waited);
        }
    }

    private static bool Improves(double value, double best, bool maximize, double delta) =>
        double.IsNaN(best) ? !double.IsNaN(value) : maximize ? value > best + delta : value < best - delta;

    // As evaluation sees them.
    private void RememberInForce(Dictionary<string, float[]> weights)
    {
        foreach (Parameter p in session.Plan.Slots.Parameters.Keys) weights[p.Name] = session.Read<float>(session.Plan.Slots.InForce(p));
    }

    private void PutInForce(Dictionary<string, float[]> weights)
    {
        foreach (Parameter p in session.Plan.Slots.Parameters.Keys)
        {
            if (weights.TryGetValue(p.Name, out float[]? values)) session.Replace(p, MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    private IEnumerable<Slot> Weights => session.Plan.Slots.Parameters.Values.Concat(session.Plan.Slots.Averages.Values);

    private void Remember(Dictionary<string, float[]> weights)
    {
        foreach (Slot slot in Weights) weights[slot.Name] = session.Read<float>(slot);
    }

    private void Recall(Dictionary<string, float[]> weights)
    {
        foreach (Slot slot in Weights)
        {
            if (weights.TryGetValue(slot.Name, out float[]? values)) session.Write<float>(slot, values);
        }
    }
}
