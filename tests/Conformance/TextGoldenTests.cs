using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Embedding, attention and a small GPT beside PyTorch.</summary>
[Collection(GpuDevices.Collection)]
public class TextGoldenTests
{
    private const string Gpt = """
        block transformer(width, heads) {
          residual { layernorm; attention heads, causal }
          residual { layernorm; dense 4 * width, gelu; dense width }
        }
        model gpt { embed 8; positions; repeat 2 { transformer 8, 2 }; layernorm; dense classes, softmax }
        data given { builtin digits }
        train { loss cross_entropy; optimizer adamw(lr: 1e-2, decay: 0.1); clip norm: 1; batch 4 }
        """;

    [Fact]
    public void An_embedding()
    {
        JsonElement golden = Golden.Root.GetProperty("embedding");
        var runner = new GraphRunner();
        GraphBuilder g = runner.Graph;
        Node table = runner.Input(new Shape(7, 3), Golden.Hashed(21, 300, -1, 1)), index = runner.Input(new Shape(2, 4), golden.GetProperty("index").Ints());
        Node y = g.Gather(table, index);
        runner.Output(y);
        runner.Output(Autodiff.Gradients(g, Weighted(runner, y, 301), [table])[0]);
        runner.Run((backend, outputs) =>
        {
            Golden.AssertClose(golden.GetProperty("y").Doubles(), outputs[0], 1e-7, $"embedding on {backend}");
            Golden.AssertClose(golden.GetProperty("grad").Doubles(), outputs[1], 1e-6, $"gradient of embedding on {backend}");
        });
    }

    [Fact]
    public void Attention()
    {
        foreach (JsonElement golden in Golden.Root.GetProperty("attention").EnumerateArray())
        {
            int batch = golden.GetProperty("batch").GetInt32(), time = golden.GetProperty("time").GetInt32(),
                features = golden.GetProperty("features").GetInt32();
            string layer = $"attention {golden.GetProperty("heads").GetInt32()}{(golden.GetProperty("causal").GetBoolean() ? ", causal" : "")}";
            Model model = Binder.Bind(new SourceText("test.nn", $"model m {{ input {time}x{features}; {layer} }}"), BindOptions.None,
                _ => throw new InvalidOperationException()).Models[0];
            var runner = new GraphRunner();
            GraphBuilder g = runner.Graph;
            Node x = runner.Input(new Shape(batch, time, features), Golden.Hashed(batch * time * features, 320, -2, 2));
            Dictionary<Parameter, Node> parameters =
                model.Parameters.Select((p, i) => (p, i)).ToDictionary(n => n.p, n => runner.Input(n.p.Shape, Filled(n.p, 310 + n.i)));
            Node y = model.Build(runner.Scope(parameters), [x])[0];
            IReadOnlyList<Node> gradients = Autodiff.Gradients(g, Weighted(runner, y, 321), [x, .. parameters.Values]);
            runner.Output(y);
            foreach (Node gradient in gradients) runner.Output(gradient);
            JsonElement[] expected = [.. golden.GetProperty("gradients").EnumerateArray()];
            runner.Run((backend, outputs) =>
            {
                string what = $"{layer} over {batch}x{time}x{features} on {backend}";
                Golden.AssertClose(golden.GetProperty("y").Doubles(), outputs[0], 1e-5, what);
                Golden.AssertClose(golden.GetProperty("dx").Doubles(), outputs[1], 1e-4, $"input gradient of {what}");
                for (int i = 0; i < expected.Length; i++) Golden.AssertClose(expected[i].Doubles(), outputs[2 + i], 1e-4, $"gradient {i} of {what}");
            });
        }
    }

    [Fact]
    public void The_transformer_layer_is_what_the_block_is_written_out()
    {
        Node[] built = new Node[2];
        var runner = new GraphRunner();
        Node x = runner.Input(new Shape(2, 5, 8), Golden.Hashed(80, 330, -2, 2));
        string[] texts = ["transformer 2, causal, hidden: 3", "residual { layernorm; attention 2, causal }; residual { layernorm; dense 24, gelu; dense 8 }"];
        for (int i = 0; i < 2; i++)
        {
            Model model = Binder.Bind(new SourceText("test.nn", $"model m {{ input 5x8; {texts[i]} }}"), BindOptions.None,
                _ => throw new InvalidOperationException()).Models[0];
            Dictionary<Parameter, Node> parameters =
                model.Parameters.Select((p, k) => (p, k)).ToDictionary(n => n.p, n => runner.Input(n.p.Shape, Filled(n.p, 340 + n.k)));
            built[i] = model.Build(runner.Scope(parameters), [x])[0];
            runner.Output(built[i]);
        }

        runner.Run((backend, outputs) =>
        {
            for (int i = 0; i < outputs[0].Length; i++) Golden.AssertClose(outputs[1][i], outputs[0][i], 1e-6, $"element {i} on {backend}");
        });
    }

