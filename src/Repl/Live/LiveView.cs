using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Live;

/// <summary>
/// A training as it is seen in a terminal: curves, progress and numbers at the end of the output, lines of epochs above them. A frame is drawn between two
/// stretches of steps, and so seldom that drawing takes no more than a hundredth of the time.
/// </summary>
internal sealed class LiveView : IDisposable
{
    // What is over sooner is told by its lines: the first frame, for which the code is compiled, takes some 20 ms.
    private const double Patience = 0.5, Worthwhile = 2;
    private const double Between = 0.1, LongestBetween = 2, ShareOfTime = 1.0 / 200;
    private const double BetweenMemory = 1;

    private readonly TrainingSession _session;
    private readonly int _lastEpoch;
    private readonly ITerminal _terminal;
    private readonly LiveRegion _region;
    private readonly bool _colour;
    private readonly TrainingCurves _curves;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long _firstStep;
    private readonly PosixSignalRegistration? _continued;
    private readonly List<string> _above = [];
    private Dictionary<string, double> _validation = [];
    private IReadOnlyDictionary<string, double> _metrics = new Dictionary<string, double>();
    private double _speed, _next = Patience, _memoryRead = double.NegativeInfinity;
    private long _resident;
    private volatile bool _elsewhere;

    /// <summary>Watches a training that ends with an epoch; <paramref name="earlier"/> are the epochs before it.</summary>
    public LiveView(TrainingSession session, int lastEpoch, IEnumerable<EpochResult> earlier, ITerminal terminal, bool colour)
    {
        (_session, _lastEpoch, _terminal, _colour) = (session, lastEpoch, terminal, colour);
        _region = new LiveRegion(terminal);
        _curves = new TrainingCurves(session.Plan.StepsPerEpoch, session.Plan.Batch);
        _firstStep = session.Step;
        foreach (EpochResult e in earlier) _curves.Add(e);
        // After a pause by Ctrl-Z the shell has written where the lines stood.
        if (!OperatingSystem.IsWindows()) _continued = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _elsewhere = true);
    }

    /// <summary>Whether there is something to see.</summary>
    public bool Shown { get; private set; }

    /// <summary>The epoch so far.</summary>
    public void Progress(TrainingProgress p)
    {
        _curves.Add(p);
        _metrics = p.Metrics;
        _speed = _speed == 0 ? p.StepsPerSecond : 0.8 * _speed + 0.2 * p.StepsPerSecond;
        DrawIfDue();
    }

    /// <summary>An epoch is over; <paramref name="line"/>, if any, stays above.</summary>
    public void Epoch(EpochResult e, string? line)
    {
        _curves.Add(e);
        _validation = e.Metrics.Where(m => m.Key.StartsWith("val_", StringComparison.Ordinal)).ToDictionary();
        _metrics = e.Metrics.Where(m => !_validation.ContainsKey(m.Key)).ToDictionary();
        double rate = _session.Plan.StepsPerEpoch / Math.Max(e.Seconds, 1e-9);
        _speed = _speed == 0 ? rate : 0.5 * _speed + 0.5 * rate;
        if (line is not null && !Shown) _terminal.Write(line + "\r\n");
        else if (line is not null) _above.Add(line);
        DrawIfDue();
    }

    /// <summary>Something else is to be written: what is drawn next comes below it.</summary>
    public void Leave() => _elsewhere = true;

    /// <summary>Leaves the curves, takes the rest away.</summary>
    public void Dispose()
    {
        _continued?.Dispose();
        if (!Shown) return;
        if (_elsewhere) _region.Leave();
        _region.Draw(_above, TrainingPanel.Charts(_curves.Figures(), _terminal.Width - 1, _terminal.Height - 2, _colour));
        _region.Leave();
        Shown = false;
    }

    private void DrawIfDue()
    {
        double now = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (now < _next) return;
        TrainingStatus status = Status(now);
        if (!Shown && status.Left < Worthwhile)
        {
            _next = now + Between;
            return;
        }

        if (_elsewhere) _region.Leave();
        _elsewhere = false;
        _region.Draw(_above, TrainingPanel.Lines(status, _curves.Figures(), _terminal.Width, _terminal.Height, _colour));
        _above.Clear();
        Shown = true;
        double took = Stopwatch.GetElapsedTime(_start).TotalSeconds - now;
        _next = now + Math.Clamp(took / ShareOfTime, Between, LongestBetween);
    }

    private TrainingStatus Status(double now)
    {
        int steps = _session.Plan.StepsPerEpoch;
        if (now - _memoryRead > BetweenMemory) (_resident, _memoryRead) = (Environment.WorkingSet, now);
        // With everything between the steps: evaluation, writing, drawing.
        double perStep = now / Math.Max(1, _session.Step - _firstStep);
        double left = perStep * Math.Max(0, (long)_lastEpoch * steps - _session.Step);
        return new TrainingStatus(
            Math.Min(_session.Epoch, _lastEpoch - 1), _lastEpoch, _session.Epoch < _lastEpoch ? _session.StepInEpoch : steps, steps,
            _metrics.Concat(_validation).ToDictionary(), _session.Rate(Math.Min(_session.StepInEpoch, steps - 1)), _speed, _speed * _session.Plan.Batch, now,
            left, _session.Plan.Plan.Bytes, _resident, _session.Backend.Device.Name);
    }
}
