using System.Diagnostics;

namespace Nn.Repl.Serve;

/// <summary>How many steps a second a training does, measured a few times a second.</summary>
internal sealed class StepPace
{
    private const double Seconds = 0.3;

    private long _at, _steps;
    private double _perSecond;

    /// <summary>What was measured before does not count: the training paused, or another took its place.</summary>
    public void Forget() => (_at, _perSecond) = (0, 0);

    /// <summary>Steps a second, 0 where nothing was measured yet.</summary>
    /// <param name="steps">Steps done by now.</param>
    public double Measure(long steps)
    {
        long now = Stopwatch.GetTimestamp();
        if (_at == 0) (_at, _steps) = (now, steps);
        else if (Stopwatch.GetElapsedTime(_at, now).TotalSeconds is var passed && passed >= Seconds)
        {
            _perSecond = (steps - _steps) / passed;
            (_at, _steps) = (now, steps);
        }

        return _perSecond;
    }
}
