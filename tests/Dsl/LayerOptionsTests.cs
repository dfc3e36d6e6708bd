using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>A layer with all its options, as <c>nn explain</c> tells it: what was given, evaluated, and what was not, as the manual has it.</summary>
public class LayerOptionsTests
{
    [Theory]
    [InlineData("maxpool 2", "maxpool window: 2, stride: as the window, padding: valid, global: false")]
    [InlineData("avgpool 3x2, stride: 2x1", "avgpool window: 3x2, stride: 2x1, padding: valid, global: false")]
    [InlineData("maxpool global", "maxpool window: none, stride: as the window, padding: valid, global: true")]
    [InlineData("maxpool 3, same", "maxpool window: 3, stride: as the window, padding: same, global: false")]
    [InlineData("conv k, 3x3, relu",
        "conv channels: 6, window: 3x3, stride: 1, padding: valid, dilation: 1, groups: 1, bias: true, init: ±1/√(fan in), activation: relu")]
    [InlineData("conv 4, w, padding: 1, init: he",
        "conv channels: 4, window: 5x3, stride: 1, padding: 1, dilation: 1, groups: 1, bias: true, init: he, activation: none")]
    [InlineData("flatten; dense 2 * k, bias: false", "dense units: 12, bias: false, init: ±1/√(fan in), activation: none")]
    [InlineData("dropout", "dropout rate: 0.5")]
    [InlineData("drop_path", "drop_path rate: 0.1")]
    [InlineData("dropout k / 8", "dropout rate: 0.75")]
    [InlineData("flatten", "flatten")]
    [InlineData("reshape 28x28; rnn 3, last", "rnn units: 3, last: true, bidirectional: false, init: ±1/√units, activation: tanh")]
    public void Each_option_is_told_with_its_value(string layers, string expected)
    {
        BoundScript script = Scripts.Bind("options.nn", $$"""
            let k = 6
            let w = 5x3
            model net { {{layers}}; flatten; dense 10, softmax }
            data d { builtin digits, samples: 20 }
            train { loss cross_entropy; optimizer adam }
            """);
        Assert.Equal(expected, script.Training!.Models[0].Layers[^3].Options);
    }
}
