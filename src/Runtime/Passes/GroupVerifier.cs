using Nn.Graphs;

namespace Nn.Passes;

/// <summary>What must hold of the groups that a graph is cut into.</summary>
internal static class GroupVerifier
{
    /// <summary>One sentence for each thing that does not hold.</summary>
    public static IEnumerable<string> Mistakes(Graph graph, IReadOnlyList<FusionGroup> groups, IReadOnlySet<Node> materialized, InlineNodes inline)
    {
        var home = new Dictionary<Node, int>();
        for (int g = 0; g < groups.Count; g++)
        {
            foreach (Node node in groups[g].Nodes)
            {
                if (!home.TryAdd(node, g)) yield return $"{node} is in two groups";
            }
        }

        for (int g = 0; g < groups.Count; g++)
        {
            foreach (Node node in groups[g].Nodes)
            {
                foreach (Node source in node.Inputs.SelectMany(i => groups[g].Fused ? inline.Sources(i) : [i]))
                {
                    if (!home.TryGetValue(source, out int from)) continue;
                    if (from > g) yield return $"{node} needs {source} of a later group";
                    else if (from < g && !materialized.Contains(source)) yield return $"{node} needs {source} of another group, which keeps it to itself";
                }
            }
        }

        foreach (Assignment a in graph.Assignments.Where(a => !materialized.Contains(a.Value)))
            yield return $"{a.Slot} gets {a.Value}, which no group leaves in memory";
    }
}
