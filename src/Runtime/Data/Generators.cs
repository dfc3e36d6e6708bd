namespace Nn.Data;

/// <summary>Data sets that are computed, not read.</summary>
public static partial class Generators
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<string> Names { get; } = ["xor", "linear", "circles", "moons", "spirals", "blobs", "sine", "digits"];
}
