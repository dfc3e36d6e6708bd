using Nn.Graphs;
using Nn.Ops;

namespace Nn.Passes;

/// <summary>
/// Decides which nodes run together. Greedy in the order of the graph: a node joins a group that computes one of its inputs, or
/// reads the same tensors, if the iteration spaces agree and no path leads out of the group and back. <see cref="InlineNodes"/> belong to
/// no group.
/// </summary>
internal sealed class Fuse
{
    // Bounds on one program: parameters of a GPU kernel, and time to compile.
    private const int MaxNodes = 96;
    private const int MaxTensors = 24;

    private readonly Graph _graph;
    private readonly IReadOnlySet<Node> _alone;
    private readonly InlineNodes _inline;
    private readonly Dictionary<Node, FusionGroup> _groupOf = [];
    private readonly List<FusionGroup> _groups = [];
    private int _made;
    private readonly HashSet<Node> _materialized = [];

    private readonly HashSet<Node> _wanted;
    private readonly ILookup<Node, Node> _consumers;
    private readonly Lineage _lineage;

    private Fuse(Graph graph, InlineNodes inline, IReadOnlySet<Node> alone)
    {
        (_graph, _inline, _alone, _lineage) = (graph, inline, alone, new Lineage(graph));
        _wanted = [.. graph.Assignments.Select(a => a.Value)];
        FindMaterializedInlines();
        _consumers = graph.Nodes.Where(n => !_inline.Contains(n) || _materialized.Contains(n))
            .SelectMany(n => Read(n).Distinct().Select(s => (Source: s, Consumer: n))).ToLookup(p => p.Source, p => p.Consumer);
    }

    /// <summary>
    /// Groups in an order in which producers come first, and the nodes whose values go through memory. The nodes of
    /// <paramref name="alone"/> join nobody.
    /// </summary>
    public static (IReadOnlyList<FusionGroup> Groups, IReadOnlySet<Node> Materialized) Run(Graph graph, InlineNodes inline, IReadOnlySet<Node> alone)
    {
        var fuse = new Fuse(graph, inline, alone);
        foreach (Node node in graph.Nodes) fuse.Place(node);
        fuse.FindMaterialized();
        List<FusionGroup> groups = fuse.Order();
        Verification.Demand("fusion", () => GroupVerifier.Mistakes(graph, groups, fuse._materialized, inline));
        return (groups, fuse._materialized);
    }

    /// <summary>Whether a reduction can stay inside the program: over trailing axes, with an axis before them.</summary>
    public static bool IsRowReduction(Node node)
    {
        Shape domain = node.Inputs[0].Shape, axes = node.Attribute<ReduceAttributes>().Axes;
        int first = axes.Min();
        return first > 0 && Enumerable.Range(first, domain.Rank - first).All(a => domain[a] == 1 || axes.Contains(a));
    }

    // A kernel or movement reads its inputs as they are; a program computes inlined ones anew.
    private IEnumerable<Node> Read(Node node) => IsFusable(node) ? node.Inputs.SelectMany(_inline.Sources) : node.Inputs;

    private bool IsFusable(Node node) => IsFusable(node, _inline);

    internal static bool IsFusable(Node node, InlineNodes inline) => node.Op.Class is OpClass.Elementwise or OpClass.Reduction || inline.Contains(node);

    // An inlined value still needs memory where a kernel, a movement or a slot wants it.
    private void FindMaterializedInlines()
    {
        foreach (Node node in _graph.Nodes.Where(n => !IsFusable(n)))
        {
            foreach (Node input in node.Inputs.Where(_inline.Contains)) _materialized.Add(input);
        }

        foreach (Assignment a in _graph.Assignments)
        {
            if (_inline.Contains(a.Value)) _materialized.Add(a.Value);
        }
    }

