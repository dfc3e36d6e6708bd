using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>A script bound, with its data, for tests.</summary>
internal sealed class Script
{
    private readonly TemporaryFolder? _folder;

    public Script(string text, string? csv = null)
    {
        Text = text;
        if (csv is not null) _folder = new TemporaryFolder();
        using (_folder)
        {
            if (csv is not null) _folder!.Write("data.csv", csv);
            LoadedData? data = null;
            BoundScript bound = Binder.Bind(new SourceText("test.nn", text), BindOptions.None, spec =>
            {
                data = DataLoader.Load(spec, _folder is null ? [] : [_folder.Path]);
                return data.Schema;
            });
            (Training, Data) = (bound.Training!, data!);
        }
    }

    private Script(string text, TrainingDefinition training, LoadedData data) => (Text, Training, Data) = (text, training, data);

    /// <summary>With samples in memory in place of those of its data block.</summary>
    public static Script Of(string text, Samples samples)
    {
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(new SourceText("test.nn", text), BindOptions.None, spec => (data = DataLoader.Load(spec, samples)).Schema);
        return new Script(text, bound.Training!, data!);
    }

    public string Text { get; }

    public TrainingDefinition Training { get; }

    public LoadedData Data { get; }

    /// <summary>Loaded on the CPU, by one thread unless said otherwise.</summary>
    public TrainingSession Load(IBackend? backend = null) => new(backend ?? OneThread, Training, Data);

    /// <summary>The CPU with one thread, which stays for all tests.</summary>
    public static CpuBackend OneThread { get; } = new(1);

    /// <summary>Everything a training has changed, as bits.</summary>
    public static Dictionary<string, string> State(TrainingSession session) => session.StateSlots.ToDictionary(s => s.Name, s => Bits(session, s));

    private static string Bits(TrainingSession session, Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        session.Program.Read(slot, bytes);
        return Convert.ToHexString(bytes);
    }
}
