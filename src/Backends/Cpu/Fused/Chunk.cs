namespace Nn.Backends.Cpu.Fused;

/// <summary>A vector's place in a row.</summary>
/// <param name="Number">Which of the row's vectors; −1 in a loop over them.</param>
/// <param name="ConstantOffset">Bytes of 32-bit numbers from the row's begin; null where only the running code knows.</param>
/// <param name="Partial">Whether the row ends within the vector.</param>
/// <param name="Count">How many lanes belong to the row, if it ends within; 0 where only the running code knows.</param>
internal readonly record struct Chunk(int Number, long? ConstantOffset, bool Partial, int Count);
