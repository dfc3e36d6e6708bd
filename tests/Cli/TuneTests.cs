namespace Nn.Tests.Cli;

/// <summary><c>nn tune</c>.</summary>
public sealed class TuneTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_processor_needs_no_tuning()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("tune", "a.nn", "--device", "cpu").Fails(ExitCode.NoDevice, "cpu needs no tuning, GPUs do", "--device takes one");
    }

    [SkippableFact]
    public void Products_are_timed_once_and_named()
    {
        _folder.Write("a.nn", """
            model m { dense 128, tanh; dense 1, sigmoid }
            data d { builtin linear, samples: 5000; split 80/20 }
            train { loss bce; optimizer sgd(lr: 0.1); epochs 1; batch 4000 }
            """);
        Outcome outcome = Nn.RunWithCache(_folder.Path, _folder.File("cache"), "tune", "a.nn", "--device", "vulkan");
        Skip.If(outcome.Code == (int)ExitCode.NoDevice, outcome.Error);
        Assert.NotEmpty(Directory.GetFiles(_folder.File("cache"), "*.choice"));
        string[] lines = outcome.Good().Lines;
        Assert.Contains(lines, l => l.StartsWith("matmul nn 4000x2x128: ", StringComparison.Ordinal));
        Assert.Equal(lines[..^1].Length, lines[..^1].Select(l => l[..l.IndexOf(':')]).Distinct().Count());
        Assert.StartsWith($"{lines.Length - 1} products tuned for vulkan:", lines[^1]);
    }
}
