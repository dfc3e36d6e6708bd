using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

/// <summary>An epilogue that flips signs: an element seen twice, never, or too early, ends up wrong.</summary>
internal sealed unsafe class Negation(NativeFloats c, int stride) : IEpilogue
{
    public void Run(long row, int rows, int column, int columns, int worker)
    {
        for (long i = row; i < row + rows; i++)
            for (int j = column; j < column + columns; j++)
                c.Pointer[i * stride + j] = -c.Pointer[i * stride + j];
    }
}
