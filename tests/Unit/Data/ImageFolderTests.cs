using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_a_class_and_names_give_the_order()
    {
        Image("dogs/b.png", 2, 3, 1, 40);
        Image("dogs/a.PNG", 2, 3, 1, 30);
        Image("cats/10.png", 2, 3, 1, 10);
        Image("cats/2.png", 2, 3, 1, 20);
        _folder.Write("set/cats/notes.txt", "no image");
        _folder.Write("set/cats/.hidden.png", "no image");
        _folder.Write("set/.git/x", "");
        LoadedData data = Load(s => s);
        OneField.Check(data.Schema, new Shape(2, 3, 1), DType.F32, Shape.Scalar, DType.I32, 2);
        Assert.Equal(["cats", "dogs"], data.ClassNames);
        Assert.Equal([.. Bytes(10), .. Bytes(20), .. Bytes(30), .. Bytes(40)], data.Training.Input);
        Assert.Equal([0, 0, 1, 1], Targets(data.Training));
        Assert.Contains("4 images of 2x3, grey", data.Notes);
        Assert.Contains(data.Notes, n => n.StartsWith("2 files that are no PNG or JPEG passed over: 1 .png, 1 .txt", StringComparison.Ordinal));

        byte[] Bytes(byte v) => [.. Enumerable.Repeat(v, 6)];
    }

    [Fact]
    public void Classes_are_shared_out_evenly()
    {
        for (int i = 0; i < 20; i++)
        {
            Image($"a/{i}.png", 1, 1, 1, (byte)i);
            if (i < 10) Image($"b/{i}.png", 1, 1, 1, (byte)(100 + i));
        }

        LoadedData data = Load(s => s with { Split = [0.8, 0.2], Stratify = "target" });
        Assert.Equal(16, Targets(data.Training).Count(c => c == 0));
        Assert.Equal(8, Targets(data.Training).Count(c => c == 1));
        Assert.Equal(4, Targets(data.Validation).Count(c => c == 0));
    }

    [Fact]
    public void Sizes_are_brought_to_one_or_told()
    {
        Image("a/1.png", 2, 2, 1, 10);
        Image("a/2.png", 4, 6, 1, 20);
        NnException e = Assert.Throws<NnException>(() => Load(s => s));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("1.png is 2x2, ", e.Message);
        Assert.Contains("2.png 4x6 (height x width); bring them to one: images \"set\", size: 2x2", e.Message);
        LoadedData data = Load(s => s with { ImageSize = new Shape(3, 1) });
        Assert.Equal(new Shape(3, 1, 1), data.Input.Shape);
        Assert.Equal([10, 10, 10, 20, 20, 20], data.Training.Input);
    }

    [Fact]
    public void Colours_are_brought_to_one_or_told()
    {
        Image("a/1.png", 1, 1, 1, 10);
        Image("b/2.png", 1, 1, 3, 20);
        Assert.Contains("1.png is grey, ", Assert.Throws<NnException>(() => Load(s => s)).Message);
        Assert.Equal([10, 20], Load(s => s with { Colours = ImageColours.Grey }).Training.Input);
        Assert.Equal([10, 10, 10, 20, 20, 20], Load(s => s with { Colours = ImageColours.Rgb }).Training.Input);
    }

    [Theory]
    [InlineData("", "is empty; it needs a folder of images, PNG or JPEG, for each class")]
    [InlineData("x.png", "put those of each class into a folder named for it")]
    [InlineData("a/x.webp", "a has no PNG or JPEG image but 1 .webp, as x.webp; convert")]
    [InlineData("a/x.jpg", "x.jpg is no JPEG image that can be read: it does not begin like one")]
    [InlineData("test/cat/x.png",
        "test has no images, but folders with images in it (cat); name the folder whose folders are the classes: images \"set/test\"")]
    [InlineData("a/x.png", "x.png is no PNG image that can be read")]
    public void What_is_missing_is_told(string file, string message)
    {
        Directory.CreateDirectory(_folder.File("set"));
        if (file.Length > 0) _folder.Write("set/" + file, "text");
        NnException e = Assert.Throws<NnException>(() => Load(s => s));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(message, e.Message);
    }

    private LoadedData Load(Func<DataSpec, DataSpec> change) =>
        DataLoader.Load(change(new DataSpec { Name = "d", Source = DataSource.Images, Path = "set" }), [_folder.Path]);

    private void Image(string name, int height, int width, int channels, byte value)
    {
        string path = _folder.Write("set/" + name, []);
        Png.Save(path, new RasterImage(height, width, channels, [.. Enumerable.Repeat(value, height * width * channels)]));
    }

    private static int[] Targets(Part part) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(part.Target).ToArray();
}
