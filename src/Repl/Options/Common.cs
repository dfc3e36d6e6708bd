using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Nn.Repl.Diagrams;

namespace Nn.Repl.Options;

/// <summary>The options that most commands share.</summary>
internal static class Common
{
    public static readonly Argument<string> File = new("file") { Description = "the script" };
    public static readonly Argument<string[]> Inputs = new("inputs")
    {
        Description = "numbers: the features of one sample, or of several; or COLUMN=VALUE, images, or a table",
        Arity = ArgumentArity.ZeroOrMore,
    };
    public static readonly Option<string?> Predictions = new("--out") { Description = "the CSV file to write: a table with its predictions" };
    public static readonly Option<DeviceRequest> Device = new("--device")
    {
        Description = DeviceChoice.Forms,
        DefaultValueFactory = _ => DeviceRequest.Default,
        CustomParser = r => DeviceRequest.Parse(r.Tokens[0].Value),
    };
    public static readonly Option<string[]> Set = new("--set") { Description = "a value in place of the script's let; may be given several times" };
    public static readonly Option<uint?> Seed = Whole<uint>("--seed", "seed in place of the script's");
    public static readonly Option<int?> Epochs = Whole<int>("--epochs", "epochs in place of the script's");
    public static readonly Option<bool> Json = new("--json") { Description = "events as JSON lines" };
    public static readonly Option<bool> Quiet = new("--quiet") { Description = "no progress" };
    public static readonly Option<string?> Save = new("--save") { Description = "checkpoint to write at the end, or when interrupted" };
    public static readonly Option<string?> Resume = new("--resume") { Description = "checkpoint to go on from" };
    public static readonly Option<string?> Run = new("--run")
    {
        Description = "keeps the run in a folder: runs/SCRIPT-1, or in the folder named",
        Arity = ArgumentArity.ZeroOrOne
    };
    public static readonly Option<string?> Model = new("--model") { Description = "checkpoint of the trained model" };
    public static readonly Option<string?> Best = new("--best")
    {
        Description = "values of the best trial of nn search; --best FILE: of the results in that file",
        Arity = ArgumentArity.ZeroOrOne
    };
    public static readonly Option<int?> Trials = Whole<int>("--trials", "trials in place of the script's");
    public static readonly Option<string?> Results = new("--out") { Description = "file of the results; without it the one beside the script" };
    public static readonly Option<bool> GoOn = new("--resume") { Description = "goes on from the results" };
    public static readonly Option<bool> Write = new("--write") { Description = "writes the best values into the script" };
    public static readonly Option<int> Folds = new("--folds") { Description = "parts of the training data, each held out once", DefaultValueFactory = _ => 5 };
    public static readonly Option<string?> To = new("--to") { Description = "file to write: .onnx, .safetensors or .npz" };
    public static readonly Option<string?> Prompt = new("--prompt") { Description = "the text to go on from; without it a new line" };
    public static readonly Option<int?> Length = Whole<int>("--length", "characters to write; without it 500");
    public static readonly Option<double> Temperature = new("--temperature")
    {
        Description = "how bold: 0 always takes the likeliest character, 1 draws as the model says",
        DefaultValueFactory = _ => 1,
        CustomParser = Heat
    };
    public static readonly Option<int?> TopK = Whole<int>("--top-k", "draws among the so many likeliest characters only");
    public static readonly Option<double?> TopP = new("--top-p")
    {
        Description = "draws among the fewest likeliest characters that have this share of the probability together, such as 0.9",
        CustomParser = r => Positive("--top-p", r),
    };
    public static readonly Option<string?> Part = new("--part") { Description = "for ONNX: one model of several, such as decoder" };
    public static readonly Option<string?> Into = new("--into") { Description = "the script whose models the weights are for" };
    public static readonly Option<string?> Map = new(
        "--map")
    { Description = "their names and the script's, such as fc1=dense_1,fc2.weight=dense_2.weight, or a file with such" };
    public static readonly Option<int> Steps = new("--steps") { Description = "steps of the epoch to compare; 0: all" };
    public static readonly Option<string[]> Commands = new("--command",
        "-c")
    { Description = "a line for the session, in place of typing it; may be given several times" };
    public static readonly Option<bool> Operations = new("--operations") { Description = "what a training step computes, in place of the layers" };
    public static readonly Option<string?> Format = OneOf("--format", Diagram.Formats, "without it what the ending of --out says");
    public static readonly Option<string> Entry = new("--entry") { Description = "train, train_tail, evaluate, predict", DefaultValueFactory = _ => "train" };
    public static readonly Option<string?> Drawing = new("--out") { Description = "the file to write; without it standard output" };
    public static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "time to measure",
        DefaultValueFactory = _ => 3,
        CustomParser = r => Positive("--seconds", r)
    };
    public static readonly Option<double> Limit = new("--limit")
    {
        Description = "seconds that a driver may take for a step",
        DefaultValueFactory = _ => LimitSeconds,
        CustomParser = r => Positive("--limit", r),
    };

    /// <summary>Seconds that a step of a driver may take unless the user says otherwise: software drivers compile slowly, and machines may be busy.</summary>
    private const double LimitSeconds = 120;

    public static IReadOnlyList<Option> All { get; } = [Device, Set, Seed, Epochs, Json, Quiet];

    private static Option<T?> Whole<T>(string name, string description) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        CustomParser = r =>
        {
            if (T.TryParse(r.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out T value)) return value;
            r.AddError($"{name} {r.Tokens[0].Value}: write a whole number, 0 or more");
            return null;
        },
    };

    private static Option<string?> OneOf(string name, IReadOnlyList<string> values, string otherwise)
    {
        var option = new Option<string?>(name) { Description = $"{string.Join(", ", values)}; {otherwise}" };
        option.CompletionSources.Add([.. values]);
        return option;
    }

    private static double Heat(ArgumentResult r)
    {
        string text = r.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1e6) return value;
        r.AddError($"--temperature {text}: write a number, 0 or more, such as 0.8");
        return 0;
    }

    private static double Positive(string name, ArgumentResult r)
    {
        string text = r.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1e6) return value;
        r.AddError($"{name} {text}: write a number above 0, such as 0.5");
        return 0;
    }
}
