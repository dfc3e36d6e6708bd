using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Attention to another sequence, and positions of waves, by the formulas of Vaswani et al. 2017, calculated in double precision.</summary>
public class MemoryAttentionTests
{
    private const int Places = 3, Far = 5, Features = 4, Other = 6, Samples = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Each_place_takes_a_mean_of_the_memory(int heads)
    {
        Model model = Bound($"attention {heads}, memory: m");
        var random = new Random(4);
        float[] a = Random(random, Samples * Places * Features), m = Random(random, Samples * Far * Other);
        Dictionary<string, float[]> w = model.Parameters.ToDictionary(p => p.Name.Split('.')[^1], p => Random(random, (int)p.Shape.Count));
        using var inference = new Inference(Script.OneThread, model, [new Field("a", Form(Places, Features)), new Field("m", Form(Far, Other))], Samples);
        foreach (Parameter p in model.Parameters) inference.Write(p, MemoryMarshal.AsBytes(w[p.Name.Split('.')[^1]].AsSpan()).ToArray());
        float[] found = inference.Run([MemoryMarshal.AsBytes(a.AsSpan()).ToArray(), MemoryMarshal.AsBytes(m.AsSpan()).ToArray()])[0];
        int size = Features / heads;
        for (int s = 0; s < Samples; s++)
        {
            double[][] q = Affine(a, s * Places, Places, Features, w["q_weight"], w["q_bias"]);
            double[][] kv = Affine(m, s * Far, Far, Other, w["kv_weight"], w["kv_bias"]);
            for (int t = 0; t < Places; t++)
            {
                var mixed = new double[Features];
                for (int h = 0; h < heads; h++)
                {
                    double Score(int f) => Enumerable.Range(h * size, size).Sum(i => q[t][i] * kv[f][i]) / Math.Sqrt(size);
                    double[] e = [.. Enumerable.Range(0, Far).Select(f => Math.Exp(Score(f)))];
                    for (int i = h * size; i < (h + 1) * size; i++) mixed[i] = Enumerable.Range(0, Far).Sum(f => e[f] / e.Sum() * kv[f][Features + i]);
                }

                for (int o = 0; o < Features; o++)
                {
                    double expected = w["out_bias"][o] + Enumerable.Range(0, Features).Sum(i => mixed[i] * w["out_weight"][i * Features + o]);
                    Assert.Equal(expected, found[(s * Places + t) * Features + o], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Waves_are_sines_and_cosines_of_the_place()
    {
        var form = Form(Places, Features);
        string text = Text("model net { positions sine }");
        Model model = Binder.Bind(new SourceText("w.nn", text), BindOptions.None, _ => new Schema(form, Form(1, 1))).Training!.Models[0];
        Assert.Empty(model.Parameters);
        using var inference = new Inference(Script.OneThread, model, form, 1);
        float[] found = inference.Run(new byte[Places * Features * 4]);
        for (int t = 0; t < Places; t++)
        {
            for (int f = 0; f < Features; f++)
            {
                double angle = t / Math.Pow(10000, 2.0 * (f / 2) / Features);
                Assert.Equal(f % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle), found[t * Features + f], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("attention 2, causal, memory: m", "no place of another sequence is later")]
    [InlineData("attention 2, memory: flatten(m)", "attention: memory wants a sequence")]
    [InlineData("positions 3, sine", "nothing is learned")]
    [InlineData("transformer 3, memory: m", "a divisor of the 4 features")]
    public void A_mistake_is_told(string layer, string message) => Assert.Contains(message, Assert.Throws<ScriptException>(() => Bound(layer)).Message);

    private static double[][] Affine(float[] x, int first, int rows, int inputs, float[] w, float[] b) =>
    [
        .. Enumerable.Range(first, rows).Select(r => (double[])[.. Enumerable.Range(0, b.Length)
            .Select(o => b[o] + Enumerable.Range(0, inputs).Sum(i => (double)x[r * inputs + i] * w[i * b.Length + o]))]),
    ];

    private static float[] Random(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];

    private static FieldForm Form(int places, int features) => new(new Shape(places, features), DType.F32);

    private static Model Bound(string layer)
    {
        var schema = new Schema([new Field("a", Form(Places, Features)), new Field("m", Form(Far, Other))], [new Field("y", Form(1, 1))]);
        string text = Text($"model net(a, m) {{ from a; {layer} }}").Replace("net(x)", "net(a, m)");
        return Binder.Bind(new SourceText("memory.nn", text), BindOptions.None, _ => schema).Training!.Models[0];
    }

    private static string Text(string model) =>
        $"{model}\ndata d {{ builtin moons }}\ntrain net {{ loss mean(net(x) ^ 2, over: all); optimizer sgd; epochs 1 }}\n";
}
