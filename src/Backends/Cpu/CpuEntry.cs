using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Backends.Cpu.Kernels;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>Where a slot lies.</summary>
internal unsafe delegate byte* AddressOf(Slot slot);

/// <summary>
/// The compiled steps of one entry, as a flat list of phases that are divided into shares. All workers walk the list; whoever comes first takes a share, and
/// a phase is over when all its shares are done. So a worker that the system has put aside delays the others only by the share it holds, not by its absence.
/// Which worker runs a share changes no result.
/// </summary>
internal sealed unsafe class CpuEntry : ISpmdBody, IDisposable
{
    private const int SpinsBeforeYield = 2000;
    private const int CounterBytes = 128;

    private readonly record struct Item(CpuStep Step, int Number);

    // Items that follow each other on one worker are one phase: handing over costs more than most of them.
    private readonly record struct PhaseWork(Item[] Items, int Shares)
    {
        public void Run(int share)
        {
            foreach (ref readonly Item item in Items.AsSpan()) item.Step.Run(item.Number, share);
        }
    }

    private readonly Workers _team;
    private readonly List<CpuStep> _steps = [];
    private readonly PhaseWork[] _phases;
    private readonly byte* _scratch;
    private readonly byte* _counters;
    private readonly bool _divided;
    private int _times;

    public CpuEntry(IReadOnlyList<PlanStep> steps, AddressOf address, Workers team, VectorIsa isa)
    {
        _team = team;
        foreach (PlanStep step in steps.SelectMany(s => s.Kernels)) _steps.Add(CpuSteps.Create(step, address, isa, team.Count));
        long scratch = _steps.Count == 0 ? 0 : _steps.Max(s => s.ScratchBytes);
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(scratch + 256), 64);
        var phases = new List<PhaseWork>();
        var alone = new List<Item>();
        void Flush()
        {
            if (alone.Count > 0) phases.Add(new PhaseWork([.. alone], 1));
            alone.Clear();
        }

        foreach (CpuStep step in _steps)
        {
            step.Scratch = _scratch;
            for (int p = 0; p < step.Phases; p++)
            {
                var item = new Item(step, p);
                if (step.Workers == 1)
                {
                    alone.Add(item);
                    continue;
                }

                Flush();
                phases.Add(new PhaseWork([item], step.Workers));
            }
        }

        Flush();
        _phases = [.. phases];
        _counters = (byte*)NativeMemory.AlignedAlloc((nuint)(CounterBytes * Math.Max(1, _phases.Length)), CounterBytes);
        _divided = team.Count > 1 && _phases.Any(p => p.Shares > 1);
    }

    /// <summary>Runs the entry so many times.</summary>
    public void Run(int times)
    {
        if (_divided)
        {
            NativeMemory.Clear(_counters, (nuint)(CounterBytes * _phases.Length));
            _times = times;
            _team.Run(this);
            return;
        }

        for (int t = 0; t < times; t++)
        {
            foreach (ref readonly PhaseWork phase in _phases.AsSpan())
            {
                for (int share = 0; share < phase.Shares; share++) phase.Run(share);
            }
        }
    }

    void ISpmdBody.Run(Workers team, int worker)
    {
        int last = _phases.Length - 1;
        for (int t = 0; t < _times; t++)
        {
            // Somebody who comes late need not walk through what is long done.
            if (worker > 0 && Volatile.Read(ref Done(last)) >= (long)_times * _phases[last].Shares) return;
            for (int p = 0; p < _phases.Length; p++)
            {
                ref readonly PhaseWork phase = ref _phases[p];
                long end = (t + 1L) * phase.Shares;
                ref long next = ref Next(p);
                while (true)
                {
                    long share = Volatile.Read(ref next);
                    if (share >= end) break;
                    if (Interlocked.CompareExchange(ref next, share + 1, share) != share) continue;
                    phase.Run((int)(share - (end - phase.Shares)));
                    Interlocked.Increment(ref Done(p));
                }

                for (int spins = 0; Volatile.Read(ref Done(p)) < end; spins++)
                {
                    team.ThrowIfFailed();
                    if (spins < SpinsBeforeYield) Thread.SpinWait(1);
                    else Thread.Yield();
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (CpuStep step in _steps) (step as IDisposable)?.Dispose();
        NativeMemory.AlignedFree(_scratch);
        NativeMemory.AlignedFree(_counters);
    }

    // Shares taken and shares finished since the run began, each on a cache line of its own.
    private ref long Next(int phase) => ref *(long*)(_counters + phase * CounterBytes);

    private ref long Done(int phase) => ref *(long*)(_counters + phase * CounterBytes + CounterBytes / 2);
}
