using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

public sealed class FoldsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(10, 2)]
    [InlineData(23, 5)]
    [InlineData(7, 7)]
    public void Every_sample_is_in_one_fold_and_folds_are_of_one_size(int samples, int folds)
    {
        int[] numbers = [.. Enumerable.Range(100, samples)];
        foreach (bool shuffle in new[] { true, false })
        {
            int[][] cut = Folds.Cut(numbers, folds, [], shuffle, 3);
            Assert.Equal(folds, cut.Length);
            Assert.Equal(numbers, cut.SelectMany(f => f).Order());
            Assert.InRange(cut.Max(f => f.Length) - cut.Min(f => f.Length), 0, 1);
        }
    }

    [Fact]
    public void Groups_are_shared_out_evenly()
    {
        // 50, 30 and 7 of three groups, mixed.
        int[] strata = [.. Enumerable.Range(0, 87).Select(i => i % 87 * 5 % 87 is var j && j < 50 ? 0 : j < 80 ? 1 : 2)];
        int[][] cut = Folds.Cut([.. Enumerable.Range(0, 87)], 5, strata, shuffle: true, 1);
        Assert.Equal(Enumerable.Range(0, 87), cut.SelectMany(f => f).Order());
        Assert.InRange(cut.Max(f => f.Length) - cut.Min(f => f.Length), 0, 1);
        foreach ((int group, int count) in new[] { (0, 50), (1, 30), (2, 7) })
        {
            int[] shares = [.. cut.Select(f => f.Count(i => strata[i] == group))];
            Assert.Equal(count, shares.Sum());
            Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        }
    }

    [Fact]
    public void The_seed_decides_and_without_shuffling_neighbours_stay_together()
    {
        int[] numbers = [.. Enumerable.Range(0, 30)];
        Assert.Equal(Folds.Cut(numbers, 3, [], true, 1), Folds.Cut(numbers, 3, [], true, 1));
        Assert.NotEqual(Folds.Cut(numbers, 3, [], true, 1), Folds.Cut(numbers, 3, [], true, 2));
        Assert.Equal([[.. numbers[..10]], [.. numbers[10..20]], [.. numbers[20..]]], Folds.Cut(numbers, 3, [], false, 1));
    }

    [Fact]
    public void Folds_are_cut_from_the_training_part_alone()
    {
        DataSpec spec = Spec(60, i => $"{i},{i}") with { Split = [0.75, 0.25], SplitSeed = 4 };
        float[] validation = Inputs(Load(spec).Validation), training = Inputs(Load(spec).Training);
        IReadOnlyList<LoadedData> folds = DataLoader.LoadFolds(spec, [_folder.Path], 5);
        Assert.Equal(training.Order(), folds.SelectMany(f => Inputs(f.Validation)).Order());
        foreach (LoadedData fold in folds)
        {
            Assert.Equal(training.Order(), Inputs(fold.Training).Concat(Inputs(fold.Validation)).Order());
            Assert.Empty(Inputs(fold.Training).Intersect(validation));
        }
    }

    [Fact]
    public void Each_fold_is_scaled_and_its_gaps_are_filled_by_what_it_trains_on()
    {
        // Ten rows in order, folds of neighbours; the last one has a gap in a.
        DataSpec spec = Spec(10, i => i == 9 ? ",0" : $"{i},0") with { Normalize = Normalization.Standard, Split = [1, 0], Shuffle = false };
        IReadOnlyList<LoadedData> folds = DataLoader.LoadFolds(spec, [_folder.Path], 2);
        // Fold 2 is held out: 0..4 train, mean 2, variance 2.
        Assert.Equal(1 / Math.Sqrt(2), folds[1].Input.Scaling!.Scale[0], 1e-6);
        Assert.Equal(-2 / Math.Sqrt(2), folds[1].Input.Scaling!.Shift[0], 1e-6);
        Assert.Equal(2, Inputs(folds[1].Validation)[^1]);
        // Fold 1 is held out: 5..8 train and fill the gap with 6.5.
        Assert.Equal(6.5f, Inputs(folds[0].Training)[^1]);
        Assert.Equal(-6.5 * folds[0].Input.Scaling!.Scale[0], folds[0].Input.Scaling!.Shift[0], 1e-5);
    }

    [Fact]
    public void More_folds_than_samples_are_refused()
    {
        var e = Assert.Throws<NnException>(() => DataLoader.LoadFolds(Spec(4, i => $"{i},0"), [_folder.Path], 5));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("4 samples", e.Message);
    }

    private DataSpec Spec(int rows, Func<int, string> row)
    {
        _folder.Write("f.csv", "a,y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => row(i) + "\n")));
        return new DataSpec { Name = "d", Source = DataSource.Csv, Path = "f.csv", Target = "y", Normalize = Normalization.None };
    }

    private LoadedData Load(DataSpec spec) => DataLoader.Load(spec, [_folder.Path]);

    private static float[] Inputs(Part part) => MemoryMarshal.Cast<byte, float>(part.Input).ToArray();
}
