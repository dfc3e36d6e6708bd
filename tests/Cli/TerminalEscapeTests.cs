using System.CommandLine;
using System.Text;
using Nn.Repl;
using Nn.Repl.Commands;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli;

/// <summary>The console of the process is one: who puts another in its place runs alone.</summary>
[CollectionDefinition(nameof(OwnConsole), DisableParallelization = true)]
public sealed class OwnConsole;

/// <summary>Names and texts of files never steer a terminal, whichever command shows them: every command there is runs on hostile ones.</summary>
[Collection(nameof(OwnConsole))]
public sealed class TerminalEscapeTests : IDisposable
{
    // A title, a cleared screen, a link, a bell, a return, a step back, a C1 sequence, text from right to left.
    private const string Evil = "\x1b]0;OWNED\a\x1b[2J\x1b]8;;http://x\a\r\b\u009b31m\u202e\u2066";

    // What starts drivers, or waits for somebody; each writes through the same two writers, which the last test holds.
    private static readonly string[] NotRun = ["play", "lsp", "devices", "doctor", "compare", "tune", "serve"];

    private readonly ScriptFolder _folder = new();
    private readonly TextWriter _out = Console.Out, _error = Console.Error;
    private readonly StringWriter _text = new();
    private readonly string _script, _broken, _model, _onnx;

    public TerminalEscapeTests()
    {
        Environment.SetEnvironmentVariable("NN_STATE", _folder.File("state"));
        Environment.SetEnvironmentVariable("NN_CACHE", _folder.File("cache"));
        string cell = Evil.Replace("\r", "");
        var table = new StringBuilder($"\"a{Evil}\",b{cell},y\n");
        for (int i = 0; i < 40; i++) table.Append($"{i},{i * 7 % 11},{(i % 2 == 0 ? "cat" + cell : "dog")}\n");
        string name = OperatingSystem.IsWindows() ? "e" : "e\x1b[31m\u202e\a";
        _folder.Write(name + ".csv", table.ToString());
        _script = _folder.Write(name + ".nn", $$"""
            # {{cell}}
            let lr = 1e-2
            model m { dense 4, tanh; dense classes, softmax }
            data d { csv "{{name}}.csv"; target y; split 80/20 }
            train { loss cross_entropy; optimizer sgd(lr: lr); epochs 1; batch 8; metrics accuracy }
            search grid, minimize: val_loss {
              lr in [1e-2]
            }
            """);
        _broken = _folder.Write("b" + name + ".nn",
            $"model m {{ dense 4{Evil}; dens 3 }}\ndata d {{ csv \"none{cell}.csv\"; target \"{cell}\" }} # {Evil}\ntrain {{ loss {Evil} }}\n");
        (_model, _onnx) = (_folder.File(name + ".safetensors"), _folder.Write(name + ".onnx", HostileModel()));
        Console.SetOut(new TerminalWriter(_text));
        Console.SetError(new TerminalWriter(_text));
    }

