using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>
/// What is said of lines that the grammar cannot read. Expected are the messages that follow from the grammar by hand: all that could stand at the furthest
/// token.
/// </summary>
public class BrokenLineTests
{
    [Theory]
    // The line ends too early.
    [InlineData("let a = (3 + 4", "')' is missing")]
    [InlineData("let a = [1, 2", "']' is missing")]
    [InlineData("let a = b[1", "']' is missing")]
    [InlineData("let a = f(1, x: 2", "')' is missing")]
    [InlineData("let a =", "this line is not complete; expected a value")]
    [InlineData("let a = 2 ^", "this line is not complete; expected a value")]
    [InlineData("let a = 2 < ", "this line is not complete; expected a value")]
    [InlineData("let a = [1,", "this line is not complete; expected a value")]
    [InlineData("let a = f(", "this line is not complete; expected a value or ')'")]
    [InlineData("let a = b.", "this line is not complete; expected a name")]
    [InlineData("let a", "this line is not complete; expected '='")]
    [InlineData("let", "this line is not complete; expected a name")]
    [InlineData("let a = if 1 then 2", "this line is not complete; expected an operator or 'else'")]
    [InlineData("model net { dense units: }", "this line is not complete; expected a value")]
    [InlineData("model net { dense 4, }", "this line is not complete; expected a value")]
    [InlineData("model net { repeat 3 as }", "this line is not complete; expected a name")]
    [InlineData("train net on { loss mse }", "this line is not complete; expected a name")]
    [InlineData("train { rate 0.1 for }", "this line is not complete; expected a value")]
    // A token does not fit.
    [InlineData("let = 3", "'=' does not fit here; expected a name")]
    [InlineData("let a 3", "'3' does not fit here; expected '='")]
    [InlineData("let a = 3 4", "'4' does not fit here; expected an operator or the end of the line")]
    [InlineData("let a = b c", "'c' does not fit here; expected an operator or the end of the line")]
    [InlineData("let a = 3 epochs 4", "'4' does not fit here; expected an operator or the end of the line")]
    [InlineData("let a = * 4", "'*' does not fit here; expected a value")]
    [InlineData("let a = (1, 2)", "',' does not fit here; expected an operator or ')'")]
    [InlineData("let a = [1 2]", "'2' does not fit here; expected an operator, ',' or ']'")]
    [InlineData("let a = if 1 else 2", "'else' does not fit here; expected an operator")]
    [InlineData("model net { dense 4 relu }", "'relu' does not fit here; expected an operator, ',' or the end of the line")]
    [InlineData("model net { 4 dense }", "'4' does not fit here; expected a name")]
    [InlineData("search 5 6 { lr in 1..2 }", "'6' does not fit here; expected an operator, ',' or the end of the line")]
    [InlineData("search { lr 0.1 }", "'0.1' does not fit here; expected 'in'")]
    [InlineData("data 5 { builtin moons }", "'5' does not fit here; expected a name")]
    [InlineData("data d e { builtin moons }", "'e' does not fit here; expected the end of the line")]
    [InlineData("fn f(x y) = x", "'y' does not fit here; expected '=', ',' or ')'")]
    [InlineData("fn f(x) x", "'x' does not fit here; expected '=' or the end of the line")]
    [InlineData("layer l(x) { w = param 5 }", "'5' does not fit here; expected an operator or the end of the line")]
    [InlineData("layer l(x) { state w = }", "this line is not complete; expected a value")]
    public void A_broken_line_is_told_all_that_would_fit(string script, string message) => Assert.Equal([message], Messages(script));

    // A body is parsed before its head, which lies further to the front: what was looked for in the one is forgotten for the other.
    [Fact]
    public void Each_line_is_told_by_itself() => Assert.Equal(
        ["'5' does not fit here; expected a name", "'relu' does not fit here; expected an operator, ',' or the end of the line",
            "this line is not complete; expected a value"],
        Messages("model 5 { dense 4 relu; dense 2 + }"));

    [Fact]
    public void Scripts_of_several_threads_do_not_disturb_each_other()
    {
        string[] scripts = ["let a = 3 4", "model net { dense 4 relu }", "let a = (3 + 4", "fn f(x y) = x"];
        string[][] alone = [.. scripts.Select(Messages)];
        Parallel.For(0, 400, i => Assert.Equal(alone[i % scripts.Length], Messages(scripts[i % scripts.Length])));
    }

    private static string[] Messages(string script)
    {
        var diagnostics = new Diagnostics(new SourceText("script.nn", script));
        ScriptParser.Parse(diagnostics.Source, diagnostics);
        return [.. diagnostics.All.Select(d => d.Message)];
    }
}
