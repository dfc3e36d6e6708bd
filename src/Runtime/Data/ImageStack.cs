using System.Globalization;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>Images of one size and one number of channels, one after the other.</summary>
internal static class ImageStack
{
    /// <summary>Reads the files.</summary>
    /// <param name="files">At least one.</param>
    /// <param name="place">Where they were found, for messages.</param>
    /// <param name="size">Height and width that they are brought to; null: as they are.</param>
    /// <param name="colours">Channels that they are brought to.</param>
    /// <param name="line">The line of a script that asks for them, without size and colours, for messages.</param>
    /// <exception cref="NnException">One cannot be read, or they differ in size or colours.</exception>
    public static (FieldForm Form, byte[] Pixels) Read(IReadOnlyList<string> files, string place, Shape? size, ImageColours colours, string line)
    {
        RasterImage first = Load(files[0], size, colours);
        var shape = new Shape(first.Height, first.Width, first.Channels);
        RawData.CheckSize(files.Count, shape.Count, place);
        var pixels = new byte[files.Count * shape.Count];
        for (int i = 0; i < files.Count; i++)
        {
            RasterImage image = i == 0 ? first : Load(files[i], size, colours);
            if (image.Height != first.Height || image.Width != first.Width)
            {
                throw new NnException(
                    ExitCode.BadFile,
                    $"{place}: images differ in size: {files[0]} is {Size(first)}, {files[i]} {Size(image)} (height x width); bring them to one: {line}, "
                        + $"size: {Size(first)}");
            }

            if (image.Channels != first.Channels)
            {
                throw new NnException(
                    ExitCode.BadFile,
                    $"{place}: {files[0]} is {Colours(first.Channels)}, {files[i]} {Colours(image.Channels)}; bring them to one: {line}, grey (or rgb)");
            }

            image.Pixels.CopyTo(pixels, i * shape.Count);
        }

        return (new FieldForm(shape, DType.U8), pixels);
    }

    /// <summary><c>3 images of 28x28, grey</c>.</summary>
    public static string Describe(int count, Shape image) =>
        string.Create(CultureInfo.InvariantCulture, $"{Plural.Of(count, "image")} of {image[0].Extent}x{image[1].Extent}, {Colours(image[2])}");

    private static RasterImage Load(string file, Shape? size, ImageColours colours)
    {
        RasterImage image = ImageFile.Load(file);
        image = colours switch { ImageColours.Grey => ImageResize.Grey(image), ImageColours.Rgb => ImageResize.Colour(image), _ => image };
        return size is { } to ? ImageResize.To(image, to[0], to[1]) : image;
    }

    private static string Size(RasterImage image) => string.Create(CultureInfo.InvariantCulture, $"{image.Height}x{image.Width}");

    private static string Colours(int channels) => channels == 1 ? "grey" : "rgb";
}
