namespace Nn.Ops;

/// <summary>An operation on the way cannot be differentiated.</summary>
/// <param name="op">Its name.</param>
/// <param name="why">The reason.</param>
internal sealed class MissingGradientException(string op, string why = "it has no gradient rule") : InvalidOperationException($"{op}: {why}")
{
    /// <summary>The operation's name.</summary>
    public string Op { get; } = op;
}
