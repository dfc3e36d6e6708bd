using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class ParserTests
{
    [Theory]
    [InlineData("1 + 2 * 3", 7)]
    [InlineData("(1 + 2) * 3", 9)]
    [InlineData("2 ^ 3 ^ 2", 512)]
    [InlineData("-2 ^ 2", -4)]
    [InlineData("2 ^ -1", 0.5)]
    [InlineData("10 - 4 - 3", 3)]
    [InlineData("12 / 2 / 3", 2)]
    [InlineData("50%", 0.5)]
    [InlineData("1e-3 * 1000", 1)]
    [InlineData("1.5e2", 150)]
    [InlineData("if 2 > 1 then 10 else 20", 10)]
    [InlineData("if 2 <= 1 then 10 else if 1 == 1 then 20 else 30", 20)]
    [InlineData("min(3, 4) + max(3, 4)", 7)]
    [InlineData("sqrt(16)", 4)]
    [InlineData("1 +\n 2", 3)]
    [InlineData("if 2 >= 2 then 5 else 6", 5)]
    [InlineData("if 1 >= 2 then 5 else 6", 6)]
    [InlineData("if 2 <= 2 then 5 else 6", 5)]
    [InlineData("if 3 <= 2 then 5 else 6", 6)]
    [InlineData("if 2 > 2 then 5 else 6", 6)]
    [InlineData("if 2 < 2 then 5 else 6", 6)]
    [InlineData("if 2 == 3 then 5 else 6", 6)]
    [InlineData("if 2 == 2 then 5 else 6", 5)]
    [InlineData("if 2 != 2 then 5 else 6", 6)]
    [InlineData("if 2 != 1 then 5 else 6", 5)]
    public void Expressions_have_their_value(string expression, double value)
    {
        // A layer's width is a number: the binder evaluates it.
        BoundScript script = Scripts.Bind("script.nn", $$"""
            data d { builtin linear }
            let a = {{expression}}
            let b = 1 + 2 * (a - ({{value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}}))
            model net { dense b }
            train { loss mse; optimizer sgd(lr: 0.1) }
            """);
        Assert.Equal(1, script.Training!.Models[0].Output[0].Extent);
    }

    [Theory]
    [InlineData("it[1..4]", 3)]
    [InlineData("it[.., 1..4]", 3)]
    [InlineData("it[.., -2..]", 2)]
    [InlineData("it[..3]", 3)]
    [InlineData("it[2]", 1)]
    [InlineData("reshape(it, 2x3)[0, 1..]", 2)]
    [InlineData("reshape(it, 2x3)[.., ..1]", 2)]
    public void Slices_have_their_size(string slice, int elements)
    {
        BoundScript script = Scripts.Bind("script.nn", $$"""
            data d { builtin moons }
            layer cut { {{slice}} }
            model net { dense 6; cut; flatten }
            train { loss mean(net(x)); optimizer sgd }
            """);
        Assert.Equal(elements, script.Training!.Models[0].Output.Count);
    }

    [Fact]
    public void Statements_are_read_with_their_parts()
    {
        Script s = Parse("""
            let n = 4
            fn act(x, k = 2) = k * x
            layer scale { w = param [1], init: ones; it * w }
            optimizer plain(lr = 1) { w -= lr * g }
            block unit(n) { dense n, act }
            model net { unit n; h = scale; add h, h }
            data d { builtin moons, seed: 1; split 70/15/15 }
            train net on d { loss mse; optimizer plain(lr: 0.1) }
            search grid, folds: 3 { n in [2, 4]; }
            """);
        Assert.Equal(["let n", "fn act", "layer scale", "optimizer plain", "block unit", "model net", "data d", "train", "search"], s.Statements.Select(Name));
        var model = (ModelStatement)s.Statements[5];
        Assert.Equal(["unit", "scale", "add"], model.Items.Select(i => i.Head.Name));
        Assert.Equal("h", model.Items[1].Label);
        Assert.Equal(2, model.Items[2].Arguments.Count);
        var train = (TrainStatement)s.Statements[7];
        Assert.Equal(("net", "d"), (train.Model!.Name, train.Data!.Name));
    }

    [Fact]
    public void Spans_cover_what_was_written()
    {
        const string text = "let width = 3 * (4 + 5)";
        var let = (LetStatement)Parse(text).Statements[0];
        Assert.Equal("width", text.Substring(let.Name.Span.Start, let.Name.Span.Length));
        var product = (BinaryExpr)let.Value;
        Assert.Equal("3", text.Substring(product.Left.Span.Start, product.Left.Span.Length));
        Assert.Equal("4 + 5", text.Substring(product.Right.Span.Start, product.Right.Span.Length));
    }

    [Fact]
    public void A_line_goes_on_inside_brackets_and_after_an_operator()
    {
        Script s = Parse("model net { conv 6,\n 5x5, relu\n dense (\n4\n)\n}\nlet a = 1 +\n  2\nlet b = 3");
        Assert.Equal(3, s.Statements.Count);
        Assert.Equal([3, 1], ((ModelStatement)s.Statements[0]).Items.Select(i => i.Arguments.Count));
    }

    // More than 500 operators in a line are refused, not many numbers below zero.
    [Theory]
    [InlineData("-1, ", 600, true)]
    [InlineData("(-1), ", 400, true)]
    [InlineData("[-1], ", 400, true)]
    [InlineData("1 - 1, ", 490, true)]
    [InlineData("1 - 1, ", 500, false)]
    [InlineData("if a then 1 else 1, ", 500, false)]
    public void The_limit_of_operators_is_about_operators(string piece, int times, bool fits)
    {
        var diagnostics = new Diagnostics(new SourceText("script.nn", $"let b = [{string.Concat(Enumerable.Repeat(piece, times))}1]"));
        ScriptParser.Parse(diagnostics.Source, diagnostics);
        Assert.Equal(fits ? [] : ["this line has more than 500 operators"], diagnostics.All.Select(d => d.Message));
    }

    private static string Name(Statement s) => s switch
    {
        LetStatement => $"let {s.Name.Name}",
        DefinitionStatement d => $"{d.Kind} {d.Name.Name}",
        ModelStatement m => $"{m.Kind} {m.Name.Name}",
        DataStatement => $"data {s.Name.Name}",
        _ => s.Name.Name,
    };

    private static Script Parse(string text)
    {
        var diagnostics = new Diagnostics(new SourceText("script.nn", text));
        Script s = ScriptParser.Parse(diagnostics.Source, diagnostics);
        Assert.Equal("", string.Join('\n', diagnostics.All));
        return s;
    }
}
