namespace Nn.Networks;

/// <summary>A cell of a row that a model cannot take: its column is not known, or what stands there is no number or word of it.</summary>
public sealed class ColumnException : NnException
{
    /// <summary>Says what is wrong with a cell.</summary>
    /// <param name="code">How a command ends by it.</param>
    /// <param name="column">The column as it was named.</param>
    /// <param name="message">What is wrong, for people.</param>
    public ColumnException(ExitCode code, string column, string message) : base(code, message) => Column = column;

    /// <summary>The column as it was named.</summary>
    public string Column { get; }
}
