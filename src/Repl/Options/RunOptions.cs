using System.CommandLine;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Repl.Options;

/// <summary>Parsed options.</summary>
internal sealed record RunOptions(string File, DeviceRequest Device, BindOptions Bind, bool Json, bool Quiet, string? Save, string? Resume, string? Model)
{
    /// <summary>The script and its data, where they are open already.</summary>
    public Project? Project { get; init; }

    /// <summary>The folder in which the run gets one of its own; null where it is not kept.</summary>
    public string? RunHome { get; init; }

    /// <summary>The checkpoint whose words and classes the data are matched with, where it is read already.</summary>
    public Safetensors? Trained { get; init; }

    /// <summary>With the values that a model was trained with, where none are set here.</summary>
    public RunOptions TrainedAs(Safetensors model)
    {
        Dictionary<string, string> set = Checkpoint.Values(model);
        foreach ((string name, string value) in Bind.Set) set[name] = value;
        return this with { Bind = Bind with { Set = set, Training = Checkpoint.Training(model, File) }, Trained = model };
    }

    /// <summary>Reads them from a parsed command line.</summary>
    public static RunOptions From(ParseResult c)
    {
        var set = new Dictionary<string, string>();
        foreach (string pair in c.GetValue(Common.Set) ?? [])
        {
            int at = pair.IndexOf('=');
            if (at < 1) throw new NnException(ExitCode.Usage, $"--set {pair}: write NAME=VALUE, such as --set lr=1e-4");
            set[pair[..at]] = pair[(at + 1)..];
        }

        string file = c.GetValue(Common.File)!;
        // What is set by hand wins over what was found.
        if (c.CommandResult.Command.Options.Contains(Common.Best) && c.GetResult(Common.Best) is not null)
        {
            foreach ((string name, string value) in FoundValues.BestOf(file, c.GetValue(Common.Best))) set.TryAdd(name, value);
        }

        string? Value(Option<string?> o) => c.CommandResult.Command.Options.Contains(o) ? c.GetValue(o) : null;
        return new RunOptions(
            file, c.GetValue(Common.Device)!, new BindOptions(set, c.GetValue(Common.Seed), c.GetValue(Common.Epochs)),
            c.GetValue(Common.Json), c.GetValue(Common.Quiet), Value(Common.Save), Value(Common.Resume), Value(Common.Model))
        {
            RunHome = c.CommandResult.Command.Options.Contains(Common.Run) && c.GetResult(Common.Run) is not null ? c.GetValue(Common.Run) ?? RunFolder.Home
                : null,
        };
    }
}