    private void FindMaterialized()
    {
        foreach (Assignment a in _graph.Assignments) _materialized.Add(a.Value);
        foreach (FusionGroup group in _groups)
        {
            foreach (Node node in group.Nodes)
            {
                foreach (Node source in node.Inputs.SelectMany(i => group.Fused ? _inline.Sources(i) : [i]))
                {
                    if (!_groupOf.TryGetValue(source, out FusionGroup? from) || from != group) _materialized.Add(source);
                }
            }
        }
    }

    private void Place(Node node)
    {
        if (node.Op.Stored || (_inline.Contains(node) && !_materialized.Contains(node))) return;
        if (!IsFusable(node))
        {
            Join(new FusionGroup(node.Shape, fused: false), node);
            return;
        }

        Shape domain = node.Op.Class == OpClass.Reduction ? node.Inputs[0].Shape : node.Shape;
        FusionGroup? home = _alone.Contains(node) ? null : Candidates(node, domain).FirstOrDefault(g => Fits(g, node, domain) && !Leaves(g, node));
        home ??= new FusionGroup(domain, fused: true);
        Join(home, node);
        if (!_alone.Contains(node)) Absorb(home, node);
    }

    // Operands of the node that were computed for nobody else and without the group: the first terms of an optimizer's sums come before the gradient is known.
    private void Absorb(FusionGroup home, Node node)
    {
        foreach (FusionGroup other in node.Inputs.SelectMany(_inline.Sources).Where(_groupOf.ContainsKey).Select(s => _groupOf[s]).Distinct().ToArray())
        {
            if (other == home || !other.IsElementwise || other.Domain != home.Domain || home.Nodes.Count + other.Nodes.Count > MaxNodes) continue;
            if (other.Nodes.Any(n => n.Inputs.SelectMany(_inline.Sources).Any(home.Nodes.Contains) || Leaves(home, n))) continue;
            if (other.Nodes.SelectMany(n => _consumers[n]).Any(c => c != node && _groupOf.TryGetValue(c, out FusionGroup? user) && user != other)) continue;
            if (other.Nodes.Any(n => _alone.Contains(n) || Tensors(home, n) > MaxTensors)) continue;
            home.Prepend(other.Nodes);
            foreach (Node member in other.Nodes) _groupOf[member] = home;
            _groups.Remove(other);
        }
    }

    private void Join(FusionGroup group, Node node)
    {
        if (group.Nodes.Count == 0)
        {
            group.Number = _made++;
            _groups.Add(group);
        }

        group.Add(node);
        _groupOf[node] = group;
        if (node.Op.Class != OpClass.Reduction) return;
        Shape axes = node.Attribute<ReduceAttributes>().Axes;
        if (IsRowReduction(node))
        {
            group.RowAxes = RowSuffix(axes, group.Domain);
            return;
        }

        group.TerminalAxes = axes;
        group.Terminals.Add(node);
    }

    private static Shape RowSuffix(Shape axes, Shape domain) => new([.. Enumerable.Range(axes.Min(), domain.Rank - axes.Min())]);

    private IEnumerable<FusionGroup> Candidates(Node node, Shape domain)
    {
        if (domain.Count == 1) return Enumerable.Reverse(_groups).Where(g => g.Fused && g.Domain.Count == 1);
        HashSet<Node> sources = [.. node.Inputs.SelectMany(_inline.Sources)];
        IEnumerable<FusionGroup> producers = sources.Where(_groupOf.ContainsKey).Select(s => _groupOf[s]).Where(g => g.Fused)
            .Distinct().OrderByDescending(g => g.LastId);
        IEnumerable<FusionGroup> siblings = sources.Where(s => s.Shape.Count > 1).SelectMany(s => _consumers[s]).Where(_groupOf.ContainsKey)
            .Select(c => _groupOf[c]).Where(g => g.Fused && g.Domain == domain).Distinct().OrderByDescending(g => g.Number);
        return producers.Concat(siblings).Distinct();
    }

