using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>Where a slot lies.</summary>
internal unsafe delegate byte* AddressOf(Slot slot);

/// <summary>The compiled steps of one entry.</summary>
internal sealed unsafe class CpuEntry : ISpmdBody, IDisposable
{
    private readonly record struct Phase(CpuStep Step, int Number, bool Divided, bool BarrierBefore);

    private readonly Workers _team;
    private readonly List<CpuStep> _steps = [];
    private readonly Phase[] _phases;
    private readonly byte* _scratch;
    private readonly bool _divided;
    private int _times;

    public CpuEntry(IReadOnlyList<Step> steps, AddressOf address, Workers team, VectorIsa isa)
    {
        _team = team;
        foreach (Step step in steps) _steps.Add(CpuSteps.Create(step, address, isa, team.Count));
        long scratch = _steps.Count == 0 ? 0 : _steps.Max(s => s.ScratchBytes);
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(scratch + 256), 64);
        var phases = new List<Phase>();
        bool pending = false;
        foreach (CpuStep step in _steps)
        {
            step.Scratch = _scratch;
            for (int p = 0; p < step.Phases; p++)
            {
                bool divided = step.Workers > 1 && team.Count > 1;
                // Whoever comes after a divided phase, or before one after something that worker 0 did alone, waits for the others.
                bool barrier = phases.Count > 0 && (divided || pending);
                phases.Add(new Phase(step, p, divided, barrier));
                pending = divided;
            }
        }

        _phases = [.. phases];
        _divided = _phases.Any(p => p.Divided);
    }

    /// <summary>Runs the entry so many times.</summary>
    public void Run(int times)
    {
        if (_divided)
        {
            _times = times;
            _team.Run(this);
            return;
        }

        for (int t = 0; t < times; t++)
        {
            foreach (ref readonly Phase phase in _phases.AsSpan()) phase.Step.Run(phase.Number, 0);
        }
    }

    void ISpmdBody.Run(Workers team, int worker)
    {
        for (int t = 0; t < _times; t++)
        {
            foreach (ref readonly Phase phase in _phases.AsSpan())
            {
                if (phase.BarrierBefore) team.Barrier();
                if (phase.Divided ? worker < phase.Step.Workers : worker == 0) phase.Step.Run(phase.Number, worker);
            }

            team.Barrier();
        }
    }

    public void Dispose()
    {
        foreach (CpuStep step in _steps) (step as IDisposable)?.Dispose();
        NativeMemory.AlignedFree(_scratch);
    }
}
