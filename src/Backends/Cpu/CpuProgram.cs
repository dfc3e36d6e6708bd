using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Backends.Cpu.Kernels;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>
/// A plan in native memory. An entry is a flat list of phases; all workers walk it together for all the steps of a run, meeting at barriers only around
/// phases that are divided. Entries without any run on the calling thread.
/// </summary>
internal sealed unsafe class CpuProgram : ITimedProgram
{
    // Vector loads may read past the last element of a slot.
    private const int Slack = 256;

    // Steps that take less are repeated, where that does no harm: reading the clock takes as long as the smallest.
    private const double ShortSeconds = 5e-6;
    private const int Repeats = 50;

    private readonly Workers _team;
    private readonly VectorIsa _isa;
    private readonly Dictionary<Arena, nint> _memory = [];
    private readonly Dictionary<Entry, CpuEntry> _entries = [];
    private readonly Dictionary<Entry, CpuEntry[]> _timed = [];
    private readonly Plan _plan;
    private bool _disposed;

    public CpuProgram(Plan plan, Workers team, VectorIsa isa)
    {
        (_plan, _team, _isa) = (plan, team, isa);
        foreach (Arena arena in plan.Arenas)
        {
            nuint bytes = (nuint)(arena.Bytes + Slack);
            _memory[arena] = (nint)NativeMemory.AlignedAlloc(bytes, Arena.Alignment);
            NativeMemory.Clear((void*)_memory[arena], bytes);
            ReservedBytes += (long)bytes - Slack;
        }
    }

    /// <summary>Memory taken for the plan, less the slack for vector loads.</summary>
    internal long ReservedBytes { get; }

    public void Write(Slot slot, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Bytes(slot, bytes.Length));

    public void Read(Slot slot, Span<byte> bytes) => Bytes(slot, bytes.Length).CopyTo(bytes);

    public void Run(Entry entry, int times)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_entries.TryGetValue(entry, out CpuEntry? compiled)) _entries[entry] = compiled = Compile(entry.Steps);
        compiled.Run(times);
    }

    public double[] Time(Entry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // Each step as an entry of its own, so that nothing is added to the list that runs as usual.
        if (!_timed.TryGetValue(entry, out CpuEntry[]? steps)) _timed[entry] = steps = [.. entry.Steps.Select(s => Compile([s]))];
        var seconds = new double[steps.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            seconds[i] = Seconds(steps[i], 1);
            if (seconds[i] < ShortSeconds && MayRepeat(entry.Steps[i])) seconds[i] = Seconds(steps[i], Repeats);
        }

        return seconds;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (CpuEntry entry in _entries.Values.Concat(_timed.Values.SelectMany(e => e))) entry.Dispose();
        foreach (nint block in _memory.Values) NativeMemory.AlignedFree((void*)block);
    }

    /// <summary>Fills everything that does not outlive a run, for tests: no result may depend on it.</summary>
    internal void Poison(byte value)
    {
        foreach (Arena arena in _plan.Arenas.Where(a => !a.Persistent)) new Span<byte>((void*)_memory[arena], checked((int)arena.Bytes)).Fill(value);
    }

    private static double Seconds(CpuEntry step, int times)
    {
        long start = Stopwatch.GetTimestamp();
        step.Run(times);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }

    // It gives the same again as long as it does not write what it reads.
    private static bool MayRepeat(PlanStep step) => step is not ScanStep && !step.Writes.Any(w => step.Reads.Any(w.Overlaps));

    private CpuEntry Compile(IReadOnlyList<PlanStep> steps) => new(steps, s => (byte*)_memory[s.Arena] + s.Offset, _team, _isa);

    private Span<byte> Bytes(Slot slot, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!slot.Persistent) throw new ArgumentException($"{slot.Name} does not outlive a run");
        if (length != slot.Bytes) throw new ArgumentException($"{slot.Name} has {slot.Bytes} bytes, not {length}");
        return new Span<byte>((byte*)_memory[slot.Arena] + slot.Offset, length);
    }
}
