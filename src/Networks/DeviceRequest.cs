namespace Nn.Networks;

/// <summary>
/// Which device somebody asks for: <c>auto</c>, <c>cpu</c>, or a backend with a number or a part of a name (<c>opencl</c>, <c>opencl:1</c>,
/// <c>opencl:geforce</c>). Whether there is such a device, <see cref="DeviceChoice"/> says.
/// </summary>
/// <param name="Backend">The backend's name, or <c>auto</c>, <c>all</c>, <c>reference</c>.</param>
/// <param name="Which">The number or the part of a name; empty where any of the backend's devices will do.</param>
public sealed record DeviceRequest(string Backend, string Which)
{
    /// <summary>A GPU if there is one, else the processor.</summary>
    public static DeviceRequest Auto { get; } = new("auto", "");

    /// <summary>Every device, for what is done on one after the other.</summary>
    public static DeviceRequest All { get; } = new("all", "");

    /// <summary>What people ask for most, for completion.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "cpu", "vulkan", "opencl"];

    /// <summary>What is meant where nobody asks: the device of <c>NN_DEVICE</c>, else <see cref="Auto"/>.</summary>
    public static DeviceRequest Default => Environment.GetEnvironmentVariable("NN_DEVICE") is { Length: > 0 } name ? Parse(name) : Auto;

    /// <summary>Whether a device is named that takes launches of kernels: a GPU, or a driver in software.</summary>
    public bool NamesGpu => !(this == Auto || this == All || Backend is "cpu" or "reference");

    /// <summary>Reads it; any text is a request, of which it may turn out that nothing fits it.</summary>
    public static DeviceRequest Parse(string text)
    {
        int colon = text.IndexOf(':');
        return colon < 0 ? new DeviceRequest(text, "") : new DeviceRequest(text[..colon], text[(colon + 1)..]);
    }

    /// <summary>As <see cref="Parse"/>.</summary>
    public static implicit operator DeviceRequest(string text) => Parse(text);

    /// <summary>As it was asked for.</summary>
    public override string ToString() => Which.Length == 0 ? Backend : $"{Backend}:{Which}";
}
