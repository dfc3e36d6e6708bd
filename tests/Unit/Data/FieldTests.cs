using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

/// <summary>Samples of several named inputs and targets, as tables, arrays and programs give them.</summary>
public sealed class FieldTests : IDisposable
{
    private const string Houses = "file,surface,city,rooms,price,kind\na.png,50,north,2,100,flat\nb.png,80,south,3,150,house\na.png,60,north,,120,flat\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_of_a_table_go_to_the_fields_that_name_them()
    {
        LoadedData data = Csv(new FieldSpec("size") { Columns = ["rooms", "surface"] }, new FieldSpec("place") { Columns = ["city"] });
        Assert.Equal(["size", "place"], data.Schema.Inputs.Select(f => f.Name));
        Assert.Equal(["price", "kind"], data.Schema.Targets.Select(f => f.Name));
        Assert.Equal(["rooms", "surface"], data.Schema.Inputs[0].Form.Names);
        // The gap is filled with the mean of the two rows that have a value.
        Assert.Equal([2, 50, 3, 80, 2.5f, 60], Floats(data.Training.Inputs[0]));
        Assert.Equal(["city=north", "city=south"], data.Schema.Inputs[1].Form.Names);
        Assert.Equal([1, 0, 0, 1, 1, 0], Floats(data.Training.Inputs[1]));
        Assert.Equal([100, 150, 120], Floats(data.Training.Targets[0]));
        Assert.Equal([0, 1, 0], MemoryMarshal.Cast<byte, int>(data.Training.Targets[1]).ToArray());
        Assert.Equal(["flat", "house"], data.Schema.Targets[1].Form.Names);
        // Each is scaled by itself; words are not.
        Assert.Equal([1, 1], data.Schema.Inputs[1].Form.Scaling!.Scale);
        Assert.Equal(2.5f, -data.Schema.Inputs[0].Form.Scaling!.Shift[0] / data.Schema.Inputs[0].Form.Scaling!.Scale[0], 5);
    }

    [Fact]
    public void A_column_of_files_is_an_image_for_each_row()
    {
        Directory.CreateDirectory(_folder.File("photos"));
        Picture("photos/a.png", 10, 20);
        Picture("photos/b.png", 30, 40);
        LoadedData data = Csv(new FieldSpec("photo") { ImageColumn = "file", Folder = "photos" }, new FieldSpec("facts") { Columns = ["surface"] });
        Assert.Equal((new Shape(1, 2, 1), DType.U8), (data.Input.Shape, data.Input.Stored));
        Assert.Equal([10, 20, 30, 40, 10, 20], data.Training.Input);
        // Pixels have their scale; the numbers of a table are standardised.
        Assert.Null(data.Input.Scaling);
        Assert.NotNull(data.Schema.Inputs[1].Form.Scaling);
    }

