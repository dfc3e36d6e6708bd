using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>A line of a model's summary with what it costs.</summary>
/// <param name="Layer">The line.</param>
/// <param name="Flops">Operations of its forward pass for one sample; null for a shared model, which is counted where it is its own.</param>
public sealed record LayerCost(LayerSummary Layer, long? Flops)
{
    /// <summary>Numbers that it has of its own.</summary>
    public long Parameters => Layer.Parameters.Sum(p => p.Shape.Count);

    /// <summary>
    /// The costs of a model's lines, found by building it once more for one sample, without running it; of sequences that differ in length, for the
    /// longest.
    /// </summary>
    /// <param name="model">A bound model.</param>
    /// <param name="schema">What it is trained on.</param>
    public static IReadOnlyList<LayerCost> Of(Model model, Schema schema)
    {
        IReadOnlyList<LayerValue> values = LayerTrace.Of(model, Dim.BatchOf(1), schema.Longest);
        Node[] nodes = [.. Before(values.Select(v => v.Value)).OrderBy(n => n.Id)];
        var costs = new List<LayerCost>();
        (int node, int value) = (0, 0);
        foreach (LayerSummary line in model.Layers)
        {
            if (line.Shared)
            {
                costs.Add(new LayerCost(line, null));
                continue;
            }

            // What joins branches stands in no line: it goes to the next one.
            while (value < values.Count && values[value].Text != line.Kind) value++;
            long flops = 0;
            if (value < values.Count)
            {
                Node made = values[value++].Value;
                for (; node < nodes.Length && nodes[node].Id <= made.Id; node++) flops += nodes[node].Op.Flops?.Invoke(nodes[node]) ?? 0;
            }

            costs.Add(new LayerCost(line, flops));
        }

        return costs;
    }

    private static HashSet<Node> Before(IEnumerable<Node> values)
    {
        var seen = new HashSet<Node>(values);
        var open = new Stack<Node>(seen);
        while (open.TryPop(out Node? n))
        {
            foreach (Node i in n.Inputs.Where(seen.Add)) open.Push(i);
        }

        return seen;
    }
}
