using System.Diagnostics;
using System.Text;
using Nn.Repl;

namespace Nn.Tests.Cli;

/// <summary>What a run of the program left: its exit code and all it wrote.</summary>
internal sealed record Outcome(int Code, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>It did what it was asked and had nothing to complain about.</summary>
    public Outcome Good()
    {
        Assert.True(Code == 0, $"exit code {Code}\n{Error}\n{Out}");
        Assert.Equal("", Error);
        return this;
    }

    /// <summary>It failed with that code and a message for people: one that contains the given parts and no stack trace.</summary>
    public Outcome Fails(ExitCode code, params string[] parts)
    {
        Assert.True(Code == (int)code, $"exit code {Code}, not {(int)code}\n{Error}\n{Out}");
        foreach (string part in parts) Assert.Contains(part, Error);
        Assert.DoesNotContain("   at ", Error + Out);
        Assert.DoesNotContain("Exception", Error + Out);
        Assert.DoesNotContain("defect of nn", Error);
        return this;
    }
}

/// <summary>Runs the program that was built beside these tests, in the same configuration.</summary>
internal static class Nn
{
    // Far more than any run takes, also on a busy machine whose GPU drivers compile on the processor.
    private const int LimitSeconds = 180;

    // As the program's own main thread has it.
    private const int StackBytes = 16 << 20;

    private static readonly string[] Settings = ["NN_DATA", "NN_DEVICE", "NN_THREADS", "NN_DEBUG"];

    public static string Root => Checkout.Root;

    /// <summary>The program: tests/Cli/bin/X/Y here means src/Repl/bin/X/Y there.</summary>
    public static string Program { get; } = Path.Combine(
        Root, "src", "Repl", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "nn.dll");

    /// <summary>The folder with real data: <c>$NN_DATA</c>, or shared/data beside the checkout; null where there is none.</summary>
    public static string? Data => Checkout.Data;

    /// <summary>An example script.</summary>
    public static string Example(string name) => Path.Combine(Root, "examples", name);

    /// <summary>Runs the program to its end.</summary>
    public static Outcome Run(params string[] args) => RunIn(Root, null, args);

    /// <summary>Runs it in a folder, but within this process; the test belongs to <see cref="OwnConsole"/>.</summary>
    public static Outcome RunWithin(string folder, params string[] args)
    {
        (string from, TextWriter output, TextWriter error) = (Directory.GetCurrentDirectory(), Console.Out, Console.Error);
        Dictionary<string, string?> before = Settings.ToDictionary(s => s, Environment.GetEnvironmentVariable);
        using StringWriter said = new(), complained = new();
        try
        {
            foreach (string name in Settings) Environment.SetEnvironmentVariable(name, null);
            Environment.SetEnvironmentVariable("NN_DEVICE", "cpu");
            Directory.SetCurrentDirectory(folder);
            Console.SetOut(said);
            Console.SetError(complained);
            int code = 0;
            var main = new Thread(() => code = CommandLine.Guarded(args), StackBytes);
            main.Start();
            Assert.True(main.Join(LimitSeconds * 1000), $"nn {string.Join(' ', args)} took longer than {LimitSeconds} s");
            return new Outcome(code, said.ToString().ReplaceLineEndings("\n"), complained.ToString().ReplaceLineEndings("\n"));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Directory.SetCurrentDirectory(from);
            foreach ((string name, string? value) in before) Environment.SetEnvironmentVariable(name, value);
        }
    }

    /// <summary>Runs it with real data in <c>NN_DATA</c>, or the test is skipped.</summary>
    public static Outcome RunWithData(string needed, params string[] args)
    {
        Skip.If(Data is null || !Path.Exists(Path.Combine(Data, needed)), $"there is no {needed} in $NN_DATA or in shared/data beside the checkout");
        return RunIn(Root, Data, args);
    }

    /// <summary>Runs it in a folder.</summary>
    public static Outcome RunIn(string folder, string? data, params string[] args) => Finish(Start(folder, data, args), args);

    /// <summary>Runs it in a folder with a cache of its own.</summary>
    public static Outcome RunWithCache(string folder, string cache, params string[] args) => Finish(Start(folder, null, null, ("NN_CACHE", cache), args), args);

    /// <summary>Runs it with an environment variable.</summary>
    public static Outcome RunWith(string variable, string value, params string[] args) => Finish(Start(Root, null, null, (variable, value), args), args);

    /// <summary>Runs it with environment variables.</summary>
    public static Outcome RunWith((string Name, string Value)[] variables, params string[] args) =>
        Finish(Process.Start(Info(Root, null, null, variables, args))!, args);

    /// <summary>Runs it with something to read on standard input, and its state in a folder of its own.</summary>
    public static Outcome RunWithInput(string input, string state, params string[] args)
    {
        Process process = Start(Root, null, null, ("NN_STATE", state), args, input: true);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return Finish(process, args);
    }

    /// <summary>Starts it with a standard input to write to; the caller watches its output.</summary>
    public static Process StartWithInput(string? data, (string Name, string Value)? variable, params string[] args) =>
        Start(Root, data, null, variable, args, input: true);

    /// <summary>As <see cref="RunWithInput"/>, in a folder; the input may be long.</summary>
    public static Outcome RunWithInputIn(string folder, string input, string state, params string[] args)
    {
        Process process = Start(folder, null, null, ("NN_STATE", state), args, input: true);
        // Who writes much before anybody reads the answers would wait for ever.
        var writer = new Thread(() =>
        {
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // The session has ended before its input did; its answers tell.
            }
        })
        { IsBackground = true };
        writer.Start();
        return Finish(process, args);
    }

    private static Outcome Finish(Process started, string[] args)
    {
        using Process process = started;
        var output = new StringBuilder();
        var error = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(error, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(LimitSeconds * 1000);
        if (!ended) process.Kill();
        process.WaitForExit();
        Assert.True(ended, $"nn {string.Join(' ', args)} took longer than {LimitSeconds} s");
        return new Outcome(process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Starts it; the caller watches its output.</summary>
    public static Process Start(string folder, string? data, params string[] args) => Start(folder, data, null, null, args);

    /// <summary>Starts it with so many threads.</summary>
    public static Process Start(string folder, string? data, int? threads, params string[] args) => Start(folder, data, threads, null, args);

    private static Process Start(string folder, string? data, int? threads, (string Name, string Value)? variable, string[] args, bool input = false) =>
        Process.Start(Info(folder, data, threads, variable is { } v ? [v] : [], args, input))!;

    private static ProcessStartInfo Info(string folder, string? data, int? threads, (string Name, string Value)[] variables, string[] args, bool input = false)
    {
        var info = new ProcessStartInfo("dotnet", [Program, .. args])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = input,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string name in Settings) info.Environment.Remove(name);
        // Starting the GPU drivers would take longer than most of these runs.
        info.Environment["NN_DEVICE"] = "cpu";
        foreach ((string name, string value) in variables) info.Environment[name] = value;
        if (data is not null) info.Environment["NN_DATA"] = data;
        if (threads is { } count) info.Environment["NN_THREADS"] = count.ToString();
        return info;
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null) text.Append(line).Append('\n');
    }
}
