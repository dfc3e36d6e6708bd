namespace Nn.Training;

/// <summary>A training that diverges goes back to its last good epoch, divides its learning rates, and goes on from there.</summary>
/// <param name="Divide">By which learning rates are divided, above 1.</param>
/// <param name="Retries">How often at most.</param>
public sealed record DivergenceRule(double Divide, int Retries);

/// <summary>A training that diverged and goes on with smaller rates.</summary>
/// <param name="Epoch">The epoch that is done again, from 0.</param>
/// <param name="What">What became infinite or NaN, as the beginning of a sentence.</param>
/// <param name="Rule">What the training says of it.</param>
/// <param name="Retry">Which attempt begins, from 1.</param>
public sealed record DivergenceRetry(int Epoch, string What, DivergenceRule Rule, int Retry)
{
    /// <summary>In a sentence.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"epoch {Epoch + 1} diverged: {What}; it begins again with learning rates divided by {Rule.Divide} (retry {Retry} of {Rule.Retries})");
}
