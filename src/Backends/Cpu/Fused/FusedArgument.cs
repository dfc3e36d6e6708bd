namespace Nn.Backends.Cpu.Fused;

/// <summary>The parameters of <see cref="FusedCode"/> by their place; place 0 is taken by the delegate itself.</summary>
internal enum FusedArgument
{
    /// <summary>Addresses of the operands, and behind them of the memory for partial results.</summary>
    Operands = 1,

    /// <summary>The first unit.</summary>
    Start,

    /// <summary>The unit after the last.</summary>
    End,

    /// <summary>The first column of a rectangle.</summary>
    First,

    /// <summary>The column after the last.</summary>
    Last,

    /// <summary>Memory of the caller's thread.</summary>
    Scratch,
}
