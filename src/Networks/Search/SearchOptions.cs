namespace Nn.Networks.Search;

/// <summary>How a <see cref="ScriptSearch"/> is opened; what is not said, the script or the environment says.</summary>
public sealed record SearchOptions
{
    /// <summary>Where trials are trained; as <see cref="NetworkOptions.Device"/>.</summary>
    public string? Device { get; init; }

    /// <summary>Seed in place of the script's.</summary>
    public uint? Seed { get; init; }

    /// <summary>Epochs in place of the script's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Values in place of those of the script's <c>let</c>s that are not searched.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = new Dictionary<string, string>();

    /// <summary>Trials in place of the script's.</summary>
    public int? Trials { get; init; }

    /// <summary>A file that keeps each trial as it ends; null: none does.</summary>
    public string? Results { get; init; }

    /// <summary>Whether to go on from the trials in <see cref="Results"/>.</summary>
    public bool Resume { get; init; }
}
