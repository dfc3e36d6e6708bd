using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Repl;

/// <summary>A script with its data.</summary>
internal sealed class Project
{
    private Project(SourceText source, BoundScript script, LoadedData? data) => (Source, Script, Data) = (source, script, data);

    public SourceText Source { get; }

    public BoundScript Script { get; }

    public LoadedData? Data { get; }

    /// <summary>Reads, binds and loads; script mistakes end here.</summary>
    public static Project Open(RunOptions options)
    {
        SourceText source = SourceText.Load(options.File);
        LoadedData? data = null;
        BoundScript script = Binder.Bind(source, options.Bind, spec =>
        {
            data = DataLoader.Load(spec, DataLoader.Directories(options.File));
            return data.Info;
        });
        return new Project(source, script, data);
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
