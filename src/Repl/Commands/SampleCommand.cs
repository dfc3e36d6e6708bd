using Nn.Backends;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
using Nn.Networks.Runs;
using Nn.Networks.Sampling;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn sample</c>: a picture of images that a model makes from noise, or remakes from the data.</summary>
internal sealed class SampleCommand(RunOptions options, string? of, int count, string file)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("sample", CommandGroup.Use, "a picture of images that a model makes")
    {
        Details = "`--model M --out sheet.png`; from noise, or inputs and what it makes of them",
        Examples = ["nn sample gan.nn --model gan.safetensors --out sheet.png"],
        Program = ProgramForm.OfScript(
            (c, o) => new SampleCommand(o, c.GetValue(SampleOptions.Of), c.GetValue(SampleOptions.Count), c.GetValue(SampleOptions.Picture)!).Run(),
            Common.Model, SampleOptions.Of, SampleOptions.Count, SampleOptions.Picture),
        Session = new("FILE [MODEL]", "sheet.png", InSession),
    };

    private const int SampleCount = 64;

    public int Run()
    {
        if (options.Model is not { } checkpoint)
            throw new NnException(ExitCode.Usage,
                $"nn sample needs a trained model: nn train {options.File} --save model.safetensors, then nn sample {options.File} --model model.safetensors");
        AtomicFile.CheckWritable(file);
        Project project = Project.Open(options);
        (TrainingDefinition training, LoadedData data) = project.Training();
        if (of is null && SampleChoice.All(training, data) is { Count: > 1 } all)
            throw new NnException(ExitCode.Usage,
                $"which model? {string.Join(" and ", all.Select(c => c.Model.Name))} make images; name one: --of {all[0].Model.Name}");
        SampleChoice choice = SampleChoice.Find(training, data, of);
        using TrainingRun run = TrainingRun.StartSampling(project, options.Device, choice, count);
        TrainingSession session = run.Session;
        Checkpoint.RestoreParameters(session, Safetensors.Load(checkpoint), checkpoint);
        int made = choice.Shown ? 1 : count;
        Png.Save(file, Sampler.Sheet(session, choice, made));
        if (options.Json) JsonLine.Write(("event", "samples"), ("model", choice.Model.Name), ("count", made), ("file", file));
        else if (!options.Quiet) Console.Out.WriteLine(choice.Shown ? $"{choice.Model.Name} in {file}" : $"{count} samples of {choice.Model.Name} in {file}");
        return 0;
    }

    private static void InSession(ReplSession s, string[] words)
    {
        if (words.Length is 0 or > 2) throw new NnException(ExitCode.Usage, "write :sample sheet.png; a model's name after it says which one makes them");
        if (!Path.GetExtension(words[0]).Equals(".png", StringComparison.OrdinalIgnoreCase))
            throw new NnException(ExitCode.Usage, $"{words[0]}: samples are written as .png; `:plot samples > file.svg` draws them, too");
        TrainingRun live = s.Live();
        SampleChoice choice = SampleChoice.Find(live.Session.Definition, live.Session.Data, words.ElementAtOrDefault(1));
        using TrainingSession session = live.WithSamples(choice, SampleCount);
        Png.Save(words[0], Sampler.Sheet(session, choice, SampleCount));
        s.Say($"samples of {choice.Model.Name} in {words[0]}");
    }
}
