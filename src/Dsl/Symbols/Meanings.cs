namespace Nn.Dsl;

/// <summary>What options mean that several rows have.</summary>
internal static class Meanings
{
    public const string Seed = "the number from which everything random here follows";
    public const string Init = "how weights start: he, glorot(normal), normal(0.02), zeros, …";
    public const string Units = "features of the output";
    public const string Eps = "keeps the divisor away from zero";
    public const string Warmup = "the rate rises from zero in so many steps or epochs";
    public const string Factor = "by which the rate is multiplied";
    public const string Metric = "what is watched: val_loss, accuracy, …";
    public const string Patience = "epochs without improvement that are waited for";
    public const string EndRate = "rate at the end";
}
