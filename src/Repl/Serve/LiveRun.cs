using System.Diagnostics;
using Nn.Networks.Inspection;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Repl.Serve;

/// <summary>Which training is under way.</summary>
/// <param name="Number">Counts trainings: changes when another one takes the place.</param>
/// <param name="Project">Its script and data.</param>
/// <param name="Session">On the device; only the training's own thread may run, read or write it.</param>
internal sealed record ServedTraining(int Number, Project Project, TrainingSession Session);

/// <summary>
/// A training under the control of a page. It runs on the thread that calls <see cref="Run"/>; whatever others want of it is done on that thread, between two
/// steps.
/// </summary>
internal sealed class LiveRun : IDisposable
{
    private const int MaxPoints = 1200;
    private const double StatusSeconds = 0.05, SlowSeconds = 0.05;

    private readonly LiveWishes _wishes = new();
    private readonly StepPace _speed = new();
    private readonly bool _replaceable;
    private TrainingRun? _own;
    private Action<TrainingProgress>? _progress;
    private Action<EpochResult>? _epoch;
    private NnException? _failure;
    private LivePhase _phase = LivePhase.Running;
    private string? _message;
    private volatile ServedTraining _current;
    private volatile LiveStatus _status;
    private long _statusAt;
    private double _lossSum, _pace;
    private int _lossSteps, _lossEpoch = -1;
    private long _stepsToGo;
    private int _lastEpoch;

    /// <summary>Takes a training that somebody else owns.</summary>
    /// <param name="run">The training; what its trainer tells is told as before, too.</param>
    /// <param name="replaceable">Whether a page may put another script in its place.</param>
    /// <param name="paused">Whether it waits for somebody to start it.</param>
    public LiveRun(TrainingRun run, bool replaceable, bool paused = false)
    {
        if (paused) _phase = LivePhase.Paused;
        _lastEpoch = run.Session.Definition.Epochs;
        (Device, Trainer, _replaceable) = (run.Device, run.Trainer, replaceable);
        _current = new ServedTraining(1, run.Project, run.Session);
        Take(Trainer);
        _status = Now();
    }

    /// <summary>Which training it is; of any thread.</summary>
    public ServedTraining Current => _current;

    /// <summary>The script and its data.</summary>
    public Project Project => _current.Project;

    /// <summary>As asked for.</summary>
    public DeviceRequest Device { get; }

    /// <summary>On the device.</summary>
    public TrainingSession Session => _current.Session;

    /// <summary>Runs it.</summary>
    public Trainer Trainer { get; private set; }

    /// <summary>Whether another script may take the place of this one.</summary>
    public bool Replaceable => _replaceable;

    /// <summary>The training that came in the place of the first one; null where it is still that.</summary>
    public TrainingRun? Replacement => _own;

    /// <summary>How it stands; of any thread.</summary>
    public LiveStatus Status => _status;

    /// <summary>Loss and metrics of the epochs.</summary>
    public ThinnedSeries Epochs { get; } = new(MaxPoints);

    /// <summary>Loss within the epochs.</summary>
    public ThinnedSeries Steps { get; } = new(MaxPoints);

    /// <summary>Called on the training's thread between steps, several times a second; true: nothing more happens until somebody wants it.</summary>
    public Action<bool>? OnPause { get; set; }

    /// <summary>Called after each epoch, of whichever training it is.</summary>
    public Action<EpochResult>? OnEpoch { get; set; }

    /// <summary>Trains until the end, a stop or Ctrl-C, doing what is wanted in between.</summary>
    /// <exception cref="NnException">It diverged and nobody did anything about it, or the device was lost.</exception>
    public TrainingEnd Run(CancellationToken stop)
    {
        _speed.Forget();
        using CancellationTokenRegistration wake = stop.Register(_wishes.Wake);
        while (true)
        {
            _wishes.Grant();
            if (stop.IsCancellationRequested || _phase == LivePhase.Stopped)
            {
                if (_failure is not null && _phase != LivePhase.Stopped) throw _failure;
                return TrainingEnd.Interrupted;
            }

            if (_phase == LivePhase.Paused && _stepsToGo == 0)
            {
                Wait(stop);
                continue;
            }

            if (Stretch(stop) is not { } end) continue;
            (_phase, _message) = (LivePhase.Finished,
                end == TrainingEnd.StoppedEarly ? $"stopped early: the weights of epoch {Trainer.State.BestEpoch + 1} are in force"
                : Trainer.State.LastWeights.Count > 0 ? $"the best weights, of epoch {Trainer.State.BestEpoch + 1}, are in force"
                : null);
            Tell();
            return end;
        }
    }

