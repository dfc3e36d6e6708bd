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

    private static string Arrows(IReadOnlyList<TracedLayer> layers) =>
        string.Join(", ", layers.SelectMany(l => l.Inputs.Where(i => layers[i].Role != LayerRole.Target)
        .Select(i => $"{Name(layers[i])} > {Name(l)}")));

    private static string Name(TracedLayer l) => l.Role == LayerRole.Loss ? "loss" : l.Text.Length > 0 ? l.Text : l.Name;
}
