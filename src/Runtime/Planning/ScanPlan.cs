using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>The plan of a loop's body, and the steps of the loop once its memory is known.</summary>
internal sealed class ScanPlan
{
    private readonly Node _node;
    private readonly ScanAttributes _a;
    private readonly Arena _work;
    private readonly IReadOnlyList<PlanStep> _body;

    /// <summary>Plans the body. Sequences that <paramref name="isRead"/> says nobody reads are not written.</summary>
    public ScanPlan(Node node, Func<ScanOutput, bool> isRead)
    {
        (_node, _a) = (node, node.Attribute<ScanAttributes>());
        _work = new Arena("iteration", persistent: false);
        HashSet<Slot> written = [.. _a.States.Select(s => s.Next), .. _a.Outputs.Where(isRead).Select(o => o.Slot)];
        _body = EntryPlanner.Plan(Needed(_a.Body, [.. _a.Body.Assignments.Where(x => written.Contains(x.Slot))]), _work);
        Memory = new TemporaryBuffer(_work.Bytes);
    }

    /// <summary>Memory of the body's temporaries.</summary>
    public TemporaryBuffer Memory { get; }

    /// <summary>Copies of the first states to where the loop looks for them, then the loop.</summary>
    public IEnumerable<PlanStep> Emit(Func<Node, Slot> at, Arena work)
    {
        Slot result = at(_node);
        string label = _node.Label ?? "";
        var places = new List<ScanPlace>();
        foreach (ScanState s in _a.States)
        {
            long bytes = s.Present.Bytes, start = s.Offset * (long)s.Present.Type.Size();
            Slot first = result.View("first", s.Present.Shape, start + _a.Slice(s, 0) * bytes);
            yield return KernelSteps.Copy(at(_node.Inputs[s.Input]), first);
            int direction = _a.Reverse ? -1 : 1;
            places.Add(new ScanPlace(s.Present.Arena, result, start, bytes, _a.Slice(s, 0), direction, s.Slices));
            places.Add(new ScanPlace(s.Next.Arena, result, start, bytes, _a.Slice(s, 0) + direction, direction, s.Slices));
        }

        ScanPlace Sequence(Slot inside, Slot home, long start) => new(inside.Arena, home, start, inside.Bytes, _a.Time(0), _a.Reverse ? -1 : 1, _a.Steps);
        for (int i = 0; i < _a.Inputs.Count; i++)
        {
            (ScanRole role, Slot inside) = (_a.Inputs[i].Role, _a.Inputs[i].Slot);
            if (role == ScanRole.Sequence) places.Add(Sequence(inside, at(_node.Inputs[i]), 0));
            else if (role == ScanRole.Invariant) places.Add(new ScanPlace(inside.Arena, at(_node.Inputs[i])));
        }

        foreach (ScanOutput o in _a.Outputs) places.Add(Sequence(o.Slot, result, o.Offset * (long)o.Slot.Type.Size()));
        var scratch = new Slot($"{label}%{_node.Id} iteration", new Shape(checked((int)(Memory.Bytes / sizeof(float)))), DType.F32, work, Memory.Offset);
        places.Add(new ScanPlace(_work, scratch));
        IEnumerable<Slot> reads = _node.Inputs.Where((_, i) => _a.Inputs[i].Role != ScanRole.State).Select(at).Append(result).Distinct();
        yield return new ScanStep(_body, _a.Steps, places, [.. reads], result, scratch) { Label = label, Flops = _a.Steps * _body.Sum(s => s.Flops) };
    }

    private static Graph Needed(Graph graph, IReadOnlyList<Assignment> assignments)
    {
        if (assignments.Count == graph.Assignments.Count) return graph;
        HashSet<Node> needed = [.. assignments.Select(a => a.Value)];
        foreach (Node n in graph.Nodes.Reverse())
        {
            if (needed.Contains(n)) needed.UnionWith(n.Inputs);
        }

        return new Graph([.. graph.Nodes.Where(needed.Contains)], assignments);
    }
}
