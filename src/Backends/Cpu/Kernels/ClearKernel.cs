using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>The result of a product with an empty sum, or without elements.</summary>
internal sealed unsafe class ClearKernel(long rows, int columns) : CpuKernel
{
    /// <inheritdoc/>
    public override void Run(int phase, void* a, void* b, void* c, byte* scratch, int worker)
    {
        if (worker != 0 || rows * columns == 0) return;
        NativeMemory.Clear(c, (nuint)(rows * columns * sizeof(float)));
        for (long row = 0; row < rows; row += int.MaxValue)
            Epilogue?.Run(row, (int)Math.Min(int.MaxValue, rows - row), 0, columns, worker);
    }
}
