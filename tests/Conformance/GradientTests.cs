using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Conformance;

/// <summary>Every row's gradient, and the gradient of that gradient, against central differences in double precision.</summary>
public class GradientTests
{
    public static TheoryData<int> Rows =>
        [.. Enumerable.Range(0, OpCases.All.Count).Where(i => OpCases.All[i].Differentiable && OpCases.All[i].Inputs.All(x => x.Shape.Count > 0))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Gradients_agree_with_central_differences(int row)
    {
        OpCase c = OpCases.All[row];
        Check(c, (g, reads, _) => Weighted(g, [c.Build(g, reads)], 0.7));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Gradients_of_gradients_agree_with_central_differences(int row)
    {
        OpCase c = OpCases.All[row];
        Check(c, (g, reads, floats) => Weighted(g, Autodiff.Gradients(g, Weighted(g, [c.Build(g, reads)], 0.7), floats), 1.3));
    }

    [Fact]
    public void Every_op_but_those_without_inputs_has_a_gradient() =>
        Assert.Equal(["read", "constant", "iota"], OpTable.All.Where(o => o.Gradient is null).Select(o => o.Name));

    // A different weight on every element, so that no two errors cancel.
    private static Node Weighted(GraphBuilder g, IReadOnlyList<Node> values, double phase)
    {
        Node sum = g.Constant(0);
        foreach (Node value in values)
        {
            Node weights = g.Sin(g.Mul(g.Cast(g.Reshape(g.Iota(new Shape((int)value.Shape.Count), 0), value.Shape), DType.F32), g.Constant(phase)));
            sum = g.Add(sum, g.Reshape(g.Sum(g.Mul(value, weights), new Shape([.. Enumerable.Range(0, value.Shape.Rank)])), Shape.Scalar));
        }

        return sum;
    }

    // The slopes of a number that a row makes of its inputs, each input's at a dozen places.
    private static void Check(OpCase c, Func<GraphBuilder, Node[], Node[], Node> number)
    {
        var b = new PlanBuilder();
        var g = new GraphBuilder(simplify: false);
        Slot[] inputs = [.. c.Inputs.Select((x, i) => b.Slot("in", $"in{i}", x.Shape, x.Type))];
        Node[] reads = [.. inputs.Select(g.Read)];
        int[] floats = [.. Enumerable.Range(0, inputs.Length).Where(i => c.Inputs[i].Type == DType.F32)];
        Node[] wanted = [.. floats.Select(i => reads[i])];
        Node loss = number(g, reads, wanted);
        Slot lossSlot = b.Slot("out", "loss", Shape.Scalar, DType.F32);
        g.Assign(lossSlot, loss);
        IReadOnlyList<Node> gradients = Autodiff.Gradients(g, loss, wanted);
        Slot[] outputs = [.. floats.Select((i, k) =>
        {
            Slot s = b.Slot("out", $"gradient{i}", c.Inputs[i].Shape, DType.F32);
            g.Assign(s, gradients[k]);
            return s;
        })];
        b.Entry("run", g.Build());
        Plan plan = b.Build();
        using var program = (ReferenceProgram)new ReferenceBackend().Load(plan);
        for (int i = 0; i < inputs.Length; i++) program.Write(inputs[i], ConformanceTests.Values(c.Inputs[i], i));
        program.Run(plan.Entry("run"), 1);
        for (int k = 0; k < floats.Length; k++)
        {
            double[] analytic = program.Values(outputs[k]).ToArray();
            for (int e = 0; e < analytic.Length; e += Math.Max(1, analytic.Length / 12))
            {
                double at = program.Values(inputs[floats[k]])[e];
                const double h = 1e-5;
                double Loss(double x)
                {
                    program.Values(inputs[floats[k]])[e] = x;
                    program.Run(plan.Entry("run"), 1);
                    return program.Values(lossSlot)[0];
                }

                double numeric = (Loss(at + h) - Loss(at - h)) / (2 * h);
                program.Values(inputs[floats[k]])[e] = at;
                Assert.True(
                    Math.Abs(numeric - analytic[e]) <= 1e-3 * Math.Max(1, Math.Abs(numeric)),
                    $"{c}, input {floats[k]}, element {e}: {analytic[e]} by the rule, {numeric} by differences");
            }
        }
    }
}
