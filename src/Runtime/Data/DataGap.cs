namespace Nn.Data;

/// <summary>What stands in a table where no value is known.</summary>
public static class DataGap
{
    /// <summary>Whether a cell has no value: it is empty, or one of the words for that, such as NA.</summary>
    public static bool Is(string cell) => CsvTable.IsGap(cell);
}
