using System.Text;
using Nn.Graphs;

namespace Nn.Repl.Reports;

/// <summary>Tensors as text: shape, statistics, and values as far as they fit.</summary>
internal static class TensorText
{
    private const int MaxRows = 12, MaxColumns = 10;

    /// <summary>Name, shape, statistics and the first rows over the last axis.</summary>
    public static string Write(string name, Shape shape, float[] values)
    {
        var s = new StringBuilder();
        double mean = values.Average(v => (double)v), deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        s.Append($"{name} {shape}: mean {NumberText.Number(mean)}, deviation {NumberText.Number(deviation)}, from {NumberText.Number(values.Min())} to "
            + $"{NumberText.Number(values.Max())}");
        int columns = shape.Rank == 0 ? 1 : shape[-1], rows = values.Length / columns;
        for (int r = 0; r < Math.Min(rows, MaxRows); r++)
        {
            s.Append("\n ");
            for (int c = 0; c < Math.Min(columns, MaxColumns); c++) s.Append($" {NumberText.Number(values[r * columns + c]),9}");
            if (columns > MaxColumns) s.Append(" …");
        }

        if (rows > MaxRows) s.Append($"\n  … {rows - MaxRows} more rows");
        return s.ToString();
    }
}
