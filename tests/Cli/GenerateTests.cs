using System.Text.Json;

namespace Nn.Tests.Cli;

/// <summary>Texts from trained models of characters.</summary>
[Collection(nameof(OwnConsole))]
public sealed class GenerateTests : IDisposable
{
    // Each character says which one comes next, so that a small model can know it all.
    private const string Alphabet = "abcdefghijklm\n";

    private const string Script = """
        let width = 16
        model m { embed width; positions; transformer 2, causal; dense classes, softmax }
        data d { text "t.txt", context: 8; split 90/10, shuffle: false }
        train { loss cross_entropy; optimizer adamw(lr: 1e-2); epochs 4; batch 8; metrics accuracy }
        """;

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checkpoint_alone_goes_on_with_a_text()
    {
        Train("--set", "width=24");
        File.Delete(_folder.File("t.txt"));
        File.Delete(_folder.File("m.nn"));
        Assert.Equal("cdefghijklm\nabcdefg\n", _folder.Run("generate", "m.st", "--prompt", "cd", "--length", "17", "--temperature", "0").Good().Out);
        // Without a prompt it begins behind a new line.
        Assert.Equal("abcde\n", _folder.Run("generate", "m.st", "--length", "5", "--temperature", "0").Good().Out);
        Assert.Equal("f\n", _folder.Run("generate", "m.st", "--length", "0", "--prompt", "f").Good().Out);
    }

    [Fact]
    public void The_seed_decides_what_is_drawn()
    {
        Train();
        string Text(string seed) => JsonDocument.Parse(
            _folder.Run("generate", "m.st", "--prompt", "a", "--length", "60", "--temperature", "5", "--seed", seed, "--json").Good().Lines[^1])
            .RootElement.GetProperty("text").GetString()!;
        string first = Text("1");
        Assert.Equal(60, first.Length);
        Assert.Equal(first, Text("1"));
        Assert.NotEqual(first, Text("2"));
        Assert.Equal("bcdef\n",
            _folder.Run("generate", "m.nn", "--model", "m.st", "--prompt", "b", "--length", "4", "--temperature", "5", "--top-k", "1").Good().Out);
        Assert.Equal("bcdef\n", _folder.Run("generate", "m.st", "--prompt", "b", "--length", "4", "--top-p", "0.01").Good().Out);
    }

    [Fact]
    public void What_cannot_be_written_is_told()
    {
        Train();
        _folder.Run("generate", "m.st", "--prompt", "xyz").Fails(ExitCode.Usage, "the model does not know x, y, z; it knows \\nabcdefghijklm");
        _folder.Run("generate", "m.nn").Fails(ExitCode.Usage, "nn train m.nn --save model.safetensors, then nn generate model.safetensors");
        _folder.Run("generate", "m.st", "--model", "m.st").Fails(ExitCode.Usage, "name one model");
        _folder.Run("generate", "none.st").Fails(ExitCode.BadFile, "none.st");
        _folder.Run("generate", "t.txt").Fails(ExitCode.BadFile, "t.txt");
        _folder.Run("generate", "m.st", "--temperature", "-1").Fails(ExitCode.Usage, "--temperature -1: write a number, 0 or more");
        _folder.Run("generate", "m.st", "--top-k", "0").Fails(ExitCode.Usage, "at least one");
        _folder.Run("generate", "m.st", "--top-p", "1.5").Fails(ExitCode.Usage, "--top-p is a share");
        _folder.Run("generate", "m.st", "--set", "width=8").Fails(ExitCode.BadFile, "'m.embed_1.weight' is f32 14x16 there, f32 14x8 in this script");
        _folder.Run("predict", "m.nn", "--model", "m.st").Fails(ExitCode.Usage, "nn generate m.st");
        _folder.Write("o.nn", ScriptFolder.Small);
        _folder.Run("train", "o.nn", "--save", "o.st", "--epochs", "1", "--quiet").Good();
        _folder.Run("generate", "o.st").Fails(ExitCode.Usage, "was not trained on text");
        _folder.Run("generate", "o.nn", "--model", "m.st").Fails(ExitCode.BadFile, "the data of o.nn are not");
    }

    [Fact]
    public void A_model_is_evaluated_on_another_text_in_its_own_characters()
    {
        Train();
        _folder.Write("t.txt", string.Concat(Enumerable.Repeat("cdefghijk", 30)));
        Assert.Contains("val_accuracy", _folder.Run("eval", "m.nn", "--model", "m.st").Good().Out);
        _folder.Write("t.txt", string.Concat(Enumerable.Repeat("cdefgXY", 30)));
        _folder.Run("eval", "m.nn", "--model", "m.st").Fails(ExitCode.BadFile, "the model knows 14 characters, the text has others: X, Y");
    }

    [Fact]
    public void A_session_goes_on_with_a_text()
    {
        _folder.Write("t.txt", string.Concat(Enumerable.Repeat(Alphabet, 60)));
        string script = _folder.Write("m.nn", Script);
        Outcome o = Nn.RunWithInput("", _folder.Path, "repl", script, "-c", ":train 4 epochs", "-c", ":generate efg").Good();
        Assert.Contains("efghij", o.Out);
        Assert.Contains("write :generate BEGINNING", Nn.RunWithInput("", _folder.Path, "repl", script, "-c", ":predict").Out);
        Assert.Contains(":generate needs a model of characters", Nn.RunWithInput("", _folder.Path, "repl", "examples/xor.nn", "-c", ":generate a").Out);
    }

    private void Train(params string[] more)
    {
        _folder.Write("t.txt", string.Concat(Enumerable.Repeat(Alphabet, 60)));
        _folder.Write("m.nn", Script);
        _folder.Run(["train", "m.nn", "--save", "m.st", "--quiet", .. more]).Good();
    }
}
