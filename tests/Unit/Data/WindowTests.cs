using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Tests.Unit.Training;

namespace Nn.Tests.Unit.Data;

public sealed class WindowTests : IDisposable
{
    private const string Series = "month,n\njan,1\nfeb,2\nmar,3\njan,4\nfeb,5\nmar,6\njan,7\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_that_follow_each_other_and_the_one_after()
    {
        LoadedData data = Load(Series, s => s with { Window = 2, Inputs = ["n"] });
        OneField.Check(data.Schema, new Shape(2, 1), DType.F32, new Shape(1), DType.F32, null);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 5, 5, 6], Floats(data.Training.Input));
        Assert.Equal([3, 4, 5, 6, 7], Floats(data.Training.Target));
        Assert.Contains("5 windows of 2 rows, the target 1 row after the last", data.Notes);
    }

    [Fact]
    public void The_target_may_be_further_off()
    {
        LoadedData data = Load(Series, s => s with { Window = 3, Horizon = 3, Inputs = ["n"] });
        Assert.Equal([1, 2, 3, 2, 3, 4], Floats(data.Training.Input));
        Assert.Equal([6, 7], Floats(data.Training.Target));
    }

    // In the order of the file: one-hot feb, jan, mar, then n, which is input and target.
    [Fact]
    public void All_columns_are_inputs_and_words_are_one_hot()
    {
        LoadedData data = Load(Series, s => s with { Window = 2 });
        Assert.Equal(["month=feb", "month=jan", "month=mar", "n"], data.FeatureNames);
        Assert.Equal([0, 1, 0, 1, 1, 0, 0, 2], Floats(data.Training.Input)[..8]);
    }

    [Fact]
    public void Later_rows_teach_nothing_about_earlier_ones()
    {
        LoadedData data = new Script(
            "model m { flatten; dense 1 }\ndata d { csv \"data.csv\"; target n; window 2; split 60/40 }\ntrain { loss mse; optimizer sgd(lr: 0.1) }",
            Series).Data;
        Assert.Equal([3, 4, 5], Floats(data.Training.Target));
        Assert.Equal([6, 7], Floats(data.Validation.Target));
        // Statistics of the training part's windows alone: n in 1, 2, 2, 3, 3, 4 has mean 2.5 and variance 11/12.
        Assert.Equal(1 / Math.Sqrt(11 / 12.0), data.Input.Scaling!.Scale[3], 1e-5);
        Assert.Equal(-2.5 / Math.Sqrt(11 / 12.0), data.Input.Scaling!.Shift[3], 1e-5);
        Assert.Equal((1, 0), (data.Input.Scaling!.Scale[0], data.Input.Scaling!.Shift[0]));
    }

    [Fact]
    public void Gaps_keep_their_place()
    {
        // Row 3 has no n: as an input it is the mean of the others, 1 and 4; as a target it is left out.
        LoadedData data = Load("n\n1\n2\n\"\"\n4\n5\n", s => s with { Window = 1, Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.Number } });
        Assert.Equal([2, 4, 5], Floats(data.Training.Target));
        Assert.Equal([1, 2.5f, 4], Floats(data.Training.Input));
        Assert.Contains(data.Notes, n => n.EndsWith("; 1 without a target left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Words_are_foretold_as_classes()
    {
        LoadedData data = Load(Series, s => s with { Window = 3, Target = "month", Inputs = ["month"] });
        Assert.Equal(3, data.Target.Symbols);
        Assert.Equal([1, 0, 2, 1], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
    }

    [SkippableFact]
    public void A_year_of_flights_foretells_the_next_month()
    {
        string flights = Checkout.DataOrSkip("flights.csv");
        LoadedData data = DataLoader.Load(
            new DataSpec
            {
                Name = "d",
                Source = DataSource.Csv,
                Path = flights,
                Target = "passengers",
                Inputs = ["month", "passengers"],
                Window = 12,
                Shuffle = false,
                Split = [0.8, 0.2]
            }, ["/"]);
        Assert.Equal(new Shape(12, 13), data.Input.Shape);
        Assert.Equal((106, 26), (data.Training.Samples, data.Validation.Samples));
        // January 1949 had 112 passengers, January 1950 115; December 1960 432.
        Assert.Equal([112, 115], new[] { Floats(data.Training.Input)[12], Floats(data.Training.Target)[0] });
        Assert.Equal(432, Floats(data.Validation.Target)[^1]);
    }

    [Fact]
    public void Too_few_rows_are_told()
    {
        NnException e = Assert.Throws<NnException>(() => Load(Series, s => s with { Window = 6, Horizon = 2 }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("has 7 rows; a window of 6 and a target 2 rows after it need 8", e.Message);
    }

    private LoadedData Load(string csv, Func<DataSpec, DataSpec> change)
    {
        _folder.Write("t.csv", csv);
        return DataLoader.Load(
            change(new DataSpec { Name = "d", Source = DataSource.Csv, Path = "t.csv", Target = "n", Shuffle = false, Normalize = Normalization.None }),
            [_folder.Path]);
    }

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
