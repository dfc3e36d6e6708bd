namespace Nn.Serving.Protocol;

/// <summary>An input of a request before it is known to be right: what the JSON says of it.</summary>
internal struct TensorText
{
    /// <summary>Its name.</summary>
    public string? Name { get; set; }

    /// <summary>The name of its type.</summary>
    public string? Type { get; set; }

    /// <summary>Its shape.</summary>
    public int[]? Shape { get; set; }

    /// <summary>Where its data stand in the JSON; empty: not there.</summary>
    public Range Data { get; set; }

    /// <summary>How many bytes of binary data it has; null: none.</summary>
    public int? BinarySize { get; set; }
}
