namespace Nn.Ops;

/// <summary>
/// The gradient of a gather: output is zeroed, then output[index[i], :] += source[i, :] in the order of i. Rows outside the table are dropped.
/// </summary>
/// <param name="Rows">Rows of the output.</param>
/// <param name="RowElements">Elements of a row.</param>
public sealed record ScatterAddGeometry(int Rows, long RowElements) : KernelGeometry;
