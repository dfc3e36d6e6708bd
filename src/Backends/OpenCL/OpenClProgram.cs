using System.Diagnostics;
using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.OpenCl;

/// <summary>A plan on an OpenCL device: a buffer an arena, one in-order queue, and every entry's launches ready to be enqueued.</summary>
internal sealed unsafe class OpenClProgram : ITimedProgram
{
    // Launches handed over at a time. Two such portions are under way at most, so that neither the queue nor the wait for it grows without bound.
    private const int SmallestPortion = 16, LargestPortion = 1024;
    private static readonly TimeSpan ShortPortion = TimeSpan.FromMilliseconds(10), LongPortion = TimeSpan.FromMilliseconds(40);

    private readonly ClApi _api;
    private readonly nint _context, _device, _queue;
    private readonly Dictionary<Arena, (nint Buffer, long Bytes)> _memory = [];
    private readonly Dictionary<Entry, LaunchList> _entries = [];
    private int _portion = 256;
    private bool _disposed;

    public OpenClProgram(Plan plan, OpenClDevice device, ClApi api, nint context, KernelPrograms programs)
    {
        (_api, _context, _device) = (api, context, device.Handle);
        try
        {
            var launches = new DevicePlan(plan, device.Limits, device.Info.Name);
            Arena[] arenas = [.. plan.Arenas, .. launches.Scratch.Bytes > 0 ? [launches.Scratch] : Array.Empty<Arena>()];
            Check(arenas, device.Info);
            _queue = api.CreateQueue(context, device.Handle);
            foreach (Arena arena in arenas) Allocate(context, arena);
            programs.Compile(launches.All.Select(l => l.Kernel));
            foreach (Entry entry in plan.Entries)
                _entries[entry] = new LaunchList(launches.Of(entry), a => _memory[launches.Place(a)].Buffer, device, api, programs);
            api.Finish(_queue);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Write(Slot slot, ReadOnlySpan<byte> bytes)
    {
        nint buffer = Buffer(slot, bytes.Length);
        if (bytes.Length > 0) _api.Write(_queue, buffer, slot.Offset, bytes);
    }

    public void Read(Slot slot, Span<byte> bytes)
    {
        nint buffer = Buffer(slot, bytes.Length);
        if (bytes.Length > 0) _api.Read(_queue, buffer, slot.Offset, bytes);
    }

    public void Run(Entry entry, int times)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        LaunchList launches = _entries[entry];
        nint earlier = 0, latest = 0;
        try
        {
            int pending = 0;
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < times; i++)
            {
                for (int k = 0; k < launches.Count; k++)
                {
                    if (++pending < _portion)
                    {
                        launches.Enqueue(_queue, k, null);
                        continue;
                    }

                    pending = 0;
                    launches.Enqueue(_queue, k, &latest);
                    _api.Flush(_queue);
                    if (earlier != 0)
                    {
                        _api.Wait(earlier);
                        TimeSpan took = Stopwatch.GetElapsedTime(began);
                        began = Stopwatch.GetTimestamp();
                        if (took < ShortPortion) _portion = Math.Min(2 * _portion, LargestPortion);
                        else if (took > LongPortion) _portion = Math.Max(_portion / 2, SmallestPortion);
                    }

                    Drop(ref earlier);
                    (earlier, latest) = (latest, 0);
                }
            }

            _api.Finish(_queue);
        }
        finally
        {
            Drop(ref earlier);
            Drop(ref latest);
        }
    }

    public double[] Time(Entry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        LaunchList launches = _entries[entry];
        Dictionary<PlanStep, int> stepOf = StepTimes.Numbers(entry);
        var seconds = new double[entry.Steps.Count];
        var events = new nint[launches.Count];
        // Events of the other queue know no times, and asking it for them would slow all runs.
        nint timed = _api.CreateQueue(_context, _device, timed: true);
        try
        {
            fixed (nint* p = events)
            {
                for (int k = 0; k < launches.Count; k++) launches.Enqueue(timed, k, p + k);
            }

            _api.Finish(timed);
            for (int k = 0; k < launches.Count; k++) seconds[stepOf[launches.Kernels[k]]] += _api.Seconds(events[k]);
        }
        finally
        {
            for (int k = 0; k < events.Length; k++) Drop(ref events[k]);
            _api.ReleaseQueue(timed);
        }

        return seconds;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (LaunchList list in _entries.Values) list.Dispose();
        foreach ((nint buffer, _) in _memory.Values) _api.ReleaseBuffer(buffer);
        if (_queue != 0) _api.ReleaseQueue(_queue);
    }

    /// <summary>Fills everything that does not outlive a run with not-a-number, for tests: no result may depend on it.</summary>
    internal void Poison()
    {
        foreach ((Arena arena, (nint buffer, long bytes)) in _memory)
        {
            if (!arena.Persistent) _api.Fill(_queue, buffer, uint.MaxValue, bytes);
        }
    }

    private static void Check(IReadOnlyList<Arena> arenas, DeviceInfo device)
    {
        const string advice = "use a smaller batch, a smaller model or `limit` on the data";
        foreach (Arena arena in arenas)
        {
            if (arena.Bytes > device.LargestAllocation)
                throw new NnException(
                    ExitCode.OutOfMemory,
                    $"the plan needs {arena.Bytes:N0} bytes in one piece for {arena.Name}, {device.Name} has at most {device.LargestAllocation:N0}; {advice}");
        }

        long all = arenas.Sum(a => a.Bytes);
        if (all > device.MemoryBytes)
            throw new NnException(ExitCode.OutOfMemory, $"the plan needs {all:N0} bytes, {device.Name} has {device.MemoryBytes:N0}; {advice}");
    }

    private void Allocate(nint context, Arena arena)
    {
        // OpenCL knows no memory of no bytes.
        long bytes = Math.Max(Arena.Alignment, Arena.Align(arena.Bytes));
        nint buffer = _api.CreateBuffer(context, bytes, arena.Name);
        _memory[arena] = (buffer, bytes);
        _api.Fill(_queue, buffer, 0, bytes);
    }

    private nint Buffer(Slot slot, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!slot.Persistent) throw new ArgumentException($"{slot.Name} does not outlive a run");
        if (length != slot.Bytes) throw new ArgumentException($"{slot.Name} has {slot.Bytes} bytes, not {length}");
        return _memory[slot.Arena].Buffer;
    }

    private void Drop(ref nint done)
    {
        if (done != 0) _api.ReleaseEvent(done);
        done = 0;
    }
}
