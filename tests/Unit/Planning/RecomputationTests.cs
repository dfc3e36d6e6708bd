using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

/// <summary>What is computed anew instead of being stored: values put to the scale of their own sums.</summary>
public class RecomputationTests
{
    [Fact]
    public void A_normalised_batch_is_read_and_written_in_no_more_passes_than_it_needs()
    {
        var plan = new PlanBuilder();
        Slot x = plan.Slot("in", "x", new Shape(64, 8), DType.F32), r = plan.Slot("in", "r", new Shape(64, 8), DType.F32);
        Slot value = plan.Slot("out", "value", new Shape(64, 8), DType.F32), gradient = plan.Slot("out", "gradient", new Shape(64, 8), DType.F32);
        var g = new GraphBuilder();
        Node input = g.Read(x), y = g.Max(Normalised(g, input, new Shape(0)), g.Constant(0));
        Node sum = g.Reshape(g.Sum(g.Mul(y, g.Read(r)), new Shape(0, 1)), Shape.Scalar);
        g.Assign(value, y);
        g.Assign(gradient, Autodiff.Gradients(g, sum, [input])[0]);
        plan.Entry("run", g.Build());
        Plan built = plan.Build();

        // Mean; variance; value and sums of the gradient, which also keeps its scaled product with r; gradient.
        PlanStep[] wide = [.. built.Entry("run").Steps.Where(s => s.Reads.Concat(s.Writes).Any(slot => slot.Shape.Count == 512))];
        Assert.InRange(wide.Length, 3, 4);
        Assert.InRange(wide.Sum(s => s.Writes.Count(slot => slot.Shape.Count == 512)), 2, 3);
        AssertComputed(built);
    }

    [Fact]
    public void What_would_need_too_many_axes_is_stored()
    {
        var plan = new PlanBuilder();
        Slot x = plan.Slot("in", "x", new Shape(32, 6, 8), DType.F32), squares = plan.Slot("out", "squares", new Shape(32, 1, 1), DType.F32);
        var g = new GraphBuilder();
        // A scale for each of the last axis keeps a row of the last two from being one run through memory.
        Node n = Normalised(g, g.Read(x), new Shape(0, 1));
        g.Assign(squares, g.ReduceMax(g.Mul(n, n), new Shape(1, 2)));
        plan.Entry("run", g.Build());
        AssertComputed(plan.Build());
    }

    private static Node Normalised(GraphBuilder g, Node x, Shape axes)
    {
        Node mean = g.Mean(x, axes), centered = g.Sub(x, g.Detach(mean));
        Node factor = g.Div(g.Constant(1), g.Sqrt(g.Add(g.Mean(g.Mul(centered, centered), axes), g.Constant(1e-5))));
        return g.Mul(g.Sub(x, mean), factor);
    }

    private static void AssertComputed(Plan plan)
    {
        using IProgram expected = new ReferenceBackend().Load(plan);
        using var cpu = new CpuBackend(2);
        using IProgram actual = cpu.Load(plan);
        foreach (Slot slot in plan.Slots.Where(s => s.Arena.Name == "in"))
        {
            expected.Write(slot, PlannerTests.Values(slot, 1));
            actual.Write(slot, PlannerTests.Values(slot, 1));
        }

        expected.Run(plan.Entry("run"), 1);
        actual.Run(plan.Entry("run"), 1);
        foreach (Slot slot in plan.Slots.Where(s => s.Arena.Name == "out"))
        {
            float[] wanted = Read(expected, slot), got = Read(actual, slot);
            Assert.Contains(wanted, v => v != 0);
            for (int i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], got[i], 1e-4f);
        }
    }

    private static float[] Read(IProgram program, Slot slot)
    {
        var values = new float[slot.Shape.Count];
        program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