    private bool Fits(FusionGroup group, Node node, Shape domain)
    {
        if (group.Nodes.Count >= MaxNodes || _alone.Overlaps(group.Nodes) || node.Inputs.SelectMany(_inline.Sources).Any(group.Terminals.Contains))
            return false;
        if (Tensors(group, node) > MaxTensors) return false;
        if (node.Op.Class == OpClass.Reduction)
        {
            if (group.Domain != domain) return false;
            Shape axes = node.Attribute<ReduceAttributes>().Axes;
            return IsRowReduction(node)
                ? group.RowAxes.Rank == 0 || group.RowAxes == RowSuffix(axes, domain)
                : group.TerminalAxes.Rank == 0 || group.TerminalAxes == axes;
        }

        if (group.Domain.Count == 1) return domain.Count == 1;
        if (group.Domain == domain) return true;
        return !node.Op.Random && group.RowAxes.Rank > 0 && domain == group.RowShape && node.Inputs.SelectMany(_inline.Sources).Any(group.Nodes.Contains);
    }

    // What the program reads and writes if the node joins: members that only other members need take no tensor.
    private int Tensors(FusionGroup group, Node node)
    {
        HashSet<Node> members = [.. group.Nodes, node];
        HashSet<Node> tensors = [.. members.SelectMany(m => m.Inputs).SelectMany(_inline.Sources).Where(s => !members.Contains(s))];
        return tensors.Count + members.Count(m => _wanted.Contains(m) || _consumers[m].Any(c => !members.Contains(c)));
    }

    // Whether an input of the node depends on the group through something outside it.
    private bool Leaves(FusionGroup group, Node node)
    {
        Node[] outside = [.. node.Inputs.SelectMany(_inline.Sources).Where(s => !group.Nodes.Contains(s))];
        // The way back through a deep network is long; most often its line of parents tells at once.
        if (Array.Exists(outside, s => group.Nodes.Exists(m => _lineage.Descends(s, m)))) return true;
        int first = group.FirstId;
        var seen = new HashSet<FusionGroup>();
        var stack = new Stack<Node>(outside);
        while (stack.Count > 0)
        {
            Node source = stack.Pop();
            if (!_groupOf.TryGetValue(source, out FusionGroup? from)) continue;
            if (from == group) return true;
            if (!seen.Add(from) || from.LastId < first) continue;
            foreach (Node member in from.Nodes)
            {
                foreach (Node s in member.Inputs.SelectMany(i => from.Fused ? _inline.Sources(i) : [i])) stack.Push(s);
            }
        }

        return false;
    }

    private List<FusionGroup> Order()
    {
        var waiting = new Dictionary<FusionGroup, int>();
        var consumers = new Dictionary<FusionGroup, List<FusionGroup>>();
        foreach (FusionGroup group in _groups)
        {
            HashSet<FusionGroup> producers = [];
            foreach (Node source in group.Nodes.SelectMany(n => n.Inputs).SelectMany(i => group.Fused ? _inline.Sources(i) : [i]))
            {
                if (_groupOf.TryGetValue(source, out FusionGroup? from) && from != group) producers.Add(from);
            }

            waiting[group] = producers.Count;
            foreach (FusionGroup p in producers)
            {
                if (!consumers.TryGetValue(p, out List<FusionGroup>? list)) consumers[p] = list = [];
                list.Add(group);
            }
        }

        var ready = new PriorityQueue<FusionGroup, int>(_groups.Where(g => waiting[g] == 0).Select(g => (g, g.LastId)));
        var order = new List<FusionGroup>();
        while (ready.TryDequeue(out FusionGroup? group, out _))
        {
            order.Add(group);
            foreach (FusionGroup c in consumers.GetValueOrDefault(group, []))
            {
                if (--waiting[c] == 0) ready.Enqueue(c, c.LastId);
            }
        }

        return order.Count == _groups.Count ? order : throw new InvalidOperationException("fusion made a cycle");
    }
}
