namespace Nn.Ops;

/// <summary>What a kernel has to know besides where its operands lie: sizes, strides, which of several related computations it is.</summary>
public abstract record KernelGeometry;
