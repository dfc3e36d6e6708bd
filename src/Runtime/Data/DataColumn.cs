namespace Nn.Data;

/// <summary>A column of a table as it was read.</summary>
/// <param name="Name">In the head line.</param>
/// <param name="IsTarget">Whether it is what is to be predicted; with windows it may be an input, too.</param>
/// <param name="Gaps">Rows without a value.</param>
/// <param name="Words">The different words with the number of rows that have each; empty for a column of numbers.</param>
public sealed record DataColumn(string Name, bool IsTarget, int Gaps, IReadOnlyList<(string Word, int Rows)> Words);
