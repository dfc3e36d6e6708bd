using Nn.Graphs;
using Nn.Ops;

namespace Nn.Passes;

/// <summary>
/// Nodes that belong to no program: every one that needs their value computes it anew instead of reading it. These are constants, coordinates, repetitions and
/// arithmetic on single numbers; and cheap arithmetic on a large tensor that is put to the scale of its own sums, as a batch norm does. Such a tensor has to be
/// in memory until the sums are known, and whoever reads it computes the normalised value, the mask of a relu after it and so on faster than it would read
/// them.
/// </summary>
internal sealed class InlineNodes
{
    // Operands this much smaller than the result are read from the cache.
    private const int Smaller = 16;

    // Bounds what is computed anew.
    private const int MostInstructions = 10;

    private readonly Dictionary<Node, int> _recomputed = [];
    private readonly Dictionary<Node, Node[]> _sources = [];

    /// <summary>Finds those of a graph; <paramref name="stored"/> are computed once, whatever they are.</summary>
    public InlineNodes(Graph graph, IReadOnlySet<Node> stored)
    {
        var sums = new Dictionary<Node, List<Node>>();
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Class == OpClass.Reduction && !Fuse.IsRowReduction(node))
            {
                foreach (Node source in Sources(node.Inputs[0]))
                {
                    if (!sums.TryGetValue(source, out List<Node>? list)) sums[source] = list = [];
                    list.Add(node);
                }
            }
            else if (!stored.Contains(node) && node.Op.Cheap && node.Shape.Rank <= 4 && ScaledTensor(node) is { } tensor
                && sums.TryGetValue(tensor, out List<Node>? own)
                    && node.Inputs.SelectMany(Sources).Any(s => s != tensor && DependsOn(s, own, tensor.Shape.Count / Smaller)))
            {
                int instructions = 1 + node.Inputs.Sum(i => _recomputed.GetValueOrDefault(i));
                if (instructions <= MostInstructions) _recomputed[node] = instructions;
            }
        }
    }

    /// <summary>Whether programs compute the node anew.</summary>
    public bool Contains(Node node) =>
        node.Op.Free || (node.Shape.Count == 1 && (node.Op.PassesOn || (node.Op.Class == OpClass.Elementwise && !node.Op.Random)))
        || _recomputed.ContainsKey(node);

    /// <summary>Whether it is one for the sake of memory: it could as well be computed once and read.</summary>
    public bool IsRecomputed(Node node) => _recomputed.ContainsKey(node);

    /// <summary>What a program reads when it needs the node: itself, or what it is computed from.</summary>
    public IReadOnlyList<Node> Sources(Node node)
    {
        if (!Contains(node)) return [node];
        if (_sources.TryGetValue(node, out Node[]? known)) return known;
        return _sources[node] = [.. node.Inputs.SelectMany(Sources).Distinct()];
    }

    // The one large operand, if all others are small beside it.
    private Node? ScaledTensor(Node node)
    {
        Node? tensor = null;
        foreach (Node source in node.Inputs.SelectMany(Sources).Distinct())
        {
            if (source.Shape.Count * Smaller <= node.Shape.Count) continue;
            if (tensor is not null || source.Shape != node.Shape) return null;
            tensor = source;
        }

        return tensor;
    }

    // Through values of at most that many elements: a mean, a deviation, a learned factor.
    private static bool DependsOn(Node small, List<Node> sums, long most)
    {
        var seen = new HashSet<Node>();
        var stack = new Stack<Node>([small]);
        while (stack.TryPop(out Node? node))
        {
            if (sums.Contains(node)) return true;
            if (node.Shape.Count > most || !seen.Add(node)) continue;
            foreach (Node input in node.Inputs) stack.Push(input);
        }

        return false;
    }
}
