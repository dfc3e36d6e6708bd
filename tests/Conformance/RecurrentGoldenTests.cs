using System.Text.Json;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Recurrent layers beside PyTorch: values, gradients, and ten training steps from given weights.</summary>
[Collection(GpuDevices.Collection)]
public class RecurrentGoldenTests
{
    private const double Bound = 0.5;

    public static TheoryData<string> Kinds => [.. Golden.Sequences.GetProperty("training").EnumerateObject().Select(p => p.Name)];

    // All cases of a layer in one plan: a driver compiles them together.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Values_and_gradients(string kind)
    {
        var runner = new GraphRunner();
        List<(string What, double[] Expected)> wanted = [];
        foreach (JsonElement golden in Golden.Sequences.GetProperty("layers").EnumerateArray())
        {
            string layer = golden.GetProperty("model").GetString()!;
            if (layer.Split(' ')[0] == kind) Add(runner, layer, golden, wanted);
        }

        runner.Run((backend, outputs) =>
        {
            for (int i = 0; i < wanted.Count; i++) Golden.AssertClose(wanted[i].Expected, outputs[i], 2e-5, $"{wanted[i].What} on {backend}");
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Ten_steps_agree_on_the_CPU(string kind)
    {
        using IBackend cpu = new CpuBackend(2);
        Agree(kind, cpu);
    }

    [SkippableTheory]
    [InlineData("rnn", "opencl")]
    [InlineData("gru", "opencl")]
    [InlineData("lstm", "opencl")]
    [InlineData("rnn", "vulkan")]
    [InlineData("gru", "vulkan")]
    [InlineData("lstm", "vulkan")]
    public void Ten_steps_agree_on_a_GPU(string kind, string backend) => Agree(kind, GpuDevices.Open(backend));

    private static void Add(GraphRunner runner, string layer, JsonElement golden, List<(string What, double[] Expected)> wanted)
    {
        GraphBuilder g = runner.Graph;
        Shape input = new(golden.GetProperty("input").Ints());
        Model model = Binder.Bind(
            new SourceText("test.nn", $"model m {{ input {input.Range(1, 3)}; {layer} }}"), BindOptions.None,
            _ => throw new InvalidOperationException()).Models[0];
        JsonProperty[] gradients = [.. golden.GetProperty("gradients").EnumerateObject()];
        string[] order = [.. gradients.Select(p => p.Name)];
        Dictionary<Parameter, Node> given = model.Parameters.ToDictionary(p => p,
            p => runner.Input(p.Shape, Golden.Hashed((int)p.Shape.Count, 60 + Array.IndexOf(order, Short(p)), -Bound, Bound)));
        Node x = runner.Input(input, Golden.Hashed((int)input.Count, 51, -1, 1));
        Node y = model.Build(runner.Scope(given), [x])[0];
        Assert.Equal(golden.GetProperty("output").Ints(), y.Shape.ToArray());
        Node r = runner.Input(y.Shape, Golden.Hashed((int)y.Shape.Count, 52, -1, 1));
        Node sum = g.Reshape(g.Sum(g.Mul(y, r), new Shape([.. Enumerable.Range(0, y.Shape.Rank)])), Shape.Scalar);
        Node[] wrt = [x, .. order.Select(n => given.Single(p => Short(p.Key) == n).Value)];
        string[] names = ["value", "input gradient", .. order];
        double[][] numbers = [golden.GetProperty("y").Doubles(), golden.GetProperty("dx").Doubles(), .. gradients.Select(p => p.Value.Doubles())];
        Node[] made = [y, .. Autodiff.Gradients(g, sum, wrt)];
        for (int i = 0; i < made.Length; i++)
        {
            runner.Output(made[i]);
            wanted.Add(($"{layer} on {input}: {names[i]}", numbers[i]));
        }
    }

    private static string Short(Parameter p) => p.Name.Split('.')[^1];

    private static void Agree(string kind, IBackend backend)
    {
        const int Time = 6, Features = 5, Classes = 4, Batch = 4, Steps = 10;
        JsonElement golden = Golden.Sequences.GetProperty("training").GetProperty(kind);
        string script = $$"""
            model m { {{kind}} 8, bidirectional; {{kind}} 8, last; dense classes, softmax }
            data given { builtin digits }
            train m on given { loss cross_entropy; optimizer adamw(lr: 1e-2, decay: 0.01); clip norm: 1; batch 4 }
            """;
        var info = OneField.Of(new Shape(Time, Features), DType.F32, Shape.Scalar, DType.I32, Classes);
        int[] labels = [.. Enumerable.Range(0, Steps * Batch).Select(i => (i * 7 + i / 3) % Classes)];
        using TrainingSession session =
            GoldenTraining.Load<float, int>(backend, script, info, Golden.Hashed(Steps * Batch * Time * Features, 600, -1, 1), labels, Steps * Batch);
        JsonProperty[] parameters = [.. golden.GetProperty("parameters").EnumerateObject()];
        (Slot Slot, double[] Expected)[] slots =
            [.. parameters.Select(p => (session.Plan.Slots.Parameters.Single(x => x.Key.Name == "m." + p.Name).Value, p.Value.Doubles()))];
        for (int i = 0; i < slots.Length; i++) session.Write<float>(slots[i].Slot, Golden.Hashed((int)slots[i].Slot.Shape.Count, 500 + i, -Bound, Bound));
        GoldenTraining.AssertLosses(session, golden, 1e-4);

        for (int i = 0; i < slots.Length; i++) Golden.AssertClose(slots[i].Expected, session.Read<float>(slots[i].Slot), 1e-3, $"{kind}: {parameters[i].Name}");
    }
}
