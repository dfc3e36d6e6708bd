using Nn.Training;

namespace Nn.Tests.Dsl;

/// <summary>How parameters start: what each way to write it means, and what layers do without a word.</summary>
public class InitializerTests
{
    public static TheoryData<string, Initializer> Written => new()
    {
        { "glorot", new Initializer(InitializerKind.Glorot) },
        { "glorot(uniform)", new Initializer(InitializerKind.Glorot) },
        { "xavier(normal)", new Initializer(InitializerKind.Glorot, Gaussian: true) },
        { "he", new Initializer(InitializerKind.He) },
        { "he(normal)", new Initializer(InitializerKind.He, Gaussian: true) },
        { "lecun(normal)", new Initializer(InitializerKind.Lecun, Gaussian: true) },
        { "orthogonal", new Initializer(InitializerKind.Orthogonal, 1) },
        { "orthogonal(1.4)", new Initializer(InitializerKind.Orthogonal, 1.4) },
        { "zeros", new Initializer(InitializerKind.Constant) },
        { "ones", new Initializer(InitializerKind.Constant, 1) },
        { "constant(0.1)", new Initializer(InitializerKind.Constant, 0.1) },
        { "0.25", new Initializer(InitializerKind.Constant, 0.25) },
        { "normal", new Initializer(InitializerKind.Normal, 0, 1) },
        { "normal(0.02)", new Initializer(InitializerKind.Normal, 0, 0.02) },
        { "normal(3, 0.5)", new Initializer(InitializerKind.Normal, 3, 0.5) },
        { "uniform", new Initializer(InitializerKind.Uniform, -1, 1) },
        { "uniform(0.3)", new Initializer(InitializerKind.Uniform, -0.3, 0.3) },
        { "uniform(-1, 2)", new Initializer(InitializerKind.Uniform, -1, 2) },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void What_is_written_is_how_it_starts(string written, Initializer meant)
    {
        Parameter weight = Parameters($"input 4; dense 3, init: {written}")["dense_1.weight"];
        Initializer made = weight.Initializer;
        Assert.Equal((meant.Kind, meant.A, meant.B, meant.Gaussian), (made.Kind, made.A, made.B, made.Gaussian));
    }

    // Uniform in ±1/√(inputs of an output), the bias too; how many inputs and outputs a number of the weights has is counted by hand.
    [Theory]
    [InlineData("input 4; dense 9", "dense_1.weight", 4, 9, 4)]
    [InlineData("input 4; dense 9", "dense_1.bias", 4, 9, 4)]
    // 3·3 pixels of 2 channels; each goes into 3·3 pixels of 5.
    [InlineData("input 8x8x2; conv 5, 3x3", "conv_1.weight", 18, 45, 18)]
    [InlineData("input 8x8x2; conv 5, 3x3", "conv_1.bias", 18, 5, 18)]
    // In two groups an output sees two of four channels, and an input is seen by three of six.
    [InlineData("input 8x8x4; conv 6, 3x3, groups: 2", "conv_1.weight", 18, 27, 18)]
    [InlineData("input 9x4; conv 5, 3", "conv_1.weight", 12, 15, 12)]
    // A pixel of the result lies under 2·2 of the 4·4 taps, where these step by 2, of 3 channels.
    [InlineData("input 5x5x3; conv_transpose 7, 4x4, stride: 2", "conv_transpose_1.weight", 12, 112, 12)]
    // Under two of three taps along each axis at most.
    [InlineData("input 5x5x3; conv_transpose 7, 3x3, stride: 2", "conv_transpose_1.weight", 12, 63, 12)]
    // In two groups it lies under 2·2 taps of two of four channels, and an input goes into 4·4 pixels of three of six.
    [InlineData("input 5x5x4; conv_transpose 6, 4x4, stride: 2, groups: 2", "conv_transpose_1.weight", 8, 48, 8)]
    // Recurrent layers go by their units.
    [InlineData("input 6x3; lstm 16", "lstm_1.weight", 3, 16, 16)]
    [InlineData("input 6x3; lstm 16", "lstm_1.recurrent", 16, 16, 16)]
    [InlineData("input 6x3; gru 16", "gru_1.bias", 16, 16, 16)]
    [InlineData("input 6x3; gru 16", "gru_1.bias_inner", 16, 16, 16)]
    [InlineData("input 6x8; attention 2", "attention_1.qkv_weight", 8, 24, 8)]
    [InlineData("input 6x8; transformer 2", "transformer_1.dense_2_weight", 32, 8, 32)]
    public void Without_a_word_weights_start_by_the_number_of_inputs(string layers, string name, long fanIn, long fanOut, int spread)
    {
        Parameter p = Parameters(layers)[name];
        Assert.Equal((fanIn, fanOut), (p.FanIn, p.FanOut));
        Assert.Equal(InitializerKind.Uniform, p.Initializer.Kind);
        Assert.Equal((-1 / Math.Sqrt(spread), 1 / Math.Sqrt(spread)), (p.Initializer.A, p.Initializer.B));
    }

    [Theory]
    [InlineData("input 4; dense 3, init: he", "dense_1.bias")]
    [InlineData("input 8x8x2; conv 5, 3x3, init: he", "conv_1.bias")]
    [InlineData("input 6x3; lstm 4, init: he", "lstm_1.bias")]
    [InlineData("input 6x3; gru 4, init: he", "gru_1.bias_inner")]
    [InlineData("input 6x8; attention 2, init: he", "attention_1.out_bias")]
    [InlineData("input 4; maxout 3", "maxout_1.bias")]
    [InlineData("input 4; layernorm", "layernorm_1.shift")]
    [InlineData("input 4; batchnorm", "batchnorm_1.running_mean")]
    [InlineData("input 6x8; positions", "positions_1.weight")]
    public void Biases_beside_an_init_and_shifts_start_at_zero(string layers, string name) =>
        Assert.Equal(Initializer.Zeros, Parameters(layers)[name].Initializer);

    [Theory]
    [InlineData("input 4; layernorm", "layernorm_1.scale")]
    [InlineData("input 4; batchnorm", "batchnorm_1.scale")]
    [InlineData("input 4; batchnorm", "batchnorm_1.running_variance")]
    [InlineData("input 4x4x8; groupnorm 2", "groupnorm_1.scale")]
    [InlineData("input 6x8; transformer 2", "transformer_1.norm_2_scale")]
    public void Scales_start_at_one(string layers, string name) => Assert.Equal(Initializer.Ones, Parameters(layers)[name].Initializer);

    // Weights are what has two axes and more: l1, l2 and the decay of optimizers go by that. The last axis is of outputs, all others of inputs.
    [Theory]
    [InlineData("w", ParameterKind.Weight, InitializerKind.Glorot, 4, 3)]
    [InlineData("k", ParameterKind.Weight, InitializerKind.He, 8, 6)]
    [InlineData("b", ParameterKind.Bias, InitializerKind.Constant, 1, 3)]
    [InlineData("one", ParameterKind.Bias, InitializerKind.Constant, 1, 1)]
    [InlineData("m", ParameterKind.State, InitializerKind.Constant, 4, 2)]
    public void A_layer_of_ones_own_has_weights_biases_and_states(string name, ParameterKind kind, InitializerKind init, long fanIn, long fanOut)
    {
        Parameter p = Scripts.Bind("script.nn", """
            layer f {
              w = param [it.features, 3]
              k = param [2, 4, 6], init: he
              b = param [3]
              one = param [1]
              m = state [4, 2]
              it @ w * one + b
            }
            model m { input 4; f }
            """).Models.Single().Parameters.Single(p => p.Name == $"m.f_1.{name}");
        Assert.Equal((kind, init, fanIn, fanOut), (p.Kind, p.Initializer.Kind, p.FanIn, p.FanOut));
    }

    private static Dictionary<string, Parameter> Parameters(string layers) =>
        Scripts.Bind("script.nn", $"model m {{ {layers} }}").Models.Single().Parameters.ToDictionary(p => p.Name["m.".Length..]);
}
