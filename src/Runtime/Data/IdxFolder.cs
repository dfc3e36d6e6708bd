using Nn.Graphs;

namespace Nn.Data;

/// <summary>A folder with the files of MNIST: training images and labels, and t10k ones for validation.</summary>
internal static class IdxFolder
{
    public static RawData Read(string folder)
    {
        (Shape shape, byte[] images) = IdxFile.Read(Find(folder, "train-images-idx3-ubyte", required: true)!);
        (Shape labelShape, byte[] labels) = IdxFile.Read(Find(folder, "train-labels-idx1-ubyte", required: true)!);
        Check(folder, "train", shape, labelShape);
        int classes = labels.Length == 0 ? 0 : labels.Max() + 1;
        Part? given = null;
        var notes = new List<string> { $"{shape[0]:N0} images of {shape[1]}x{shape[2]}" };
        if (Find(folder, "t10k-images-idx3-ubyte", required: false) is { } testImages)
        {
            (Shape testShape, byte[] test) = IdxFile.Read(testImages);
            (Shape testLabelShape, byte[] testLabels) = IdxFile.Read(Find(folder, "t10k-labels-idx1-ubyte", required: true)!);
            Check(folder, "t10k", testShape, testLabelShape);
            if (testShape[1] != shape[1] || testShape[2] != shape[2])
                throw new NnException(ExitCode.BadFile, $"{folder}: training images are {shape[1]}x{shape[2]}, t10k images {testShape[1]}x{testShape[2]}");
            classes = Math.Max(classes, testLabels.Length == 0 ? 0 : testLabels.Max() + 1);
            given = new Part(testShape[0], test, Labels(testLabels));
            notes.Add($"{testShape[0]:N0} t10k images as the validation part");
        }

        int[] strata = [.. labels.Select(l => (int)l)];
        notes.Add(Plural.Of(classes, "class"));
        return new RawData
        {
            Schema = new Schema(new FieldForm(new Shape(shape[1], shape[2], 1), DType.U8), FieldForm.Numbered(classes)),
            All = new Part(shape[0], images, Labels(labels)),
            Strata = strata,
            Given = given,
            Notes = notes,
        };
    }

    private static string? Find(string folder, string name, bool required)
    {
        // Some copies write a dot where others have a dash.
        foreach (string candidate in new[] { name, name + ".gz", name.Replace("-idx", ".idx"), name.Replace("-idx", ".idx") + ".gz" })
        {
            string path = Path.Combine(folder, candidate);
            if (File.Exists(path)) return path;
        }

        return required ? throw new NnException(ExitCode.BadFile, $"{folder} has no file {name} or {name}.gz") : null;
    }

    private static void Check(string folder, string part, Shape images, Shape labels)
    {
        if (images.Rank != 3 || labels.Rank != 1 || images[0] != labels[0])
            throw new NnException(
                ExitCode.BadFile, $"{folder}: the {part} images are {images}, their labels {labels}; wanted are count x height x width and count");
    }

    private static byte[] Labels(byte[] labels) => RawData.Bytes(Array.ConvertAll(labels, l => (int)l));
}
