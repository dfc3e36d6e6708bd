using System.Diagnostics;
using System.Runtime.Versioning;
using Nn.Files;

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
            // Nothing of the program's own drawing is taken for hostile text, which is written out.
            Assert.DoesNotContain(@"\x", terminal.Seen);
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

    [SkippableTheory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_session_ended_in_mid_training_finishes_its_step_and_keeps_the_model(string signal)
    {
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("nn> ");
            terminal.Type("model net { dense 64, tanh; dense 64, tanh; dense 1 }\r");
            terminal.Expect("nn> ");
            terminal.Type("data d { builtin sine, samples: 4000 }\r");
            terminal.Expect("nn> ");
            terminal.Type("train { loss mse; optimizer adam; epochs 1000000 }\r");
            terminal.Expect("4,353 parameters");
            terminal.Expect("nn> ");
            terminal.Type(":train\r");
            terminal.Expect("epoch 1");
            Thread.Sleep(300);
            terminal.Signal(signal);
            Assert.Equal((int)ExitCode.Interrupted, terminal.End());
        }

        // The step that the device counted is the one that the host knows of: nothing ran while this was read.
        Safetensors kept = Safetensors.Load(Unsaved);
        long known = long.Parse(kept.Metadata["epoch"]) * long.Parse(kept.Metadata["steps_per_epoch"]) + long.Parse(kept.Metadata["step_in_epoch"]);
        Assert.True(known > 0);
        Assert.Equal(known, BitConverter.ToInt32(kept.Tensors["step"].Bytes));
        Outcome next = Nn.RunWithInput(":restore\n:train 5 steps\n:list\n", _state, "repl").Good();
        Assert.Contains($"{known:N0} steps so far", next.Out);
        Assert.Contains("builtin sine, samples: 4000", next.Out);
    }

    [SkippableFact]
    public void A_session_ended_at_its_prompt_keeps_what_was_typed()
    {
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("nn> ");
            terminal.Type("let width = 12\r");
            terminal.Expect("nn> ");
            terminal.Signal("TERM");
            Assert.Equal((int)ExitCode.Interrupted, terminal.End());
        }

        Assert.Contains("let width = 12", Nn.RunWithInput(":restore\n:list\n", _state, "repl").Good().Out);
        Assert.Contains("let width = 12", File.ReadAllText(Path.Combine(_state, "history")));
    }

    // Ten times of ten, the program was killed by its own message, and the session before was offered as the last one.
    [SkippableTheory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "2>/dev/null")]
    public void A_closed_window_leaves_this_session_and_no_older_one(bool training, string errors)
    {
        using (var older = new PseudoTerminal(_state))
        {
            older.Expect("nn> ");
            older.Type("let older = 1\r");
            older.Expect("nn> ");
            older.Type("\x04");
            older.Expect("not saved; kept");
            older.End();
        }

        using (var terminal = new PseudoTerminal(_state, errors))
        {
            terminal.Expect("nn> ");
            terminal.Type("model net { dense 64, tanh; dense 1 }\r");
            terminal.Expect("nn> ");
            terminal.Type("data d { builtin sine, samples: 4000 }\r");
            terminal.Expect("nn> ");
            terminal.Type("train { loss mse; optimizer adam; epochs 1000000 }\r");
            terminal.Expect("193 parameters");
            terminal.Expect("nn> ");
            terminal.Type(training ? ":train\r" : ":train 2 epochs\r");
            terminal.Expect("epoch ");
            if (!training) terminal.Expect("nn> ");
            terminal.Close();
        }

        Outcome next = Nn.RunWithInput(":restore\n:list\n:train 1 epochs\n", _state, "repl").Good();
        Assert.Matches(@"[1-9][\d,]* steps so far", next.Out);
        Assert.Contains("dense 64, tanh", next.Out);
        Assert.DoesNotContain("older", next.Out);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_killed_session_loses_nothing_that_was_said_before_its_last_input()
    {
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("nn> ");
            terminal.Type("model net { dense 8, tanh; dense 1 }\r");
            terminal.Expect("nn> ");
            terminal.Type("data d { builtin sine, samples: 400 }\r");
            terminal.Expect("nn> ");
            terminal.Type("train { loss mse; optimizer adam; epochs 3 }\r");
            terminal.Expect("nn> ");
            terminal.Type(":train\r");
            terminal.Expect("3 epochs are done");
            terminal.Expect("nn> ");
            // Another session beside it does not offer what is still being worked on.
            Nn.RunWithInput(":restore\n", _state, "repl").Fails(ExitCode.Usage);
            terminal.Signal("KILL");
            terminal.End();
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Unsaved));
        Outcome next = Nn.RunWithInput(":restore\n:list\n", _state, "repl").Good();
        Assert.Matches(@"net: 3 epochs, \d+ steps so far", next.Out);
        Assert.Contains("builtin sine, samples: 400", next.Out);
    }

    [SkippableFact]
    public void What_is_saved_is_not_offered_and_what_was_restored_stays_until_it_is()
    {
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("nn> ");
            terminal.Type("let width = 12\r");
            Wait(() => Directory.GetFiles(_state, "unsaved-*.safetensors").Length == 1);
            terminal.Signal("KILL");
            terminal.End();
        }

        string left = Unsaved;
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("the last session was not saved (1 line): :restore brings it back");
            terminal.Expect("nn> ");
            terminal.Type(":restore\r");
            Wait(() => FileLock.IsHeld(left + ".lock"));
            terminal.Signal("KILL");
            terminal.End();
        }

        Assert.Equal(left, Unsaved);
        using (var terminal = new PseudoTerminal(_state))
        {
            terminal.Expect("the last session was not saved (1 line)");
            terminal.Expect("nn> ");
            terminal.Type(":restore\r");
            terminal.Expect("nn> ");
            terminal.Type($":save {_state}/a.nn\r");
            terminal.Expect("saved to");
            terminal.Expect("nn> ");
            terminal.Type(":quit\r");
            Assert.Equal(0, terminal.End());
        }

        Assert.Equal(["a.nn", "history"], Directory.GetFiles(_state).Select(Path.GetFileName).Order());
    }

    private static void Wait(Func<bool> until)
    {
        var clock = Stopwatch.StartNew();
        while (!until())
        {
            Assert.True(clock.Elapsed.TotalSeconds < LimitSeconds, "it did not come to this");
            Thread.Sleep(20);
        }
    }

    private string Unsaved => Directory.GetFiles(_state, "unsaved-*.safetensors").Single();
}
