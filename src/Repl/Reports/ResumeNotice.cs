using System.Globalization;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>Says what has changed since the checkpoint that a training goes on from. It may be meant; it must not go unseen.</summary>
internal static class ResumeNotice
{
    /// <summary>Writes a line for each difference to standard error; nothing where there is none.</summary>
    /// <param name="checkpoint">What the training goes on from.</param>
    /// <param name="path">Its file.</param>
    /// <param name="project">Script and data now.</param>
    /// <param name="set">Values that stand in place of the script's lets.</param>
    public static void Tell(Safetensors checkpoint, string path, Project project, IReadOnlyDictionary<string, string> set)
    {
        List<string> changes = [.. ScriptChanges.Between(Checkpoint.Script(checkpoint, path), Checkpoint.Values(checkpoint), project.Source.Text, set)];
        if (project.Data is { } data && DataFingerprint.Read(checkpoint.Metadata) is { } then && DataFingerprint.Of(data) is var now && now != then)
            changes.Add(
                Parts(then) == Parts(now) ? $"data: as many samples as then ({Parts(now)}), but not the same" : $"data: {Parts(now)}; then {Parts(then)}");
        if (changes.Count == 0) return;
        Console.Error.WriteLine($"nn: since {path} was written, this has changed:");
        foreach (string change in changes) Console.Error.WriteLine($"  {change}");
    }

    /// <summary>Writes a line for each number that somebody set in the training that goes on, which stays so.</summary>
    public static void Tell(IEnumerable<TrainingNumber> numbers, string path)
    {
        foreach (TrainingNumber n in numbers.Where(n => n.Held is not null))
            Console.Error.WriteLine(
                $"nn: in {path}, {n.Name} was set to {n.Base.ToString("R", CultureInfo.InvariantCulture)} by hand, in place of {n.Stated}; it stays so");
    }

    private static string Parts(DataFingerprint data)
    {
        string Count(int n) => n.ToString("N0", CultureInfo.InvariantCulture);
        return $"{Count(data.Training)} to train on, {Count(data.Validation)} to validate "
            + $"with{(data.Test == 0 ? "" : $", {Count(data.Test)} kept for the end")}";
    }
}
