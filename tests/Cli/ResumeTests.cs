namespace Nn.Tests.Cli;

public sealed class ResumeTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

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
        _folder.Run("train", "a.nn", "--save", "m").Fails(ExitCode.Diverged, "nn: training diverged in epoch 3, step ", "became ", "Use a smaller learning rate");
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
}
