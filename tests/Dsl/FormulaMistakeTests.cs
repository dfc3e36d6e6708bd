namespace Nn.Tests.Dsl;

/// <summary>Subscripts and calls within formulas: what they make, and what is said where they cannot be.</summary>
public class FormulaMistakeTests
{
    // Of 6 places of 4 features.
    [Theory]
    [InlineData("it[0..3, 1..2]", "3x1")]
    [InlineData("it[2]", "1x4")]
    [InlineData("it[5]", "1x4")]
    [InlineData("it[-1]", "1x4")]
    [InlineData("it[-6]", "1x4")]
    [InlineData("it[4..]", "2x4")]
    [InlineData("it[-2..]", "2x4")]
    [InlineData("it[..5]", "5x4")]
    [InlineData("it[0..6, 0..4]", "6x4")]
    [InlineData("it[.., 0..3]", "6x3")]
    [InlineData("it[.., -1]", "6x1")]
    [InlineData("concat(it, it[.., 0..2])", "6x6")]
    [InlineData("concat(it, it[0..2], over: time)", "8x4")]
    [InlineData("it * size(it)", "6x4")]
    [InlineData("sum(it, over: time)", "1x4")]
    [InlineData("sum(it)", "6x1")]
    public void A_formula_makes_a_value_of_its_shape(string formula, string shape) =>
        Assert.Equal(shape, Scripts.Bind("script.nn", Script(formula)).Models.Single().Output.ToString());

    [Theory]
    [InlineData("it[0, 1, 2]", "a value of 6x4 takes at most 2 arguments")]
    [InlineData("it[0..7]", "a subscript must be a whole number within 0..6, or from -6 to count from the end, not 7")]
    [InlineData("it[6]", "a subscript must be a whole number within 0..5, or from -6 to count from the end, not 6")]
    [InlineData("it[-7]", "a subscript must be a whole number within 0..5, or from -6 to count from the end, not -7")]
    [InlineData("it[0.5]", "a subscript must be a whole number within 0..5, or from -6 to count from the end, not 0.5")]
    [InlineData("it[2..2]", "a slice must be within 0..6 and not empty, not 2")]
    [InlineData("it[4..1]", "a slice must be within 0..6 and not empty, not 1")]
    [InlineData("sqrt(it, it)", "sqrt takes at most 1 argument")]
    [InlineData("sum(it, it)", "sum takes at most 1 argument")]
    [InlineData("transpose(it, it)", "transpose takes at most 1 argument")]
    [InlineData("target(it)", "target needs 2 values")]
    [InlineData("concat(it)", "concat needs two values")]
    [InlineData("gather(it)", "gather needs two values")]
    [InlineData("zeros()", "zeros needs how many")]
    [InlineData("ones(0)", "ones(n) must be a whole number of at least 1, not 0")]
    [InlineData("zeros(2.5)", "zeros(n) must be a whole number of at least 1, not 2.5")]
    [InlineData("normal(it)", "normal(n) must be a number, not a tensor of batchx6x4")]
    [InlineData("sort(it, by: 1)", "sort has no option 'by'")]
    [InlineData("sum(it, over: width)", "there is no axis 'width'")]
    [InlineData("it.width", "it has features, channels or length")]
    [InlineData("concat(it, it[0..2, 0..2])", "concat joins values whose other sizes agree: the shapes are 6x4 and 2x2")]
    public void What_cannot_be_says_why(string formula, string why) => Assert.Contains(why, Scripts.Mistakes("script.nn", Script(formula)));

    [Theory]
    [InlineData("add { conv 2, 3, same } { conv 3, 3, same }", "add needs branches of one shape: the shapes are 6x2 and 6x3")]
    [InlineData("concat { conv 2, 3, same } { conv 2, 3 }", "concat joins along the last axis; the others must agree: the shapes are 6x2 and 4x2")]
    [InlineData("concat { conv 2, 3, same } { flatten }", "concat joins along the last axis; the others must agree: the shapes are 6x2 and 24")]
    [InlineData("residual { conv 2, 3, same }", "residual adds its body to the value before it: the shapes are 6x4 and 6x2")]
    [InlineData("add { conv 2, 3, same }", "add")]
    public void Branches_that_do_not_meet_say_their_shapes(string line, string why) =>
        Assert.Contains(why, Scripts.Mistakes("script.nn", $"model m {{ input 6x4; {line} }}"));

    private static string Script(string formula) => $"layer f {{ {formula} }}\nmodel m {{ input 6x4; f }}";
}
