using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Planning;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>A plan in device memory, each entry recorded once.</summary>
internal sealed class VulkanProgram : ITimedProgram
{
    private readonly LogicalDevice _device;
    private readonly DeviceObjects _objects;
    private readonly ArenaMemory _memory;
    private readonly Transfers _transfers;
    private readonly Submissions _submissions;
    private readonly Dictionary<Entry, EntryCommands> _entries = [];
    private readonly Dictionary<Entry, (IReadOnlyList<BoundLaunch> Bound, IReadOnlyList<Launch> Launches)> _launches = [];
    private readonly LaunchBinder _binder;
    private StepClock? _clock;
    private bool _disposed;

    public VulkanProgram(Plan plan, LogicalDevice device, PipelineCache cache, Func<GpuKernel, uint[]> code)
    {
        _device = device;
        _objects = new DeviceObjects(device);
        try
        {
            var launches = new DevicePlan(plan, device.Description.Limits, device.Description.Info.Name);
            _memory = new ArenaMemory(_objects, [.. plan.Arenas.Append(launches.Scratch).Select(a => (a, a.Bytes))]);
            _transfers = new Transfers(_objects, plan.Slots.Select(s => s.Bytes).DefaultIfEmpty().Max());
            _submissions = new Submissions(_objects);
            _binder = new LaunchBinder(_objects, new KernelPipelines(_objects, cache, code), a => _memory[launches.Place(a)]);
            List<BoundLaunch>[] bound = [.. plan.Entries.Select(e => _binder.Bind(launches.Of(e)))];
            _binder.WriteSets();
            for (int i = 0; i < plan.Entries.Count; i++)
            {
                _entries[plan.Entries[i]] = new EntryCommands(_objects, bound[i], _binder);
                _launches[plan.Entries[i]] = (bound[i], launches.Of(plan.Entries[i]));
            }

            _transfers.Fill(_memory.Buffers.Select(b => b.Buffer), 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Submissions of runs so far.</summary>
    internal long SubmissionCount => _submissions.Count;

    /// <summary>What submissions are timed by, for tests.</summary>
    internal TimeProvider SubmissionClock
    {
        set => _submissions.Time = value;
    }

    /// <summary>Into how many pieces a run of an entry is cut.</summary>
    internal int Pieces(Entry entry) => _entries[entry].Pieces.Length;

    public void Write(Slot slot, ReadOnlySpan<byte> bytes)
    {
        Check(slot, bytes.Length);
        _transfers.Write(_memory[slot.Arena].Buffer, slot.Offset, bytes);
    }

    public void Read(Slot slot, Span<byte> bytes)
    {
        Check(slot, bytes.Length);
        _transfers.Read(_memory[slot.Arena].Buffer, slot.Offset, bytes);
    }

    public void Run(Entry entry, int times)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _submissions.Run(_entries[entry], times);
    }

    public double[] Time(Entry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        (IReadOnlyList<BoundLaunch> bound, IReadOnlyList<Launch> launches) = _launches[entry];
        Dictionary<PlanStep, int> stepOf = StepTimes.Numbers(entry);
        // A launch that waits in the entry lets those after it see what was written before: also two of one step with a launch of another between them.
        int barriers = 0;
        ILookup<int, (BoundLaunch Launch, int Barriers)> parts = launches.Zip(bound)
            .Select(l => (Step: stepOf[l.First.Step], Launch: l.Second, Barriers: barriers += l.Second.Waits ? 1 : 0)).ToArray()
            .ToLookup(l => l.Step, l => (l.Launch, l.Barriers));
        _clock ??= new StepClock(_objects, _binder);
        return [.. Enumerable.Range(0, entry.Steps.Count).Select(s => _clock.Seconds([.. parts[s]]))];
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _device.Settle();
        _objects.Dispose();
    }

    /// <summary>Fills everything that does not outlive a run, for tests: no result may depend on it.</summary>
    internal void Poison(byte value) =>
        _transfers.Fill(_memory.Buffers.Where(b => !b.Arena.Persistent).Select(b => b.Buffer), value * 0x01010101u);

    private void Check(Slot slot, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!slot.Persistent) throw new ArgumentException($"{slot.Name} does not outlive a run");
        if (length != slot.Bytes) throw new ArgumentException($"{slot.Name} has {slot.Bytes} bytes, not {length}");
    }
}
