using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>
/// Sequences of different lengths stand in one batch. What a model gives for one, and what it learns from it, is what it gives and learns when that sequence is there alone, at its own length: padding counts
/// in nothing.
/// </summary>
public class SequenceLengthTests
{
    private const int Longest = 9;
    private const int Symbols = 5;

    private static readonly int[] s_lengths = [9, 1, 4, 7, 2, 6];

    public static TheoryData<string> Models =>
    [
        "embed 3; rnn 4, last",
        "embed 3; rnn 4, relu",
        "embed 3; gru 4, last, bidirectional",
        "embed 3; lstm 4, bidirectional",
        "embed 3; lstm 4, last",
        "embed 4; attention 2",
        "embed 4; attention 2, causal; avgpool global",
        "embed 4; transformer 2; maxpool global",
        "embed 4; layernorm; dense 3, tanh; batchnorm; avgpool global",
        "embed 4; groupnorm 2; conv 3, 3, same, relu; avgpool global",
        "embed 4; conv 3, 3, causal; maxpool global",
        "embed 4; conv 3, 4, same, stride: 2; lstm 3, last",
        "embed 4; conv 3, 3, same, dilation: 2; rnn 3, last",
        "embed 4; upsample 3; conv 2, 2, causal; avgpool global",
        "embed 4; conv_transpose 3, 4, same, stride: 2; avgpool global",
        "embed 4; conv_transpose 3, 3; gru 2, last",
        "embed 4; maxpool 3, same, stride: 1; avgpool global",
        "embed 4; avgpool 3, same, stride: 2; rnn 3, last",
        "embed 4; conv 3, 5, padding: 4, stride: 3; conv 2, 2, padding: 1; avgpool global",
        "embed 4; summed",
        "embed 4; spread",
        "embed 4; highest",
        "embed 4; lowest",
        "embed 4; long",
        "embed 4; counted",
        "embed 4; rising; avgpool global",
        "embed 4; shares",
        "embed 4; first",
        "embed 4; positions sine; transformer 2, causal; rnn 3, last",
        "m = embed 4; gru 3; attention 1, memory: m; avgpool global",
        "m = embed 4; transformer 2, causal, memory: m; avgpool global",
        "embed 4; looped",
        "embed 4; looped_last",
        "embed 4; looped_back",
        "embed 4; gathered_last",
    ];

    private const string Layers = """
        layer summed { sum(it, over: time) / 3 + mean(it, over: all) }
        layer spread { var(it, over: time) }
        layer highest { max(it, over: time) }
        layer lowest { min(it, over: time) }
        layer long { norm(it, over: time) }
        layer counted { size(it, over: time) + it.length + sum(it, over: time) / size(it, over: all) }
        layer rising { cumsum(it, over: time) }
        layer shares { e = exp(it - max(it, over: time)); sum(e * it, over: time) / sum(e, over: time) }
        layer first { it[0..1] }
        layer looped { w = param [it.features, 3]; scan h = zeros(3) over time { tanh(it @ w + h / 2 + mean(it)) } }
        layer looped_last { w = param [it.features, 3]; scan h = ones(3) over time, last { tanh(it @ w - h) } }
        layer looped_back { w = param [it.features, 3]; scan h = zeros(3) over time, reverse, last { tanh(it @ w + h) } }
        layer gathered_last { scan s = zeros(it.features), n = zeros(1) over time, last { n = n + 1; s = s + it; s / n } }
        """;

    [Theory]
    [MemberData(nameof(Models))]
    public void What_a_model_gives_for_a_sequence_is_what_it_gives_for_it_alone(string layers)
    {
        Model model = Bound(layers).Training!.Models[0];
        var random = new Random(11);
        int[][] sequences = [.. s_lengths.Select(n => Enumerable.Range(0, n).Select(_ => random.Next(Symbols)).ToArray())];
        Dictionary<Parameter, byte[]> weights = model.Parameters.ToDictionary(p => p, p => Weights(random, p));
        float[] together = Outputs(model, weights, Longest, sequences);
        int each = together.Length / sequences.Length;
        for (int s = 0; s < sequences.Length; s++)
        {
            float[] alone = Outputs(model, weights, sequences[s].Length, [sequences[s]]), within = together[(s * each)..((s + 1) * each)];
            // Behind the end of a sequence there may be anything.
            for (int i = 0; i < alone.Length; i++) Assert.True(Math.Abs(alone[i] - within[i]) <= 2e-5 * (1 + Math.Abs(alone[i])), $"length {sequences[s].Length}, element {i}: {alone[i]} alone, {within[i]} together");
        }
    }

    private static float[] Outputs(Model model, Dictionary<Parameter, byte[]> weights, int longest, int[][] sequences)
    {
        var form = new FieldForm(new Shape(FieldForm.UpTo(longest)), DType.I32) { Symbols = Symbols };
        using var inference = new Inference(Script.OneThread, model, form, sequences.Length);
        foreach ((Parameter p, byte[] values) in weights) inference.Write(p, values);
        int[] padded = [.. sequences.SelectMany(s => s.Concat(Enumerable.Repeat(FieldForm.Padding, longest - s.Length)))];
        return inference.Run(MemoryMarshal.AsBytes(padded.AsSpan()));
    }

    private static byte[] Weights(Random random, Parameter p)
    {
        var values = new float[p.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() - (p.Kind == ParameterKind.State ? -0.5 : 0.3));
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    // Where each sequence has an end of its own, only the first place is one that all have.
    [Theory]
    [InlineData("0..1", true)]
    [InlineData("..1", true)]
    [InlineData("0", true)]
    [InlineData("0..1, 1..3", true)]
    [InlineData("..", true)]
    [InlineData("0..2", false)]
    [InlineData("..2", false)]
    [InlineData("0..", false)]
    [InlineData("1..2", false)]
    [InlineData("1..1", false)]
    [InlineData("1", false)]
    public void Of_the_places_of_sequences_the_first_can_be_taken(string subscript, bool taken)
    {
        string layers = $"embed 4; part; summed\n}}\nlayer part {{ it[{subscript}]";
        if (taken) Assert.NotNull(Bound(layers).Training);
        else Assert.Contains("differ in length", Assert.Throws<ScriptException>(() => Bound(layers)).Message);
    }

    private static BoundScript Bound(string layers)
    {
        var x = new FieldForm(new Shape(FieldForm.UpTo(Longest)), DType.I32) { Symbols = Symbols };
        var y = new FieldForm(new Shape(1), DType.F32);
        string text = $$"""
            {{Layers}}
            model net { {{layers}} }
            data d { builtin moons }
            train net { loss mean(net(x) ^ 2); optimizer sgd; epochs 1 }
            """;
        return Binder.Bind(new SourceText("lengths.nn", text), BindOptions.None, _ => new Schema(x, y));
    }
}
