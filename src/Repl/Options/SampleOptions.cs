using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Nn.Repl.Options;

/// <summary>Options about pictures of samples, and about fetching data.</summary>
internal static class SampleOptions
{
    public static readonly Option<string?> Of = new("--of") { Description = "the model that makes them, where there are several" };
    public static readonly Option<int> Count = new("--count", "-n")
    {
        Description = "how many, 1 to 4096",
        DefaultValueFactory = _ => 64,
        CustomParser = Pictures
    };
    public static readonly Option<string> Picture = new("--out") { Description = "the PNG file to write", DefaultValueFactory = _ => "samples.png" };
    public static readonly Option<string?> Folder = new("--samples") { Description = "a folder for a picture of samples after each epoch" };
    public static readonly Option<string?> From = new("--from") { Description = "address of a folder that has the files, in place of the usual one" };

    private static int Pictures(ArgumentResult r)
    {
        string text = r.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= 4096) return value;
        r.AddError($"--count {text}: write a whole number from 1 to 4096");
        return 0;
    }
}
