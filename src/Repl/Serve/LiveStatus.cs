namespace Nn.Repl.Serve;

/// <summary>What a training under a page is doing.</summary>
internal enum LivePhase
{
    /// <summary>Steps are run.</summary>
    Running,

    /// <summary>It waits; a step or all of it may go on.</summary>
    Paused,

    /// <summary>All epochs are done, or it stopped early; it can go on with more.</summary>
    Finished,

    /// <summary>It ends, and the page with it.</summary>
    Stopped,
}

/// <summary>How a training stands.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Epochs">The epoch to end with.</param>
/// <param name="Step">Steps done.</param>
/// <param name="StepInEpoch">Steps of the epoch under way.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Rate">Learning rate of the next step; null where the optimizer has none.</param>
/// <param name="BaseRate">The same before any schedule.</param>
/// <param name="StepsPerSecond">Recent speed; 0 where nothing is known.</param>
/// <param name="SecondsLeft">Time to the end at that speed; null where nothing is known.</param>
/// <param name="Seconds">Time spent in training steps.</param>
/// <param name="Pace">Steps a second at most; 0: as fast as the device can.</param>
/// <param name="Message">Something to tell, such as why it stopped.</param>
internal sealed record LiveStatus(
    LivePhase Phase, int Epoch, int Epochs, long Step, int StepInEpoch, int StepsPerEpoch, double? Rate, double? BaseRate,
    double StepsPerSecond, double? SecondsLeft, double Seconds, double Pace, string? Message);
