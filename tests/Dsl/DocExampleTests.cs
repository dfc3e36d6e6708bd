using System.Text.RegularExpressions;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Dsl;

/// <summary>Every piece of a script that the documentation shows means something, and is trained a step.</summary>
public partial class DocExampleTests
{
    private static readonly string[] Statements = ["let", "fn", "layer", "block", "optimizer", "model", "data", "train", "search"];

    private const string Points = "data d { builtin linear, samples: 20 }\ntrain { loss mean(m(x) ^ 2); optimizer adam }";

    private const string Table = "data d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";

    // What pieces that are no whole script need, by their first lines.
    private static readonly Dictionary<string, string> Rest = new()
    {
        ["search bayes, trials: 20, folds: 5, minimize: val_loss {"] = "let hidden = 8\nlet act = relu\nmodel m { dense hidden, act; dense 1 }\n" + Table,
        ["search bayes, trials: 30, folds: 5, maximize: val_accuracy {"] =
            "let hidden = 8\nlet act = relu\nlet lr = 1e-3\nfn swish(x, beta = 1) = x * sigmoid(beta * x)\nmodel m { dense hidden, act; dense classes, "
                + "softmax }\ndata d { builtin moons, samples: 20 }\ntrain { loss cross_entropy; optimizer adam(lr: lr); metrics accuracy }",
        ["fn swish(x, beta = 1) = x * sigmoid(beta * x)"] =
            "model m { dense 32, swish; dense 8, swish(beta: 1.5); dense 1 }\ndata d { builtin linear, samples: 20 }\n"
                + "train { loss huber(m(x), y, delta: 2); optimizer adam }",
        ["layer scale(start = 1) {"] = "model m { scale; scale 2; dense 1 }\n" + Table,
        ["layer norm_of_batch(momentum = 0.1, eps = 1e-5) {"] = "model m { dense 3; norm_of_batch; dense 1 }\n" + Table,
        ["layer squeeze_excite(part = 4) {"] = "model m { conv 8, 3x3; squeeze_excite; avgpool global; dense 1 }\ndata d { builtin digits, samples: 20 }\n"
            + "train { loss mean(m(x) ^ 2); optimizer adam }",
        ["layer experts(k = 2) {"] = "model m { experts; dense 1 }\n" + Points,
        ["layer rotary_attention(width) {"] = "model m { dense 12; reshape 3x4; rotary_attention 2; flatten; dense 1 }\n" + Points,
        ["layer spectral_dense(units) {"] = "model m { spectral_dense 4; dense 1 }\n" + Points,
        ["layer flow(steps, hidden = 16) {"] = "model m { flow 3; dense 1 }\n" + Points,
        ["layer mgu(units) {"] = "model m { reshape 2x1; mgu 3; dense 1 }\n" + Points,
        ["optimizer lion(lr = 1e-3, b1 = 0.9, b2 = 0.99) {"] =
            "model m { dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer lion(lr: 1e-2) }",
        ["train on mnist {"] =
            "model generator { dense 784, sigmoid }\nmodel discriminator { dense 16, relu; dense 1, sigmoid }\ndata mnist { builtin digits, samples: 200 }",
    };

    public sealed record Piece(string File, int Line, string Language, string Text)
    {
        public string First => Text.Split('\n')[0];

        public override string ToString() => $"{File}:{Line}";
    }

    public static TheoryData<string> Scripts => [.. Pieces().Where(IsScript).Select(p => p.ToString())];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_script_is_trained_a_step(string place)
    {
        Piece piece = Pieces().Single(p => p.ToString() == place);
        bool whole = Statement().Matches(piece.Text).Select(m => m.Value.Trim()).Intersect(["model", "data", "train"]).Count() == 3;
        Assert.True(whole || Rest.ContainsKey(piece.First), $"{place} is no whole script: say in this test what it needs");
        string text = whole ? piece.Text : $"{piece.Text}\n{Rest[piece.First]}\n";
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(new SourceText(place, text), BindOptions.None,
            spec => (data = DataLoader.Load(spec with { Samples = Math.Min(spec.Samples ?? 200, 200) }, [])).Schema);
        using var session = new TrainingSession(new ReferenceBackend(), bound.Training! with { Batch = Math.Min(bound.Training!.Batch, 4) }, data!);
        new Trainer(session).Run(default, steps: 1);
        Assert.All(session.Plan.Slots.Parameters, p => Assert.All(session.Read<float>(p.Value), v => Assert.True(float.IsFinite(v), p.Key.Name)));
    }

    /// <summary>The message that the first page shows is the one that the mistake gets.</summary>
    [Fact]
    public void The_mistake_that_is_shown_is_told_so()
    {
        Piece piece = Pieces().Single(p => p.First.StartsWith("wave.nn:4:", StringComparison.Ordinal));
        string line = piece.Text.Split('\n')[1][" 4 | ".Length..];
        Assert.Equal(piece.Text,
            Dsl.Scripts.Mistakes("wave.nn", $"data d {{ builtin digits }}\n\ntrain {{ loss cross_entropy; optimizer adam }}\n{line}\n").TrimEnd());
    }

    /// <summary>What is no script is a program, which other tests compile, a line for a shell, or a picture; nothing else is shown.</summary>
    [Fact]
    public void Every_piece_is_of_a_kind_that_is_held()
    {
        string[] shells = ["$ ./nn ", "$ nn ", "$ curl ", "./nn ", "nn ", "dotnet ", "cd ", "npx "];
        string[] shown =
        [
            "nn> :load examples/xor.nn", "wave.nn:4:22: error: there is no 'rleu' here",
            "src/Dsl/              prelude.nn, what of the language is written in it",
        ];
        string[] unknown =
        [
            .. Pieces().Where(p => p.Language switch
            {
                // tests/Cli/Packaging compiles and runs those of these two.
                "csharp" => p.File is not ("README.md" or "docs/embedding.md"),
                "" => !IsScript(p) && !shells.Any(s => p.First.StartsWith(s, StringComparison.Ordinal)) && !shown.Contains(p.First),
                _ => p.Language is not ("lua" or "toml" or "elisp" or "c" or "mermaid"),
            }).Select(p => $"{p}: {p.First}"),
        ];
        Assert.Empty(unknown);
        Assert.True(Pieces().Count() >= 25, "the documentation was not found");
    }

    private static bool IsScript(Piece p) => p.Language is "" or "nn" && Statements.Contains(p.First.Split(' ')[0]);

    private static IEnumerable<Piece> Pieces()
    {
        string root = Dsl.Scripts.Root;
        string[] files = ["README.md", "kernels/README.md", .. Directory.GetFiles(Path.Combine(root, "docs"), "*.md"),
            .. Directory.GetDirectories(Path.Combine(root, "editors")).Select(d => Path.Combine(d, "README.md")).Where(File.Exists)];
        foreach (string file in files.Select(f => Path.GetRelativePath(root, Path.Combine(root, f)).Replace('\\', '/')).Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllLines(Path.Combine(root, file));
            for (int i = 0; i < lines.Length; i++)
            {
                if (!lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal)) continue;
                int start = i++;
                while (i < lines.Length && !lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal)) i++;
                yield return new Piece(file, start + 1, lines[start].Trim()[3..], string.Join('\n', lines[(start + 1)..i]));
            }
        }
    }

    [GeneratedRegex("^(model|data|train) ", RegexOptions.Multiline)]
    private static partial Regex Statement();
}
