namespace Nn.Repl.Help;

/// <summary>The order in which help shows the commands, and lines to begin with. A new command is named here, under what it is for.</summary>
internal static class CommandGuide
{
    /// <summary>The commands by what they are for.</summary>
    public static IReadOnlyList<(string Title, string[] Commands)> Groups { get; } =
    [
        ("Train", ["train", "search", "cv", "play", "runs", "report"]),
        ("Use a trained model", ["eval", "predict", "generate", "sample", "export", "import"]),
        ("Write and understand a script", ["repl", "check", "fmt", "explain", "summary", "graph", "plan", "data", "gradcheck", "help"]),
        ("Devices and speed", ["devices", "doctor", "bench", "profile", "memory", "compare", "tune"]),
        ("Around nn", ["lsp", "completion"]),
    ];

    /// <summary>Command lines that show what a command is good for.</summary>
    public static IReadOnlyDictionary<string, string[]> Examples { get; } = new Dictionary<string, string[]>
    {
        [""] = ["nn                              # a session: statements and commands", "nn train examples/digits.nn", "nn predict xor.nn --model xor.safetensors 0 1"],
        ["train"] = ["nn train digits.nn --epochs 3 --save digits.safetensors", "nn train digits.nn --set lr=1e-4 --device vulkan --run"],
        ["search"] = ["nn search iris.nn --trials 20", "nn search iris.nn --resume --write"],
        ["cv"] = ["nn cv iris.nn --folds 5"],
        ["report"] = ["nn report runs/digits-1 --out report.html"],
        ["eval"] = ["nn eval digits.nn --model digits.safetensors"],
        ["predict"] = ["nn predict xor.nn --model xor.safetensors 0 1", "nn predict digits.nn --model digits.safetensors seven.png"],
        ["generate"] = ["nn generate shakespeare.safetensors --prompt \"To be\" --length 200"],
        ["sample"] = ["nn sample gan.nn --model gan.safetensors --out sheet.png"],
        ["export"] = ["nn export digits.safetensors --to digits.onnx"],
        ["import"] = ["nn import weights.npz --into digits.nn --save digits.safetensors", "nn import model.onnx"],
        ["summary"] = ["nn summary digits.nn"],
        ["graph"] = ["nn graph digits.nn --out digits.svg"],
        ["plan"] = ["nn plan digits.nn --device opencl"],
        ["data"] = ["nn data titanic.nn", "nn data fetch mnist"],
        ["bench"] = ["nn bench digits.nn --device all"],
        ["compare"] = ["nn compare digits.nn --steps 10"],
        ["help"] = ["nn help adam", "nn help losses"],
        ["completion"] = ["nn completion bash > ~/.local/share/bash-completion/completions/nn"],
        ["repl"] = ["nn repl digits.nn", "nn -c ':load digits.nn' -c ':train 2 epochs' -c ':eval'"],
    };
}
