using Nn.Repl.Serve;

namespace Nn.Tests.Browser;

/// <summary>Parts of the page that need neither a process nor a browser.</summary>
public sealed class PartTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void A_series_stays_small_and_keeps_beginning_order_and_end(int count)
    {
        var series = new ThinnedSeries(64);
        CurvePart? seen = null;
        var shown = new List<CurvePoint>();
        for (int i = 1; i <= count; i++)
        {
            series.Add(i, [new("loss", 1.0 / i)]);
            // Somebody who reads now and then must come to the same points as somebody who reads once.
            if (i % 37 != 0) continue;
            CurvePart part = series.Since(seen);
            if (seen is null || part.Generation != seen.Generation) shown.Clear();
            shown.AddRange(part.Points);
            seen = part;
        }

        CurvePart rest = series.Since(seen);
        if (seen is null || rest.Generation != seen.Generation) shown.Clear();
        shown.AddRange(rest.Points);
        CurvePart all = series.Since(null);
        Assert.Equal(all.Points, shown);
        Assert.InRange(all.Points.Length, Math.Min(count, 32) - 1, 64);
        Assert.Equal(1, all.Points[0].X);
        Assert.Equal(all.Points.Select(p => p.X).Order(), all.Points.Select(p => p.X));
        Assert.Equal(count, (all.Last ?? all.Points[^1]).X);
        Assert.All(all.Points, p => Assert.Equal(1.0 / p.X, p.Values[0]));
    }

    [Fact]
    public void What_is_no_number_is_left_out_of_a_series()
    {
        var series = new ThinnedSeries(64);
        series.Add(1, [new("loss", double.NaN), new("accuracy", 0.5)]);
        series.Add(2, [new("accuracy", double.PositiveInfinity), new("val_loss", 3)]);
        CurvePart part = series.Since(null);
        Assert.Equal(["loss", "accuracy", "val_loss"], part.Names);
        Assert.Equal([null, 0.5], part.Points[0].Values);
        Assert.Equal([null, null, 3], part.Points[1].Values);
    }

    public static TheoryData<string, string, string> Choices()
    {
        var all = new TheoryData<string, string, string>();
        foreach (string data in PlayChoices.Generators) all.Add(data, "tanh", "adam");
        foreach (string activation in PlayChoices.Activations) all.Add("moons", activation, "adam");
        foreach (string optimizer in PlayChoices.Optimizers) all.Add("xor", "relu", optimizer);
        return all;
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task Whatever_is_chosen_is_a_script_without_mistakes(string data, string activation, string optimizer)
    {
        PlayChoices choices = PlayChoices.First with
        {
            Data = data,
            Activation = activation,
            Optimizer = optimizer,
            Layers = [3, 1, 5],
            Classes = 4,
            Noise = 0.07
        };
        string script = choices.Script();
        Assert.Empty(await new PostedScripts("playground.nn", null, "cpu").Check(script));
        // The formatter would write it no other way.
        Assert.Equal(Dsl.Formatter.Format(new Dsl.SourceText("playground.nn", script)), script);
    }
}
