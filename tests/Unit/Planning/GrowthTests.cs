using Nn.Graphs;
using Nn.Passes;
using Nn.Planning;
using Nn.Tests.Unit.Training;
using Nn.Training;

namespace Nn.Tests.Unit.Planning;

/// <summary>What planning costs grows with the number of layers, not with its square.</summary>
public class GrowthTests
{
    /// <summary>Memory that is asked for stands for work: it does not depend on what else the machine does.</summary>
    [Theory]
    [InlineData("dense 4, relu")]
    [InlineData("dense 4; batchnorm; tanh")]
    [InlineData("residual { layernorm; dense 4, gelu }")]
    public void Four_times_the_layers_are_planned_with_about_four_times_the_work(string layers)
    {
        Planned(layers, 50);
        long few = Planned(layers, 150), many = Planned(layers, 600);
        Assert.True(many < 5.5 * few, $"{few:N0} bytes for 150, {many:N0} for 600: {(double)many / few:F1} times as much");
    }

    /// <summary>Beside the ancestors that are found by walking all inputs.</summary>
    [Fact]
    public void What_a_lineage_says_is_so()
    {
        var random = new Random(11);
        int known = 0, all = 0;
        for (int round = 0; round < 30; round++)
        {
            var g = new GraphBuilder();
            var nodes = new List<Node> { g.Read(Slot.Placeholder("x", new Shape(3), DType.F32)), g.Read(Slot.Placeholder("y", new Shape(3), DType.F32)) };
            for (int i = 0; i < 60; i++)
            {
                Node a = nodes[Math.Max(0, nodes.Count - 1 - random.Next(5))], b = nodes[random.Next(nodes.Count)];
                nodes.Add(random.Next(3) == 0 ? g.Tanh(a) : g.Add(a, g.Sin(b)));
            }

            g.Assign(Slot.Placeholder("out", new Shape(3), DType.F32), nodes[^1]);
            Graph graph = g.Build();
            var lineage = new Lineage(graph);
            foreach (Node node in graph.Nodes)
            {
                HashSet<Node> ancestors = Ancestors(node);
                foreach (Node other in graph.Nodes)
                {
                    bool said = lineage.Descends(node, other);
                    Assert.False(said && !ancestors.Contains(other), $"{node.Id} is said to descend from {other.Id}");
                    known += said ? 1 : 0;
                    all += ancestors.Contains(other) ? 1 : 0;
                }
            }
        }

        Assert.InRange(known, all / 4, all);
    }

    [Fact]
    public void In_a_chain_a_lineage_knows_all()
    {
        var g = new GraphBuilder();
        var nodes = new List<Node> { g.Read(Slot.Placeholder("x", new Shape(3), DType.F32)) };
        for (int i = 0; i < 100; i++) nodes.Add(g.Sin(nodes[^1]));
        g.Assign(Slot.Placeholder("out", new Shape(3), DType.F32), nodes[^1]);
        var lineage = new Lineage(g.Build());
        for (int i = 0; i < nodes.Count; i++)
        {
            for (int k = 0; k < nodes.Count; k++) Assert.Equal(k < i, lineage.Descends(nodes[i], nodes[k]));
        }
    }

    [Fact]
    public void A_slot_index_finds_what_overlaps()
    {
        var random = new Random(5);
        Arena[] arenas = [new("a", persistent: true), new("b", persistent: true)];
        Slot[] slots = [.. Enumerable.Range(0, 300)
            .Select(i => new Slot($"{i}", new Shape(1 << random.Next(9)), DType.F32, arenas[random.Next(2)], 4 * random.Next(2000)))];
        var index = new SlotIndex<Slot>(slots.Select(s => (s, s)));
        foreach (Slot s in slots) Assert.Equal(slots.Where(s.Overlaps).Select(o => o.Name).Order(), index.Overlapping(s).Select(o => o.Name).Order());
        Assert.Empty(index.Overlapping(new Slot("elsewhere", new Shape(9), DType.F32, new Arena("c", persistent: true), 0)));
    }

    private static long Planned(string layers, int count)
    {
        var script = new Script(
            $"model m {{ dense 4; repeat {count} {{ {layers} }}; dense 1 }}\ndata d {{ builtin linear, samples: 20 }}\ntrain {{ loss mse; optimizer adam; "
                + $"batch 4 }}");
        long before = GC.GetAllocatedBytesForCurrentThread();
        TrainingPlan.Compile(script.Training, TrainingSizes.Of(script.Data, script.Training));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static HashSet<Node> Ancestors(Node node)
    {
        var seen = new HashSet<Node>();
        var stack = new Stack<Node>(node.Inputs);
        while (stack.TryPop(out Node? n))
        {
            if (!seen.Add(n)) continue;
            foreach (Node input in n.Inputs) stack.Push(input);
        }

        return seen;
    }
}
