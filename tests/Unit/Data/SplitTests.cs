using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

public sealed class SplitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(new[] { 0.8, 0.2 }, 80, 20, 0)]
    [InlineData(new[] { 0.7, 0.15, 0.15 }, 70, 15, 15)]
    [InlineData(new[] { 0.5, 0.25, 0.25 }, 50, 25, 25)]
    [InlineData(new double[0], 100, 0, 0)]
    public void Parts_have_the_stated_sizes_and_together_hold_every_sample_once(double[] split, int training, int validation, int test)
    {
        LoadedData data = Load(Rows(100, i => $"{i},0"), s => s with { Split = split });
        Assert.Equal((training, validation, test), (data.Training.Samples, data.Validation.Samples, data.Test.Samples));
        float[] all = [.. Inputs(data.Training), .. Inputs(data.Validation), .. Inputs(data.Test)];
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (float)i), all.Order());
    }

    [Fact]
    public void A_split_is_shuffled_by_its_seed_or_keeps_the_order()
    {
        string rows = Rows(100, i => $"{i},0");
        float[] Training(uint seed, bool shuffle) => Inputs(Load(rows, s => s with { Split = [0.8, 0.2], SplitSeed = seed, Shuffle = shuffle }).Training);
        Assert.Equal(Training(1, true), Training(1, true));
        Assert.NotEqual(Training(1, true), Training(2, true));
        Assert.Equal(Enumerable.Range(0, 80).Select(i => (float)i), Training(1, false));
    }

    [Fact]
    public void Targets_stay_with_their_inputs()
    {
        LoadedData data = Load(Rows(50, i => $"{i},{i * 10}"), s => s with { Split = [0.6, 0.4] });
        foreach (Part part in new[] { data.Training, data.Validation })
            Assert.Equal(Inputs(part).Select(x => x * 10), MemoryMarshal.Cast<byte, float>(part.Target).ToArray());
    }

    [Fact]
    public void Stratified_parts_have_each_class_in_the_same_share()
    {
        // 60 of a, 30 of b, 10 of c: 80 % of each is 48, 24, 8.
        LoadedData data = Load(Rows(100, i => $"{i},{(i < 60 ? "a" : i < 90 ? "b" : "c")}"), s => s with { Split = [0.8, 0.2], Stratify = "y" });
        Assert.Equal([48, 24, 8], Counts(data.Training));
        Assert.Equal([12, 6, 2], Counts(data.Validation));
        Assert.NotEqual(Inputs(data.Training).Order(), Inputs(data.Training));
    }

    [Fact]
    public void A_limit_takes_so_many_samples_at_random()
    {
        LoadedData data = Load(Rows(100, i => $"{i},0"), s => s with { Limit = 10 });
        Assert.Equal(10, data.Training.Samples);
        Assert.Equal(10, Inputs(data.Training).Distinct().Count());
        Assert.True(Inputs(data.Training).Max() > 20);
    }

    [Fact]
    public void An_empty_training_part_is_refused() =>
        Assert.Contains("the training part is empty", Assert.Throws<NnException>(() => Load("x,y\n1,2\n", s => s with { Split = [0.3, 0.7] })).Message);

    [Fact]
    public void Standardising_uses_the_training_part_only()
    {
        // Training 1, 2, 3, 4: mean 2.5, population deviation √1.25. What lies in the validation part must not matter.
        LoadedData data = Load("x,y\n1,0\n2,0\n3,0\n4,0\n1000,0\n", s => s with { Split = [0.8, 0.2], Shuffle = false, Normalize = Normalization.Standard });
        Assert.Equal(1 / Math.Sqrt(1.25), data.Input.Scaling!.Scale[0], 6);
        Assert.Equal(-2.5 / Math.Sqrt(1.25), data.Input.Scaling!.Shift[0], 6);
    }

    [Fact]
    public void A_range_maps_the_training_parts_ends()
    {
        // 10..30 to -1..1: x · 0.1 − 2.
        LoadedData data = Load("x,y\n10,0\n30,0\n20,0\n15,0\n99,0\n",
            s => s with { Split = [0.8, 0.2], Shuffle = false, Normalize = Normalization.Range, NormalizeBy = (-1, 1) });
        Assert.Equal(0.1, data.Input.Scaling!.Scale[0], 6);
        Assert.Equal(-2, data.Input.Scaling!.Shift[0], 6);
    }

    [Fact]
    public void A_given_mean_and_deviation_are_used_as_they_are()
    {
        LoadedData data = Load("x,y\n10,0\n30,0\n", s => s with { Normalize = Normalization.Given, NormalizeBy = (5, 2) });
        Assert.Equal((0.5f, -2.5f), (data.Input.Scaling!.Scale[0], data.Input.Scaling!.Shift[0]));
    }

    [Fact]
    public void A_constant_column_and_one_hot_columns_stay_harmless()
    {
        LoadedData data = Load("x,w,y\n7,a,0\n7,b,0\n", s => s with { Normalize = Normalization.Standard });
        Assert.Equal([1, 1, 1], data.Input.Scaling!.Scale);
        Assert.Equal([-7, 0, 0], data.Input.Scaling!.Shift);
        LoadedData ranged = Load("x,w,y\n7,a,0\n7,b,0\n", s => s with { Normalize = Normalization.Range, NormalizeBy = (0, 1) });
        Assert.Equal([0, 1, 1], ranged.Input.Scaling!.Scale);
        Assert.All(ranged.Input.Scaling!.Shift, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Tables_are_standardised_unless_told_otherwise_and_generators_are_not()
    {
        Assert.NotNull(Load("x,y\n1,0\n2,0\n", s => s with { Normalize = null }).Input.Scaling);
        Assert.Null(DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Builtin, Path = "moons" }, []).Input.Scaling);
    }

    [Fact]
    public void Images_share_their_statistics_over_all_pixels()
    {
        LoadedData data = DataLoader.Load(new DataSpec
        {
            Name = "d",
            Source = DataSource.Builtin,
            Path = "digits",
            Samples = 50,
            Split = [0.8, 0.2],
            Normalize = Normalization.Standard
        }, []);
        double[] pixels = [.. data.Training.Input.Select(b => b / 255.0)];
        double mean = pixels.Average(), deviation = Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean)));
        Assert.Equal(1 / deviation, data.Input.Scaling!.Scale.Single(), 4);
        Assert.Equal(-mean / deviation, data.Input.Scaling!.Shift.Single(), 4);
    }

    private static string Rows(int count, Func<int, string> row) => "x,y\n" + string.Join('\n', Enumerable.Range(0, count).Select(row)) + "\n";

    private LoadedData Load(string text, Func<DataSpec, DataSpec> change) => DataLoader.Load(
        change(new DataSpec { Name = "d", Source = DataSource.Csv, Path = _folder.Write("t.csv", text), Target = "y", Normalize = Normalization.None }),
        [_folder.Path]);

    private static float[] Inputs(Part part) => MemoryMarshal.Cast<byte, float>(part.Input).ToArray();

    private static int[] Counts(Part part)
    {
        int[] classes = MemoryMarshal.Cast<byte, int>(part.Target).ToArray();
        return [.. Enumerable.Range(0, 3).Select(c => classes.Count(t => t == c))];
    }
}