    /// <summary>After the end: does what is wanted until it is more training (true), or the end of all (false).</summary>
    public bool GoesOn(CancellationToken stop)
    {
        using CancellationTokenRegistration wake = stop.Register(_wishes.Wake);
        while (_phase == LivePhase.Finished && !stop.IsCancellationRequested)
        {
            _wishes.Grant();
            if (_phase == LivePhase.Finished) Wait(stop);
        }

        return _phase is LivePhase.Running or LivePhase.Paused && !stop.IsCancellationRequested;
    }

    /// <inheritdoc cref="LiveWishes.Ask"/>
    public Task<T> Ask<T>(Func<T> wish) => _wishes.Ask(wish);

    /// <summary>Pauses.</summary>
    public void Pause()
    {
        if (_phase == LivePhase.Running) _phase = LivePhase.Paused;
        _stepsToGo = 0;
        Tell();
    }

    /// <summary>Goes on.</summary>
    public void Resume()
    {
        if (_phase == LivePhase.Stopped) return;
        (_phase, _message, _failure, _stepsToGo) = (LivePhase.Running, null, null, 0);
        if (Session.Epoch >= _lastEpoch) _lastEpoch = Session.Epoch + Session.Definition.Epochs;
        // After an early stop somebody who goes on wants to see more than one epoch.
        Trainer.State.Waited = 0;
        _speed.Forget();
        Tell();
    }

    /// <summary>Does so many steps, then pauses.</summary>
    public void Step(long steps)
    {
        if (_phase == LivePhase.Stopped) return;
        (_phase, _message, _failure, _stepsToGo) = (LivePhase.Paused, null, null, steps);
    }

    /// <summary>Ends the training, and the page with it.</summary>
    public void Stop()
    {
        _phase = LivePhase.Stopped;
        Tell();
    }

    /// <summary>Sets the learning rate of every update, before any schedule.</summary>
    public void SetRate(double rate)
    {
        if (!double.IsFinite(rate) || rate < 0) throw new NnException(ExitCode.Usage, "a learning rate is a number, 0 or more");
        if (!HasRate) throw new NnException(ExitCode.Usage, "this optimizer has no learning rate");
        Session.Numbers.Set("lr", rate);
        Tell();
    }

    /// <summary>Sets how many steps a second there are at most; 0: as many as the device can.</summary>
    public void SetPace(double steps)
    {
        if (!double.IsFinite(steps) || steps < 0) throw new NnException(ExitCode.Usage, "a pace is a number of steps a second, or 0");
        _pace = steps;
        Tell();
    }

    /// <summary>What is said where the script must stay.</summary>
    public static NnException Kept() => new(ExitCode.Usage, "this training is kept, so its script stays; `nn play` takes any");

    /// <summary>Puts another training in the place of this one; it starts, unless this one is paused.</summary>
    public void Replace(TrainingRun next)
    {
        if (!_replaceable) throw Kept();
        if (_phase == LivePhase.Stopped) throw new NnException(ExitCode.Interrupted, "the training is over");
        TrainingRun? old = _own;
        (_own, Trainer) = (next, next.Trainer);
        Take(Trainer);
        Epochs.Clear();
        Steps.Clear();
        _current = new ServedTraining(_current.Number + 1, next.Project, next.Session);
        (_phase, _message, _failure, _stepsToGo, _lossEpoch) = (_phase == LivePhase.Paused ? LivePhase.Paused : LivePhase.Running, Warning(next), null, 0, -1);
        _lastEpoch = Session.Definition.Epochs;
        _speed.Forget();
        Tell();
        old?.Dispose();
    }

    private static string? Warning(TrainingRun next) =>
        next.Project.Script.Warnings is [var first, ..] ? $"{first.Message}; {first.Help}" : next.Project.Warnings.FirstOrDefault();

    /// <summary>Nothing is done any more; what waits is told so.</summary>
    public void Close() => _wishes.Close();

