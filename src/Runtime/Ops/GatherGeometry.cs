namespace Nn.Ops;

/// <summary>Rows of a table by index: output[i, :] = table[index[i], :]. An index outside the table reads the nearest row.</summary>
/// <param name="Rows">Rows of the table.</param>
/// <param name="RowElements">Elements of a row.</param>
public sealed record GatherGeometry(int Rows, long RowElements) : KernelGeometry;
