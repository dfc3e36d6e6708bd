using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

public class MedianRuleTests
{
    private static readonly SearchDefinition Smallest = Spaces.Definition(SearchMethod.Random, 99, new RangeAxis("x", 0, 1));

    // Losses after each of ten epochs: the level at first, falling by 0.1 an epoch.
    private static Trial Finished(double level, int folds = 1) => new()
    {
        Number = 1,
        Values = ["0"],
        State = TrialState.Done,
        Folds = [level],
        Curves = [.. Enumerable.Repeat(Curve(level, 10), folds)],
    };

    private static double[] Curve(double level, int epochs) => [.. Enumerable.Range(0, epochs).Select(e => level - 0.1 * e)];

    private static Trial[] Levels(params double[] levels) => [.. levels.Select(l => Finished(l))];

    [Theory]
    [InlineData(3.05, true)]
    [InlineData(2.95, false)]
    public void Worse_than_the_median_at_the_same_epoch_is_hopeless(double level, bool hopeless) =>
        Assert.Equal(hopeless, MedianRule.Hopeless(Smallest, Levels(1, 2, 3, 4, 5), [Curve(level, 4)], 10));

    [Fact]
    public void Of_an_even_number_the_median_is_between_the_two_in_the_middle()
    {
        Assert.False(MedianRule.Hopeless(Smallest, Levels(1, 2, 3, 4, 5, 6), [Curve(3.45, 4)], 10));
        Assert.True(MedianRule.Hopeless(Smallest, Levels(1, 2, 3, 4, 5, 6), [Curve(3.55, 4)], 10));
    }

    [Fact]
    public void Nothing_is_given_up_before_some_trials_and_some_epochs()
    {
        Assert.False(MedianRule.Hopeless(Smallest, Levels(1, 1, 1, 1), [Curve(9, 10)], 10));
        Assert.False(MedianRule.Hopeless(Smallest, Levels(1, 1, 1, 1, 1), [Curve(9, 2)], 10));
        Assert.True(MedianRule.Hopeless(Smallest, Levels(1, 1, 1, 1, 1), [Curve(9, 3)], 10));
        Assert.False(MedianRule.Hopeless(Smallest, Levels(1, 1, 1, 1, 1), [Curve(9, 9)], 50));
        Assert.True(MedianRule.Hopeless(Smallest, Levels(1, 1, 1, 1, 1), [Curve(9, 10)], 50));
    }

    [Fact]
    public void Trials_that_did_not_finish_do_not_count()
    {
        Trial pruned = Finished(1) with { State = TrialState.Pruned };
        Assert.False(MedianRule.Hopeless(Smallest, [.. Levels(1, 1, 1, 1), pruned, pruned], [Curve(9, 5)], 10));
    }

    [Fact]
    public void The_best_value_so_far_counts_and_a_bad_epoch_does_not() =>
        Assert.False(MedianRule.Hopeless(Smallest, Levels(1, 2, 3, 4, 5), [[2, 9, 9, 9]], 10));

    [Fact]
    public void Where_more_is_better_less_is_hopeless()
    {
        SearchDefinition largest = Smallest with { Maximize = true };
        Assert.True(MedianRule.Hopeless(largest, Levels(1, 2, 3, 4, 5), [Curve(2.9, 4)], 10));
        Assert.False(MedianRule.Hopeless(largest, Levels(1, 2, 3, 4, 5), [Curve(3.1, 4)], 10));
    }

    [Fact]
    public void Of_several_folds_the_mean_is_compared()
    {
        Trial[] before = [.. new double[] { 1, 2, 3, 4, 5 }.Select(l => Finished(l, folds: 3))];
        // The first fold ended at 1 − 0.9; the second is at 4 − 0.3. The median trial had 3 − 0.9 and 3 − 0.3.
        Assert.False(MedianRule.Hopeless(Smallest, before, [Curve(1, 10), Curve(4, 4)], 10));
        Assert.True(MedianRule.Hopeless(Smallest, before, [Curve(1, 10), Curve(5.1, 4)], 10));
    }

    [Fact]
    public void A_trial_without_any_number_is_hopeless_and_one_that_stopped_early_is_compared_with_its_end()
    {
        Assert.True(MedianRule.Hopeless(Smallest, Levels(1, 2, 3, 4, 5), [[double.NaN, double.NaN, double.NaN]], 10));
        Trial early = Finished(1) with { Curves = [[1, 1]] };
        Assert.True(MedianRule.Hopeless(Smallest, [early, early, early, early, early], [[2, 2, 2, 2]], 10));
    }
}
