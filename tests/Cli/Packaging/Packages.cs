using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Nn.Tests.Cli.Packaging;

/// <summary>All packages of this checkout as built, in a folder of their own with its own feed.</summary>
public sealed class Packages : IDisposable
{
    private const int LimitSeconds = 120;

    private readonly ScriptFolder _folder = new();

    public Packages()
    {
        Log = Dotnet(Nn.Root, "pack", "Runtime.sln", "-c", Configuration, "--no-build", "--nologo", "-o", Feed);
        // Packages of others come from where the build has put them; ours must not.
        string others = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _folder.Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="others" value="{others}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>What packing printed.</summary>
    public string Log { get; }

    /// <summary>The folder of the packages.</summary>
    public string Feed => _folder.File("packages");

    /// <summary>The settings that name the feed as the only source.</summary>
    public string Settings => _folder.File("nuget.config");

    /// <summary>The version in Directory.Build.props.</summary>
    public static string Version { get; } = Regex.Match(File.ReadAllText(System.IO.Path.Combine(Nn.Root, "Directory.Build.props")),
        "<Version>(.+)</Version>").Groups[1].Value;

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>A new folder below the feed's settings.</summary>
    public string Below(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>Runs <c>dotnet</c>, which must succeed; what it printed.</summary>
    public string Dotnet(string folder, params string[] args) => Run("dotnet", folder, args);

    /// <summary>Runs a program, which must succeed; what it printed.</summary>
    public string Run(string program, string folder, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NUGET_PACKAGES"] = _folder.File("unpacked");
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // A build server or worker that stays behind would hold the pipes open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        // What the test host says of itself is not for others.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.Ordinal) && k != "MSBUILDDISABLENODEREUSE")
            .ToArray())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(LimitSeconds)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', args)} took longer than {LimitSeconds} s");
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', args)}: exit code {process.ExitCode}\n{output.Result}\n{error.Result}");
        return output.Result + error.Result;
    }

    public void Dispose() => _folder.Dispose();
}
