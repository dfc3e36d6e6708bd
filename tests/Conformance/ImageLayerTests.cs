using System.Text.Json;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>The layers of images, sequences and sounds beside PyTorch, on every backend that there is: values, gradients, running statistics.</summary>
[Collection(GpuDevices.Collection)]
public class ImageLayerTests
{
    private static IEnumerable<JsonElement> Cases => new[] { Golden.Images, Golden.Sounds }.SelectMany(g => g.GetProperty("layers").EnumerateArray());

    public static TheoryData<string> Layers => [.. Cases.Select(LayerOf).Distinct()];

    // All cases of a layer in one plan: a driver compiles them together.
    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer(string layer)
    {
        var runner = new GraphRunner();
        List<(string What, double[] Expected)> wanted = [];
        foreach (JsonElement golden in Cases.Where(g => LayerOf(g) == layer)) Add(runner, golden, wanted);
        runner.Run((backend, outputs) =>
        {
            for (int i = 0; i < wanted.Count; i++)
                Golden.AssertClose(wanted[i].Expected, outputs[i], Tolerance(wanted[i].Expected), $"{wanted[i].What} on {backend}");

            // An element of a transform is a sum over all others, which is rounded as its largest ones are.
            double Tolerance(double[] numbers) => layer is "spectrogram" or "mel" ? 5e-6 * Math.Max(1, numbers.Max(Math.Abs)) : 2e-5;
        });
    }

    private static string LayerOf(JsonElement golden) => golden.GetProperty("model").GetString()!.Split(' ')[0];

    private static void Add(GraphRunner runner, JsonElement golden, List<(string What, double[] Expected)> wanted)
    {
        GraphBuilder g = runner.Graph;
        string layer = golden.GetProperty("model").GetString()!;
        var scope = new GivenScope(runner, golden.GetProperty("parameters"), golden.GetProperty("training").GetBoolean());
        Shape input = new(golden.GetProperty("input").Ints());
        input = input.With(0, Dim.BatchOf(input[0]));
        Node x = runner.Input(input, Golden.Hashed((int)input.Count, 51, -1, 1));
        var diagnostics = new Diagnostics(new SourceText("test", $"model m {{ {layer} }}"));
        Script script = ScriptParser.Parse(diagnostics.Source, diagnostics);
        Definitions definitions = GraphRunner.Prelude();
        definitions.Names = NameReader.Read(script).Table;
        Node y = ((TensorValue)new ModelBinding((ModelStatement)script.Statements[0], definitions).Apply(scope, [x], default)).Node;
        Assert.Equal(golden.GetProperty("output").Ints(), y.Shape.ToArray());

        Node r = runner.Input(y.Shape, Golden.Hashed((int)y.Shape.Count, 52, -1, 1));
        JsonProperty[] gradients = [.. golden.GetProperty("gradients").EnumerateObject()], states = [.. golden.GetProperty("states").EnumerateObject()];
        Node sum = g.Reshape(g.Sum(g.Mul(y, r), new Shape([.. Enumerable.Range(0, y.Shape.Rank)])), Shape.Scalar);
        Node[] made =
        [
            y, .. Autodiff.Gradients(g, sum, [x, .. gradients.Select(p => scope.Given(p.Name))]),
            .. states.Select(s => scope.Updated.GetValueOrDefault(s.Name) ?? scope.Given(s.Name)),
        ];
        (string, double[])[] expected =
        [
            ("value", golden.GetProperty("y").Doubles()), ("input gradient", golden.GetProperty("dx").Doubles()),
            .. gradients.Concat(states).Select(p => (p.Name, p.Value.Doubles())),
        ];
        foreach ((Node node, (string name, double[] numbers)) in made.Zip(expected))
        {
            runner.Output(node);
            wanted.Add(($"{layer} on {input}: {name}", numbers));
        }
    }

    /// <summary>Reads every parameter from the numbers that the golden file was made with.</summary>
    private sealed class GivenScope(GraphRunner runner, JsonElement parameters, bool training) : BuildScope
    {
        private readonly Dictionary<string, Node> _given = [];

        public Dictionary<string, Node> Updated { get; } = [];

        public override GraphBuilder Graph => runner.Graph;

        public override bool Training => training;

        public override Node Seed => Graph.Constant(0, DType.I32);

        public override Node Step => Graph.Constant(0, DType.I32);

        public Node Given(string name) => _given[name];

        public override Node Read(Parameter parameter)
        {
            string name = parameter.Name["m.".Length..];
            if (_given.TryGetValue(name, out Node? known)) return known;
            string[] order = [.. parameters.EnumerateObject().Select(p => p.Name)];
            Assert.Contains(name, order);
            Assert.Equal(parameters.GetProperty(name).Ints(), parameter.Shape.ToArray());
            (double low, double high) = name.Contains("variance", StringComparison.Ordinal) ? (0.5, 1.5) : (-1, 1);
            return _given[name] = runner.Input(parameter.Shape, Golden.Hashed((int)parameter.Shape.Count, 60 + Array.IndexOf(order, name), low, high));
        }

        public override void Update(Parameter parameter, Node value) => Updated[parameter.Name["m.".Length..]] = value;

        public override Node Number(Hyperparameter number) => Graph.Constant(number.Value);
    }
}
