using System.Text.Json;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>Slopes of the prelude's functions where there are two of them, or none: those that PyTorch takes, on every backend.</summary>
[Collection(GpuDevices.Collection)]
public class KinkTests
{
    // Smooth but for bounds that keep logarithms finite, or without a gradient in PyTorch: covered by KMeansTests and MetropolisTests.
    private static readonly string[] Elsewhere = ["bce", "cross_entropy", "kl", "focal", "inertia", "metropolis_move"];

    private readonly GraphRunner _runner = new();
    private readonly List<(string Name, double[] Expected)> _wanted = [];

    [Fact]
    public void Slopes_at_kinks_are_those_of_PyTorch()
    {
        foreach (JsonProperty golden in Golden.Kinks.GetProperty("activations").EnumerateObject())
            Add(golden.Name, golden.Value, [Column(golden.Value, "x")]);
        foreach (JsonProperty golden in Golden.Kinks.GetProperty("losses").EnumerateObject())
            Add(golden.Name, golden.Value, [Column(golden.Value, "p"), Column(golden.Value, "y")]);
        foreach (JsonProperty golden in Golden.Kinks.GetProperty("vectors").EnumerateObject())
            Add(golden.Name, golden.Value,
                [.. new[] { "a", "b", "n" }.Where(k => golden.Value.GetProperty(k).GetArrayLength() > 0).Select(k => Rows(golden.Value, k))]);
        _runner.Run((backend, outputs) =>
        {
            for (int i = 0; i < _wanted.Count; i++) Golden.AssertClose(_wanted[i].Expected, outputs[i], 1e-5, $"slope of {_wanted[i].Name} on {backend}");
        });
    }

    // A new function of the prelude that has a kink gets its numbers here.
    [Fact]
    public void Every_function_with_a_kink_has_a_golden_slope()
    {
        HashSet<string> covered =
            [.. new[] { "activations", "losses", "vectors" }.SelectMany(s => Golden.Kinks.GetProperty(s).EnumerateObject()).Select(p => p.Name)];
        DefinitionStatement[] kinked =
            [.. PreludeScript.Statements.OfType<DefinitionStatement>().Where(d => d.Kind == "fn" && d.Lines.Any(l => HasKink(l.Value)))];
        Assert.Contains(kinked, d => d.Name.Name == "relu");
        Assert.DoesNotContain(kinked.Select(d => d.Name.Name), n => !covered.Contains(n) && !Elsewhere.Contains(n));
    }

    private static bool HasKink(Expr e) => e switch
    {
        IfExpr => true,
        NegateExpr n => HasKink(n.Operand),
        BinaryExpr b => HasKink(b.Left) || HasKink(b.Right),
        CallExpr c => c.Function.Name is "abs" or "sign" or "floor" or "norm" || (c.Function.Name is "max" or "min" && c.Arguments.Count == 2)
            || c.Arguments.Any(a => HasKink(a.Value)),
        _ => false,
    };

    private void Add(string name, JsonElement golden, Node[] arguments)
    {
        GraphBuilder g = _runner.Graph;
        Node each = _runner.Evaluate($"{name}({string.Join(", ", arguments.Select((_, i) => $"a{i}"))})",
            [.. arguments.Select((a, i) => ($"a{i}", (Value)new TensorValue(a)))]);
        Node sum = g.Reshape(g.Sum(each, new Shape([.. Enumerable.Range(0, each.Shape.Rank)])), Shape.Scalar);
        _runner.Output(Autodiff.Gradients(g, sum, [arguments[0]])[0]);
        _wanted.Add((name, golden.GetProperty("grad").Doubles()));
    }

    private Node Column(JsonElement golden, string key)
    {
        float[] values = golden.GetProperty(key).Floats();
        return _runner.Input(new Shape(values.Length, 1), values);
    }

    private Node Rows(JsonElement golden, string key)
    {
        JsonElement[] rows = [.. golden.GetProperty(key).EnumerateArray()];
        float[] values = [.. rows.SelectMany(r => r.ValueKind == JsonValueKind.Array ? r.Floats() : [(float)r.GetDouble()])];
        return _runner.Input(new Shape(rows.Length, values.Length / rows.Length), values);
    }
}
