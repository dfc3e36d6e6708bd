using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>Samples of a time series: so many rows that follow each other, and the target some rows after the last of them.</summary>
internal static class Windows
{
    /// <summary>Makes windows of a table's rows. Those whose target is missing are left out.</summary>
    public static RawData Of(RawData table, DataSpec spec, string path)
    {
        int length = spec.Window, count = table.All.Samples - length - spec.Horizon + 1;
        if (count < 1)
        {
            throw new NnException(
                ExitCode.BadFile, $"{path} has {table.All.Samples:N0} rows; a window of {length:N0} and a target {Rows(spec.Horizon)} after it need "
                    + $"{(long)length + spec.Horizon:N0}. Use a smaller window");
        }

        FieldForm input = table.Schema.Input, target = table.Schema.Target;
        int row = input.Bytes;
        RawData.CheckSize(count, (long)length * row, path);
        int[] starts = [.. Enumerable.Range(0, count).Where(i => !IsMissing(table, i + length - 1 + spec.Horizon))];
        if (starts.Length == 0) throw new NnException(ExitCode.BadFile, $"{path} has no window with a value of '{spec.Target}' after it");
        var inputs = new byte[(long)starts.Length * length * row];
        for (int s = 0; s < starts.Length; s++) input.Samples(table.All.Input, starts[s], length).CopyTo(inputs.AsSpan(s * length * row));
        Part targets = table.All.Select(table.Schema, [.. starts.Select(s => s + length - 1 + spec.Horizon)]);

        string left = starts.Length < count ? $"; {count - starts.Length} without a target left out" : "";
        return new RawData
        {
            Schema = new Schema(input with { Shape = new Shape(length).Concat(input.Shape) }, target),
            All = new Part(starts.Length, inputs, targets.Target),
            Strata = table.Strata.Length == 0 ? [] : [.. starts.Select(s => table.Strata[s + length - 1 + spec.Horizon])],
            Categorical = table.Categorical,
            HasGaps = table.HasGaps,
            Columns = table.Columns,
            Warnings = table.Warnings,
            Notes = [.. table.Notes, $"{starts.Length:N0} windows of {length:N0} rows, the target {Rows(spec.Horizon)} after the last{left}"],
        };
    }

    private static string Rows(int n) => n == 1 ? "1 row" : $"{n:N0} rows";

    private static bool IsMissing(RawData table, int row) => table.Schema.Target.IsSymbols
        ? MemoryMarshal.Cast<byte, int>(table.All.Target.AsSpan())[row] < 0
        : float.IsNaN(MemoryMarshal.Cast<byte, float>(table.All.Target.AsSpan())[row]);
}
