
namespace Nn.Tests.Cli;

/// <summary>Scripts that are wrong, too large or too deep: exit code 3 in bounded time.</summary>
[Collection(nameof(OwnConsole))]
public sealed class ScriptErrorTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train")]
    [InlineData("check")]
    [InlineData("summary")]
    [InlineData("bench")]
    public void All_mistakes_are_told_at_once_with_their_places(string command)
    {
        _folder.Write("a.nn", """
            model m { dense 4, rleu; dense 1 }
            data d { builtin moon; split 80/20 }
            train { loss msee; optimizer adm(lr: 0.1); epochs 1 }
            """);
        _folder.Run(command, "a.nn").Fails(ExitCode.Script, "a.nn:2:18: error:", "did you mean 'moons'?");
        _folder.Write("a.nn", """
            model m { dense 4, rleu; dense 1 }
            data d { builtin moons; split 80/20 }
            train { loss mse; optimizer adam; epohcs 1; batch -4 }
            """);
        _folder.Run(command, "a.nn").Fails(ExitCode.Script, "a.nn:1:20: error:", "did you mean 'relu'?", "a.nn:3:", "did you mean 'epochs'?");
    }

    /// <summary>A file that is not there hides no mistake of the script, and has its place.</summary>
    [Theory]
    [InlineData("check")]
    [InlineData("train")]
    public void Data_that_cannot_be_read_are_one_of_the_mistakes(string command)
    {
        const string script = """
            model m { dense 4, relu; dense 1 }
            data d { csv "missing.csv"; target y }
            train { loss mse; optimizer adam(lr: 0.1); epochs 1 }
            """;
        _folder.Write("a.nn", script);
        Outcome alone = _folder.Run(command, "a.nn").Fails(ExitCode.BadFile, "a.nn:2:14: error: there is no file 'missing.csv'");
        Assert.DoesNotContain("a.nn:1", alone.Error);
        _folder.Write("a.nn", script.Replace("relu", "rleu").Replace("epochs", "epohcs"));
        _folder.Run(command, "a.nn").Fails(ExitCode.Script, "a.nn:1:20: error:", "did you mean 'relu'?", "a.nn:2:14: error: there is no file 'missing.csv'",
            "a.nn:3:", "did you mean 'epochs'?");
        Assert.Equal(3, _folder.Run("-c",
            ":load a.nn").Lines.Count(l => l.Contains("a.nn:", StringComparison.Ordinal) && l.Contains(": error: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_are_checked_without_data_and_training()
    {
        _folder.Write("a.nn", "model m { dnse 4 }\nfn act(x) = tanhh(x)\nlayer l { it * y }");
        _folder.Run("check", "a.nn").Fails(ExitCode.Script, "a.nn:1:11: error: there is no layer or activation 'dnse'",
            "a.nn:2:13: error: there is no function 'tanhh'", "a.nn:3:16: error: there is no 'y' here");
    }

    [Fact]
    public void A_script_without_training_says_what_is_missing()
    {
        _folder.Write("a.nn", "model m { input 2; dense 1 }");
        _folder.Run("check", "a.nn").Good();
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "a.nn has no train block; write: train {");
    }

    [Fact]
    public void Several_targets_are_listed_as_people_list_them()
    {
        _folder.Write("t.csv", "a,b,c,d\n1,2,3,4\n5,6,7,9\n");
        _folder.Write("a.nn", "model m { dense 1 }\ndata t { csv \"t.csv\"; target b, c, d }\ntrain { loss mse; optimizer adam }");
        _folder.Run("check", "a.nn").Fails(ExitCode.Script, "the data have the targets b, c and d, and mse");
    }

    [Fact]
    public void Where_no_one_model_predicts_the_export_names_those_that_there_are()
    {
        _folder.Write("a.nn", "model near { input 3; dense 2 }\nmodel far { input 3; dense 2 }\ndata d { builtin moons, samples: 20 }\n"
            + "train { loss mse(near(normal(3)), x) + mse(far(normal(3)), x); optimizer adam; epochs 1 }");
        _folder.Run("train", "a.nn", "--quiet", "--save", "m.safetensors").Good();
        _folder.Run("export", "a.nn", "--model", "m.safetensors", "--to", "m.onnx")
            .Fails(ExitCode.Script, "there are near and far, each of which can be exported by itself; --part near takes that one");
    }

    [Fact]
    public void Metrics_and_watches_that_cannot_be_are_told_before_the_first_step()
    {
        _folder.Write("a.nn", ScriptFolder.Small.Replace("metrics accuracy", "metrics perplexity"));
        Assert.Equal("", _folder.Run("train", "a.nn").Fails(ExitCode.Script, "the metric perplexity cannot be computed").Out);
        Assert.Equal("", _folder.Run("check", "a.nn").Fails(ExitCode.Script, "the metric perplexity cannot be computed").Out);
        _folder.Write("a.nn", ScriptFolder.Small.Replace("metrics accuracy", "early_stop val_accuracy"));
        Assert.Equal("", _folder.Run("train", "a.nn").Fails(ExitCode.Script, "early_stop watches val_accuracy, but there is loss, val_loss").Out);
    }

    [Fact]
    public void Two_mebibytes_are_too_long()
    {
        _folder.Write("a.nn", string.Concat(Enumerable.Repeat("# nothing\n", 220_000)));
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "2,200,000", "1,048,576");
    }

    [Theory]
    [InlineData("model m ", "{ residual ", "}")]
    [InlineData("model m ", "{", "}")]
    [InlineData("let x = ", "(", ")")]
    [InlineData("let x = ", "[", "]")]
    [InlineData("let x = ", "sin(", ")")]
    public void Ten_thousand_nested_brackets_are_too_deep(string head, string open, string close)
    {
        _folder.Write("a.nn", head + string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000)));
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "nested more than 256 deep");
    }

    [Theory]
    [InlineData("-", "1")]
    [InlineData("2^", "1")]
    [InlineData("1+", "1")]
    [InlineData("if 1 then 2 else ", "3")]
    [InlineData("a.", "b")]
    public void Half_a_million_characters_of_operators_are_too_many(string repeated, string end)
    {
        _folder.Write("a.nn", "let x = " + string.Concat(Enumerable.Repeat(repeated, 500_000 / repeated.Length)) + end);
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "this line has more than 500 operators");
    }

    [Fact]
    public void A_chain_of_thirty_thousand_lets_is_too_long()
    {
        _folder.Write("a.nn", string.Concat(Enumerable.Range(0, 30_000).Select(i => $"let a{i} = a{i + 1} + 1\n")) + "let a30000 = 1\n");
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "chain of more than 1,000 lets");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_told_apart_from_it()
    {
        var bytes = new byte[20_000];
        new Random(1).NextBytes(bytes);
        _folder.Write("a.nn", bytes);
        _folder.Run("train", "a.nn").Fails(ExitCode.Script);
    }

    [Fact]
    public void An_empty_script_says_what_is_missing()
    {
        _folder.Write("a.nn", "");
        _folder.Run("train", "a.nn").Fails(ExitCode.Script, "a.nn has no train block");
    }
}