    /// <summary>Hands the training that came in the place of the first one over to the caller; null where it is still that.</summary>
    public TrainingRun? Release()
    {
        TrainingRun? own = _own;
        _own = null;
        return own;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        (Trainer.OnProgress, Trainer.OnEpoch) = (_progress, _epoch);
        _own?.Dispose();
    }

    private bool HasRate => Session.Definition.Steps.Any(s => s.Optimizer.HasRate);

    private void Take(Trainer trainer)
    {
        (_progress, _epoch) = (trainer.OnProgress, trainer.OnEpoch);
        trainer.OnProgress = p =>
        {
            _progress?.Invoke(p);
            Progress(p);
        };
        trainer.OnEpoch = e =>
        {
            _epoch?.Invoke(e);
            OnEpoch?.Invoke(e);
            Epochs.Add(e.Epoch + 1, HasRate ? e.Metrics.Append(new("lr", e.Rate)) : e.Metrics);
            Between();
        };
    }

    // Some steps; how the training ended, if it did.
    private TrainingEnd? Stretch(CancellationToken stop)
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (!_wishes.Interrupts(interrupt)) return null;
        long before = Trainer.StepsRun, start = Stopwatch.GetTimestamp();
        long steps = _stepsToGo > 0 ? _stepsToGo : _pace > 0 ? (long)Math.Max(1, _pace * SlowSeconds) : long.MaxValue;
        TrainingEnd end;
        try
        {
            end = Trainer.Run(interrupt.Token, _stepsToGo > 0 ? int.MaxValue : _lastEpoch, steps);
        }
        catch (NnException e) when (e.Code == ExitCode.Diverged)
        {
            // The model is as it was before; with a smaller learning rate it may go on.
            (_failure, _phase, _message, _stepsToGo) = (e, LivePhase.Paused, e.Message, 0);
            Tell();
            return null;
        }
        finally
        {
            _wishes.InterruptNothing();
        }

        long ran = Trainer.StepsRun - before;
        if (_stepsToGo > 0)
        {
            _stepsToGo = Math.Max(0, _stepsToGo - ran);
            Tell();
        }
        else if (_pace > 0 && end == TrainingEnd.Interrupted)
        {
            Between();
            double left = ran / _pace - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (left > 0) _wishes.Sleep(left);
        }

        return end == TrainingEnd.Interrupted ? null : end;
    }

    private void Progress(TrainingProgress p)
    {
        // The mean since the last look, not since the epoch began, shows what goes on now.
        double sum = p.Loss * p.Step;
        if (p.Epoch != _lossEpoch || p.Step < _lossSteps) (_lossEpoch, _lossSum, _lossSteps) = (p.Epoch, 0, 0);
        if (p.Step > _lossSteps)
        {
            double at = p.Epoch + (double)p.Step / Session.Plan.StepsPerEpoch;
            Steps.Add(at, new Dictionary<string, double> { ["loss"] = (sum - _lossSum) / (p.Step - _lossSteps) });
            (_lossSum, _lossSteps) = (sum, p.Step);
        }

        Between();
    }

    private void Between()
    {
        if (Stopwatch.GetElapsedTime(_statusAt).TotalSeconds < StatusSeconds) return;
        _status = Now();
        _statusAt = Stopwatch.GetTimestamp();
        OnPause?.Invoke(false);
    }

    private void Tell()
    {
        _status = Now();
        _statusAt = Stopwatch.GetTimestamp();
    }

    private LiveStatus Now()
    {
        int steps = Session.Plan.StepsPerEpoch;
        double speed = _speed.Measure(Trainer.StepsRun), left = ((double)(_lastEpoch - Session.Epoch) * steps - Session.StepInEpoch) / speed;
        bool running = _phase == LivePhase.Running;
        double? rate = HasRate ? Session.Rate(Math.Min(Session.StepInEpoch, steps - 1)) : null, stated = HasRate ? Session.Numbers.Rates[^1].Base : null;
        return new LiveStatus(
            _phase, Session.Epoch, _lastEpoch, Session.Step, Session.StepInEpoch, steps, rate, stated,
            running ? speed : 0, running && double.IsFinite(left) && left >= 0 ? left : null, Trainer.TrainingSeconds, _pace, _message);
    }

    private void Wait(CancellationToken stop)
    {
        Tell();
        OnPause?.Invoke(true);
        _wishes.Wait(stop);
    }
}
