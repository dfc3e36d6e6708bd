namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// A compiled fused program over rows <paramref name="rowStart"/>..<paramref name="rowEnd"/> (all axes but the last, taken
/// together) and columns <paramref name="columnStart"/>..<paramref name="columnEnd"/> of its space.
/// </summary>
/// <param name="operands">One pointer an operand; terminal reductions add to where their operand points.</param>
/// <param name="rowStart">First row.</param>
/// <param name="rowEnd">Past the last row.</param>
/// <param name="columnStart">First column.</param>
/// <param name="columnEnd">Past the last column.</param>
/// <param name="scratch">Room for values of one row between passes, <see cref="CompiledProgram.ScratchBytes"/>.</param>
internal unsafe delegate void FusedKernel(byte** operands, nint rowStart, nint rowEnd, nint columnStart, nint columnEnd, byte* scratch);

/// <summary>A kernel with what its caller must provide.</summary>
internal sealed record CompiledProgram(FusedKernel Kernel, long ScratchBytes);
