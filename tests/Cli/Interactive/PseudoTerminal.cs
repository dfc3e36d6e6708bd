using System.Diagnostics;
using System.Text;

namespace Nn.Tests.Cli.Interactive;

/// <summary>The program on a pseudo-terminal, which <c>script</c> of util-linux provides; nothing is typed until the test says so.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const int LimitSeconds = 60;

    private readonly Process _process;
    private readonly StringBuilder _seen = new();
    private int _from;

    /// <summary>Starts it: with a folder for its state, environment variables as NAME=VALUE, the program's arguments.</summary>
    public PseudoTerminal(string state, string arguments = "", int columns = 100, int rows = 30, params string[] environment)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "there is no `script` of util-linux to make a pseudo-terminal with");
        var info = new ProcessStartInfo("/usr/bin/script",
            ["-qefc", $"stty cols {columns} rows {rows}; exec dotnet exec {Nn.Program} {arguments}", "/dev/null"])
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
        info.Environment.Remove("NO_COLOR");
        foreach (string pair in environment) info.Environment[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
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

    /// <summary>All that it wrote.</summary>
    public string Seen
    {
        get
        {
            lock (_seen) return _seen.ToString();
        }
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

    /// <summary>Sends it a signal: TERM, HUP.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", Child]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>
    /// Takes the terminal itself away, as the closing of a window does: it hangs up, and whatever is written to it fails. Waits until the program has ended.
    /// </summary>
    public void Close()
    {
        string program = $"/proc/{Child}";
        _process.Kill(entireProcessTree: false);
        var clock = Stopwatch.StartNew();
        while (Directory.Exists(program)) Assert.True(clock.Elapsed.TotalSeconds < LimitSeconds, "the program goes on without its terminal");
    }

    // The one process that `script` has begun.
    private string Child => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Trim();

    public int End()
    {
        Assert.True(_process.WaitForExit(LimitSeconds * 1000), "the program did not end");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
