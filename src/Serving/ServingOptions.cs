using System.Net;

namespace Nn.Serving;

/// <summary>What a <see cref="Hosting.PredictionServer"/> serves, where, and how much it takes on.</summary>
public sealed record ServingOptions
{
    /// <summary>The models; at least one, each with a name of its own.</summary>
    public required IReadOnlyList<ModelFile> Models { get; init; }

    /// <summary>Where it listens; <see cref="IPAddress.Loopback"/>: this machine alone is answered.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The secret that a request has to bring. Without one a server for this machine alone asks for none, and another makes one.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Where the models run, as for <see cref="NetworkOptions.Device"/>.</summary>
    public DeviceRequest Device { get; init; } = DeviceRequest.Default;

    /// <summary>The most samples that are predicted together, of one request or of several.</summary>
    public int MaxBatch { get; init; } = Predictor.SamplesAtOnce;

    /// <summary>The most samples of one request.</summary>
    public int MaxSamples { get; init; } = 4096;

    /// <summary>The most samples of all requests that wait for a model; a request beyond is told to come again.</summary>
    public int MaxQueue { get; init; } = 8192;

    /// <summary>How long a request may wait for a model before it is told to come again.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most bytes of a request's body.</summary>
    public long MaxBody { get; init; } = 16L << 20;

    /// <summary>The most connections at a time; one more takes the place of the one that has been silent for longest.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>How often the files of the models are looked at.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Is told in a line of each model that was taken up, or could not be; on any thread.</summary>
    public Action<string>? Log { get; init; }
}
