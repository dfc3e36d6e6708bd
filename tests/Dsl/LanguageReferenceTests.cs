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

    /// <summary>The same of functions that a script defines.</summary>
    [Theory]
    [InlineData("= x ^ 3 - 2 * x")]
    [InlineData("= (x + 1) / (x ^ 2 + 2)")]
    [InlineData("= x ^ 2 / 4 - 3 / x")]
    [InlineData("= 2 ^ x + x ^ 2")]
    [InlineData("= -(x - 3) * -x")]
    [InlineData("= if x > 0 then x ^ 2 else -x / 3")]
    [InlineData("= if x > 1 then (if x > 1 then x else 2) * x else 4 * x")]
    [InlineData("= max(x, 0.5 * x ^ 2)")]
    [InlineData("= min(2 * x, x + 1)")]
    [InlineData("= exp(-x ^ 2 / 2)")]
    [InlineData("= x * sigmoid(1.5 * x)")]
    [InlineData("= log(1 + exp(x)) * tanh(x)")]
    [InlineData("= sqrt(x ^ 2 + 1) - abs(x) * 3")]
    [InlineData("{ a = x ^ 2; b = a + x; b * a - b }")]
    [InlineData("{ a = sin(x); if a > 0 then a * x else x - a }")]
    public void The_gradient_of_a_function_of_ones_own_is_that_of_its_formula(string body)
    {
        string function = $"fn f(x) {body}", own = $"fn gradient(x) = {Assert.Single(Own(function).Gradients).Formula}";
        foreach (double x in new[] { -3.7, -1.2, -0.4, 0.3, 0.9, 2.6, 4.1 })
        {
            double expected = (Value($"f({Text(x + Step)})", function) - Value($"f({Text(x - Step)})", function)) / (2 * Step);
            double actual = Value($"gradient({Text(x)})", own);
            Assert.True(Math.Abs(actual - expected) < 1e-5 * Math.Max(1, Math.Abs(expected)), $"{own} at {x}: {actual}, by differences {expected}");
        }
    }

    /// <summary>What is 0 or 1, or says the same twice, is not written.</summary>
    [Theory]
    [InlineData("= 5", "0")]
    [InlineData("= x - 7", "1")]
    [InlineData("= 5 - x", "-1")]
    [InlineData("= -(-x)", "1")]
    [InlineData("= x * 3", "3")]
    [InlineData("= x ^ 2", "2 * x")]
    [InlineData("= x ^ 3", "3 * x ^ 2")]
    [InlineData("= exp(x)", "exp(x)")]
    [InlineData("= exp(-x)", "-exp(-x)")]
    [InlineData("= if x > 0 then x else x + 1", "1")]
    [InlineData("= if x > 0 then 2 * x else 0", "if x > 0 then 2 else 0")]
    public void A_gradient_is_written_as_short_as_it_is(string body, string gradient) =>
        Assert.Equal(gradient, Assert.Single(Own($"fn f(x) {body}").Gradients).Formula);

    private static ReferenceEntry Own(string text) =>
        LanguageReference.Of((DefinitionStatement)ScriptParser.Parse(new SourceText("x", text)).Statements[0], text);

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
