using System.Diagnostics;
using System.Text;

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
        using (var terminal = new Terminal(_state))
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

        using var next = new Terminal(_state);
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

    private sealed class Terminal : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _seen = new();
        private int _from;

        public Terminal(string state)
        {
            Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "there is no `script` of util-linux to make a pseudo-terminal with");
            var info = new ProcessStartInfo("/usr/bin/script", ["-qefc", $"stty cols 100 rows 30; exec dotnet exec {Nn.Program}", "/dev/null"])
            {
                WorkingDirectory = Nn.Root,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            info.Environment["NN_DEVICE"] = "cpu";
            info.Environment["NN_STATE"] = state;
            info.Environment["TERM"] = "xterm-256color";
            info.Environment["LANG"] = "C.UTF-8";
            _process = Process.Start(info)!;
            _process.StandardInput.AutoFlush = true;
            var reader = new Thread(() =>
            {
                var buffer = new char[4096];
                while (_process.StandardOutput.Read(buffer) is var n and > 0)
                {
                    lock (_seen) _seen.Append(buffer, 0, n);
                }
            })
            { IsBackground = true };
            reader.Start();
        }

        public void Type(string keys) => _process.StandardInput.Write(keys);

        /// <summary>Waits until a text has come after what was expected before.</summary>
        public void Expect(string text)
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed.TotalSeconds < LimitSeconds)
            {
                lock (_seen)
                {
                    int at = _seen.ToString().IndexOf(text, _from, StringComparison.Ordinal);
                    if (at >= 0)
                    {
                        _from = at + text.Length;
                        return;
                    }
                }

                Thread.Sleep(20);
            }

            Assert.Fail($"'{text}' did not come; what came:\n{_seen}");
        }

        public int End()
        {
            Assert.True(_process.WaitForExit(LimitSeconds * 1000), "the session did not end");
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }
    }
}
