namespace Nn.Dsl;

/// <summary>A size that a value of a batch has, by its name: <c>it.features</c>.</summary>
/// <param name="Name">As written.</param>
/// <param name="Meaning">What it is.</param>
/// <param name="Ranks">Of the values that have it, the batch counted; none: all have it.</param>
public sealed record SizeName(string Name, string Meaning, params IReadOnlyList<int> Ranks)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<SizeName> All { get; } =
    [
        new("features", "size of the last axis"),
        new("channels", "size of the last axis", 3, 4),
        new("height", "of the image, in pixels", 4),
        new("width", "of the image, in pixels", 4),
        new("length", "places of the sequence", 3),
    ];

    /// <summary>Those that values of some rank have.</summary>
    /// <param name="rank">The batch counted.</param>
    public static IEnumerable<string> Of(int rank) => All.Where(s => s.Ranks.Count == 0 || s.Ranks.Contains(rank)).Select(s => s.Name);
}
