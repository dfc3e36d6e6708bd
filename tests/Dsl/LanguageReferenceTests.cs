using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class LanguageReferenceTests
{
    private const double Step = 1e-6;

    public static TheoryData<string> Gradients =>
        [.. LanguageReference.Entries.Values.Where(e => e.Kind == "activation" && e.Gradients.Count > 0).Select(e => e.Name)];

    /// <summary>The printed gradient, read as a formula of the language again, beside central differences of the function.</summary>
    [Theory]
    [MemberData(nameof(Gradients))]
    public void The_gradient_of_an_activation_is_that_of_its_formula(string name)
    {
        ReferenceEntry entry = LanguageReference.Entries[name];
        string own =
            $"fn gradient(x{string.Concat(entry.Options.Where(o => o.Default is not null).Select(o => $", {o.Name} = {o.Default}"))}) = "
                + $"{Assert.Single(entry.Gradients).Formula}";
        foreach (double x in new[] { -3.7, -1.2, -0.4, 0.3, 0.9, 2.6, 4.1 })
        {
            double expected = (Value($"{name}({Text(x + Step)})", "") - Value($"{name}({Text(x - Step)})", "")) / (2 * Step);
            double actual = Value($"gradient({Text(x)})", own);
            Assert.True(Math.Abs(actual - expected) < 1e-5 * Math.Max(1, Math.Abs(expected)), $"{name} at {x}: {actual}, by differences {expected}");
        }
    }

    [Fact]
    public void Most_activations_and_losses_show_a_gradient()
    {
        // Softmax mixes the features: its derivative is a matrix.
        string[] without = [.. LanguageReference.Entries.Values.Where(e => e.Kind == "activation" && e.Gradients.Count == 0).Select(e => e.Name).Order()];
        Assert.Equal(["log_softmax", "softmax"], without);
        Assert.Equal("2 * (p - target(y, p)) / size(p)", LanguageReference.Entries["mse"].Gradients.Single(g => g.By == "p").Formula);
    }

    [Theory]
    [InlineData("a + b * c", "a + b * c")]
    [InlineData("(a + b) * c", "(a + b) * c")]
    [InlineData("a - (b - c)", "a - (b - c)")]
    [InlineData("a - b - c", "a - b - c")]
    [InlineData("a / (b * c)", "a / (b * c)")]
    [InlineData("-(a + b)", "-(a + b)")]
    [InlineData("(-a) ^ 2", "(-a) ^ 2")]
    [InlineData("(a ^ b) ^ c", "(a ^ b) ^ c")]
    [InlineData("(if a > b then a else b) + 1", "(if a > b then a else b) + 1")]
    [InlineData("(a + b).features", "(a + b).features")]
    public void Expressions_are_written_with_the_brackets_that_they_need(string text, string expected)
    {
        string Written(string value) =>
            SyntaxText.Of(Assert.IsType<LetStatement>(Assert.Single(ScriptParser.Parse(new SourceText("x", $"let v = {value}")).Statements)).Value);
        Assert.Equal(expected, Written(text));
        Assert.Equal(expected, Written(Written(text)));
    }

    private static string Text(double x) => $"({x.ToString("R", System.Globalization.CultureInfo.InvariantCulture)})";

    private static double Value(string expression, string definition)
    {
        var definitions = new Definitions();
        foreach (DefinitionStatement d in PreludeScript.Statements.OfType<DefinitionStatement>().Where(d => d.Kind == "fn"))
            definitions.Functions[d.Name.Name] = (d, true);
        Script script = ScriptParser.Parse(new SourceText("x", $"{definition}\nlet v = {expression}"));
        definitions.Names = NameReader.Read(script).Table;
        foreach (DefinitionStatement d in script.Statements.OfType<DefinitionStatement>()) definitions.Functions[d.Name.Name] = (d, false);
        return Evaluator.Number(script.Statements.OfType<LetStatement>().Single().Value, new Env(null, definitions), "v");
    }
}
