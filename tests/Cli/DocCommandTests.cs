using System.Text.RegularExpressions;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Cli;

/// <summary>Every command of the program that a piece of the documentation shows is run as it stands there.</summary>
public sealed partial class DocCommandTests : IDisposable
{
    // The names that the commands use: a script of four layers, weights of it, and weights of another program for two of them.
    private const string Script = """
        model m { dense 4; dense 3, relu; dense 3; dense 1, bias: false }
        data d { builtin linear, samples: 20; split 50/50; normalize none }
        train { loss mse; optimizer adam; epochs 1 }
        """;

    // What is not run here, and why.
    private static readonly Dictionary<string, string> NotRun = new()
    {
        ["play"] = "it serves a page until it is ended; tests/Browser opens it",
        ["serve"] = "it answers until it is ended; the tests of Serving ask it",
        ["--version"] = "it is that of the installed tool; the tests of packages run it",
    };

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_does_what_it_says()
    {
        _folder.Write("script.nn", Script);
        Directory.CreateDirectory(_folder.File("examples"));
        File.Copy(Nn.Example("digits.nn"), _folder.File("examples/digits.nn"));
        _folder.Run("train", "script.nn", "--quiet", "--save", "model.safetensors").Good();
        _folder.Run("export", "model.safetensors", "--to", "weights.safetensors", "--quiet").Good();
        int run = 0;
        foreach ((string place, string[] words) in Commands())
        {
            if (NotRun.ContainsKey(words[0])) continue;
            if (words.Contains("--map")) Foreign("weights.npz");
            Outcome outcome = _folder.Run(words);
            Assert.True(outcome is { Code: 0, Error: "" or "nn: nothing was written; add --save model.nn, which also writes the weights\n" },
                $"{place}: nn {string.Join(' ', words)}: exit code {outcome.Code}\n{outcome.Error}");
            if (Array.IndexOf(words, "--save") is >= 0 and var at) Assert.True(File.Exists(_folder.File(words[at + 1])), place);
            if (Array.IndexOf(words, "--to") is >= 0 and var to) Assert.True(File.Exists(_folder.File(words[to + 1])), place);
            run++;
        }

        Assert.True(run >= 8, $"{run} commands were found");
    }

    [Fact]
    public void What_is_not_run_is_still_shown()
    {
        string[] shown = [.. Commands().Select(c => c.Words[0])];
        Assert.All(NotRun.Keys, name => Assert.Contains(name, shown));
    }

    // Weights with other names, outputs first.
    private void Foreign(string name)
    {
        NumpyArray Ones(params int[] shape) => NumpyArray.Of(new Shape(shape), [.. Enumerable.Repeat(1f, shape.Aggregate(1, (a, b) => a * b))]);
        Npz.Save(_folder.File(name), new Dictionary<string, NumpyArray>
        {
            ["encoder.fc.weight"] = Ones(4, 2),
            ["encoder.fc.bias"] = Ones(4),
            ["mid1.weight"] = Ones(3, 4),
            ["mid1.bias"] = Ones(3),
            ["mid2.weight"] = Ones(3, 3),
            ["mid2.bias"] = Ones(3),
            ["head.weight"] = Ones(1, 3),
        });
    }

    // Lines of pieces that begin with the program, without a comment after them.
    private static IEnumerable<(string Place, string[] Words)> Commands()
    {
        string[] files = ["README.md", "kernels/README.md", .. Directory.GetFiles(Path.Combine(Nn.Root, "docs"), "*.md"),
            .. Directory.GetDirectories(Path.Combine(Nn.Root, "editors")).Select(d => Path.Combine(d, "README.md")).Where(File.Exists)];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            bool inside = false;
            foreach (string line in File.ReadAllLines(Path.Combine(Nn.Root, file)))
            {
                if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) inside = !inside;
                else if (inside && Program().Match(line) is { Success: true } m)
                    yield return ($"{file}: {line}", [.. Word().Matches(m.Groups[1].Value).Select(w => w.Value.Trim('"'))]);
            }
        }
    }

    [GeneratedRegex(@"^(?:\$ )?(?:\./)?nn ([^#]*)")]
    private static partial Regex Program();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
