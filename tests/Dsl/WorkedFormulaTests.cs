using Nn.Dsl;

namespace Nn.Tests.Dsl;

public sealed class WorkedFormulaTests
{
    private static readonly Script Empty = ScriptParser.Parse(new SourceText("test.nn", ""));

    [Fact]
    public void Adam_is_calculated_line_by_line()
    {
        IReadOnlyList<WorkedLine> lines = WorkedFormula.Lines(Empty, "adam", new Dictionary<string, double>
        {
            ["w"] = 1,
            ["g"] = -0.5,
            ["t"] = 2,
            ["lr"] = 0.1,
            ["beta1"] = 0.9,
            ["beta2"] = 0.99,
            ["eps"] = 0,
            ["m"] = 0.2,
            ["v"] = 0.04,
        });
        // By hand: m = 0.18 − 0.05, v = 0.0396 + 0.0025; the shares filled after two steps are 0.19 and 0.0199.
        Assert.Equal(["m", "v", "w"], lines.Select(l => l.Name));
        Assert.Equal(0.13, lines[0].Value, 12);
        Assert.Equal(0.0421, lines[1].Value, 12);
        Assert.Equal(1 - 0.1 * (0.13 / 0.19) / Math.Sqrt(0.0421 / 0.0199), lines[2].Value, 12);
        Assert.Equal("beta1 * m + (1 - beta1) * g", lines[0].Formula);
        Assert.Equal("0.9 * 0.2 + (1 - 0.9) * (-0.5)", lines[0].Numbers);
    }

    [Fact]
    public void An_optimizer_of_the_script_may_use_its_own_functions()
    {
        Script script = ScriptParser.Parse(new SourceText("test.nn", "fn half(x) = x / 2\noptimizer slow(lr = 1) {\n  w -= lr * half(g)\n}"));
        WorkedLine line = Assert.Single(WorkedFormula.Lines(script, "slow", new Dictionary<string, double> { ["w"] = 3, ["g"] = 4, ["lr"] = 0.5, ["t"] = 1 }));
        Assert.Equal(("w - lr * half(g)", "3 - 0.5 * half(4)", 2.0), (line.Formula, line.Numbers, line.Value));
        Assert.StartsWith("optimizer slow(lr = 1) {", WorkedFormula.TextOf(script, "slow"));
    }

    [Theory]
    [InlineData("lamb")]
    [InlineData("metropolis")]
    public void What_depends_on_other_weights_is_not_calculated_for_one(string optimizer) =>
        Assert.Empty(WorkedFormula.Lines(Empty, optimizer, new Dictionary<string, double> { ["w"] = 1, ["g"] = 1 }));
}
