using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>The language's <c>cumsum</c> on every backend, against numbers added by hand; all of them are exact.</summary>
[Collection(GpuDevices.Collection)]
public class CumulativeSumTests
{
    // Two samples of two places with three features.
    private static readonly float[] s_x = [1, 2, 3, 10, 20, 30, -1, 0, 1, 100, 200, 300];

    [Theory]
    [InlineData("cumsum(x)", new double[] { 1, 3, 6, 10, 30, 60, -1, -1, 0, 100, 300, 600 })]
    [InlineData("cumsum(x, over: features)", new double[] { 1, 3, 6, 10, 30, 60, -1, -1, 0, 100, 300, 600 })]
    [InlineData("cumsum(x, over: time)", new double[] { 1, 2, 3, 11, 22, 33, -1, 0, 1, 99, 200, 301 })]
    public void Sums_up_to_each_place(string formula, double[] expected) => Check((runner, x) => runner.Output(Value(runner, formula, x)), expected);

    [Fact]
    public void An_element_counts_for_all_places_after_it()
    {
        // Of the sum of all running sums: 3, 2 and 1 times over the features.
        Check((runner, x) =>
        {
            Node sums = Value(runner, "cumsum(x)", x);
            runner.Output(Autodiff.Gradients(runner.Graph, runner.Graph.Reshape(runner.Graph.Sum(sums, new Shape(0, 1, 2)), Shape.Scalar), [x])[0]);
        }, [3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1]);
    }

    [Theory]
    [InlineData("cumsum(x, over: batch)")]
    [InlineData("cumsum(x, over: all)")]
    public void It_runs_within_a_sample_along_one_axis(string formula)
    {
        var runner = new GraphRunner();
        Node x = runner.Input(new Shape(2, 2, 3), s_x);
        BindError refused = Assert.Throws<BindError>(() => Value(runner, formula, x));
        Assert.Contains("features", refused.Help, StringComparison.Ordinal);
    }

    private static void Check(Action<GraphRunner, Node> build, double[] expected)
    {
        var runner = new GraphRunner();
        build(runner, runner.Input(new Shape(2, 2, 3), s_x));
        runner.Run((backend, outputs) => Golden.AssertClose(expected, outputs[0], 0, backend));
    }

    private static Node Value(GraphRunner runner, string formula, Node x) => runner.Evaluate(formula, ("x", new TensorValue(x)));
}
