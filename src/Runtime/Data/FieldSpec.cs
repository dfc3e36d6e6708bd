using Nn.Graphs;

namespace Nn.Data;

/// <summary>A <c>field</c> of a <c>data</c> block: an input by its name, and where it comes from.</summary>
/// <param name="Name">By which models and losses know it.</param>
public sealed record FieldSpec(string Name)
{
    /// <summary>Columns of a table that are its features.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The column of a table that names a file of an image for each row; null: it is no image.</summary>
    public string? ImageColumn { get; init; }

    /// <summary>The folder of the images, seen from that of the table.</summary>
    public string? Folder { get; init; }

    /// <summary>Height and width that images are brought to; null: as they are.</summary>
    public Shape? ImageSize { get; init; }

    /// <summary>Channels that images are brought to.</summary>
    public ImageColours Colours { get; init; }

    /// <summary>An array of NumPy.</summary>
    public string? Array { get; init; }

    /// <summary>Whether whole numbers of that array are symbols for <c>embed</c>.</summary>
    public bool Symbols { get; init; }

    /// <summary>As a script says it: what data follow from.</summary>
    public override string ToString()
    {
        if (Array is not null) return $"field {Name}, array: {Array}{(Symbols ? ", symbols: true" : "")}";
        if (ImageColumn is null) return $"field {Name}, columns: [{string.Join(", ", Columns)}]";
        string folder = Folder is null ? "" : $", folder: \"{Folder}\"", size = ImageSize is { } s ? $", size: {s}" : "";
        return $"field {Name}, image: "
            + $"{ImageColumn}{folder}{size}{(Colours == ImageColours.AsTheyAre ? "" : $", colours: {Colours.ToString().ToLowerInvariant()}")}";
    }
}
