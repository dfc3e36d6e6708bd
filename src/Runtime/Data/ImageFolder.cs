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
    private static readonly ClassFolder.Kind s_images = new(ImageFile.IsNamed, "images", "images", "PNG or JPEG", "PNG or JPEG image", "pictures");

    /// <summary>Reads all images.</summary>
    /// <exception cref="NnException">There are none, one cannot be read, or they differ in size or colours.</exception>
    public static RawData Read(string folder, DataSpec spec)
    {
        ClassFolder found = ClassFolder.Find(folder, spec, s_images);
        string[] files = [.. found.Files.Select(f => f.File)];
        (FieldForm form, byte[] pixels) = ImageStack.Read(files, folder, spec.ImageSize, spec.Colours, $"images \"{spec.Path}\"");
        int[] labels = [.. found.Files.Select(f => f.Class)];
        return new RawData
        {
            Schema = new Schema(form, FieldForm.Classes(found.Classes)),
            All = new Part(files.Length, pixels, RawData.Bytes(labels)),
            Strata = labels,
            Notes = [ImageStack.Describe(files.Length, form.Shape), .. found.Notes(s_images)],
        };
    }
}
