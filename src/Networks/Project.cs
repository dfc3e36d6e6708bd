using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Networks;

/// <summary>A script with its data.</summary>
public sealed class Project
{
    private Project(SourceText source, BoundScript script, LoadedData? data) => (Source, Script, Data) = (source, script, data);

    /// <summary>The script's text.</summary>
    public SourceText Source { get; }

    /// <summary>What it means.</summary>
    public BoundScript Script { get; }

    /// <summary>Its data; null where it has none.</summary>
    public LoadedData? Data { get; }

    /// <summary>Loads data for a script's file, and for a trained model where one is named.</summary>
    /// <inheritdoc cref="Load(DataSpec, string, Safetensors?, string?)"/>
    public static LoadedData Load(DataSpec spec, string file, string? model) => Load(spec, file, model is null ? null : Safetensors.Load(model), model);

    /// <summary>
    /// Loads data for a script's file. A trained model has its own numbers for characters, words and classes, whatever the data have become since; those that
    /// it does not know are refused, or told among the data's warnings.
    /// </summary>
    /// <param name="spec">Which data.</param>
    /// <param name="file">The script's file; data are looked up beside it.</param>
    /// <param name="model">The trained model's checkpoint; null: there is none.</param>
    /// <param name="path">Where the checkpoint came from, for messages.</param>
    /// <exception cref="NnException">Data or checkpoint cannot be read, or do not belong together.</exception>
    public static LoadedData Load(DataSpec spec, string file, Safetensors? model, string? path) =>
        DataLoader.Load(For(spec, model, path), DataLoader.Directories(file));

    /// <summary>What data are to be like for a trained model: numbered by its names.</summary>
    /// <exception cref="NnException">The checkpoint is damaged.</exception>
    internal static DataSpec For(DataSpec spec, Safetensors? model, string? path) => model is null
        ? spec
        : spec with { Vocabulary = Checkpoint.Vocabulary(model, path ?? ""), Trained = Checkpoint.Form(model, path ?? "") };

    /// <summary>Binds a script to the data that <paramref name="load"/> gives.</summary>
    /// <exception cref="ScriptException">The script has mistakes; all of them are in it.</exception>
    public static Project Bind(SourceText source, BindOptions options, Func<DataSpec, LoadedData> load)
    {
        var loaded = new Dictionary<DataSpec, LoadedData>(ReferenceEqualityComparer.Instance);
        BoundScript script = Binder.Bind(source, options, spec => (loaded[spec] = load(spec)).Schema);
        return new Project(source, script, script.Data is { } data ? loaded.GetValueOrDefault(data) : null);
    }

    /// <summary>Binds a script to data that are not there, but known in form: enough to use a trained model.</summary>
    /// <exception cref="ScriptException">The script has mistakes; all of them are in it.</exception>
    public static Project Bind(SourceText source, BindOptions options, Schema known) => new(source, Binder.Bind(source, options, _ => known), null);

    /// <summary>Reads a script; one that is not there is looked for nearby.</summary>
    /// <exception cref="NnException">There is no such script; the message names one that is alike.</exception>
    public static SourceText Read(string file)
    {
        if (File.Exists(file)) return SourceText.Load(file);
        if (Directory.Exists(file)) throw new NnException(ExitCode.Usage, $"{file} is a folder; name a script in it");
        string folder = Path.GetDirectoryName(file) is { Length: > 0 } f ? f : ".";
        string[] scripts = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.nn").Select(s => Path.GetFileName(s)!)] : [];
        string name = Path.GetFileName(file);
        string? near = scripts.FirstOrDefault(s => s == name + ".nn") ?? Suggest.Nearest(name, scripts);
        throw new NnException(ExitCode.Usage,
            $"there is no script '{file}'{(near is null ? "" : $"; did you mean '{Path.Combine(Path.GetDirectoryName(file) ?? "", near)}'?")}");
    }

    /// <summary>What is trained.</summary>
    /// <exception cref="NnException">The script has no train block.</exception>
    public TrainingDefinition Definition => Script.Training ?? throw NoTraining();

    /// <summary>The training, with its data.</summary>
    /// <exception cref="NnException">The script has no train block.</exception>
    public (TrainingDefinition Training, LoadedData Data) Training() => (Definition, Data ?? throw NoTraining());

    /// <summary>What may be meant and may not: of the script, with the place, in several lines; of its data and metrics in one.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            IEnumerable<string> others = Data?.Warnings ?? [];
            if (this is { Data: { } data, Script.Training: { } training })
                others = others.Concat(MetricRules.Unknown(training, data)).Concat(BatchRules.Warnings(training, data));
            return [.. Script.Warnings.Select(w => w.ToString()), .. others.Select(w => $"warning: {w}")];
        }
    }

    /// <summary>The plan of the training with its data: every kernel and every byte, known without a device.</summary>
    /// <exception cref="NnException">The script has no train block, or model, data and metrics do not go together.</exception>
    public TrainingPlan Compile()
    {
        (TrainingDefinition training, LoadedData data) = Training();
        return TrainingPlan.Compile(training, TrainingSizes.Of(data, training));
    }

    /// <summary>Demands that model, data and metrics of the training go together, as <see cref="Compile"/> does, without planning kernels and memory.</summary>
    /// <exception cref="NnException">As <see cref="Compile"/>.</exception>
    public void Check()
    {
        (TrainingDefinition training, LoadedData data) = Training();
        TrainingPlan.Check(training, TrainingSizes.Of(data, training));
    }

    private NnException NoTraining() => new(ExitCode.Script, $"{Source.Name} has no train block; write: train {{ loss mse; optimizer adam }}");
}
