using Nn.Files;

namespace Nn.Tests.Cli;

[Collection(nameof(OwnConsole))]
public sealed class ResumeTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_resumed_training_ends_in_the_same_file()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "whole").Good();
        _folder.Run("train", "a.nn", "--quiet", "--epochs", "2", "--save", "half").Good();
        _folder.Run("train", "a.nn", "--quiet", "--resume", "half", "--save", "rest").Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("whole")), File.ReadAllBytes(_folder.File("rest")));
        Assert.NotEqual(File.ReadAllBytes(_folder.File("half")), File.ReadAllBytes(_folder.File("rest")));
    }

    [Fact]
    public void A_finished_training_has_nothing_left_to_do()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "whole").Good();
        _folder.Run("train", "a.nn", "--quiet", "--resume", "whole", "--save", "again").Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("whole")), File.ReadAllBytes(_folder.File("again")));
        Assert.Contains("done: 6 epochs", _folder.Run("train", "a.nn", "--resume", "whole", "--epochs", "6").Good().Out);
    }

    [Fact]
    public void A_diverged_training_keeps_the_last_good_model()
    {
        // The third epoch brings a rate that no number survives.
        const string script = """
            model m { dense 4, relu; dense 1 }
            data d { builtin linear, samples: 90; split 80/20 }
            train { loss mse; optimizer sgd(lr: 0.01, momentum: 0.9); schedule 0.01 for 2 epochs, 1e20; epochs 5; batch 16 }
            """;
        _folder.Write("a.nn", script);
        _folder.Run("train", "a.nn", "--save", "m").Fails(ExitCode.Diverged, "nn: training diverged in epoch 3, step ", "became ",
            "Use a smaller learning rate");
        _folder.Run("train", "a.nn", "--epochs", "2", "--quiet", "--save", "good").Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("good")), File.ReadAllBytes(_folder.File("m")));
        _folder.Run("eval", "a.nn", "--model", "m").Good();
    }

    [Fact]
    public void A_training_that_diverges_at_once_says_so()
    {
        _folder.Write("a.nn", "model m { dense 4; dense 1 }\ndata d { builtin linear }\ntrain { loss mse; optimizer sgd(lr: 1e20); epochs 9 }");
        Assert.Single(_folder.Run("train", "a.nn").Fails(ExitCode.Diverged, "training diverged in epoch 1, step ").Lines);
    }

    [Fact]
    public void The_checkpoint_of_a_script_is_written_after_every_epoch()
    {
        _folder.Write("a.nn", ScriptFolder.Small.Replace("epochs 4", "epochs 4; checkpoint \"last\""));
        _folder.Run("train", "a.nn", "--quiet").Good();
        Assert.Contains("done: 4 epochs, 20 steps in 0", _folder.Run("train", "a.nn", "--resume", "last").Good().Out);
    }

    private const string Table = """
        # of a table
        let rate = 0.1
        model m { dense 4, relu; dense 1 }
        data d { csv "d.csv"; target y; split 80/20 }
        train { loss mse; optimizer adam(lr: rate); epochs 2; batch 8; metrics mae }
        """;

    private static string Rows(int count, double slope) => "x,y\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i},{i * slope}\n"));

    private string[] Notice(params string[] more)
    {
        Outcome o = _folder.Run(["train", "a.nn", "--resume", "m", "--epochs", "3", "--quiet", .. more]);
        Assert.True(o.Code == 0, o.Error);
        string[] lines = o.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length > 0) Assert.Equal("nn: since m was written, this has changed:", lines[0]);
        return [.. lines.Skip(1).Select(l => l.Trim())];
    }

    [Fact]
    public void What_has_changed_since_the_checkpoint_is_told()
    {
        _folder.Write("d.csv", Rows(50, 2));
        _folder.Write("a.nn", Table);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        Assert.Empty(Notice());
        _folder.Write("a.nn", Table.Replace("# of a table", "# another note").Replace("; batch", "\n\n  batch").Replace("rate = 0.1", "rate  =  0.1"));
        Assert.Empty(Notice());
        _folder.Write("a.nn", Table.Replace("relu", "tanh").Replace("mse", "mae").Replace("rate = 0.1", "rate = 0.01"));
        Assert.Equal(
            ["`let rate = 0.1` is now `let rate = 0.01`", "model m: `dense 4, relu` is now `dense 4, tanh`", "train: `loss mse` is now `loss mae`"],
            Notice().Order(StringComparer.Ordinal));
        _folder.Write("a.nn", Table);
        Assert.Equal(["`let rate = 0.1` is now `let rate = 0.5`"], Notice("--set", "rate=0.5"));
        // The other part of the same rows.
        _folder.Write("a.nn", Table.Replace("80/20", "60/40"));
        Assert.Equal(["data d: `split 80/20` is now `split 60/40`", "data: 30 to train on, 20 to validate with; then 40 to train on, 10 to validate with"],
            Notice());
        _folder.Write("a.nn", Table);
        foreach ((string rows, string told) in new[]
        {
            (Rows(50, 2.1), "data: as many samples as then (40 to train on, 10 to validate with), but not the same"),
            (Rows(60, 2), "data: 48 to train on, 12 to validate with; then 40 to train on, 10 to validate with"),
            (Rows(50, 2), ""),
        })
        {
            _folder.Write("d.csv", rows);
            Assert.Equal(told.Length == 0 ? [] : [told], Notice());
        }
    }

    // Earlier versions wrote no word of the data's samples.
    [Fact]
    public void A_checkpoint_that_does_not_say_which_data_it_had_is_gone_on_with_in_silence()
    {
        _folder.Write("d.csv", Rows(50, 2));
        _folder.Write("a.nn", Table);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        Safetensors file = Safetensors.Load(_folder.File("m"));
        foreach (string key in new[] { "data_samples", "data_sha256" }) Assert.True(file.Metadata.Remove(key));
        file.Save(_folder.File("m"));
        _folder.Write("d.csv", Rows(60, 2));
        Assert.Empty(Notice());
    }
}
