namespace Nn.Ops;

/// <summary>An operation on the way cannot be differentiated.</summary>
/// <param name="op">Its name.</param>
public sealed class MissingGradientException(string op) : InvalidOperationException($"{op} has no gradient rule")
{
    /// <summary>The operation's name.</summary>
    public string Op { get; } = op;
}
