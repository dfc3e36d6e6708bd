namespace Nn.Repl.Live;

/// <summary>Where a training stands.</summary>
/// <param name="Epoch">The epoch under way, from 0.</param>
/// <param name="Epochs">The one it ends with.</param>
/// <param name="Step">Steps of the epoch done.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Metrics">Of the epoch so far, and of the validation part after the epoch before.</param>
/// <param name="Rate">The learning rate now.</param>
/// <param name="StepsPerSecond">Recent speed.</param>
/// <param name="SamplesPerSecond">The same in samples.</param>
/// <param name="Elapsed">Seconds of this run.</param>
/// <param name="Left">Seconds to its end, as far as one can tell.</param>
/// <param name="PlannedBytes">Memory of the plan.</param>
/// <param name="ResidentBytes">Memory of the process.</param>
/// <param name="Device">What it runs on.</param>
internal sealed record TrainingStatus(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, IReadOnlyDictionary<string, double> Metrics, double Rate, double StepsPerSecond,
    double SamplesPerSecond,
    double Elapsed, double Left, long PlannedBytes, long ResidentBytes, string Device)
{
    /// <summary>How much of the epoch is done, 0 to 1.</summary>
    public double EpochDone => (double)Step / StepsPerEpoch;

    /// <summary>How much of the whole training is done, 0 to 1.</summary>
    public double Done => Math.Min(1, (Epoch + EpochDone) / Math.Max(1, Epochs));
}
