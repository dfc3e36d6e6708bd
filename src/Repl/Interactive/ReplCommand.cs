namespace Nn.Repl;

/// <summary>A <c>:command</c> of the REPL.</summary>
/// <param name="Name">Without the colon.</param>
/// <param name="Arguments">As shown in help.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Run">Does it, given the words after the name.</param>
internal sealed record ReplCommand(string Name, string Arguments, string Summary, Action<ReplSession, string[]> Run)
{
    // With arguments that one may begin with.
    private static readonly Dictionary<string, string> Examples = new()
    {
        ["help"] = "adam",
        ["load"] = "examples/xor.nn",
        ["drop"] = "search",
        ["train"] = "3 epochs",
        ["serve"] = "8080",
        ["set"] = "lr=1e-4",
        ["device"] = "vulkan",
        ["search"] = "20",
        ["cv"] = "10",
        ["predict"] = "0 1",
        ["generate"] = "To be",
        ["plot"] = "weights > weights.svg",
        ["show"] = "dense_1.weight",
        ["graph"] = "> net.svg",
        ["bench"] = "all",
        ["save"] = "model.safetensors",
        ["open"] = "model.safetensors",
        ["export"] = "model.onnx",
        ["import"] = "weights.safetensors",
        ["sample"] = "sheet.png",
    };

    /// <summary>A line.</summary>
    public string Example => $":{Name} {Examples.GetValueOrDefault(Name)}".TrimEnd();

    /// <summary>Splits a line into words; quotes keep spaces.</summary>
    public static string[] Words(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        bool quoted = false, begun = false;
        foreach (char c in line)
        {
            if (c == '"')
            {
                (quoted, begun) = (!quoted, true);
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (begun) words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        if (begun) words.Add(word.ToString());
        return [.. words];
    }
}
