using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Options;

/// <summary>The trained model that a command is about: that of <c>--model</c> with a script, or a checkpoint alone, which holds its script.</summary>
/// <param name="Options">The options, with the values and the seed that it was trained with where none are given.</param>
/// <param name="File">The checkpoint.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Stored">The script in the checkpoint, where no other was named.</param>
internal sealed record TrainedModel(RunOptions Options, Safetensors File, string Path, SourceText? Stored)
{
    /// <summary>The script.</summary>
    public SourceText Source => Stored ?? Project.Read(Options.File);

    /// <summary>Opens it.</summary>
    /// <exception cref="NnException">None is named, or it cannot be read.</exception>
    public static TrainedModel Open(RunOptions options, string command)
    {
        string named = options.File;
        if (options.Model is { } model)
        {
            Safetensors file = Safetensors.Load(model);
            return new TrainedModel(options.TrainedAs(file), file, model, null);
        }

        if (System.IO.Path.GetExtension(named) == ".nn" || !System.IO.File.Exists(named))
        {
            throw new NnException(
                ExitCode.Usage,
                $"nn {command} needs a trained model: nn train {named} --save model.safetensors, then nn {command} {named} --model model.safetensors, or nn "
                    + $"{command} model.safetensors alone");
        }

        Safetensors alone = Safetensors.Load(named);
        var script = new SourceText(named, Checkpoint.Script(alone, named));
        RunOptions trained = (options with { Model = named }).TrainedAs(alone);
        return new TrainedModel(trained with { Bind = trained.Bind with { Seed = options.Bind.Seed ?? Checkpoint.Seed(alone, named) } }, alone, named, script);
    }

    /// <summary>Script and data.</summary>
    /// <exception cref="NnException">The script has mistakes, or its data cannot be read.</exception>
    public Project Load() => Project.Open(Options, Stored);
}
