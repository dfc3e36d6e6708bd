using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli;

/// <summary>Signals in the middle of work.</summary>
public sealed partial class InterruptTests : IDisposable
{
    internal const int HangUp = 1, Interrupt = 2, Kill = 9, Terminate = 15;

    private const string Endless = """
        model m { dense 64, tanh; dense 64, tanh; dense classes, softmax }
        data d { builtin spirals, samples: 2000; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.01); epochs 100000000; batch 32 }
        """;

    // 4500 × 4500 weights and 4500 samples: one step is some 550 GFLOP, on one thread.
    private const string Slow = """
        model m { dense 4500, tanh; dense 4500, tanh; dense 1 }
        data d { builtin sine, samples: 4500 }
        train { loss mse; optimizer sgd(lr: 0.01); epochs 10; batch all }
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Ctrl-C, a closed terminal, and what docker stop, systemd and batch systems send.
    [SkippableTheory]
    [InlineData(HangUp)]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public void One_signal_finishes_the_step_and_saves(int signal)
    {
        SkipWithoutInterrupts();
        _folder.Write("a.nn", Endless);
        using Process process = Nn.Start(_folder.Path, null, "train", "a.nn", "--save", "m", "--json");
        WaitFor(process, "\"epoch\"");
        string rest = SignalAndRead(process, signal);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal(130, process.ExitCode);
        string last = rest.TrimEnd().Split('\n')[^1];
        Assert.Contains("\"event\":\"done\"", last);
        Assert.Contains("\"end\":\"interrupted\"", last);
        Assert.Matches(@"^val_loss +\d", _folder.Run("eval", "a.nn", "--model", "m").Good().Out);
        Assert.Equal(["a.nn", "m"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    // Messages that cannot be written change no exit code: 2 for a missing file, 3 for a mistake; 4 where the output itself is what fails.
    [SkippableTheory]
    [InlineData("check nosuch.nn 2>/dev/full", 2)]
    [InlineData("check nosuch.nn >/dev/full 2>&1", 2)]
    [InlineData("check wrong.nn >/dev/full 2>&1", 3)]
    [InlineData("check a.nn >/dev/full 2>&1", 4)]
    [InlineData("summary a.nn >/dev/full 2>&1", 4)]
    [InlineData("summary a.nn >&-", 4)]
    public void Outputs_that_fail_end_the_program_with_a_code(string command, int code)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no /dev/full here");
        _folder.Write("a.nn", Endless);
        _folder.Write("wrong.nn", "model m { dens 4 }");
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"dotnet '{Nn.Program}' {command}"]) { WorkingDirectory = _folder.Path })!;
        Assert.True(shell.WaitForExit(120_000));
        Assert.Equal(code, shell.ExitCode);
    }

    [SkippableFact]
    public void A_script_that_is_a_pipe_is_not_said_to_be_without_mistakes()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "mkfifo is not everywhere");
        string check = $"mkfifo p.nn; dotnet '{Nn.Program}' check p.nn >out";
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", check]) { WorkingDirectory = _folder.Path })!;
        Assert.True(shell.WaitForExit(120_000));
        Assert.Equal("p.nn: nothing to check: it is empty, or a pipe or device, which are not read", File.ReadAllText(_folder.File("out")).TrimEnd());
    }

    [SkippableFact]
    public void An_interrupted_training_says_how_to_go_on()
    {
        SkipWithoutInterrupts();
        _folder.Write("a.nn", Endless);
        using Process process = Nn.Start(_folder.Path, null, "train", "a.nn", "--save", "m");
        WaitFor(process, "m: ");
        Thread.Sleep(300);
        string rest = SignalAndRead(process, Interrupt);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal(130, process.ExitCode);
        Assert.Matches(@"interrupted in epoch \d+, step \d+; go on with --resume m", rest);
    }

    [SkippableFact]
    public void A_second_interrupt_ends_at_once()
    {
        SkipWithoutInterrupts();
        _folder.Write("a.nn", Slow);
        using Process process = Nn.Start(_folder.Path, null, threads: 1, "train", "a.nn", "--save", "m");
        WaitFor(process, "m: ");
        // Signals of a kind that come together are one signal: the second goes out until the program ends, which it does in the midst of the step.
        do _ = Signal(process.Id, Interrupt);
        while (!process.WaitForExit(500));
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("interrupted in epoch", process.StandardOutput.ReadToEnd());
        Assert.False(File.Exists(_folder.File("m")));
    }

    [SkippableFact]
    public void A_kill_in_the_midst_of_saving_leaves_a_whole_checkpoint()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are of Unix");
        // An epoch takes far less time than saving its checkpoint.
        _folder.Write("a.nn", """
            model m { dense 1000, tanh; dense 1000, tanh; dense 1 }
            data d { builtin linear, samples: 4; split 50/50 }
            train { loss mse; optimizer adam(lr: 1e-4); epochs 1000000; batch all; checkpoint "m" }
            """);
        var random = new Random(5);
        for (int round = 0; round < 5; round++)
        {
            using Process process = Nn.Start(_folder.Path, null, ["train", "a.nn", "--json", .. round == 0 ? Array.Empty<string>() : ["--resume", "m"]]);
            WaitFor(process, "\"epoch\"");
            WaitFor(process, "\"epoch\"");
            Thread.Sleep(random.Next(60));
            _ = Signal(process.Id, Kill);
            Assert.True(process.WaitForExit(20_000));
            Assert.Equal(128 + Kill, process.ExitCode);
        }

        Assert.Matches(@"^val_loss +\d", _folder.Run("eval", "a.nn", "--model", "m").Good().Out);
    }

    // What is started in the background of a script inherits that interrupts are ignored, and rightly goes on ignoring them.
    internal static void SkipWithoutInterrupts()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are of Unix");
        const string status = "/proc/self/status";
        string? ignored = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        bool interrupt = ignored is not null
            && (ulong.Parse(ignored["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (Interrupt - 1))) != 0;
        Skip.If(interrupt, "these tests were started with interrupts ignored");
    }

    internal static void WaitFor(Process process, string text)
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(text)) return;
        }

        Assert.Fail($"nn ended before it wrote {text}: {process.StandardError.ReadToEnd()}");
    }

    internal static string SignalAndRead(Process process, int signal)
    {
        _ = Signal(process.Id, signal);
        return process.StandardOutput.ReadToEnd();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