    [Theory]
    [InlineData("../secret.png", "is outside of the folder")]
    [InlineData("/etc/hostname", "is outside of the folder")]
    [InlineData("c.png", "there is no file 'c.png'")]
    [InlineData("", "no image in column 'file'")]
    public void A_table_names_images_of_its_folder_only(string file, string why)
    {
        Directory.CreateDirectory(_folder.File("photos"));
        Picture("secret.png", 1, 2);
        NnException e = Assert.Throws<NnException>(
            () => Load($"file,price\n{file},3\n", ["price"], new FieldSpec("photo") { ImageColumn = "file", Folder = "photos" }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(why, e.Message);
    }

    [Fact]
    public void Columns_together_are_one_target()
    {
        _folder.Write("t.csv", "a,red,round\n1,0,1\n2,1,1\n3,1,0\n");
        LoadedData data = DataLoader.Load(Table("t.csv") with { Targets = ["y"], TargetColumns = ["red", "round"] }, [_folder.Path]);
        Assert.Equal(("y", new Shape(2)), (data.Schema.Targets.Single().Name, data.Target.Shape));
        Assert.Equal([0, 1, 1, 1, 1, 0], Floats(data.Training.Target));
        Assert.Equal(["a"], data.FeatureNames);
    }

    [Fact]
    public void Arrays_are_fields_by_their_names()
    {
        var arrays = new Dictionary<string, NumpyArray>
        {
            ["image"] = NumpyArray.Of(new Shape(2, 3), (float[])[1, 2, 3, 4, 5, 6]),
            ["other"] = NumpyArray.Of(new Shape(2, 1), (float[])[7, 8]),
            ["size"] = NumpyArray.Of(new Shape(2), (float[])[9, 10]),
        };
        Npz.Save(_folder.File("d.npz"), arrays);
        var spec = new DataSpec
        {
            Name = "d",
            Source = DataSource.Npz,
            Path = "d.npz",
            Fields = [new FieldSpec("a") { Array = "image" }, new FieldSpec("other") { Array = "other" }],
            Targets = ["size"]
        };
        LoadedData data = DataLoader.Load(spec, [_folder.Path]);
        Assert.Equal(["a", "other", "size"], data.Schema.Fields.Select(f => f.Name));
        Assert.Equal([1, 2, 3, 4, 5, 6], Floats(data.Training.Inputs[0]));
        Assert.Equal([7, 8], Floats(data.Training.Inputs[1]));
        Assert.Equal([9, 10], Floats(data.Training.Target));
    }

    [Fact]
    public void Another_table_is_brought_into_the_order_of_each_field()
    {
        DataSpec spec = Table("t.csv") with
        {
            Targets = ["price", "kind"],
            Fields = [new FieldSpec("size") { Columns = ["surface"] }, new FieldSpec("place") { Columns = ["city"] }]
        };
        _folder.Write("t.csv", Houses);
        LoadedData trained = DataLoader.Load(spec, [_folder.Path]);
        _folder.Write("t.csv", "surface,city,price,kind\n70,south,3,house\n");
        LoadedData second = DataLoader.Load(spec with { Trained = trained.Schema }, [_folder.Path]);
        Assert.Equal([0, 1], Floats(second.Training.Inputs[1]));
        Assert.Equal([1], MemoryMarshal.Cast<byte, int>(second.Training.Targets[1]).ToArray());
        _folder.Write("t.csv", "surface,city,price,kind\n70,south,3,castle\n");
        Assert.Contains("castle", Assert.Throws<NnException>(() => DataLoader.Load(spec with { Trained = trained.Schema }, [_folder.Path])).Message);
    }

    [Fact]
    public void What_a_checkpoint_keeps_of_fields_comes_back()
    {
        LoadedData data = Csv(new FieldSpec("size") { Columns = ["rooms", "surface"] }, new FieldSpec("place") { Columns = ["city"] });
        Schema back = Schema.Parse(data.Schema.Text);
        Assert.Equal(data.Schema.Fields.Select(f => (f.Name, f.Form.Shape, f.Form.Stored, f.Form.Symbols)),
            back.Fields.Select(f => (f.Name, f.Form.Shape, f.Form.Stored, f.Form.Symbols)));
        Assert.All(data.Schema.Fields.Zip(back.Fields), p => Assert.Equal(p.First.Form.Names, p.Second.Form.Names));
    }

    // As versions wrote it that knew one input and one target.
    [Fact]
    public void Earlier_checkpoints_have_one_input_and_one_target()
    {
        Schema schema = Schema.Parse(
            """{"input":[2],"input_type":"f32","target":[],"target_type":"i32","classes":3,"symbols":null,"class_names":["a","b","c"],"features":["u","v"]}""");
        OneField.Check(schema, new Shape(2), DType.F32, Shape.Scalar, DType.I32, 3);
        Assert.Equal(["u", "v"], schema.Input.Names);
        Assert.Equal(["a", "b", "c"], schema.Target.Names);
    }

    [Fact]
    public void Fields_of_a_program_are_as_many_samples_each_and_have_names_of_their_own()
    {
        SampleField a = SampleField.Numbers("a", new Shape(2), [1, 2, 3, 4]), b = SampleField.Symbols("b", new Shape(1), [0, 3]),
            c = SampleField.Classes("c", [1, 0], ["no", "yes"]);
        Samples samples = Samples.Of([a, b], [c]);
        Assert.Equal(2, samples.Count);
        LoadedData data = DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Memory, Path = "" }, samples);
        Assert.Equal((4, 2), (data.Schema.Inputs[1].Form.Symbols, data.Target.Symbols));
        Assert.Contains("named 'a'", Assert.Throws<ArgumentException>(() => Samples.Of([a, a], [c])).Message);
        Assert.Contains("2 samples of a, but 1 of d",
            Assert.Throws<ArgumentException>(() => Samples.Of([a], [SampleField.Numbers("d", new Shape(1), [1])])).Message);
        Assert.Throws<ArgumentException>(() => Samples.Of([], [c]));
        Assert.Throws<ArgumentException>(() => SampleField.Numbers("a", new Shape(2), [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => SampleField.Numbers("a", new Shape(1), [float.NaN]));
        Assert.Throws<ArgumentException>(() => SampleField.Classes("c", [0, 2], ["no", "yes"]));
        Assert.Throws<ArgumentException>(() => SampleField.Symbols("s", new Shape(1), [-1]));
    }

    private LoadedData Csv(params FieldSpec[] fields) => Load(Houses, ["price", "kind"], fields);

    private LoadedData Load(string text, string[] targets, params FieldSpec[] fields)
    {
        _folder.Write("t.csv", text);
        return DataLoader.Load(Table("t.csv") with { Targets = targets, Fields = fields }, [_folder.Path]);
    }

    private static DataSpec Table(string path) => new() { Name = "d", Source = DataSource.Csv, Path = path };

    private void Picture(string name, params byte[] pixels) => Png.Save(_folder.File(name), new RasterImage(1, pixels.Length, 1, pixels));

    private static float[] Floats(byte[] stored) => MemoryMarshal.Cast<byte, float>(stored).ToArray();
}
