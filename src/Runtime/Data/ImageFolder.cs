using Nn.Files;

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

/// <summary>A folder with a folder of images, PNG or JPEG, for each class; classes and images in the alphabetical order of their names.</summary>
internal static class ImageFolder
{
    /// <summary>Reads all images.</summary>
    /// <exception cref="NnException">There are none, one cannot be read, or they differ in size or colours.</exception>
    public static RawData Read(string folder, DataSpec spec)
    {
        (string[] classes, List<(string File, int Class)> files, string[] others) = Find(folder, spec);
        (FieldForm form, byte[] pixels) = ImageStack.Read([.. files.Select(f => f.File)], folder, spec.ImageSize, spec.Colours, $"images \"{spec.Path}\"");
        int[] labels = [.. files.Select(f => f.Class)];
        var notes = new List<string> { ImageStack.Describe(files.Count, form.Shape), Plural.Of(classes.Length, "class") };
        if (classes.Length == 1)
            notes.Add($"all images are of one class, {classes[0]}: there is nothing to tell apart; put those of another class into a folder beside it");
        if (others.Length > 0)
            notes.Add($"{Plural.Of(others.Length, "file")} that {(others.Length == 1 ? "is" : "are")} no PNG or JPEG passed over: {Kinds(others)}");
        return new RawData
        {
            Schema = new Schema(form, FieldForm.Classes(classes)),
            All = new Part(files.Count, pixels, RawData.Bytes(labels)),
            Strata = labels,
            Notes = notes,
        };
    }

    private static (string[] Classes, List<(string File, int Class)> Files, string[] Others) Find(string folder, DataSpec spec)
    {
        try
        {
            string[] folders = Folders(folder);
            if (folders.Length == 0)
            {
                bool flat = Directory.EnumerateFiles(folder).Any(IsImage);
                throw new NnException(ExitCode.BadFile, flat
                    ? $"{folder} has images but no folders; put those of each class into a folder named for it"
                    : $"{folder} is empty; it needs a folder of images, PNG or JPEG, for each class");
            }

            var files = new List<(string, int)>();
            var others = new List<string>();
            for (int c = 0; c < folders.Length; c++)
            {
                string[] all = [.. Directory.GetFiles(folders[c]).Order(StringComparer.Ordinal)];
                string[] images = [.. all.Where(IsImage)];
                if (images.Length == 0) throw WithoutImages(folders, folders[c], all, spec);
                files.AddRange(images.Select(f => (f, c)));
                others.AddRange(all.Except(images));
            }

            return ([.. folders.Select(f => Path.GetFileName(f)!)], files, [.. others]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read the folder {folder}: {e.Message}", e);
        }
    }

    private static string[] Folders(string folder) =>
        [.. Directory.GetDirectories(folder).Where(d => !Path.GetFileName(d).StartsWith('.')).Order(StringComparer.Ordinal)];

    // A folder of a class has none: the classes lie one deeper, as train/cat and test/cat do, or its files are of other kinds.
    private static NnException WithoutImages(string[] folders, string empty, string[] files, DataSpec spec)
    {
        string[] deeper = [.. folders.Where(f => Folders(f).Any(d => Directory.EnumerateFiles(d).Any(IsImage)))];
        if (deeper.Contains(empty))
        {
            string chosen =
                Path.GetFileName(deeper.FirstOrDefault(d => Path.GetFileName(d).StartsWith("train", StringComparison.OrdinalIgnoreCase)) ?? deeper[0]);
            return new NnException(
                ExitCode.BadFile,
                $"{empty} has no images, but folders with images in it ({string.Join(", ", Folders(empty).Select(Path.GetFileName))}); "
                    + $"name the folder whose folders are the classes: images \"{spec.Path}/{chosen}\"");
        }

        return new NnException(ExitCode.BadFile, files.Length == 0
            ? $"{empty} has no PNG or JPEG image; put some there, or remove the folder"
            : $"{empty} has no PNG or JPEG image but {Kinds(files)}, as {Path.GetFileName(files[0])}; convert what are pictures to PNG or JPEG, "
                + "or remove the folder");
    }

    // "3 .webp, 1 .txt"
    private static string Kinds(IEnumerable<string> files) => string.Join(", ", files.GroupBy(f => Path.GetExtension(f).ToLowerInvariant())
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => $"{g.Count():N0} {(g.Key.Length > 0 ? g.Key : "without an ending")}"));

    private static bool IsImage(string file) => ImageFile.IsNamed(file) && !Path.GetFileName(file).StartsWith('.');
}
