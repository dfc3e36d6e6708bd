namespace Nn.Backends.Cpu.Fused;

/// <summary>
/// A compiled program: works on the units <paramref name="start"/>..<paramref name="end"/> (not empty) of its layout, in a rectangle on the
/// columns <paramref name="first"/>..<paramref name="last"/> of these rows. After the operands, <paramref name="operands"/> holds the memory for partial
/// results of terminal reductions. <paramref name="scratch"/> belongs to the caller's thread.
/// </summary>
internal unsafe delegate void FusedCode(void** operands, nint start, nint end, nint first, nint last, byte* scratch);
