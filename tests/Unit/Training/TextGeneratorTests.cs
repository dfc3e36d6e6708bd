using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class TextGeneratorTests
{
    [Fact]
    public void A_short_text_is_read_at_its_last_symbol_and_a_long_one_at_its_end()
    {
        var windows = new List<int[]>();
        // Position i says that symbol i + 1 follows, for sure.
        float[] Say(int[] window)
        {
            windows.Add([.. window]);
            return [.. Enumerable.Range(0, 3).SelectMany(i => Enumerable.Range(0, 5).Select(s => s == i + 1 ? 1f : 0))];
        }

        var generator = new TextGenerator(Say, 3, [4], 0);
        Assert.Equal([1, 2, 3, 3, 3], Enumerable.Range(0, 5).Select(_ => generator.Next()));
        Assert.Equal([[4, 0, 0], [4, 1, 0], [4, 1, 2], [1, 2, 3], [2, 3, 3]], windows);
    }

    [Fact]
    public void Of_a_long_prompt_the_end_is_read()
    {
        int[]? seen = null;
        var generator = new TextGenerator(w => { seen = [.. w]; return [0, 1, 0, 1]; }, 2, [1, 0, 0, 1], 0);
        Assert.Equal(1, generator.Next());
        Assert.Equal([0, 1], seen!);
    }

    [Theory]
    [InlineData(new[] { 0.1f, 0.6f, 0.3f }, 0.05, 1)]
    [InlineData(new[] { 0.1f, 0.6f, 0.3f }, 0.59, 1)]
    [InlineData(new[] { 0.1f, 0.6f, 0.3f }, 0.61, 2)]
    [InlineData(new[] { 0.1f, 0.6f, 0.3f }, 0.89, 2)]
    [InlineData(new[] { 0.1f, 0.6f, 0.3f }, 0.91, 0)]
    // Logits: e² : e¹ : e⁰ = 0.665 : 0.245 : 0.090.
    [InlineData(new[] { 1f, 2f, 0f }, 0.66, 1)]
    [InlineData(new[] { 1f, 2f, 0f }, 0.67, 0)]
    [InlineData(new[] { 1f, 2f, 0f }, 0.92, 2)]
    // Logarithms of probabilities are logits.
    [InlineData(new[] { -2.302585f, -0.5108256f, -1.2039728f }, 0.61, 2)]
    public void A_draw_takes_the_likeliest_first(float[] outputs, double uniform, int symbol) =>
    Assert.Equal(symbol, TextGenerator.Draw(outputs, 1, null, uniform));

    [Theory]
    // At temperature ½ probabilities are squared: 0.01 : 0.36 : 0.09, or 0.783 : 0.196 : 0.022 in order.
    [InlineData(0.5, null, 0.78, 1)]
    [InlineData(0.5, null, 0.79, 2)]
    [InlineData(0.5, null, 0.98, 0)]
    // Of the two likeliest: 0.667 : 0.333.
    [InlineData(1.0, 2, 0.66, 1)]
    [InlineData(1.0, 2, 0.67, 2)]
    [InlineData(1.0, 2, 0.999999, 2)]
    [InlineData(1.0, 1, 0.999999, 1)]
    [InlineData(0.0, null, 0.999999, 1)]
    [InlineData(1e-3, null, 0.999999, 1)]
    public void Temperature_and_choice_narrow_a_draw(double temperature, int? among, double uniform, int symbol) =>
        Assert.Equal(symbol, TextGenerator.Draw([0.1f, 0.6f, 0.3f], temperature, among, uniform));

    [Theory]
    // The likeliest has 0.6, both likeliest 0.9, and those are drawn 2 : 1.
    [InlineData(1.0, null, 0.6, 0.999999, 1)]
    [InlineData(1.0, null, 0.61, 0.66, 1)]
    [InlineData(1.0, null, 0.61, 0.999999, 2)]
    [InlineData(1.0, null, 0.95, 0.999999, 0)]
    [InlineData(1.0, null, 1.0, 0.999999, 0)]
    // Never none.
    [InlineData(1.0, null, 1e-9, 0.999999, 1)]
    // The share is of all symbols, whatever the choice among them.
    [InlineData(1.0, 2, 0.95, 0.999999, 2)]
    // At a half: 0.01, 0.36 and 0.09 of 0.46, so the likeliest has 0.78.
    [InlineData(0.5, null, 0.78, 0.999999, 1)]
    [InlineData(0.5, null, 0.79, 0.999999, 2)]
    public void The_nucleus_is_drawn_from(double temperature, int? among, double topP, double uniform, int symbol) =>
        Assert.Equal(symbol, TextGenerator.Draw([0.1f, 0.6f, 0.3f], temperature, among, uniform, topP));

    [Fact]
    public void Of_symbols_that_are_equally_likely_the_first_comes_first() => Assert.Equal(0, TextGenerator.Draw([0.25f, 0.25f, 0.25f, 0.25f], 0, null, 0.9));

    [Fact]
    public void Draws_follow_the_distribution_and_the_seed()
    {
        float[] p = [0.5f, 0.2f, 0.3f];
        int[] Text(uint seed)
        {
            var generator = new TextGenerator(_ => p, 1, [0], seed);
            return [.. Enumerable.Range(0, 10_000).Select(_ => generator.Next())];
        }

        int[] text = Text(7);
        Assert.Equal(text, Text(7));
        Assert.NotEqual(text, Text(8));
        // Four standard deviations of a share of 10,000 draws.
        for (int s = 0; s < 3; s++) Assert.Equal(p[s], text.Count(t => t == s) / 10_000.0, 4 * Math.Sqrt(p[s] * (1 - p[s]) / 10_000));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_model_that_has_diverged_writes_nothing(float value) =>
        Assert.Equal(ExitCode.Diverged, Assert.Throws<NnException>(() => TextGenerator.Draw([0.5f, value], 1, null, 0.5)).Code);
}
