namespace Nn.Dsl;

/// <summary>What the parameters of definitions of the prelude mean: a definition has formulas, and no place for sentences.</summary>
internal static class ParameterMeanings
{
    // By what they belong to and name; those that mean the same everywhere by name alone.
    private static readonly Dictionary<string, string> Table = new()
    {
        ["lr"] = "learning rate: the length of a step; a -> b sweeps it over the training",
        ["momentum"] = "share of the last step that is kept",
        ["nesterov"] = "1: the gradient is taken as if at the place to which momentum leads",
        ["decay"] = "weight decay: pulls weights towards zero",
        ["rho"] = "share of the moving average that is kept",
        ["alpha"] = "share of the moving average of squared gradients that is kept",
        ["elu.alpha"] = "value towards which it falls for negative x is -alpha",
        ["beta1"] = "share of the moving average of gradients that is kept",
        ["beta2"] = "share of the moving average of squared gradients that is kept",
        ["eps"] = Meanings.Eps,
        ["psi"] = "how fast the momentum schedule rises",
        ["step"] = "deviation of a random move",
        ["temperature"] = "how readily a worse place is accepted; falling, it is simulated annealing",
        ["slope"] = "slope for negative x",
        ["delta"] = "distance at which squares turn into straight lines",
        ["smoothing"] = "share of the target spread evenly over the classes",
        ["gamma"] = "how little samples count that are right already",
        ["margin"] = "distance that is enough",
    };

    /// <summary>What one of them means; empty where nobody has said it.</summary>
    /// <param name="of">The definition.</param>
    /// <param name="parameter">Its name.</param>
    public static string Of(string of, string parameter) => Table.GetValueOrDefault($"{of}.{parameter}") ?? Table.GetValueOrDefault(parameter) ?? "";
}
