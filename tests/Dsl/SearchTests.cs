using Nn.Dsl;
using Nn.Training.Search;

namespace Nn.Tests.Dsl;

public class SearchTests
{
    private static SearchDefinition Search(string block) => Scripts.Bind("a.nn", $$"""
        let width = 4; let act = tanh; let rate = 0.1; let most = 9
        data d { builtin moons; split 80/20 }
        model m { dense width, act; dense classes, softmax }
        train { loss cross_entropy; optimizer sgd(lr: rate); seed 7; metrics accuracy }
        {{block}}
        """).Search!;

    [Theory]
    [InlineData("width in 2..6", "2..6, whole", 5)]
    [InlineData("width in 2..most", "2..9, whole", 8)]
    [InlineData("width in log(1..64)", "1..64, whole, logarithmic", 64)]
    [InlineData("rate in 0.0..1.0", "0..1", null)]
    [InlineData("rate in 0..0.5", "0..0.5", null)]
    [InlineData("rate in log(1e-4..1e-1)", "0.0001..0.1, logarithmic", null)]
    [InlineData("rate in 10%..50%, points: 3", "0.1, 0.3 or 0.5", 3)]
    [InlineData("rate in log(1e-3..1e-1), points: 3", "0.001, 0.01 or 0.1", 3)]
    [InlineData("width in 4..16, step: 4", "4, 8, 12 or 16", 4)]
    [InlineData("width in [2 * 3, 4]", "2 * 3 or 4", 2)]
    [InlineData("act in [tanh, leaky_relu(0.2), relu]", "tanh, leaky_relu(0.2) or relu", 3)]
    public void Values(string values, string text, int? count)
    {
        SearchAxis axis = Assert.Single(Search($"search random {{ {values} }}").Axes);
        Assert.Equal(text, axis.Text);
        Assert.Equal(count, axis.Count);
    }

    [Fact]
    public void Numbers_have_an_order_and_names_have_none()
    {
        IReadOnlyList<SearchAxis> axes = Search("search random { width in [16, 2 * 3, 8]; act in [tanh, relu] }").Axes;
        Assert.Equal([2, 0, 1], Assert.IsType<ChoiceAxis>(axes[0]).Ranks);
        Assert.False(axes[1].Ordered);
    }

    [Fact]
    public void Options_and_what_they_are_by_default()
    {
        SearchDefinition bayes = Search("search bayes { width in [1, 2] }"),
            grid = Search("search grid, prune: median, folds: 4, maximize: val_accuracy { width in [1, 2]; rate in 1..3 }");
        Assert.Equal((SearchMethod.Bayes, 20, 2, 0, "val_loss", false, Pruning.Median, 7u),
            (bayes.Method, bayes.Trials, bayes.Planned, bayes.Folds, bayes.Metric, bayes.Maximize, bayes.Pruning, bayes.Seed));
        Assert.Equal((SearchMethod.Grid, 6, 4, "val_accuracy", true, Pruning.Median),
            (grid.Method, grid.Planned, grid.Folds, grid.Metric, grid.Maximize, grid.Pruning));
        Assert.Equal(Pruning.None, Search("search grid { width in [1, 2] }").Pruning);
    }

    // At the bounds: what is just allowed, and what is just not.
    [Theory]
    [InlineData("width in 2..2", "must be above 2, not 2")]
    [InlineData("rate in log(0..1)", "must be above 0, not 0")]
    [InlineData("rate in 0..0.5, points: 1", "at least 2, not 1")]
    [InlineData("rate in 0..0.5, points: 10001", "at most 10000, not 10001")]
    [InlineData("rate in 0..0.5, step: 1e-6", "at least 5E-05")]
    [InlineData("width in 2..6, step: 0.5", "a whole number of at least 1")]
    [InlineData("width in 2..6, step: 0", "a whole number of at least 1")]
    public void Ranges_that_cannot_be_are_told(string values, string message) =>
        Assert.Contains(message, Assert.Throws<ScriptException>(() => Search($"search random {{ {values} }}")).Message);

    // A grid tries all that there is; others 20 where nobody says how many.
    [Theory]
    [InlineData("grid", int.MaxValue)]
    [InlineData("random", 20)]
    [InlineData("bayes", 20)]
    [InlineData("grid, trials: 7", 7)]
    [InlineData("random, trials: 7", 7)]
    public void So_many_trials_are_made(string search, int trials)
    {
        SearchDefinition made = Search($"search {search} {{ width in [2, 4, 8] }}");
        Assert.Equal((trials, Math.Min(trials, 3), "val_loss", false), (made.Trials, made.Planned, made.Metric, made.Maximize));
    }

    [Theory]
    [InlineData("rate in 0..0.5, points: 2", 2)]
    [InlineData("rate in 0..0.5, points: 10000", 10_000)]
    [InlineData("width in 2..6, step: 1", 5)]
    [InlineData("rate in 0.0..1.0, step: 0.5", 3)]
    public void Ranges_may_be_thinned_up_to_their_bounds(string values, int count) =>
        Assert.Equal(count, Assert.Single(Search($"search random {{ {values} }}").Axes).Count);
}
