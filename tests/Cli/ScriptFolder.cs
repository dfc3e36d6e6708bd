namespace Nn.Tests.Cli;

/// <summary>A folder with scripts and data for one test, deleted with everything in it.</summary>
/// <param name="within">Whether commands run within this process, which saves their start; the test belongs to <see cref="OwnConsole"/> then.</param>
public sealed class ScriptFolder(bool within = false) : IDisposable
{
    /// <summary>A script that trains in no time.</summary>
    public const string Small = """
        let width = 4
        model m { dense width, tanh; dropout 0.1; dense 1, sigmoid }
        data d { builtin linear, samples: 90; split 80/20 }
        train { loss bce; optimizer adam(lr: 0.01); epochs 4; batch 16; metrics accuracy }
        """;

    public string Path { get; } = Directory.CreateTempSubdirectory("nn-cli-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    /// <summary>Runs the program in this folder.</summary>
    internal Outcome Run(params string[] args) => within ? Nn.RunWithin(Path, args) : Nn.RunIn(Path, null, args);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
