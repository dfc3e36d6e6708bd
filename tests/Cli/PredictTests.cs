using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Prediction;
using Nn.Repl;
using Nn.Repl.Commands;
using Nn.Repl.Session;

namespace Nn.Tests.Cli;

/// <summary>What a trained model of a table is asked: rows by column and by word, other tables, with the checkpoint alone.</summary>
[Collection(nameof(OwnConsole))]
public sealed class PredictTests : IDisposable
{
    private const string Script = """
        model m { dense 4, tanh; dense classes, softmax }
        data d { csv "birds.csv"; target kind; split 80/20, shuffle: false }
        train { loss cross_entropy; optimizer adam(lr: 0.1); epochs 20; batch all; metrics accuracy }
        """;

    // Features: island=Biscoe, island=Dream, mass. The training part has the first 32 rows, in which mass is 1, 2, 3, 4 in turn, and a gap in one: (80 − 2) ÷
    // 31.
    private const string MassMean = "2.516129";

    private readonly ScriptFolder _folder = new(within: true);
    private readonly TextWriter _out = Console.Out, _error = Console.Error;

    public void Dispose()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        _folder.Dispose();
    }

    private string Model => _folder.File("m.safetensors");

    private void Train()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"{(i % 2 == 0 ? "Dream" : "Biscoe")},{(i == 1 ? "" : 1 + i % 4)},{(i % 2 == 0 ? "gentoo" : "adelie")}")];
        _folder.Write("birds.csv", $"island,mass,kind\n{string.Join('\n', rows)}\n");
        Run("train", _folder.Write("s.nn", Script), "--quiet", "--save", Model).Good();
    }

    [Fact]
    public void A_sentence_gets_a_tag_for_each_of_its_words()
    {
        string script = _folder.Write("tags.nn", """
            model tagger { embed 8; gru 8, bidirectional; dense classes, softmax }
            data d { tags "s.conll" }
            train tagger on d { loss cross_entropy; optimizer adam(lr: 0.05); epochs 60; batch all; metrics accuracy }
            """);
        _folder.Write("s.conll", "Anna PER\nsings O\n\nsings O\nin O\nOslo LOC\n\nAnna PER\nin O\nOslo LOC\nsings O\n");
        Run("train", script, "--quiet", "--save", Model).Good();
        Assert.Equal("PER O LOC", Run("predict", script, "--model", Model, "Anna", "in", "Oslo").Good().Out.Trim());
        using JsonDocument line = JsonDocument.Parse(Run("predict", Model, "--json", "sings", "Anna").Good().Out);
        Assert.Equal(["O", "PER"], line.RootElement.GetProperty("classes").EnumerateArray().Select(c => c.GetString()));
        Outcome longer = Run("predict", script, "--model", Model, "Anna", "in", "in", "in", "Oslo");
        Assert.Contains("a sequence may have 4 places, as long as the longest that the model was trained on; 5 were given", longer.Error);
    }

    [Fact]
    public void A_sentence_that_is_too_short_for_a_window_is_refused_in_prediction_and_in_a_second_table()
    {
        string Tags(string file) => $$"""
            model tagger { embed 8; conv 8, 3; conv_transpose 8, 3; dense classes, softmax }
            data d { tags "{{file}}" }
            train tagger on d { loss cross_entropy; optimizer adam(lr: 0.05); epochs 2; batch all }
            """;
        string script = _folder.Write("tags.nn", Tags("s.conll"));
        string second = _folder.Write("second.nn", Tags("t.conll").Replace("}\ntrain", "; split 50/50 }\ntrain", StringComparison.Ordinal));
        _folder.Write("s.conll", "Anna PER\nsings O\nin O\nOslo LOC\n\nAnna PER\nin O\nOslo LOC\n");
        _folder.Write("t.conll", "Anna PER\nsings O\nin O\nOslo LOC\n\nAnna PER\nsings O\n\nAnna PER\nin O\nOslo LOC\nsings O\n\nAnna PER\nin O\nOslo LOC\n");
        Run("train", script, "--quiet", "--save", Model).Good();
        const string Reason = "conv_1 (conv 8, 3) leaves nothing of a sequence of 2 places; tagger takes sequences of at least 3 places";
        Assert.Equal(3, Run("predict", Model, "Anna", "in", "Oslo").Good().Out.Split(' ').Length);
        Run("predict", Model, "Anna", "sings").Fails(ExitCode.Usage, Reason);
        Run("predict", script, "--model", Model, "Anna", "sings").Fails(ExitCode.Usage, Reason);
        Run("eval", second, "--model", Model).Fails(ExitCode.Script, Reason, "leave shorter ones out");
    }

    private Outcome Run(params string[] words) => _folder.Run([.. words, "--device", "cpu"]);

    // Both doors of the program read words by it.
    private static readonly Schema Known = new(
        new FieldForm(new Shape(3), DType.F32) { Names = ["island=Biscoe", "island=Dream", "mass"], Means = [0, 0, 2.5f] }, FieldForm.Classes(["adelie", "gentoo"]));

    [Theory]
    [InlineData("island=Biscoe mass=3", "1 0 3")]
    [InlineData("mass=3 island=Dream", "0 1 3")]
    [InlineData("Biscoe 3", "1 0 3")]
    [InlineData("Biscoe 3 Dream 1", "1 0 3 0 1 1")]
    [InlineData("island=Biscoe,Dream mass=3,1", "1 0 3 0 1 1")]
    [InlineData("island=Biscoe mass=3,1", "1 0 3 1 0 1")]
    [InlineData("mass=3", "0 0 3")]
    [InlineData("island=NA mass=3", "0 0 3")]
    [InlineData("island=Biscoe", "1 0 2.5")]
    [InlineData("Biscoe ?", "1 0 2.5")]
    [InlineData("1 0 3", "1 0 3")]
    [InlineData("0 1 NA 1 0 4", "0 1 2.5 1 0 4")]
    public void A_row_by_names_and_words_is_the_row_of_its_features(string row, string features)
    {
        (IReadOnlyList<byte[]> stored, int samples) = PredictionInputs.Read(Known, [Schema.X], row.Split(' '));
        float[] expected = [.. features.Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture))];
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(stored.Single()).ToArray());
        Assert.Equal(expected.Length / 3, samples);
    }

    [Theory]
    [InlineData("iland=Biscoe", "the model knows no column 'iland'; did you mean 'island'?")]
    [InlineData("height=3", "the model knows no column 'height'; it has island, mass")]
    [InlineData("island=Bisco", "'Bisco' is no word of column 'island' that the model knows; did you mean 'Biscoe'?")]
    [InlineData("island=Torgersen", "it knows Biscoe, Dream")]
    [InlineData("mass=heavy", "'heavy' is no number, as column 'mass' has")]
    [InlineData("Bisco 3", "did you mean 'Biscoe'?")]
    [InlineData("island=Biscoe 3", "'3' stands without its column, and 'island=Biscoe' with it; write COLUMN=VALUE for all, such as island=Biscoe mass=1")]
    [InlineData("mass=1 mass=2", "'mass' is given twice")]
    [InlineData("mass=1,2,3 island=Dream,Biscoe", "'island' has 2 values, another column 3")]
    [InlineData("1 2 3 4", "a sample has 3 numbers")]
    public void What_is_not_known_is_told_with_the_nearest(string row, string message)
    {
        NnException e = Assert.ThrowsAny<NnException>(() => PredictionInputs.Read(Known, [Schema.X], row.Split(' ')));
        Assert.Equal(ExitCode.Usage, e.Code);
        Assert.Contains(message, e.Message);
    }

    [Theory]
    [InlineData("place=2 size=70 rooms=3", "2", "70 3")]
    [InlineData("place=2,0 rooms=3,4 size=70", "2 0", "70 3 70 4")]
    [InlineData("place=2 facts=70,3", "2", "70 3")]
    [InlineData("place=2 rooms=3", "2", "80 3")]
    public void A_field_of_several_is_given_by_its_columns_too(string words, string place, string facts)
    {
        Schema schema = new(
            [
                new Field("place", new FieldForm(new Shape(1), DType.I32) { Symbols = 4 }),
                new Field("facts", new FieldForm(new Shape(2), DType.F32) { Names = ["size", "rooms"], Means = [80, 2] }),
            ], [new Field("y", new FieldForm(new Shape(1), DType.F32))]);
        (IReadOnlyList<byte[]> stored, int samples) = PredictionInputs.Read(schema, ["place", "facts"], words.Split(' '));
        Assert.Equal(place, string.Join(' ', MemoryMarshal.Cast<byte, int>(stored[0]).ToArray()));
        Assert.Equal(facts, string.Join(' ', MemoryMarshal.Cast<byte, float>(stored[1]).ToArray()));
        Assert.Equal(place.Split(' ').Length, samples);
        Assert.Contains("did you mean 'rooms'?", Assert.ThrowsAny<NnException>(() => PredictionInputs.Read(schema, ["place", "facts"], ["place=1", "room=2"])).Message);
    }

    [Fact]
    public void A_row_is_asked_of_a_checkpoint_with_its_script_and_alone()
    {
        Train();
        string script = _folder.File("s.nn"), expected = Predicted(script, "--model", Model, $"1 0 3 0 1 {MassMean}");
        Assert.Equal(expected, Predicted(script, "--model", Model, "island=Biscoe,Dream mass=3,NA"));
        Assert.Equal(Run("eval", script, "--model", Model).Good().Out, Run("eval", Model).Good().Out);
        Assert.Equal(Run("predict", script, "--model", Model).Good().Out, Run("predict", Model).Good().Out);
        // Without its data.
        File.Delete(_folder.File("birds.csv"));
        Assert.Equal(expected, Predicted(Model, "Biscoe 3 Dream NA"));
        Run("predict", Model, "iland=Dream").Fails(ExitCode.Usage, "did you mean 'island'?");
        Run("predict", Model, "1", "0", "3", "--out", "p.csv").Fails(ExitCode.Usage, "--out is for the predictions of a table");
        Run("eval", Model).Fails(ExitCode.BadFile, "birds.csv");
        Run("eval", _folder.Write("x.txt", "no checkpoint")).Fails(ExitCode.BadFile, "x.txt");
    }

    [Fact]
    public void A_session_takes_rows_by_names_and_tables()
    {
        Train();
        string table = _folder.Write("new.csv", "mass,island\n3,Biscoe\n1,Dream\n");
        using var output = new StringWriter();
        Console.SetOut(output);
        using var session = new ReplSession("cpu", json: false, new History(false), CommandTable.All);
        session.Execute($":open \"{Model}\"");
        foreach (string words in new[] { "island=Biscoe mass=3", "Biscoe 3", "1 0 3", $"\"{table}\"" }) session.Execute($":predict {words}");
        Assert.Equal(ExitCode.Ok, session.Code);
        session.Execute(":predict iland=Dream");
        string[] lines = output.ToString().Split('\n', StringSplitOptions.TrimEntries);
        string[] said = [.. lines.Where(l => l.StartsWith("adelie", StringComparison.Ordinal) || l.StartsWith("gentoo", StringComparison.Ordinal))];
        Assert.Equal(5, said.Length);
        Assert.Single(said.Take(4).Distinct());
        Assert.StartsWith("adelie", said[0]);
        Assert.StartsWith("gentoo", said[4]);
        Assert.Contains(lines, l => l.Contains("did you mean 'island'?"));
    }

    [Fact]
    public void A_table_without_its_target_is_predicted_row_by_row()
    {
        Train();
        string table = _folder.Write("new.csv", "id,mass,island\n7,3,Biscoe\n8,,Dream\n9,2,Torgersen\n\"a, b\",1,Biscoe\n"), file = _folder.File("p.csv");
        File.Delete(_folder.File("birds.csv"));
        string expected = Predicted(Model, $"1 0 3 0 1 {MassMean} 0 0 2 1 0 1");
        Outcome shown = Run("predict", Model, table, "--json");
        Assert.Equal((0, expected), (shown.Code, shown.Out));
        Assert.Equal($"nn: warning: {table}: the model was not trained on island 'Torgersen' (1 row); counted as a gap\n", shown.Error);

        Outcome written = Run("predict", _folder.File("s.nn"), "--model", Model, table, "--out", file);
        Assert.Equal((0, $"4 predictions in {file}\n"), (written.Code, written.Out));
        string[] lines = File.ReadAllLines(file);
        Assert.Equal("id,mass,island,prediction,p(adelie),p(gentoo)", lines[0]);
        JsonElement[] events = [.. expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        string[] own = ["7,3,Biscoe", "8,,Dream", "9,2,Torgersen", "\"a, b\",1,Biscoe"];
        Assert.Equal((4, 5), (events.Length, lines.Length));
        for (int r = 0; r < 4; r++)
        {
            string[] said = lines[r + 1][(own[r].Length + 1)..].Split(',');
            Assert.StartsWith(own[r] + ",", lines[r + 1]);
            Assert.Equal(events[r].GetProperty("class").GetString(), said[0]);
            Assert.Equal(events[r].GetProperty("output").GetProperty("adelie").GetDouble(), double.Parse(said[1], CultureInfo.InvariantCulture), 1e-5);
            Assert.Equal(1, double.Parse(said[1], CultureInfo.InvariantCulture) + double.Parse(said[2], CultureInfo.InvariantCulture), 1e-5);
        }
    }

    [Fact]
    public void A_table_that_does_not_fit_is_refused()
    {
        string few = _folder.Write("few.csv", "island\nDream\n"), odd = _folder.Write("odd.csv", "island,mass\nDream,3\nDream,heavy\n");
        string Why(Action ask) => Assert.Throws<NnException>(ask).Message;
        Assert.Equal($"{few} has no column 'mass', which the model was trained on; it has island", Why(() => TableInputs.Open(few, Known, [Schema.X])));
        using TableInputs rows = TableInputs.Open(odd, Known, [Schema.X]);
        Assert.Single(rows.Next(1).Cells);
        Assert.Equal($"{odd}, row 2: 'heavy' is no number, as column 'mass' has", Why(() => rows.Next(1)));
        Assert.Contains("there is no file", Why(() => TableInputs.Open(_folder.File("none.csv"), Known, [Schema.X])));
        Assert.Contains("is a table, which stands alone", Why(() => PredictionInputs.Read(Known, [Schema.X], [few, odd])));
        Schema images = new(new FieldForm(new Shape(28, 28, 1), DType.U8), Known.Target);
        Assert.Contains("is no row of a table", Why(() => TableInputs.Open(few, images, [Schema.X])));
    }

    private string Predicted(params string[] words) => Run(["predict", "--json", .. words.SelectMany(w => w.Split(' '))]).Good().Out;
}