    [Fact]
    public void A_text_is_the_same_from_every_backend()
    {
        var info = OneField.Of(new Shape(6), DType.I32, new Shape(6), DType.I32, 11);
        Model model = Binder.Bind(new SourceText("gpt.nn", Gpt), BindOptions.None, _ => info).Training!.Models[0];
        var file = new Safetensors();
        int number = 400;
        foreach (Parameter p in model.Parameters)
            file.Tensors[p.Name] = new StoredTensor(p.Shape, DType.F32, MemoryMarshal.AsBytes(Filled(p, number++).AsSpan()).ToArray());
        int[] Text(IBackend backend)
        {
            using var inference = new Inference(backend, model, new FieldForm(model.Input, DType.I32));
            inference.Restore(file, "test");
            var generator = new TextGenerator(w => inference.Run(MemoryMarshal.AsBytes(w.AsSpan())), 6, [3, 1], 5);
            return [.. Enumerable.Range(0, 30).Select(_ => generator.Next())];
        }

        int[] expected = Text(new ReferenceBackend());
        Assert.True(expected.Distinct().Count() > 5);
        using var cpu = new CpuBackend(2);
        Assert.Equal(expected, Text(cpu));
        foreach (IBackend gpu in GpuDevices.Present) Assert.Equal(expected, Text(gpu));
    }

    [Fact]
    public void Ten_steps_of_a_gpt_agree_on_the_CPU()
    {
        using IBackend cpu = new CpuBackend(2);
        Agree(cpu);
    }

    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Ten_steps_of_a_gpt_agree_on_a_GPU(string backend) => Agree(GpuDevices.Open(backend));

    private static void Agree(IBackend backend)
    {
        JsonElement golden = Golden.Root.GetProperty("gpt");
        const int Time = 6, Width = 8, Symbols = 11, Batch = 4, Steps = 10;
        var info = OneField.Of(new Shape(Time), DType.I32, new Shape(Time), DType.I32, Symbols);
        int[] text = [.. Enumerable.Range(0, Steps * Batch * Time + 1).Select(i => (i * i / 3 + 5 * i) % Symbols)];
        using TrainingSession session = GoldenTraining.Load<int, int>(backend, Gpt, info, text.AsSpan()[..^1], text.AsSpan()[1..], Steps * Batch);
        int number = 400;
        foreach (Parameter p in session.Definition.Models[0].Parameters) session.Write<float>(session.Plan.Slots.Parameters[p], Filled(p, number++));
        GoldenTraining.AssertLosses(session, golden, 1e-4);

        foreach (JsonProperty expected in golden.GetProperty("parameters").EnumerateObject())
        {
            (Parameter p, Slot slot) = session.Plan.Slots.Parameters.Single(x => x.Key.Name == "gpt." + expected.Name);
            double[] wanted = expected.Value.Doubles();
            float[] values = session.Read<float>(slot);
            // The same number added to all scores of a row changes nothing: the bias of the keys has no gradient, and adam makes steps of its rounding.
            if (p.Name.EndsWith("qkv_bias", StringComparison.Ordinal)) Array.Clear(values, Width, Width);
            if (p.Name.EndsWith("qkv_bias", StringComparison.Ordinal)) Array.Clear(wanted, Width, Width);
            Golden.AssertClose(wanted, values, 1e-3, p.Name);
        }
    }

    // As filled in make_goldens.py.
    private static float[] Filled(Parameter p, int seed)
    {
        double bound = p.Shape.Rank == 1 ? 0.1 : Math.Sqrt(3.0 / p.Shape[0]);
        float[] values = Golden.Hashed((int)p.Shape.Count, seed, -bound, bound);
        return p.Name.EndsWith("scale", StringComparison.Ordinal) ? Array.ConvertAll(values, v => (float)(v + 1.0)) : values;
    }

    private static Node Weighted(GraphRunner runner, Node y, int seed)
    {
        GraphBuilder g = runner.Graph;
        Node r = runner.Input(y.Shape, Golden.Hashed((int)y.Shape.Count, seed, -1, 1));
        return g.Reshape(g.Sum(g.Mul(y, r), new Shape([.. Enumerable.Range(0, y.Shape.Rank)])), Shape.Scalar);
    }
}
