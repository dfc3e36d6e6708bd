using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Sizes of the layers of images and sequences: what comes out, and what is refused with a message instead of overflowing.</summary>
public class LayerSizeTests
{
    [Theory]
    [InlineData("conv 4, 40x40, same", "28x28x4")]
    [InlineData("conv 4, 3x3, stride: 2000000000", "1x1x4")]
    [InlineData("conv 4, 5x3, stride: 2x3, padding: 1x2", "13x10x4")]
    [InlineData("conv_transpose 4, 3x3, stride: 2", "57x57x4")]
    [InlineData("conv_transpose 4, 3x3, stride: 2, same", "56x56x4")]
    [InlineData("conv_transpose 4, 30x30, padding: 15", "27x27x4")]
    [InlineData("upsample 3x2", "84x56x1")]
    [InlineData("maxpool 5, same, stride: 3", "10x10x1")]
    [InlineData("avgpool global", "1")]
    [InlineData("reshape 98x8; conv 4, 3", "96x4")]
    [InlineData("reshape 98x8; conv 4, 3, causal, dilation: 1000000", "98x4")]
    [InlineData("reshape 98x8; conv_transpose 4, 4, stride: 2, same", "196x4")]
    [InlineData("reshape 98x8; maxpool 5", "19x8")]
    [InlineData("reshape 98x8; upsample 2, bilinear", "196x8")]
    [InlineData("reshape 98x8; maxpool global", "8")]
    [InlineData("reshape 7x28x4; maxout 5, pieces: 2", "7x28x5")]
    // As many outputs as a place of the sequence has features, and as it has places.
    [InlineData("reshape 98x8; sized", "98x8")]
    [InlineData("reshape 98x8; sized_by_all", "98x784")]
    public void Results_have_the_size_that_the_manual_says(string layers, string size)
    {
        BoundScript script = Scripts.Bind("size.nn", Script(layers));
        Assert.Equal(size, script.Training!.Models[0].Layers[^3].Output.ToString());
    }

    [Theory]
    [InlineData("conv 4, 100x100", "a window of 100x100 does not fit into 28x28x1")]
    [InlineData("conv 4, 4x4, dilation: 1000000000", "a window of 4x4 does not fit into 28x28x1")]
    [InlineData("conv 4, 2147483647", "does not fit into 28x28x1")]
    [InlineData("conv 4, 3x3, dilation: 2000000000, same", "too large")]
    [InlineData("conv 4, 3x3, padding: 2000000000", "too large")]
    [InlineData("conv_transpose 4, 3x3, stride: 100000000", "too large")]
    [InlineData("conv_transpose 4, 3x3, dilation: 1500000000", "too large")]
    [InlineData("conv_transpose 4, 3x3, padding: 20", "padding 20 leaves nothing of 28x28x1")]
    [InlineData("upsample 46341", "too large")]
    [InlineData("maxpool 2147483647, same", "too large")]
    [InlineData("maxpool 3, padding: 5", "padding must be smaller than the window")]
    [InlineData("conv 4, 3x3x3", "window must be a shape such as 3x3")]
    [InlineData("conv 4, 3x3, groups: 0", "at least 1, not 0")]
    [InlineData("groupnorm 3", "a divisor of the 1 channels")]
    public void Sizes_that_cannot_be_are_told(string layers, string message) => Assert.Contains(message, Scripts.Mistakes("size.nn", Script(layers)));

    [Theory]
    [InlineData("spectrogram 512", "30x257x1")]
    [InlineData("spectrogram 512, hop: 200", "38x257x1")]
    [InlineData("spectrogram 8000", "an even number up to 4096, not 8000")]
    [InlineData("spectrogram 4096, hop: 2000000000", "1x2049x1")]
    [InlineData("spectrogram 511", "an even number up to 4096, not 511")]
    [InlineData("spectrogram 512, hop: 31", "at least 32, a 16th of the window, not 31")]
    [InlineData("reshape 4000x2; spectrogram 512", "wants sounds of one channel (places x 1), but the value before it is 4000x2")]
    [InlineData("mel 40", "wants spectrograms (time x frequencies x 1), but the value before it is 8000x1")]
    [InlineData("spectrogram 512; mel 40, low: 100, high: 3000", "30x40x1")]
    [InlineData("spectrogram 512; mel 2000000000", "fewer than the 257 frequencies before it, not 2000000000")]
    [InlineData("spectrogram 512; mel 200", "of 200 bands, band 1 (0 to 13.")]
    [InlineData("spectrogram 512; mel 40, high: 4001", "above 0 and at most 4000, half the rate, not 4001")]
    [InlineData("spectrogram 512; mel 40, low: -1", "must not be negative: -1")]
    public void Pieces_and_bands_of_sounds_have_the_size_that_the_manual_says(string layers, string expected)
    {
        string script = $$"""
            model net { {{layers}}; flatten; dense classes, softmax }
            data d { builtin tones, samples: 20 }
            train { loss cross_entropy; optimizer adam }
            """;
        if (expected.Contains(' ', StringComparison.Ordinal)) Assert.Contains(expected, Scripts.Mistakes("sound.nn", script));
        else Assert.Equal(expected, Scripts.Bind("sound.nn", script).Training!.Models[0].Layers[^3].Output.ToString());
    }

    private static string Script(string layers) => $$"""
        model net { {{layers}}; flatten; dense 10, softmax }
        data d { builtin digits, samples: 20 }
        train { loss cross_entropy; optimizer adam }
        layer sized { w = param [it.features, size(it)]; it @ w }
        layer sized_by_all { w = param [it.features, size(it, over: all)]; it @ w }
        """;
}
