using Nn.Tests.Cli.Interactive;

namespace Nn.Tests.Cli.Live;

/// <summary>The view of a training on a pseudo-terminal.</summary>
public sealed class LiveViewTests : IDisposable
{
    private const string Endless =
        "model net { dense 8, tanh; dense 1 }\ndata d { builtin sine, samples: 2000; split 80/20 }\ntrain { loss mse; optimizer adam; epochs 1000000 }\n";

    private readonly ScriptFolder _files = new();

    public void Dispose() => _files.Dispose();

    [SkippableFact]
    public void Curves_and_numbers_come_while_training_and_the_curves_stay_when_it_is_interrupted()
    {
        using PseudoTerminal terminal = Train();
        foreach (string part in new[] { "⣀ loss", "⣀ val_loss", "epoch 1", "all ", " left, ", "lr 0.001", " steps/s", " samples/s", " planned, ", " resident" })
            terminal.Expect(part);
        terminal.Type("\x03");
        terminal.Expect("⣀ val_loss");
        terminal.Expect("interrupted in epoch");
        Assert.Equal(130, terminal.End());
        Assert.Equal("h", terminal.Seen[(terminal.Seen.LastIndexOf("\x1b[?25", StringComparison.Ordinal) + 5)..][..1]);
        Assert.DoesNotContain(" resident", terminal.Seen[terminal.Seen.LastIndexOf("⣀ val_loss", StringComparison.Ordinal)..]);
    }

    [SkippableFact]
    public void A_terminal_without_colours_gets_none()
    {
        using PseudoTerminal terminal = Train("NO_COLOR=1");
        terminal.Expect(" resident");
        terminal.Type("\x03");
        terminal.Expect("interrupted");
        Assert.Equal(130, terminal.End());
        Assert.Matches(@"\x1b\[\d+A", terminal.Seen);
        Assert.DoesNotMatch(@"\x1b\[[\d;]*m", terminal.Seen);
    }

    [SkippableFact]
    public void A_dumb_terminal_gets_lines()
    {
        using PseudoTerminal terminal = Train("TERM=dumb");
        terminal.Expect(" steps an epoch");
        terminal.Type("\x03");
        terminal.Expect("interrupted");
        Assert.Equal(130, terminal.End());
        Assert.DoesNotContain('\x1b', terminal.Seen);
    }

    private PseudoTerminal Train(params string[] environment) => new(_files.Path, $"train {_files.Write("endless.nn", Endless)}", 90, 28, environment);
}
