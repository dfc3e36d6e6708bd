using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl;

/// <summary>A script with its data.</summary>
internal sealed class Project
{
    private Project(SourceText source, BoundScript script, LoadedData? data) => (Source, Script, Data) = (source, script, data);

    public SourceText Source { get; }

    public BoundScript Script { get; }

    public LoadedData? Data { get; }

    /// <summary>Reads, unless the text is given, binds and loads; script mistakes end here.</summary>
    public static Project Open(RunOptions options, SourceText? source = null)
    {
        if (options.Project is { } open) return open;
        return Bind(source ?? Read(options.File), options.Bind, spec => Load(spec, options.File, options.Model ?? options.Resume));
    }

    /// <summary>Loads data for a script's file; a trained model has its own numbers for characters, whatever the text has become since.</summary>
    public static LoadedData Load(DataSpec spec, string file, string? model)
    {
        if (spec.Source == DataSource.Text && model is not null) spec = spec with { Vocabulary = Checkpoint.Vocabulary(Safetensors.Load(model), model) };
        return DataLoader.Load(spec, DataLoader.Directories(file));
    }

    /// <summary>Binds a script to the data that <paramref name="load"/> gives.</summary>
    public static Project Bind(SourceText source, BindOptions options, Func<DataSpec, LoadedData> load)
    {
        LoadedData? data = null;
        BoundScript script = Binder.Bind(source, options, spec => (data = load(spec)).Info);
        return new Project(source, script, data);
    }

    /// <summary>Reads a script; one that is not there is looked for nearby.</summary>
    public static SourceText Read(string file)
    {
        if (File.Exists(file)) return SourceText.Load(file);
        if (Directory.Exists(file)) throw new NnException(ExitCode.Usage, $"{file} is a folder; name a script in it");
        string folder = Path.GetDirectoryName(file) is { Length: > 0 } f ? f : ".";
        string[] scripts = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.nn").Select(s => Path.GetFileName(s)!)] : [];
        string name = Path.GetFileName(file);
        string? near = scripts.FirstOrDefault(s => s == name + ".nn") ?? Suggest.Nearest(name, scripts);
        throw new NnException(ExitCode.Usage, $"there is no script '{file}'{(near is null ? "" : $"; did you mean '{Path.Combine(Path.GetDirectoryName(file) ?? "", near)}'?")}");
    }

    /// <summary>The training, with its data.</summary>
    public (TrainingDefinition Training, LoadedData Data) Training() => Script.Training is { } t && Data is { } d
        ? (t, d)
        : throw new NnException(ExitCode.Script, $"{Source.Name} has no train block; write: train {{ loss mse; optimizer adam }}");

    /// <summary>Loads the training on a device.</summary>
    public TrainingSession Session(string device, int predictBatch = 1)
    {
        (TrainingDefinition training, LoadedData data) = Training();
        return new TrainingSession(DeviceChoice.Open(device), training, data, predictBatch);
    }
}
