namespace Nn.Tests.Cli.Interactive;

/// <summary>The session on a pseudo-terminal, which <c>script</c> of util-linux provides.</summary>
public sealed class TerminalTests : IDisposable
{
    private const int LimitSeconds = 60;

    private readonly string _state = Directory.CreateTempSubdirectory("nn-state").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [SkippableFact]
    public void A_person_types_pauses_goes_on_and_finds_the_unsaved_work_again()
    {
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("nn> ");
            terminal.Type("model net { dense 8, tanh; dense 1 }\r");
            terminal.Expect("nn> ");
            terminal.Type("data d { builtin sine, samples: 2000 }\r");
            terminal.Expect("nn> ");
            terminal.Type("train { loss mse; optimizer adam; epochs 1000000 }\r");
            terminal.Expect("net: 1 → 1, 25 parameters");
            terminal.Expect("nn> ");
            terminal.Type(":tr\t\r");
            terminal.Expect("epoch 1");
            terminal.Type("\x03");
            terminal.Expect("paused in epoch");
            terminal.Expect("nn> ");
            terminal.Type(":train 2 epochs\r");
            terminal.Expect("epochs are done");
            terminal.Expect("nn> ");
            terminal.Type("\x04");
            terminal.Expect("not saved; kept for the next session");
            Assert.Equal(0, terminal.End());
        }

        using var next = new PseudoTerminal(_state);
        next.Expect("the last session was not saved (3 lines and a trained model)");
        next.Expect("nn> ");
        // From the history: Ctrl-D is no line, so the last one is this.
        next.Type("\x1b[A");
        next.Expect(" 2 epochs");
        next.Type("\x15:restore\r");
        next.Expect("steps so far");
        next.Expect("nn> ");
        next.Type(":quit\r");
        next.Expect("not saved");
        Assert.Equal(0, next.End());
    }
}
