namespace Nn.Backends.Cpu.Emit;

/// <summary>What a <see cref="VectorOp"/> takes: by that its method is told from others of the same name.</summary>
internal enum VectorForm
{
    /// <summary>Vectors alone.</summary>
    Vectors,

    /// <summary>One number.</summary>
    Broadcast,

    /// <summary>A first number and a step.</summary>
    Sequence,

    /// <summary>An address.</summary>
    Load,

    /// <summary>A vector and an address.</summary>
    Store,

    /// <summary>An address, a vector, a count of lanes.</summary>
    PartialStore,

    /// <summary>A vector and a count of bits.</summary>
    Shift,
}
