using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Loops of formulas give what the layers of the language give that are the same cells, and what C# calculates place by place.</summary>
public class ScanLoopTests
{
    private const int Places = 5, Features = 3, Samples = 4;

    private const string Weights = "w = param [it.features, gates * units]; u = param [units, gates * units]; b = param [gates * units]; inner = param [units]";

    // The equations of PyTorch's documentation, gates in its order.
    [Theory]
    [InlineData("rnn", 1, "scan h = zeros(units) over time { tanh(it @ w + h @ u + b) }")]
    [InlineData("rnn", 1, "z = it @ w + b; scan h = zeros(units) over time { tanh(z + h @ u) }")]
    [InlineData("rnn", 1, "scan h = zeros(units) over it { a = it @ w + b; c = a; tanh((c + 0 * h) + h @ u) }")]
    [InlineData("gru", 3, """
        scan h = zeros(units) over time {
          a = it @ w + b
          p = h @ u
          r = sigmoid(a[0..units] + p[0..units])
          z = sigmoid(a[units..2 * units] + p[units..2 * units])
          n = tanh(a[2 * units..] + r * (p[2 * units..] + inner))
          (1 - z) * n + z * h
        }
        """)]
    [InlineData("lstm", 4, """
        scan h = zeros(units), c = zeros(units) over time {
          z = it @ w + b + h @ u
          c = sigmoid(z[units..2 * units]) * c + sigmoid(z[0..units]) * tanh(z[2 * units..3 * units])
          h = sigmoid(z[3 * units..]) * tanh(c)
          h
        }
        """)]
    public void A_cell_written_as_a_loop_is_the_layer(string layer, int gates, string loop)
    {
        const int Units = 4;
        // All weights are used, so that each has its values written.
        string body = $"{Weights}\n{loop.Replace("scan", "all = scan")}\nall + 0 * inner";
        Model own = Bound($"layer own(units, gates) {{\n{body}\n}}", $"own {Units}, {gates}");
        Model known = Bound("", $"{layer} {Units}");
        var random = new Random(3);
        Dictionary<string, byte[]> values = new()
        {
            ["w"] = Random(random, Features * gates * Units),
            ["u"] = Random(random, Units * gates * Units),
            ["b"] = Random(random, gates * Units),
            ["inner"] = Random(random, Units),
        };
        Dictionary<string, string> names = new() { ["weight"] = "w", ["recurrent"] = "u", ["bias"] = "b", ["bias_inner"] = "inner" };
        byte[] x = Random(random, Samples * Places * Features);
        float[] expected = Outputs(known, p => values[names[p.Name.Split('.')[^1]]], x), found = Outputs(own, p => values[p.Name.Split('.')[^1]], x);
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 5e-6);
    }

    // Values that the loop takes from around it: of each sample, of each place, and the same for all.
    [Theory]
    [InlineData("scan s = zeros(3) over time { s + it }", 0)]
    [InlineData("m = mean(it, over: time); scan s = zeros(3) over time { s + it - m }", 1)]
    [InlineData("t = 2 * it; scan s = zeros(3) over time { s + t / 2 }", 0)]
    [InlineData("scan s = zeros(3) over time { d = mean(it); s + it - d }", 2)]
    [InlineData("scan s = zeros(3) over time, reverse { s + it }", 3)]
    [InlineData("scan s = zeros(3) over time { s + it - mean(it, over: batch) }", 4)]
    [InlineData("scan s = zeros(3) over time { s + [1, 0, 2] * it[0..3] }", 5)]
    public void A_running_sum_is_as_calculated(string loop, int kind)
    {
        byte[] bytes = Random(new Random(5), Samples * Places * Features);
        ReadOnlySpan<float> x = MemoryMarshal.Cast<byte, float>(bytes);
        float[] found = Outputs(Bound($"layer own {{ {loop} }}", "own"), _ => throw new InvalidOperationException("no weights"), bytes);
        for (int s = 0; s < Samples; s++)
        {
            for (int f = 0; f < Features; f++)
            {
                double sum = 0;
                for (int i = 0; i < Places; i++)
                {
                    int t = kind == 3 ? Places - 1 - i : i;
                    double value = At(x, s, t, f);
                    double less = 0;
                    if (kind == 1) for (int q = 0; q < Places; q++) less += At(x, s, q, f) / Places;
                    if (kind == 2) for (int q = 0; q < Features; q++) less += At(x, s, t, q) / Features;
                    if (kind == 4) for (int q = 0; q < Samples; q++) less += At(x, q, t, f) / Samples;
                    sum += kind == 5 ? value * (f == 0 ? 1 : f == 1 ? 0 : 2) : value - less;
                    Assert.Equal(sum, found[(s * Places + t) * Features + f], 1e-5);
                }
            }
        }
    }

    private static float At(ReadOnlySpan<float> x, int sample, int place, int feature) => x[(sample * Places + place) * Features + feature];

    // A line that depends on nothing carried might be computed once, before the loop.
    [Theory]
    [InlineData("0 * s + 0 * it + normal(3)")]
    [InlineData("n = exp(2 * normal(3)); 0 * s + 0 * it + n")]
    [InlineData("n = wide(3); 0 * s + 0 * it + n")]
    public void Numbers_drawn_in_a_loop_differ_from_place_to_place_and_sample_to_sample(string body)
    {
        Model model = Bound($"fn wide(n) = sqrt(abs(normal(n)))\nlayer own {{ scan s = zeros(3) over time {{ {body} }} }}", "own");
        float[] found = Outputs(model, _ => [], new byte[Samples * Places * Features * 4]);
        Assert.Equal(found.Length, found.Distinct().Count());
    }

    [Theory]
    [InlineData("scan h = 0 over time { h + it }", "a value for each sample is carried: h = zeros(8)")]
    [InlineData("scan h = zeros(2) over time { h + it }", "'+' needs shapes that agree")]
    [InlineData("scan h = zeros(1) over time { h + it }", "what 'h' becomes has another shape than it has")]
    [InlineData("scan h = zeros(3), c = zeros(3) over time { h + it }", "the loop carries h and c, and does not say what they become")]
    [InlineData("scan h = zeros(3) over time { h = h + it }", "scan has no value")]
    [InlineData("scan h = zeros(3) over time { k = param [3]; h + k }", "weights and states belong before the loop")]
    [InlineData("scan h = zeros(3) over time, first { h + it }", "scan has no option 'first'")]
    [InlineData("m = state [3]; scan h = zeros(3) over time { m = h; h + it }", "'m' is a state of the layer")]
    [InlineData("scan h = zeros(3) over 0 steps { h }", "the number of steps of a loop")]
    [InlineData("scan h = zeros(3) over flatten(it) { h }", "scan wants a sequence of vectors")]
    public void A_mistake_in_a_loop_is_told(string loop, string message)
    {
        ScriptException e = Assert.Throws<ScriptException>(() => Bound($"layer own {{ {loop} }}", "own"));
        Assert.Contains(message, e.Message);
    }

    private static float[] Outputs(Model model, Func<Parameter, byte[]> weights, byte[] x)
    {
        using var inference = new Inference(Script.OneThread, model, new FieldForm(new Shape(Places, Features), DType.F32), Samples);
        foreach (Parameter p in model.Parameters) inference.Write(p, weights(p));
        return inference.Run(x);
    }

    private static byte[] Random(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() - 0.5);
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static Model Bound(string definitions, string layers)
    {
        string text = $$"""
            {{definitions}}
            model net { {{layers}} }
            data d { builtin moons }
            train net { loss mean(net(x) ^ 2, over: all); optimizer sgd; epochs 1 }
            """;
        var x = new FieldForm(new Shape(Places, Features), DType.F32);
        return Binder.Bind(new SourceText("loops.nn", text), BindOptions.None, _ => new Schema(x, new FieldForm(new Shape(1), DType.F32))).Training!.Models[0];
    }
}
