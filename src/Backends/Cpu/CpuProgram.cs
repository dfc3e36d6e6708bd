using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>
/// A plan in native memory. An entry is a flat list of phases; all workers walk it together for all the steps of a run, meeting at barriers only around
/// phases that are divided. Entries without any run on the calling thread.
/// </summary>
internal sealed unsafe class CpuProgram : IProgram
{
    // Vector loads may read past the last element of a slot.
    private const int Slack = 256;

    private readonly Workers _team;
    private readonly VectorIsa _isa;
    private readonly Dictionary<Arena, nint> _memory = [];
    private readonly Dictionary<Entry, CpuEntry> _entries = [];
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
        if (!_entries.TryGetValue(entry, out CpuEntry? compiled))
            _entries[entry] = compiled = new CpuEntry(entry.Steps, s => (byte*)_memory[s.Arena] + s.Offset, _team, _isa);
        compiled.Run(times);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (CpuEntry entry in _entries.Values) entry.Dispose();
        foreach (nint block in _memory.Values) NativeMemory.AlignedFree((void*)block);
    }

    /// <summary>Fills everything that does not outlive a run, for tests: no result may depend on it.</summary>
    internal void Poison(byte value)
    {
        foreach (Arena arena in _plan.Arenas.Where(a => !a.Persistent)) new Span<byte>((void*)_memory[arena], checked((int)arena.Bytes)).Fill(value);
    }

    private Span<byte> Bytes(Slot slot, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!slot.Persistent) throw new ArgumentException($"{slot.Name} does not outlive a run");
        if (length != slot.Bytes) throw new ArgumentException($"{slot.Name} has {slot.Bytes} bytes, not {length}");
        return new Span<byte>((byte*)_memory[slot.Arena] + slot.Offset, length);
    }
}
