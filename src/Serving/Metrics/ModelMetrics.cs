namespace Nn.Serving.Metrics;

/// <summary>What is counted of a model, over all versions of its file.</summary>
/// <param name="name">The model's name.</param>
internal sealed class ModelMetrics(string name)
{
    private long _samples, _refused, _loads, _failedLoads;

    /// <summary>The model's name.</summary>
    public string Name => name;

    /// <summary>Seconds of a prediction of one sample or several.</summary>
    public Histogram Seconds { get; } = new(10e-6, 30e-6, 100e-6, 300e-6, 1e-3, 3e-3, 10e-3, 30e-3, 0.1, 0.3, 1, 3, 10);

    /// <summary>Samples of a prediction.</summary>
    public Histogram Batches { get; } = new(1, 2, 4, 8, 16, 32, 64, 256, 1024);

    /// <summary>Samples that were predicted.</summary>
    public long Samples => Volatile.Read(ref _samples);

    /// <summary>Requests that were told to come again.</summary>
    public long RefusedRequests => Volatile.Read(ref _refused);

    /// <summary>How often its file was taken up.</summary>
    public long Loads => Volatile.Read(ref _loads);

    /// <summary>How often its file could not be taken up.</summary>
    public long FailedLoads => Volatile.Read(ref _failedLoads);

    /// <summary>Samples were predicted together.</summary>
    public void Predicted(int samples, double seconds)
    {
        Interlocked.Add(ref _samples, samples);
        Seconds.Add(seconds);
        Batches.Add(samples);
    }

    /// <summary>A request was told to come again.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>The file was taken up, or could not be.</summary>
    public void Loaded(bool good) => Interlocked.Increment(ref good ? ref _loads : ref _failedLoads);
}
