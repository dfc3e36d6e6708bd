using System.Diagnostics;

namespace Nn.Serving.Models;

/// <summary>Samples that wait for their predictions.</summary>
/// <param name="Inputs">The samples, for each input of the model.</param>
/// <param name="Samples">How many.</param>
/// <param name="Outputs">Takes the numbers of each output.</param>
/// <param name="Gone">Cancelled when nobody wants them any more.</param>
internal sealed record PendingPrediction(
    ReadOnlyMemory<byte>[] Inputs, int Samples, Memory<float>[] Outputs, CancellationToken Gone)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When they came.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Ends with the predictions.</summary>
    public Task Done => _done.Task;

    /// <summary>The outputs are there.</summary>
    public void Answer() => _done.TrySetResult();

    /// <summary>They are not coming.</summary>
    public void Fail(Exception why) => _done.TrySetException(why);
}
