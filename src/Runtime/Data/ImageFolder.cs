using System.Globalization;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>Which channels images are brought to.</summary>
public enum ImageColours
{
    /// <summary>Those that all of them have.</summary>
    AsTheyAre,

    /// <summary>One: luma.</summary>
    Grey,

    /// <summary>Three: red, green, blue.</summary>
    Rgb,
}

/// <summary>A folder with a folder of PNG images for each class; classes and images in the alphabetical order of their names.</summary>
internal static class ImageFolder
{
    /// <summary>Reads all images.</summary>
    /// <exception cref="NnException">There are none, one cannot be read, or they differ in size or colours.</exception>
    public static RawData Read(string folder, DataSpec spec)
    {
        (string[] classes, List<(string File, int Class)> files, int others) = Find(folder);
        RasterImage first = Load(files[0].File, spec);
        var shape = new Shape(first.Height, first.Width, first.Channels);
        RawData.CheckSize(files.Count, shape.Count, folder);
        var pixels = new byte[files.Count * shape.Count];
        for (int i = 0; i < files.Count; i++)
        {
            RasterImage image = i == 0 ? first : Load(files[i].File, spec);
            if (image.Height != first.Height || image.Width != first.Width)
            {
                throw new NnException(
                    ExitCode.BadFile,
                    $"{folder}: images differ in size: {files[0].File} is {Size(first)}, {files[i].File} {Size(image)} (height x width); bring them to one: images \"{spec.Path}\", size: {Size(first)}");
            }

            if (image.Channels != first.Channels)
            {
                throw new NnException(
                    ExitCode.BadFile,
                    $"{folder}: {files[0].File} is {Colours(first)}, {files[i].File} {Colours(image)}; bring them to one: images \"{spec.Path}\", grey (or rgb)");
            }

            image.Pixels.CopyTo(pixels, i * shape.Count);
        }

        int[] labels = [.. files.Select(f => f.Class)];
        var notes = new List<string> { $"{files.Count:N0} images of {Size(first)}, {Colours(first)}", $"{classes.Length} classes" };
        if (others > 0) notes.Add($"{others:N0} files that are no PNG passed over");
        return new RawData
        {
            Info = new DataInfo(shape, DType.F32, Shape.Scalar, DType.I32, classes.Length),
            StoredInput = DType.U8,
            Samples = files.Count,
            Input = pixels,
            Target = RawData.Bytes(labels),
            Strata = labels,
            ClassNames = classes,
            Notes = notes,
        };
    }

    private static (string[] Classes, List<(string File, int Class)> Files, int Others) Find(string folder)
    {
        try
        {
            string[] folders = [.. Directory.GetDirectories(folder).Where(d => !Path.GetFileName(d).StartsWith('.')).Order(StringComparer.Ordinal)];
            if (folders.Length == 0)
            {
                bool flat = Directory.EnumerateFiles(folder).Any(IsPng);
                throw new NnException(ExitCode.BadFile, flat
                    ? $"{folder} has images but no folders; put those of each class into a folder named for it"
                    : $"{folder} is empty; it needs a folder of PNG images for each class");
            }

            var files = new List<(string, int)>();
            int others = 0;
            for (int c = 0; c < folders.Length; c++)
            {
                string[] all = [.. Directory.GetFiles(folders[c]).Order(StringComparer.Ordinal)];
                string[] images = [.. all.Where(IsPng)];
                if (images.Length == 0) throw new NnException(ExitCode.BadFile, $"{folders[c]} has no PNG image; put some there, or remove the folder");
                files.AddRange(images.Select(f => (f, c)));
                others += all.Length - images.Length;
            }

            return ([.. folders.Select(f => Path.GetFileName(f)!)], files, others);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read the folder {folder}: {e.Message}", e);
        }
    }

    private static bool IsPng(string file) => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(file).StartsWith('.');

    private static RasterImage Load(string file, DataSpec spec)
    {
        RasterImage image = Png.Load(file);
        image = spec.Colours switch { ImageColours.Grey => ImageResize.Grey(image), ImageColours.Rgb => ImageResize.Colour(image), _ => image };
        return spec.ImageSize is { } size ? ImageResize.To(image, size[0], size[1]) : image;
    }

    private static string Size(RasterImage image) => string.Create(CultureInfo.InvariantCulture, $"{image.Height}x{image.Width}");

    private static string Colours(RasterImage image) => image.Channels == 1 ? "grey" : "rgb";
}
