namespace Nn.Files;

/// <summary>A sound of one channel.</summary>
/// <param name="Rate">Values a second.</param>
/// <param name="Values">From −1 to 1.</param>
/// <param name="Channels">How many the file had; of several <paramref name="Values"/> is the mean.</param>
public sealed record Sound(int Rate, float[] Values, int Channels)
{
    /// <summary>The most values a second that sounds may have.</summary>
    public const int HighestRate = 384_000;
}
