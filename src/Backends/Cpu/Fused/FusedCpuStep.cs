using System.Runtime.InteropServices;
using Nn.Backends.Cpu.Emit;
using Nn.Backends.Cpu.Kernels;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>A fused program bound to its operands; its units are divided among the workers.</summary>
internal sealed unsafe class FusedCpuStep : CpuStep, IDisposable
{
    // Instructions times elements below which a second worker costs more than it saves.
    private const double SharedWork = 400_000;

    private readonly FusedKernel _kernel;
    private readonly void** _operands;
    private readonly int _partialOperand;

    /// <summary>Compiles the program and binds it to operand addresses.</summary>
    public FusedCpuStep(FusedProgram program, ReadOnlySpan<nint> addresses, VectorIsa isa, int team, bool epilogue = false)
    {
        _kernel = FusedKernel.Get(program, isa, epilogue);
        Workers = _kernel.Work < SharedWork ? 1 : (int)Math.Clamp(_kernel.Units, 1, team);
        _partialOperand = addresses.Length;
        _operands = (void**)NativeMemory.AlignedAlloc((nuint)((addresses.Length + 1) * sizeof(void*)), 64);
        for (int i = 0; i < addresses.Length; i++) _operands[i] = (void*)addresses[i];
    }

    /// <inheritdoc/>
    public override int Phases => _kernel.NeedsFold && Workers > 1 ? 2 : 1;

    /// <inheritdoc/>
    public override long ScratchBytes => PartialBytes + WorkerBytes * Workers;

    private long PartialBytes => (_kernel.PartialBytes + 63) / 64 * 64;

    private long WorkerBytes => (_kernel.ScratchBytes + 63) / 64 * 64;

    /// <inheritdoc/>
    public override void Run(int phase, int worker)
    {
        if (phase == 1)
        {
            if (worker == 0) _kernel.Fold(_operands, Scratch);
            return;
        }

        if (Workers == 1)
        {
            _kernel.Run(_operands, 0, _kernel.Units, Scratch + PartialBytes);
            if (_kernel.NeedsFold) _kernel.Fold(_operands, Scratch);
            return;
        }

        long grain = _kernel.Grain;
        (long start, long end) = Share.Of((_kernel.Units + grain - 1) / grain, worker, Workers);
        _kernel.Run(_operands, start * grain, Math.Min(end * grain, _kernel.Units), Scratch + PartialBytes + worker * WorkerBytes);
    }

    /// <summary>Runs over a part of the matrix that it follows.</summary>
    public void RunRectangle(long row, long rows, long column, long columns) => _kernel.RunRectangle(_operands, row, rows, column, columns);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_operands);

    /// <inheritdoc/>
    protected override void ScratchChanged() => _operands[_partialOperand] = Scratch;
}
