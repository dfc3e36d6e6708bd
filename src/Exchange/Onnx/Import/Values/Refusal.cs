namespace Nn.Exchange.Onnx;

/// <summary>Why something of a file is not read.</summary>
/// <param name="Reason">The reason, and what would do; empty where there is none to tell.</param>
internal sealed record Refusal(string Reason)
{
    /// <summary>Refused without a reason but that no layer is known.</summary>
    public static Refusal Unexplained { get; } = new("");
}

/// <summary>What a step of an import makes, or why it makes nothing.</summary>
/// <param name="Value">What it makes; null where it is refused.</param>
/// <param name="Refused">The reason; null where there is a value.</param>
internal readonly record struct Made<T>(T? Value, Refusal? Refused)
    where T : class
{
    /// <summary>A value.</summary>
    public static implicit operator Made<T>(T value) => new(value, null);

    /// <summary>A reason.</summary>
    public static implicit operator Made<T>(Refusal why) => new(null, why);
}
