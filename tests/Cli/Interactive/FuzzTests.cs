using System.Text;
using Nn.Networks.Figures;
using Nn.Networks.Inspection;
using Nn.Repl.Commands;

namespace Nn.Tests.Cli.Interactive;

/// <summary>Lines that nobody planned for: whatever is typed, a session answers and lives on.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Lines = 2000;

    private static readonly string[] Names = ["net", "other", "d", "points", "hidden", "lr", "act", "swish", "unit", "own", "dense_1", "step", "lbfgs", "x",
        "y", "it", "nowhere.nn", "a.safetensors"];

    private static readonly string[] Numbers = ["0", "1", "2", "3", "-1", "0.5", "1e-3", "1e400", "50%", "3x3", "28x28x1", "80/20", "1..4", "0.1 -> 0.01",
        "[1, 2]", "\"text\"", "1 epochs", "99999999999"];

    // Data stay small, so that two thousand lines take seconds.
    private static readonly string[] Sources = ["builtin xor", "builtin moons, samples: 40", "builtin sine, samples: 30",
        "builtin blobs, samples: 30, classes: 3", "builtin digits, samples: 20", "csv \"none.csv\"", "builtin nothing"];

    private static readonly string[] Losses = ["mse", "bce", "cross_entropy", "mae + 1e-3 * l2", "mse(net(x), y)", "nothing", "mean(net(x) ^ 2)"];

    private readonly string _folder = Directory.CreateTempSubdirectory("nn-fuzz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Random_lines_end_no_session_and_find_no_defect()
    {
        var random = new Random(20);
        // One statement that is wrong makes all others wait for it: now and then a script that is right begins anew.
        File.WriteAllText(Path.Combine(_folder, "points.nn"),
            "let hidden = 3\nmodel net { dense hidden, tanh; dense classes, softmax }\ndata d { builtin moons, samples: 40; split 80/20 }\ntrain { loss "
                + "cross_entropy; optimizer adam; epochs 2; batch 8; metrics accuracy }\nsearch grid { hidden in [2, 3] }\n");
        File.WriteAllText(Path.Combine(_folder, "images.nn"),
            "model net { conv 2, 3x3, relu; flatten; dense classes, softmax }\ndata d { builtin digits, samples: 20; split 50/50 }\ntrain { loss "
                + "cross_entropy; optimizer sgd; epochs 1; batch 5 }\n");
        var typed = new StringBuilder();
        for (int i = 0; i < Lines; i++) typed.Append(i % 20 == 0 ? $":load {One(random, ["points.nn", "images.nn"])}" : Line(random)).Append('\n');
        Outcome o = Nn.RunWithInputIn(_folder, typed + ":reset\n:load nowhere\n:mark\n", Path.Combine(_folder, "state"), "repl");
        Assert.True(!o.Out.Contains("defect of nn"), string.Join('\n', o.Out.Split('\n').Where(l => l.Contains("defect of nn")).Distinct()));
        Assert.Contains("there is no command :mark", o.Out);
        // The code of the last mistake, as for any session that nobody watches.
        Assert.Equal((int)ExitCode.Usage, o.Code);
    }

    private static string Line(Random r)
    {
        string text = r.Next(30) switch
        {
            0 => $"let {One(r, Names)} = {Expression(r, 2)}",
            1 => $"fn {One(r, Names)}(x{(r.Next(2) == 0 ? $", {One(r, Names)} = {One(r, Numbers)}" : "")}) = {Expression(r, 3)}",
            2 => $"model {One(r, ["net", "net", "other"])} {{ {Layers(r)} }}",
            3 => $"data {One(r, ["d", "points"])} {{ "
                + $"{One(r, Sources)}{(r.Next(3) == 0 ? "; split 80/20" : "")}"
                + $"{(r.Next(5) == 0 ? $"; normalize {One(r, ["standard", "range: 0..1", "5"])}" : "")} }}",
            4 => $"train{(r.Next(3) == 0 ? " net" : "")}{(r.Next(3) == 0 ? " on d" : "")} {{ loss {One(r, Losses)}; optimizer "
                + $"{One(r, ["sgd", "adam(lr: lr)", "lbfgs", "sgd(lr: 1e9)", "none"])}; epochs {r.Next(3)}; batch {One(r, ["4", "all", "0", "hidden"])} }}",
            5 => $"search {One(r, ["grid", "random", "bayes"])}, trials: {r.Next(3)} {{ {One(r, Names)} in {One(r, ["[1, 2]", "1..3", "log(1e-3..1e-1)"])} }}",
            _ => Command(r),
        };
        // Now and then a character too many, one too few, or the rest cut off.
        string typed = r.Next(12) switch
        {
            0 => text.Insert(r.Next(text.Length), One(r, ["{", "}", "(", "\"", ";", "#", "\t", "é", "\\", ":", "…"])),
            1 => text.Remove(r.Next(text.Length), 1),
            2 => text[..r.Next(text.Length)],
            _ => text,
        };
        // The page alone, its name cut short or not, would wait for Ctrl-C.
        return typed.Trim() is { Length: > 3 } page && ":serve".StartsWith(page, StringComparison.Ordinal) ? ":serve x" : typed;
    }

    private static string Command(Random r)
    {
        string name = One(r, [.. CommandTable.All.Where(c => c.Session is not null).Select(c => c.Name).Except(Slow)]);
        string[] words = name switch
        {
            "train" => [r.Next(2) == 0 ? "" : $"{r.Next(3)} {One(r, ["steps", "epochs", "years"])}"],
            "set" => [$"{One(r, Names)}={One(r, Numbers)}"],
            "plot" => [One(r, [.. Plots.EveryKind]), r.Next(4) == 0 ? $"> p{One(r, [".svg", ".png", ".gif", ""])}" : ""],
            "save" or "export" or "sample" or "open" or "load" or "import" => [$"f{r.Next(3)}{One(r, [".nn", ".safetensors", ".npz", ".onnx", ".png", ""])}"],
            "graph" => [One(r, ["", "operations", "> g.svg", "> g.x", "nothing"])],
            "device" => [One(r, ["cpu", "", "gpu", "reference"])],
            "serve" => ["x"],
            "search" => [One(r, ["1", "0", "resume", "many"])],
            "cv" => [One(r, ["2", "1", "0", "x"])],
            _ => [r.Next(3) == 0 ? One(r, Names) : "", r.Next(6) == 0 ? One(r, Numbers) : ""],
        };
        return $":{name} {string.Join(' ', words)}".TrimEnd();
    }

    // Measurements and drivers, which take a second each; and the end.
    private static readonly string[] Slow = ["quit", "bench", "profile", "compare", "devices", "gradcheck"];

    private static string Layers(Random r) => string.Join("; ", Enumerable.Range(0, r.Next(4)).Select(_ => r.Next(9) switch
    {
        0 => $"dense {One(r, ["1", "2", "classes", "hidden", "0", "1e9"])}, {One(r, ["tanh", "relu", "sigmoid", "softmax", "swish", "own"])}",
        1 => "flatten",
        2 => $"conv {r.Next(4)}, {One(r, ["3x3", "99x99", "1"])}, same",
        3 => $"residual {{ dense {r.Next(4)} }}",
        4 => $"dropout {One(r, Numbers)}",
        5 => One(r, Names),
        6 => $"repeat {r.Next(3)} {{ dense 2 }}",
        7 => $"{One(r, Names)} = dense 2",
        _ => "batchnorm",
    }));

    private static string Expression(Random r, int depth) => depth == 0 || r.Next(4) == 0 ? One(r, r.Next(2) == 0 ? Names : Numbers) : r.Next(5) switch
    {
        0 => $"{One(r, ["exp", "sum", "max", "tanh", "sigmoid", "normal", "size", "nothing"])}({Expression(r, depth - 1)})",
        1 => $"if {Expression(r, depth - 1)} > 0 then {Expression(r, depth - 1)} else {Expression(r, depth - 1)}",
        2 => $"x[{One(r, ["0..1", "..", "5..9", ".., 0"])}]",
        _ => $"{Expression(r, depth - 1)} {One(r, ["+", "-", "*", "/", "^", "@", "<"])} {Expression(r, depth - 1)}",
    };

    private static string One(Random r, string[] of) => of[r.Next(of.Length)];

    private static class Plots
    {
        public static IEnumerable<string> EveryKind => FigureKinds.All.Select(k => k.Name).Append("").Append("nothing");
    }
}
