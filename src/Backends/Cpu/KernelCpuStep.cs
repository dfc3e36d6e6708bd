using Nn.Backends.Cpu.Fused;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Backends.Cpu;

/// <summary>
/// A kernel bound to its operands, with the elementwise program that runs over each part of its result, or over all of it at the end.
/// </summary>
internal sealed unsafe class KernelCpuStep : CpuStep, IEpilogue, IDisposable
{
    private readonly CpuKernel _kernel;
    private readonly nint _a;
    private readonly nint _b;
    private readonly nint _c;
    private readonly FusedCpuStep? _epilogue;
    private readonly FusedCpuStep? _after;
    private readonly long _kernelScratch;

    public KernelCpuStep(CpuKernel kernel, byte* a, byte* b, byte* c, FusedCpuStep? epilogue = null, bool inTiles = false)
    {
        (_kernel, _a, _b, _c, _epilogue) = (kernel, (nint)a, (nint)b, (nint)c, epilogue);
        Workers = kernel.Workers;
        _kernelScratch = (kernel.ScratchBytes + 63) / 64 * 64;
        if (epilogue is null) return;
        if (inTiles) kernel.Epilogue = this;
        else _after = epilogue;
    }

    // Shared among workers, what comes after needs a phase of its own.
    public override int Phases => _kernel.Phases + (_after is not null && Workers > 1 ? 1 : 0);

    public override long ScratchBytes => _kernelScratch + (_epilogue?.ScratchBytes ?? 0);

    public override void Run(int phase, int worker)
    {
        if (phase < _kernel.Phases) _kernel.Run(phase, (void*)_a, (void*)_b, (void*)_c, Scratch, worker);
        if (_after is not null && phase == Phases - 1 && worker < _after.Workers) _after.Run(0, worker);
    }

    void IEpilogue.Run(long row, int rows, int column, int columns, int worker) => _epilogue!.RunRectangle(row, rows, column, columns);

    protected override void ScratchChanged()
    {
        if (_epilogue is not null) _epilogue.Scratch = Scratch + _kernelScratch;
    }

    public void Dispose() => _epilogue?.Dispose();
}
