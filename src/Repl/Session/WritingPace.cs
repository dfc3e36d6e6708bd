using System.Diagnostics;

namespace Nn.Repl.Session;

/// <summary>
/// When a training under way is written again: no more often than every ten seconds, and for a small part of the time, so that a kill or a lost device costs
/// little.
/// </summary>
internal sealed class WritingPace
{
    private const int CostsAtMost = 20;
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private long _last;
    private TimeSpan _wait;

    /// <summary>Whether it is time; at first it is.</summary>
    public bool Due => _last == 0 || Stopwatch.GetElapsedTime(_last) > _wait;

    /// <summary>Writes, and takes note of what it cost.</summary>
    public T Write<T>(Func<T> write)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return write();
        }
        finally
        {
            _last = Stopwatch.GetTimestamp();
            _wait = TimeSpan.FromTicks(Math.Max(Seldom.Ticks, CostsAtMost * Stopwatch.GetElapsedTime(start, _last).Ticks));
        }
    }
}
