using System.Diagnostics;
using System.Text;

namespace Nn.Tests.Cli.Packaging;

/// <summary>Completion as the shells do it: each loads what <c>nn completion</c> prints, and has no <c>nn</c> to ask.</summary>
public sealed class CompletionTests : IClassFixture<CompletionTests.Scripts>, IDisposable
{
    private const int LimitSeconds = 20;

    private readonly Scripts _scripts;
    private readonly ScriptFolder _folder = new();

    public CompletionTests(Scripts scripts)
    {
        _scripts = scripts;
        _folder.Write("wave.nn", "let width = 4; let depth_2 = 1\n  let act = tanh  # let none = 1\nmodel m { dense width }\n");
        _folder.Write("notes.txt", "");
        _folder.Write("my model.safetensors", "");
        Directory.CreateDirectory(_folder.File("waves"));
    }

    [SkippableTheory]
    [InlineData("nn tra", "train")]
    [InlineData("nn --js", "--json")]
    [InlineData("nn data f", "fetch")]
    [InlineData("nn data fetch m", "mnist")]
    [InlineData("nn completion ", "bash pwsh zsh")]
    [InlineData("nn train w", "wave.nn waves")]
    [InlineData("nn train wave.nn --sa", "--samples --save")]
    [InlineData("nn train wave.nn --h", "--help")]
    [InlineData("nn train wave.nn --set ", "act= depth_2= width=")]
    [InlineData("nn train --set d wave.nn", "depth_2=", 3)]
    [InlineData("nn train wave.nn --set width = ", "")]
    [InlineData("nn train nowhere.nn --set w", "")]
    [InlineData("nn train wave.nn --seed ", "")]
    [InlineData("nn train wave.nn --samples w", "waves")]
    [InlineData("nn train wave.nn --device ", "auto cpu opencl vulkan")]
    [InlineData("nn bench wave.nn --device a", "all auto")]
    [InlineData("nn eval wave.nn --model my", "my model.safetensors")]
    [InlineData("nn generate ", "my model.safetensors wave.nn waves")]
    [InlineData("nn search wave.nn --resume n", "")]
    [InlineData("nn frobnicate ", "")]
    public void Bash_completes(string line, string expected, int at = -1)
    {
        Skip.IfNot(File.Exists("/bin/bash"), "there is no bash");
        const string Complete = """
            source "$1"; at=$2; shift 2
            COMP_WORDS=("$@"); COMP_CWORD=$(( at < 0 ? $# - 1 : at ))
            _nn; printf '%s\n' "${COMPREPLY[@]}"
            """;
        (string found, string error) = Run("/bin/bash", ["--norc", "-c", Complete, "bash", _scripts.Path("bash"), at.ToString(), .. line.Split(' ')], null);
        Assert.Equal("", error);
        string[] words = [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        // Without a command all commands may follow.
        if (line == "nn frobnicate ") Assert.Contains("train", words);
        else Assert.Equal(expected, string.Join(' ', words));
    }

    [SkippableTheory]
    [InlineData("nn trai", "nn train ")]
    [InlineData("nn train wav", "nn train wave")]
    [InlineData("nn train --qui", "nn train --quiet ")]
    [InlineData("nn train wave.nn --set dep", "nn train wave.nn --set depth_2=")]
    [InlineData("nn train wave.nn --device vu", "nn train wave.nn --device vulkan ")]
    [InlineData("nn data fetch mn", "nn data fetch mnist ")]
    [InlineData("nn completion ba", "nn completion bash ")]
    public void Zsh_completes(string line, string expected)
    {
        string? zsh = new[] { "/bin/zsh", "/usr/bin/zsh" }.FirstOrDefault(File.Exists);
        Skip.If(zsh is null || !File.Exists("/usr/bin/script"), "there is no zsh, or no `script` of util-linux to make a terminal with");
        // What stands in the line after Tab is what Ctrl-X writes into a file.
        string typed = $$"""
            PS1='> '; fpath=({{_scripts.Folder}} $fpath); autoload -U compinit; compinit -u -D; unsetopt beep
            keep() { print -r -- "$BUFFER|" > kept; exit }; zle -N keep; bindkey '^X' keep
            {{line}}{{'\t'}}{{'\x18'}}
            """;
        Run("/usr/bin/script", ["-qefc", $"{zsh} -f -i", "/dev/null"], typed);
        Assert.Equal($"{expected}|", File.ReadAllText(_folder.File("kept")).TrimEnd('\n'));
    }

    [Fact]
    public void PowerShell_learns_every_command_and_option_in_balanced_quotes()
    {
        string script = File.ReadAllText(_scripts.Path("pwsh"));
        Assert.Contains("'data fetch' = 'downloads well-known data", script);
        Assert.Contains("'train' = 'trains a script''s model'", script);
        Assert.Contains("'train --save' = '*.safetensors'", script);
        Assert.Contains("'bench --device' = 'auto cpu vulkan opencl all'", script);
        Assert.All(script.Split('\n').Where(l => l.StartsWith("        '", StringComparison.Ordinal)), l => Assert.Equal(0, l.Count(c => c == '\'') % 2));
        Assert.Equal(script.Count(c => c == '{'), script.Count(c => c == '}'));
    }

    [Fact]
    public void Another_shell_is_a_mistake_that_names_those_there_are() => Nn.Run("completion", "fish").Fails(ExitCode.Usage, "bash", "zsh", "pwsh");

    public void Dispose() => _folder.Dispose();

    private (string Out, string Error) Run(string program, string[] args, string? input)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        start.Environment["TERM"] = "dumb";
        start.Environment["HOME"] = _folder.Path;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Flush();
        if (input is null) process.StandardInput.Close();
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(LimitSeconds));
        if (!ended) process.Kill(entireProcessTree: true);
        Assert.True(ended, $"{program} did not end\n{output.Result}");
        return (output.Result, error.Result);
    }

    /// <summary>The scripts of all shells, made once.</summary>
    public sealed class Scripts : IDisposable
    {
        private readonly ScriptFolder _folder = new();

        public Scripts()
        {
            foreach (string shell in new[] { "bash", "zsh", "pwsh" }) _folder.Write(shell == "zsh" ? "_nn" : shell, Nn.Run("completion", shell).Good().Out);
        }

        public string Folder => _folder.Path;

        public string Path(string shell) => _folder.File(shell);

        public void Dispose() => _folder.Dispose();
    }
}
