namespace Nn.Tests.Cli;

/// <summary>A trained model asked about another file: every command takes words and classes by their names.</summary>
[Collection(nameof(OwnConsole))]
public sealed class SecondTableTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public SecondTableTests()
    {
        _folder.Write("first.nn", Script("first.csv"));
        _folder.Write("second.nn", Script("second.csv"));
        _folder.Write("first.csv", "a,colour,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i % 7},{(i % 2 == 0 ? "red,no" : "blue,yes")}\n")));
        // 'red' is the first of its words, where 'blue' was; 'yes' comes first.
        _folder.Write("second.csv", "y,colour,a\nyes,teal,3\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"no,red,{i % 5}\n")));
        _folder.Run("train", "first.nn", "--quiet", "--save", "m.safetensors").Good();
    }

    public void Dispose() => _folder.Dispose();

    private static string Script(string file) => $$"""
        model m { dense classes, softmax }
        data d { csv "{{file}}"; target y; split 50/50, shuffle: false }
        train { loss cross_entropy; optimizer adam(lr: 0.3); epochs 40; batch all; metrics accuracy }
        """;

    [Fact]
    public void Evaluation_reads_each_word_as_it_was_trained()
    {
        (string output, string errors) = Good("eval", "second.nn", "--model", "m.safetensors");
        Assert.Matches(@"val_accuracy +1\.0000", output);
        Assert.Contains("nn: warning: second.csv: the model was not trained on colour 'teal' (1 row)", errors);
    }

    [Fact]
    public void So_do_prediction_resuming_and_import()
    {
        (string predicted, string errors) = Good("predict", "second.nn", "--model", "m.safetensors");
        Assert.All(predicted.Trim().Split('\n'), line => Assert.StartsWith("no (", line));
        Assert.Contains("'teal'", errors);

        (string resumed, errors) = Good("train", "second.nn", "--resume", "m.safetensors", "--epochs", "41");
        Assert.Matches(@"val_accuracy 1\.0000", resumed);
        Assert.Contains("'teal'", errors);

        Good("import", "m.safetensors", "--into", "second.nn", "--save", "i.safetensors");
        Assert.Matches(@"val_accuracy +1\.0000", Good("eval", "first.nn", "--model", "i.safetensors").Output);
    }

    // Nobody trains on it: that its first part has one class is no news about the model.
    [Fact]
    public void What_a_training_on_it_would_lack_is_told_to_who_trains_on_it()
    {
        _folder.Write("second.csv", "a,colour,y\n1,red,no\n1,red,no\n1,red,no\n2,blue,yes\n");
        Assert.DoesNotContain("one class", Good("eval", "second.nn", "--model", "m.safetensors").Errors);
        Assert.DoesNotContain("one class", Good("predict", "second.nn", "--model", "m.safetensors").Errors);
        Assert.Contains("there is one class only to train on, 'no'", Good("train", "second.nn").Errors);
    }

    [Fact]
    public void A_class_that_is_new_is_refused()
    {
        _folder.Write("second.csv", "a,colour,y\n1,red,no\n2,blue,never\n");
        _folder.Run("eval", "second.nn", "--model", "m.safetensors").Fails(ExitCode.BadFile, "'never' (1 row). It knows no, yes");
    }

    // The mean of 'a' over the 20 rows that are trained on: 57 / 20, where the second table's own would be 150.
    [Theory]
    [InlineData("NA")]
    [InlineData("?")]
    public void A_gap_of_a_second_table_is_the_mean_of_what_was_trained_on(string gap)
    {
        const string Mean = "2.85";
        _folder.Write("second.csv", $"a,colour,y\n100,blue,no\n200,red,yes\n300,blue,no\n{gap},red,no\n");
        string withGap = Predicted("second.nn");
        _folder.Write("second.csv", $"a,colour,y\n100,blue,no\n200,red,yes\n300,blue,no\n{Mean},red,no\n");
        Assert.Equal(Predicted("second.nn"), withGap);
        Assert.Equal(Predicted("first.nn", Mean, "0", "1"), Predicted("first.nn", gap, "0", "1"));
    }

    private string Predicted(string script, params string[] values)
    {
        (string output, string errors) = Good(["predict", script, "--model", "m.safetensors", "--json", .. values]);
        Assert.Equal("", errors);
        return output;
    }

    private (string Output, string Errors) Good(params string[] arguments)
    {
        Outcome result = _folder.Run(arguments);
        Assert.True(result.Code == 0, result.Error);
        return (result.Out, result.Error);
    }
}