    public void Dispose()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        Environment.SetEnvironmentVariable("NN_STATE", null);
        Environment.SetEnvironmentVariable("NN_CACHE", null);
        _folder.Dispose();
    }

    [Fact]
    public void No_command_passes_control_characters_of_files_on()
    {
        Check("train", _script, "--save", _model, "--run", _folder.File("runs"), "--device", "cpu");
        Assert.True(File.Exists(_model), _text.ToString());
        string run = Directory.GetDirectories(_folder.File("runs")).Single(), settings = Path.Combine(run, "settings.json");
        File.WriteAllText(settings,
            File.ReadAllText(settings).Replace("\"device\": \"", $"\"device\": \"{Json(Evil)}").Replace("\"device\":\"", $"\"device\":\"{Json(Evil)}"));
        int shown = 0;
        foreach (Command command in CommandLine.Build().Subcommands.Where(c => !NotRun.Contains(c.Name)))
        {
            bool takesScript = command.Arguments.FirstOrDefault()?.Name == "file";
            string[][] lines = command.Name switch
            {
                "eval" or "predict" => [[_script, "--model", _model], [_model], [_script, "--model", _onnx], [_script, "--model", "none" + Evil]],
                "export" => [[_model, "--to", _folder.File("x.npz")], [_model, "--to", "x" + Evil]],
                "import" => [[_onnx, "--save", _folder.File("i.nn")], [_model, "--into", _script], ["none" + Evil]],
                "bench" or "profile" => [[_script, "--seconds", "0.05"], [_broken]],
                "runs" => [[_folder.File("runs")], [Evil]],
                "report" => [[run], [Evil]],
                "repl" => [["-c", "model m { dense 4" + Evil + " }"]],
                "data" => [[_script], [_broken], ["fetch", Evil]],
                _ when takesScript => [[_script], [_broken], [_script, "--" + Evil]],
                _ => [[Evil]],
            };
            string[] device = command.Options.Any(o => o.Name == "--device") ? ["--device", "cpu"] : [];
            foreach (string[] line in lines) shown += Check([command.Name, .. line, .. line is ["fetch", ..] ? [] : device]);
        }

        Check(Evil);
        Assert.True(shown > 30, $"only {shown} of the lines met hostile text: the test has lost its teeth");
    }

    [Fact]
    public void No_command_of_a_session_passes_control_characters_on()
    {
        Check("train", _script, "--save", _model, "--device", "cpu");
        int shown = 0;
        foreach (string name in CommandTable.All.Where(c => c.Session is not null).Select(c => c.Name)
            .Where(n => !NotRun.Contains(n) && n is not ("bench" or "profile")))
        {
            string begin = name is "import" or "open" ? $":open \"{_model}\"" : $":load \"{_script}\"";
            string file = name is "open" ? _model : name is "import" ? _onnx : Evil;
            shown += Check("repl", "--device", "cpu", "-c", begin, "-c", $":{name}", "-c", $":{name} \"{file}\"");
        }

        shown += Check("repl", "--device", "cpu", "-c", $":load \"{_broken}\"", "-c", "Evil" + Evil, "-c", ":plot confusion" + Evil);
        Assert.True(shown > 15, $"only {shown} of the sessions met hostile text");
    }

    [Fact]
    public void Styles_of_the_program_stay_and_nothing_else()
    {
        var style = new TextStyle(true, 80);
        Assert.Equal("\x1b[31ma\\x1b[2J\x1b[0m\n", Ansi.ForTerminal(style.Red("a\x1b[2J") + "\n", trusted: false));
        Assert.Equal(@"\x00\x07\x08\x0d\x1b\x7f\x9b\u202e\u2069", Ansi.ForTerminal("\0\a\b\r\x1b\x7f\u009b\u202e\u2069", trusted: false));
        // Lines of any system, tabs, and characters beyond the first plane, one of which ends like the mark.
        const string plain = "a\tb\r\nc ä 漢 \U0001F41B[2J ▀";
        Assert.Equal(plain, Ansi.ForTerminal(plain, trusted: false));
        Assert.Equal("\ufffd]0;x", Ansi.ForTerminal(Ansi.Mark + "]0;x", trusted: false));
        Assert.Equal(style.Red(@"\x07"), Ansi.Visible(style.Red("\a")));
        Assert.Equal("\x1b[1A\r\\x07", Ansi.ForTerminal("\x1b[1A\r\a", trusted: true));
    }

    [Fact]
    public void Everything_is_written_through_the_writer_that_escapes()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Nn.Root, "src"), "*.cs", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file), name = Path.GetFileName(file);
            if (file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")) continue;
            if (name != "Ansi.cs") Assert.DoesNotMatch(@"\\x1[bB]|\\u001[bB]|\\e\[", text);
            if (name != "LspCommand.cs") Assert.DoesNotContain("OpenStandard", text);
            if (name is not ("TerminalWriter.cs" or "LspCommand.cs")) Assert.DoesNotMatch(@"Console\.Set(Out|Error)", text);
        }

        Assert.Contains("TerminalWriter.Install()", File.ReadAllText(Path.Combine(Nn.Root, "src", "Repl", "Program.cs")));
    }

    // Runs a line; 1 if hostile text was shown, made harmless.
    private int Check(params string[] args)
    {
        _text.GetStringBuilder().Clear();
        try
        {
            CommandLine.Run(args);
        }
        catch (Exception e)
        {
            // As the program does, whatever it is; that nothing is a defect, other tests hold.
            Console.Error.WriteLine($"nn: {e.Message}");
        }

        string text = _text.ToString();
        int at = text.AsSpan().IndexOfAnyExcept(Allowed);
        Assert.True(at < 0,
            $"nn {string.Join(' ', args)} writes U+{(at < 0 ? 0 : (int)text[at]):X4}: "
                + $"{text[Math.Max(0, at - 40)..Math.Min(text.Length, Math.Max(0, at) + 40)]}");
        return text.Contains(@"\x1b", StringComparison.Ordinal) || text.Contains(@"\u202e", StringComparison.Ordinal) ? 1 : 0;
    }

    private static readonly System.Buffers.SearchValues<char> Allowed = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(c => (char)c)
            .Where(c => c is '\n' or '\t' || !char.IsControl(c) && c is not (>= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069'))]);

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text)[1..^1];

    // An ONNX model with one node that nobody knows, and such names everywhere.
    private static byte[] HostileModel()
    {
        static byte[] Field(int number, byte[] content) => [(byte)(number << 3 | 2), (byte)content.Length, .. content];
        byte[] name = Encoding.UTF8.GetBytes(Evil[..12]);
        byte[] node = [.. Field(1, name), .. Field(2, name), .. Field(3, name), .. Field(4, name)];
        byte[] value = Field(1, name);
        byte[] graph = [.. Field(1, node), .. Field(2, name), .. Field(11, value), .. Field(12, value)];
        return [8, 8, .. Field(2, name), .. Field(8, [0x10, 13]), .. Field(7, graph)];
    }
}
