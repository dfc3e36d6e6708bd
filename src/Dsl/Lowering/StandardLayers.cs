namespace Nn.Dsl;

/// <summary>The table of standard layers: one row each.</summary>
internal static class StandardLayers
{
    /// <summary>All rows by name.</summary>
    public static IReadOnlyDictionary<string, StandardLayer> All { get; } = new[]
    {
        BasicLayers.Rows, ImageLayers.Rows, TextLayers.Rows, RecurrentLayers.Rows, ClassicLayers.Rows, SoundLayers.Rows,
    }.SelectMany(r => r).ToDictionary(l => l.Name);
}
