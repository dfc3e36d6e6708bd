using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

/// <summary>A second file for a trained model: its words and classes mean what they meant in the first, whatever it has itself.</summary>
public sealed class TrainedNamesTests : IDisposable
{
    private static readonly string[] s_head = ["size", "colour", "code", "y"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Codes look like numbers, and are words by the script's types.
    private static readonly string[][] s_trained =
    [
        ["1.5", "red", "10", "no"], ["2", "blue", "20", "yes"], ["3", "green", "30", "maybe"], ["-4", "blue", "10", "no"], ["5", "red", "20", "yes"],
    ];

    /// <summary>Second files: what changes, their rows, and the order of their columns.</summary>
    public static TheoryData<string, string[][], int[]> SecondFiles() => new()
    {
        { "the same", s_trained, [0, 1, 2, 3] },
        { "rows in another order", [.. s_trained.Reverse()], [0, 1, 2, 3] },
        { "columns in another order", s_trained, [3, 1, 0, 2] },
        { "fewer words and classes", [["1", "red", "20", "yes"], ["2", "red", "30", "yes"]], [0, 1, 2, 3] },
        { "the last words alone", [["1", "red", "30", "yes"], ["7", "green", "30", "maybe"]], [2, 0, 1, 3] },
        { "words that are new", [["1", "amber", "20", "yes"], ["2", "red", "25", "no"], ["3", "teal", "10", "maybe"], ["4", "amber", "30", "no"]],
            [0, 1, 2, 3] },
        { "as many words, one renamed", [["1", "red", "10", "no"], ["2", "cyan", "20", "yes"], ["3", "green", "30", "maybe"]], [0, 1, 2, 3] },
        { "a column of gaps", [["1", "", "10", "no"], ["2", "", "20", "yes"]], [0, 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(SecondFiles))]
    public void Every_word_and_class_keeps_its_number(string what, string[][] rows, int[] columns)
    {
        foreach ((string target, string inputs) in new[] { ("y", "size, colour, code"), ("size", "colour, code, y"), ("colour", "size, code") })
        {
            // A target that the model does not know is refused; that is another test.
            if (target == "colour" && rows.Any(r => !s_trained.Any(t => t[1] == r[1]))) continue;
            DataSpec spec = Spec(target, inputs.Split(", "));
            Schema form = Load(spec, s_trained, [0, 1, 2, 3]).Schema;
            LoadedData data = Load(spec with { Trained = form }, rows, columns);

            Assert.Equal(form.Input.Names, data.FeatureNames);
            Assert.Equal(form.Target.Names, data.ClassNames);
            Assert.True(form.HasFormOf(data.Schema));
            float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();
            string Cell(int row, string column) => rows[row][Array.IndexOf(s_head, column)];
            for (int i = 0; i < rows.Length; i++)
            {
                for (int f = 0; f < form.Input.Names.Count; f++)
                {
                    string[] parts = form.Input.Names[f].Split('=');
                    float expected = parts.Length == 1 ? float.Parse(Cell(i, parts[0]), CultureInfo.InvariantCulture) : Cell(i, parts[0]) == parts[1] ? 1 : 0;
                    Assert.True(expected == x[i * form.Input.Names.Count + f],
                        $"{what}, target {target}, row {i}, {form.Input.Names[f]}: {x[i * form.Input.Names.Count + f]}");
                }

                if (form.Target.Symbols is null)
                    Assert.Equal(float.Parse(Cell(i, target), CultureInfo.InvariantCulture), MemoryMarshal.Cast<byte, float>(data.Training.Target)[i]);
                else Assert.Equal(Cell(i, target), form.Target.Names[MemoryMarshal.Cast<byte, int>(data.Training.Target)[i]]);
            }

            foreach ((string column, int c) in inputs.Split(", ").Where(n => n != "size").Select(n => (n, Array.IndexOf(s_head, n))))
            {
                foreach (IGrouping<string, string[]> strange in rows.Where(r => r[c].Length > 0 && !s_trained.Any(t => t[c] == r[c])).GroupBy(r => r[c]))
                    Assert.Contains($"{column} '{strange.Key}' ({(strange.Count() == 1 ? "1 row" : $"{strange.Count()} rows")})",
                        Assert.Single(data.Warnings, w => w.Contains($"'{strange.Key}'")));
            }

            if (what is not ("words that are new" or "as many words, one renamed")) Assert.DoesNotContain(data.Warnings, w => w.Contains("not trained on"));
        }
    }

    [Fact]
    public void Gaps_are_filled_with_the_means_of_the_first_file()
    {
        DataSpec spec = Spec("y", ["size", "colour"]);
        // As a checkpoint holds it.
        Schema form = Schema.Parse(Load(spec, s_trained, [0, 1, 2, 3]).Schema.Text);
        string[][] second = [["", "red", "10", "no"], ["70", "", "20", "yes"], ["NA", "blue", "10", "maybe"]];
        LoadedData data = Load(spec with { Trained = form }, second, [3, 2, 1, 0]);
        // (1.5 + 2 + 3 - 4 + 5) / 5; a word that is missing is none.
        Assert.Equal([1.5f, 0, 0, 1, 70, 0, 0, 0, 1.5f, 1, 0, 0], MemoryMarshal.Cast<byte, float>(data.Training.Inputs[0]).ToArray());
        Assert.Empty(data.Warnings);
        Assert.Contains(data.Notes, n => n.Contains("filled with the mean of what the model was trained on"));
        Assert.Equal([1.5f, 0, 0, 1], MemoryMarshal.Cast<byte, float>(data.Schema.Input.Parse(["?", "0", "NA", "1"]).Stored).ToArray());
        // What is trained anew has means of its own, and so has a training that goes on from the second file.
        Assert.Equal([70f, 0, 0], Load(spec, second, [3, 2, 1, 0]).Schema.Input.Means);
        Assert.Equal(form.Input.Means, data.Schema.Input.Means);
        Assert.Throws<FormatException>(() => Schema.Parse(form.Text.Replace("\"means\":[1.5", "\"means\":[1,1.5")));
        // Checkpoints of earlier versions have no means, and the user is told.
        Schema earlier = form with { Inputs = [form.Inputs[0] with { Form = form.Input with { Means = [] } }] };
        Assert.Contains("gaps are filled with the means of this file", Assert.Single(Load(spec with { Trained = earlier }, second, [3, 2, 1, 0]).Warnings));
        Assert.Empty(Load(spec with { Trained = earlier }, s_trained, [0, 1, 2, 3]).Warnings);
    }

    [Fact]
    public void Windows_keep_the_words_too()
    {
        DataSpec spec = Spec("size", ["size", "colour"]) with { Window = 2 };
        Schema form = Load(spec, s_trained, [0, 1, 2, 3]).Schema;
        string[][] second = [["1", "red", "", ""], ["2", "teal", "", ""], ["3", "green", "", ""]];
        LoadedData data = Load(spec with { Trained = form }, second, [0, 1, 2, 3]);
        Assert.Equal(["size", "colour=blue", "colour=green", "colour=red"], data.FeatureNames);
        Assert.Equal([1, 0, 0, 1, 2, 0, 0, 0], MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray());
        Assert.Contains("colour 'teal' (1 row)", Assert.Single(data.Warnings));
    }

    [Fact]
    public void Classes_that_the_model_does_not_know_are_refused_with_their_number()
    {
        DataSpec spec = Spec("y", []);
        Schema form = Load(spec, s_trained, [0, 1, 2, 3]).Schema;
        string[][] second = [["1", "red", "10", "often"], ["1", "red", "10", "no"], ["1", "red", "10", "often"]];
        string message = Assert.Throws<NnException>(() => Load(spec with { Trained = form }, second, [0, 1, 2, 3])).Message;
        Assert.Contains("'often' (2 rows)", message);
        Assert.Contains("It knows maybe, no, yes", message);
        Assert.DoesNotContain("'no'", message);
    }

    [Fact]
    public void A_column_that_is_missing_is_named_and_one_that_is_new_is_left_out()
    {
        DataSpec spec = Spec("y", []);
        Schema form = Load(spec, s_trained, [0, 1, 2, 3]).Schema;
        Assert.Contains("no column for 'size'", Assert.Throws<NnException>(() => Load(spec with { Trained = form }, s_trained, [1, 2, 3])).Message);
        Assert.Contains("no column for 'colour=blue'", Assert.Throws<NnException>(() => Load(spec with { Trained = form }, s_trained, [0, 2, 3])).Message);
        _folder.Write("d.csv", "extra,size,colour,code,y\n9,1,red,10,no\n8,2,blue,20,yes\n");
        LoadedData data = DataLoader.Load(spec with { Trained = form }, [_folder.Path]);
        Assert.Equal(form.Input.Names, data.FeatureNames);
        Assert.Contains("not trained on 'extra'; left out", Assert.Single(data.Warnings));
    }

    [Fact]
    public void Folders_of_images_keep_their_classes()
    {
        var image = new RasterImage(2, 2, 1, new byte[4]);
        foreach (string file in new[] { "a/cat/1.png", "a/dog/1.png", "a/fish/1.png", "b/dog/1.png", "b/fish/1.png", "c/dog/1.png", "c/newt/1.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            Png.Save(_folder.File(file), image);
        }

        DataSpec spec = new() { Name = "d", Source = DataSource.Images, Path = "a", Shuffle = false };
        Schema form = DataLoader.Load(spec, [_folder.Path]).Schema;
        LoadedData second = DataLoader.Load(spec with { Path = "b", Trained = form }, [_folder.Path]);
        Assert.Equal([1, 2], MemoryMarshal.Cast<byte, int>(second.Training.Target).ToArray());
        Assert.Equal(3, second.Schema.Target.Symbols);
        Assert.Contains("'newt' (1 row)", Assert.Throws<NnException>(() => DataLoader.Load(spec with { Path = "c", Trained = form }, [_folder.Path])).Message);
    }

    [Fact]
    public void Numbered_classes_keep_their_count()
    {
        DataSpec spec = new() { Name = "d", Source = DataSource.Memory, Path = "" };
        float[][] x = [[1], [2], [3]];
        Schema form = DataLoader.Load(spec, Samples.Of(x, [0, 1, 2])).Schema;
        LoadedData fewer = DataLoader.Load(spec with { Trained = form }, Samples.Of(x, [0, 1, 1]));
        Assert.Equal(3, fewer.Schema.Target.Symbols);
        Assert.Equal([0, 1, 1], MemoryMarshal.Cast<byte, int>(fewer.Training.Target).ToArray());
        Assert.Contains("'3' (2 times)", Assert.Throws<NnException>(() => DataLoader.Load(spec with { Trained = form }, Samples.Of(x, [0, 3, 3]))).Message);
    }

    private static DataSpec Spec(string target, string[] inputs) => new()
    {
        Name = "d",
        Source = DataSource.Csv,
        Path = "d.csv",
        Target = target,
        Inputs = inputs,
        Types = new Dictionary<string, ColumnType> { ["code"] = ColumnType.Word },
        Normalize = Normalization.None,
        Shuffle = false,
    };

    private LoadedData Load(DataSpec spec, string[][] rows, int[] columns)
    {
        _folder.Write("d.csv", string.Join('\n', new[] { s_head }.Concat(rows).Select(r => string.Join(',', columns.Select(c => r[c])))) + "\n");
        // A trained model's own types are enough.
        return DataLoader.Load(spec.Trained is null ? spec : spec with { Types = new Dictionary<string, ColumnType>() }, [_folder.Path]);
    }
}
