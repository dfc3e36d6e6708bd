using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Names mean what the place says in which they stand: what runs a script and what an editor says of it take that from one table.</summary>
public class NameTableTests
{
    private const string Rest = "\ndata d { builtin moons, samples: 40 }\ntrain { loss cross_entropy; optimizer sgd }";

    /// <summary>A script's own values and models are nothing to functions that do not name them.</summary>
    [Theory]
    [InlineData("let sigmoid = 3\nmodel net { dense 4, silu; dense classes, softmax }")]
    [InlineData("let gelu = 3\nmodel net { dense 4; reshape 2x2; transformer 1; flatten; dense classes, softmax }")]
    [InlineData("model net { gelu = dense 4; reshape 2x2; transformer 1; flatten; dense classes, softmax }")]
    public void What_a_script_calls_like_a_function_of_the_language_changes_no_other_function(string model) =>
    Assert.Equal("", Scripts.Mistakes("a.nn", model + Rest));

    /// <summary>A function of the script is meant by all who call it.</summary>
    [Fact]
    public void A_function_of_the_script_stands_in_place_of_that_of_the_language()
    {
        BoundScript own = Scripts.Bind("a.nn", "fn sigmoid(x) = 2 * x\nmodel net { dense 4, silu; dense classes, softmax }" + Rest);
        Assert.Equal(2, own.Models[0].Layers.Count);
        Assert.Contains("no value", Scripts.Mistakes("a.nn", "fn sigmoid(x) { y = x }\nmodel net { dense 4, silu; dense classes, softmax }" + Rest));
    }

    [Theory]
    [InlineData("let classes = 2\nlet features = 7\nmodel net { dense features; dense classes, softmax }", "7", "2")]
    [InlineData("model net { dense features; dense classes, softmax }", "2", "2")]
    public void A_let_of_the_name_of_a_size_is_what_the_script_says(string model, string first, string last)
    {
        BoundScript bound = Scripts.Bind("a.nn", model + Rest);
        Assert.Equal([first, last], bound.Models[0].Layers.Where(l => l.Kind.StartsWith("dense", StringComparison.Ordinal)).Select(l => l.Output.ToString()));
    }

    /// <summary>Numbers of a repetition, labels of a body and parameters of a block are those of the innermost place.</summary>
    [Theory]
    [InlineData("model net { repeat 2 as i { repeat 2 as i { dense i + 3 }; dense i + 6 }; dense classes, softmax }", "3 4 6 3 4 7 2")]
    [InlineData("let n = 9\nblock b(n) { dense n }\nmodel net { b 5; dense n; dense classes, softmax }", "5 9 2")]
    [InlineData("let n = 9\nmodel net { n = dense 3; dense n.features + 1; dense classes, softmax }", "3 4 2")]
    public void The_innermost_of_a_name_is_meant(string model, string widths)
    {
        BoundScript bound = Scripts.Bind("a.nn", model + Rest);
        Assert.Equal(widths,
            string.Join(' ', bound.Models[0].Layers.Where(l => l.Kind.StartsWith("dense", StringComparison.Ordinal)).Select(l => l.Output.ToString())));
    }

    /// <summary>What a line gives a name stands there from the next line on.</summary>
    [Theory]
    [InlineData("layer grow { it = concat_(it); it }\nfn concat_(x) = x * 2", "")]
    [InlineData("layer l(a, b = a) { it * a + b }", "")]
    [InlineData("layer l(a = b, b = 1) { it * a }", "there is no 'b' here")]
    public void Names_are_seen_from_where_they_are_made(string layer, string mistake)
    {
        string name = layer.Split(' ', '(')[1];
        string mistakes = Scripts.Mistakes("a.nn",
            $"{layer}\nmodel net {{ {name}{(layer.Contains("(a,", StringComparison.Ordinal) ? " 2" : "")}; dense classes, softmax }}" + Rest);
        if (mistake.Length == 0) Assert.Equal("", mistakes);
        else Assert.Contains(mistake, mistakes, StringComparison.Ordinal);
    }

    /// <summary>Two fields that the data alone know: the loss takes them by their names, also where a function is called so.</summary>
    [Fact]
    public void Fields_of_the_data_are_known_in_losses_when_the_data_are()
    {
        var schema = new Nn.Data.Schema(
            [new("left", new(new Nn.Graphs.Shape(2), Nn.Graphs.DType.F32)), new("max", new(new Nn.Graphs.Shape(2), Nn.Graphs.DType.F32))],
            [new("sum", new(new Nn.Graphs.Shape(2), Nn.Graphs.DType.F32))]);
        BindOptions options = BindOptions.None with { Data = new() { Name = "data", Source = Nn.Data.DataSource.Memory, Path = "" } };
        BoundScript bound = Binder.Bind(new SourceText("a.nn",
            "model net(left, max) { concat left, max; dense 2 }\ntrain { loss mse(net(left, max), sum); optimizer sgd }"), options, _ => schema);
        Assert.Equal(["left", "max"], bound.Training!.PredictedFrom);
    }
}
