using Nn.Data;

namespace Nn.Networks;

/// <summary>How a <see cref="Network"/> is opened; what is not said, the script or the environment says.</summary>
public sealed record NetworkOptions
{
    /// <summary>
    /// Where it runs: <c>auto</c>, <c>cpu</c>, <c>vulkan</c>, <c>opencl</c>, or one of several, as in <c>opencl:1</c> or <c>vulkan:geforce</c>. Without it the
    /// variable
    /// <c>NN_DEVICE</c>, else <c>auto</c>: a GPU if there is one, else the processor.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Seed in place of the script's; everything random is a function of it.</summary>
    public uint? Seed { get; init; }

    /// <summary>Epochs in place of the script's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Values in place of those of the script's <c>let</c>s, as the script would write them: <c>["lr"] = "1e-4"</c>.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Samples in place of the script's source of data. What the script's <c>data</c> block says of splitting, normalising and augmenting holds for them;
    /// without such a
    /// block all of them are trained on.
    /// </summary>
    public Samples? Data { get; init; }

    /// <summary>The device that is asked for.</summary>
    internal DeviceRequest Asked => Device is { } device ? DeviceRequest.Parse(device) : DeviceRequest.Default;
}
