using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Texts cut into tokens, above all where they end.</summary>
public class LexerTests
{
    // Kinds and texts, each behind the other.
    private static string Tokens(string text, out IReadOnlyList<Token> tokens)
    {
        var source = new SourceText("a.nn", text);
        tokens = Lexer.Tokenize(source, new Diagnostics(source));
        Assert.All(tokens, t => Assert.InRange(t.Span.End, t.Span.Start + 1, text.Length));
        return string.Join(' ', tokens.Select(t => $"{t.Kind}:{t.Text}"));
    }

    // The end of a text cuts off what might have gone on.
    [Theory]
    [InlineData("2", "Number:2")]
    [InlineData("2x", "Number:2 Name:x")]
    [InlineData("2x3", "Shape:2x3")]
    [InlineData("2x3x", "Shape:2x3 Name:x")]
    [InlineData("2x3x4", "Shape:2x3x4")]
    [InlineData("2xa", "Number:2 Name:xa")]
    [InlineData("2.", "Number:2 Symbol:.")]
    [InlineData("2.5", "Number:2.5")]
    [InlineData("2..", "Number:2 Symbol:..")]
    [InlineData("2..5", "Number:2 Symbol:.. Number:5")]
    [InlineData("..5", "Symbol:.. Number:5")]
    [InlineData(".5", "Number:.5")]
    [InlineData(".", "Symbol:.")]
    [InlineData("a.b", "Name:a Symbol:. Name:b")]
    [InlineData("2e", "Number:2 Name:e")]
    [InlineData("2e-", "Number:2 Name:e Symbol:-")]
    [InlineData("2e-3", "Number:2e-3")]
    [InlineData("2E+3", "Number:2E+3")]
    [InlineData("2e3", "Number:2e3")]
    [InlineData("2em", "Number:2 Name:em")]
    [InlineData("2%", "Number:2%")]
    [InlineData("a->b", "Name:a Symbol:-> Name:b")]
    [InlineData("a -= b", "Name:a Symbol:-= Name:b")]
    [InlineData("a;# b\nc", "Name:a Separator:; Separator:\n Name:c")]
    [InlineData("\"a", "String:a")]
    [InlineData("\"a) ]", "String:a Symbol:) Symbol:]")]
    [InlineData("\"\"", "String:")]
    [InlineData("a%%", "Name:a Unknown:%%")]
    [InlineData("😀😀b", "Unknown:😀😀 Name:b")]
    public void A_text_is_cut_where_its_words_end(string text, string expected) => Assert.Equal(expected, Tokens(text, out _));

    [Theory]
    [InlineData("2.5", 2.5)]
    [InlineData(".5", 0.5)]
    [InlineData("2e-3", 0.002)]
    [InlineData("2E+3", 2000)]
    [InlineData("2%", 0.02)]
    [InlineData("1e400", double.PositiveInfinity)]
    public void Numbers_have_their_value(string text, double value)
    {
        Tokens(text, out IReadOnlyList<Token> tokens);
        Assert.Equal(value, tokens.Single().Value);
        var diagnostics = new Diagnostics(new SourceText("a.nn", text));
        Lexer.Tokenize(diagnostics.Source, diagnostics);
        Assert.Equal(double.IsInfinity(value), diagnostics.Any);
    }
}
