using System.Runtime.InteropServices;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Benchmarks;

/// <summary>One kernel with operands of its own, ready to run on a team of workers.</summary>
internal sealed unsafe class KernelRunner : ISpmdBody, IDisposable
{
    private const int Slack = 64;

    private readonly CpuKernel _kernel;
    private readonly float* _a;
    private readonly float* _b;
    private readonly float* _c;
    private readonly byte* _scratch;

    /// <summary>Allocates operands of so many floats and fills them with random numbers.</summary>
    public KernelRunner(CpuKernel kernel, long a, long b, long c)
    {
        _kernel = kernel;
        _a = Allocate(a, 1);
        _b = Allocate(b, 2);
        _c = Allocate(c, 3);
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(kernel.ScratchBytes + Slack), 64);
    }

    /// <summary>First operand.</summary>
    public float* A => _a;

    /// <summary>Second operand.</summary>
    public float* B => _b;

    /// <summary>Result.</summary>
    public float* C => _c;

    /// <summary>Runs the kernel on the calling thread alone, or on the team.</summary>
    public void Run(Workers team)
    {
        if (_kernel.Workers > 1)
            team.Run(this);
        else
            for (int phase = 0; phase < _kernel.Phases; phase++) _kernel.Run(phase, _a, _b, _c, _scratch, 0);
    }

    void ISpmdBody.Run(Workers team, int worker)
    {
        for (int phase = 0; phase < _kernel.Phases; phase++)
        {
            _kernel.Run(phase, _a, _b, _c, _scratch, worker);
            team.Barrier();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_a);
        NativeMemory.AlignedFree(_b);
        NativeMemory.AlignedFree(_c);
        NativeMemory.AlignedFree(_scratch);
    }

    private static float* Allocate(long floats, int seed)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float) + Slack), 64);
        var random = new Random(seed);
        for (long i = 0; i < floats; i++) memory[i] = random.NextSingle() - 0.5f;
        return memory;
    }
}
