using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Dsl;

public class LayerTraceTests
{
    // The product with embed's table is taken before the rows are, so that no value of embed is left on the way to the layer after it.
    [Theory]
    [InlineData("embed 6; dense 4; dense classes, softmax", "x > embed 6, embed 6 > dense 4, dense 4 > dense classes, softmax, dense classes, softmax > loss")]
    [InlineData("embed 6; lstm 4; dense classes, softmax", "x > embed 6, embed 6 > lstm 4, lstm 4 > dense classes, softmax, dense classes, softmax > loss")]
    public void Embed_stands_between_its_symbols_and_the_layer_after_it(string layers, string arrows)
    {
        BoundScript s = Scripts.Bind("script.nn", $"model net {{ {layers} }}\n{Words}");
        TrainingDefinition training = s.Training!;
        Assert.Equal(arrows, Arrows(LayerTrace.Of(training.Steps[0], training.Schema)));
    }

    // A derivative comes from what it is of, and a point that is made of an input from that input.
    [Fact]
    public void A_model_within_a_derivative_and_one_at_a_border_both_come_from_the_input() => Assert.Equal(
        "x > dense 2, tanh, dense 2, tanh > dense 1, x > dense 2, tanh, dense 2, tanh > dense 1, dense 1 > loss, dense 1 > loss",
        Arrows("model u { dense 2, tanh; dense 1 }", "sine", "inside = laplacian(u(x), by: x); loss inside ^ 2 + u(0 * x + pi) ^ 2"));

    // Powers are made of each other, but each is written as one of the input.
    [Fact]
    public void Functions_take_what_they_are_written_with() => Assert.Equal(
        "x > power 2, x > power 3, power 2 > concat, power 3 > concat, concat > dense 1, dense 1 > loss",
        Arrows("fn power(x, n) = x ^ n\nmodel net { concat { power 2 } { power 3 }; dense 1 }", "sine", "loss mse"));

    // cross_entropy is computed with the value before the softmax, mean with the one after it.
    [Fact]
    public void A_loss_takes_the_last_layer_alone_however_it_is_computed() => Assert.Equal(
        "x > dense 4, relu, dense 4, relu > dense classes, softmax, dense classes, softmax > loss",
        Arrows("model net { dense 4, relu; dense classes, softmax }", "moons", "a = net(x); loss cross_entropy(a, y) + mean(a ^ 2)"));

    // The gradient goes through the hidden layer, but is that of the loss of the whole network.
    [Fact]
    public void A_gradient_within_a_loss_is_of_the_value_that_it_is_written_with() => Assert.Equal(
        "x > dense 3, relu, dense 3, relu > dense classes, softmax, x > dense 3, relu, dense classes, softmax > dense 3, relu, "
            + "dense 3, relu > dense classes, softmax, dense classes, softmax > loss, dense classes, softmax > loss",
        Arrows("model net { dense 3, relu; dense classes, softmax }", "moons",
            "near = x + 0.1 * sign(grad(cross_entropy(net(x), y), by: x)); loss cross_entropy(net(x), y) + cross_entropy(net(near), y)"));

    // Layers that share what they are made of, but not their weights, are no such pair.
    [Fact]
    public void Branches_from_one_value_stay_side_by_side()
    {
        BoundScript s = Scripts.Bind("script.nn", "model net(x) { a = dense 4; from x; b = dense 4; add a, b; dense 1 }\n"
            + "data d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }");
        IReadOnlyList<TracedLayer> layers = LayerTrace.Of(s.Training!.Steps[0], s.Training.Schema);
        int input = layers.TakeWhile(l => l.Role != LayerRole.Input).Count();
        Assert.All(layers.Where(l => l.Text.StartsWith("dense 4", StringComparison.Ordinal)), l => Assert.Equal([input], l.Inputs));
    }

    private const string Words = "data d { builtin sentences, samples: 40 }\ntrain { loss cross_entropy; optimizer adam }";

    private static string Arrows(string model, string data, string loss)
    {
        BoundScript s = Scripts.Bind("script.nn", $"{model}\ndata d {{ builtin {data}, samples: 40 }}\ntrain {{ {loss}; optimizer adam }}");
        return Arrows(LayerTrace.Of(s.Training!.Steps[0], s.Training.Schema));
    }

    private static string Arrows(IReadOnlyList<TracedLayer> layers) =>
        string.Join(", ", layers.SelectMany(l => l.Inputs.Where(i => layers[i].Role != LayerRole.Target)
        .Select(i => $"{Name(layers[i])} > {Name(l)}")));

    private static string Name(TracedLayer l) => l.Role == LayerRole.Loss ? "loss" : l.Text.Length > 0 ? l.Text : l.Name;
}
