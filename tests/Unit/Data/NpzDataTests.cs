using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public sealed class NpzDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Numbers_and_classes()
    {
        LoadedData data = Load(Array(new Shape(3, 2), 1, 2, 3, 4, 5, 6), NumpyArray.Of(new Shape(3), [2, 0, 1]));
        OneField.Check(data.Schema, new Shape(2), DType.F32, Shape.Scalar, DType.I32, 3);
        Assert.Equal([1, 2, 3, 4, 5, 6], MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray());
        Assert.Equal([2, 0, 1], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
    }

    [Fact]
    public void Bytes_are_images()
    {
        LoadedData data = Load(new NumpyArray(new Shape(2, 2, 2), NumpyType.U1, [1, 2, 3, 4, 5, 6, 7, 255]),
            new NumpyArray(new Shape(2, 1), NumpyType.B1, [1, 0]));
        OneField.Check(data.Schema, new Shape(2, 2, 1), DType.F32, Shape.Scalar, DType.I32, 2);
        Assert.Equal(DType.U8, data.Input.Stored);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 255], data.Training.Input);
    }

    [Fact]
    public void Halves_are_numbers_and_a_class_far_away_is_told()
    {
        Half[] x = [(Half)0.5, (Half)(-2), (Half)65504];
        LoadedData data = Load(new NumpyArray(new Shape(3, 1), NumpyType.F2, MemoryMarshal.AsBytes(x.AsSpan()).ToArray()),
            NumpyArray.Of(new Shape(3), [0, 1, 900_000]));
        Assert.Equal([0.5f, -2, 65504], MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray());
        Assert.Contains("up to 900,000, so there are 900,001 classes, of which 3 occur", Assert.Single(data.Warnings));
        Assert.Empty(Load(Array(new Shape(3, 1), 1, 2, 3), NumpyArray.Of(new Shape(3), [0, 1, 2])).Warnings);
    }

    [Fact]
    public void Targets_of_numbers_and_of_every_position()
    {
        Assert.Equal((new Shape(1), DType.F32), Targets(Load(Array(new Shape(2, 1), 1, 2), Array(new Shape(2), 3, 4))));
        Assert.Equal((new Shape(2), DType.F32), Targets(Load(Array(new Shape(1, 1), 1), Array(new Shape(1, 2), 3, 4))));
        Assert.Equal((new Shape(2), DType.I32), Targets(Load(Array(new Shape(1, 2, 1), 1, 2), NumpyArray.Of(new Shape(1, 2), [1, 0]))));

        static (Shape, DType) Targets(LoadedData d) => (d.Target.Shape, d.Target.Type);
    }

    [Fact]
    public void Whole_numbers_are_symbols_where_stated()
    {
        NumpyArray x = NumpyArray.Of(new Shape(2, 3), [0, 1, 2, 2, 1, 0]), y = NumpyArray.Of(new Shape(2), [0, 1]);
        Assert.Equal(DType.F32, Load(x, y).Schema.Input.Type);
        LoadedData data = Load(x, y, s => s with { Symbols = true });
        Assert.Equal((new Shape(3), DType.I32, 3), (data.Input.Shape, data.Input.Type, data.Input.Symbols));
        Assert.Equal([0, 1, 2, 2, 1, 0], MemoryMarshal.Cast<byte, int>(data.Training.Input).ToArray());
        Assert.Contains("symbols are whole numbers", Refused(Array(new Shape(2, 3), 0, 1, 2, 2, 1, 0), y, s => s with { Symbols = true }));
    }

    [Fact]
    public void Arrays_have_names()
    {
        var arrays = new Dictionary<string, NumpyArray> { ["images"] = Array(new Shape(1, 1), 5), ["labels"] = NumpyArray.Of(new Shape(1), [1]) };
        Npz.Save(_folder.File("d.npz"), arrays);
        DataSpec spec = new() { Name = "d", Source = DataSource.Npz, Path = "d.npz" };
        Assert.Contains("has no array 'x'; it has images, labels. Say which: inputs images",
            Assert.Throws<NnException>(() => DataLoader.Load(spec, [_folder.Path])).Message);
        Assert.Equal(1, DataLoader.Load(spec with { Inputs = ["images"], Target = "labels" }, [_folder.Path]).Training.Samples);
        Assert.Equal(new Shape(1), DataLoader.Load(spec with { Inputs = ["images"], Target = "images" }, [_folder.Path]).Target.Shape);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        Assert.Contains("has 2 samples in 'x' and 1 in 'y'", Refused(Array(new Shape(2, 1), 1, 2), NumpyArray.Of(new Shape(1), [0])));
        Assert.Contains("has NaN in sample 1", Refused(Array(new Shape(2, 1), 1, float.NaN), NumpyArray.Of(new Shape(2), [0, 1])));
        Assert.Contains("start at 0", Refused(Array(new Shape(1, 1), 1), NumpyArray.Of(new Shape(1), [-1])));
        Assert.Contains("first axis must be the samples", Refused(Array(Shape.Scalar, 1), NumpyArray.Of(new Shape(1), [1])));
        Assert.Contains("has nothing in 'x'", Refused(Array(new Shape(1, 0)), NumpyArray.Of(new Shape(1), [1])));
    }

    private static NumpyArray Array(Shape shape, params float[] values) => NumpyArray.Of(shape, values);

    private string Refused(NumpyArray x, NumpyArray y, Func<DataSpec, DataSpec>? change = null)
    {
        NnException e = Assert.Throws<NnException>(() => Load(x, y, change));
        Assert.Equal(ExitCode.BadFile, e.Code);
        return e.Message;
    }

    private LoadedData Load(NumpyArray x, NumpyArray y, Func<DataSpec, DataSpec>? change = null)
    {
        Npz.Save(_folder.File("d.npz"), new Dictionary<string, NumpyArray> { ["x"] = x, ["y"] = y });
        DataSpec spec = new() { Name = "d", Source = DataSource.Npz, Path = "d.npz" };
        return DataLoader.Load(change is null ? spec : change(spec), [_folder.Path]);
    }
}
