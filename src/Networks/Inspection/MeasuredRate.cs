namespace Nn.Networks.Inspection;

/// <summary>A stretch of work, with the time that it took.</summary>
/// <param name="Work">Operations, or bytes.</param>
/// <param name="Wall">Seconds by the clock.</param>
/// <param name="Processor">Seconds of processor time of all threads; where a device of its own works, what waits for it.</param>
public readonly record struct Stretch(double Work, double Wall, double Processor);

/// <summary>
/// What a device reaches at its best. On a busy machine the clock also counts the time of other programs, so that a peak by the clock is too low and a kernel
/// measured in a better moment seems to pass it; processor time does not.
/// </summary>
/// <param name="PerSecond">Work a second.</param>
/// <param name="Share">How much of the processors this program had, 1 at most.</param>
public readonly record struct MeasuredRate(double PerSecond, double Share)
{
    /// <summary>A machine of which less was had is said to be busy.</summary>
    public const double Busy = 0.9;

    /// <summary>
    /// The best of several stretches in which <paramref name="threads"/> threads work all the time; 0: another device works, whose time the clock tells.
    /// </summary>
    public static MeasuredRate Best(IEnumerable<Stretch> stretches, int threads)
    {
        (double best, double wall, double processor) = (0, 0, 0);
        foreach (Stretch s in stretches)
        {
            // Processor time is told in ticks: it can make a stretch no longer than the clock does.
            double seconds = threads == 0 ? s.Wall : Math.Min(s.Wall, s.Processor / threads);
            // What is shorter than the ticks is left to longer stretches.
            if (seconds > 0.25 * s.Wall || threads == 0) best = Math.Max(best, s.Work / Math.Max(seconds, 1e-9));
            else best = Math.Max(best, s.Work / Math.Max(s.Wall, 1e-9));
            (wall, processor) = (wall + s.Wall, processor + s.Processor);
        }

        return new MeasuredRate(best, threads == 0 || wall == 0 ? 1 : Math.Min(1, processor / threads / wall));
    }
}
