using Nn.Graphs;
using Nn.Ops;
using Nn.Passes;

namespace Nn.Planning;

/// <summary>
/// Plans one entry: groups nodes into steps, gives a kernel the elementwise program that follows it as its epilogue, lets results be written where they
/// are wanted (a slot, a piece of a packed row, the memory of an operand that is no longer needed), and lays out the rest.
/// </summary>
internal sealed class EntryPlanner
{
    private sealed record Draft(FusionGroup? Group, Node? Kernel)
    {
        public FusedProgram? Program { get; set; }

        public IReadOnlyList<Node> Operands { get; set; } = [];

        public IEnumerable<Node> Reads => (Kernel?.Inputs ?? []).Concat(Operands.Where((_, i) => Program!.Operands[i].Role == OperandRole.Input));

        public IEnumerable<Node> Writes => Operands.Where((_, i) => Program!.Operands[i].Role == OperandRole.Output)
            .Concat(Kernel is null ? [] : [Kernel]);
    }

    private readonly Graph _graph;
    private readonly List<Draft> _drafts = [];
    private readonly Dictionary<Node, (TemporaryBuffer? Buffer, Slot? Slot, long Offset)> _places = [];
    private readonly Dictionary<Node, int> _writtenAt = [];
    private readonly Dictionary<Node, ScanPlan> _scans = [];
    private HashSet<Node> _materialized = [];
    private InlineNodes _inline;
    private PlacedTensors _placed = new();

    private EntryPlanner(Graph graph) => (_graph, _inline) = (graph, new InlineNodes(graph, new HashSet<Node>()));

    /// <summary>The steps of a graph; temporaries lie in <paramref name="work"/>, which grows as needed.</summary>
    public static IReadOnlyList<PlanStep> Plan(Graph graph, Arena work)
    {
        var planner = new EntryPlanner(graph);
        planner.Group();
        planner.AttachEpilogues();
        planner.AssignBuffers();
        planner.WriteSlotsDirectly();
        planner.EmbedParts();
        planner.ReuseOperands();
        planner.Touch();
        IEnumerable<TemporaryBuffer> values = planner._places.Values.Where(p => p.Buffer is { Embedded: false, Fixed: null }).Select(p => p.Buffer!).Distinct();
        work.Grow(MemoryLayout.Place(values.Concat(planner._scans.Values.Select(s => s.Memory))));
        return planner.Emit(work);
    }

    private void Group()
    {
        HashSet<Node> alone = [], stored = [];
        while (true)
        {
            (IReadOnlyList<FusionGroup> groups, IReadOnlySet<Node> materialized) = Fuse.Run(_graph, _inline, alone);
            _placed = PlacedTensors.Find(_graph, _inline, groups);
            while (groups.Any(g => g.Fused && FusedProgramBuilder.TryBuild(g, _inline, materialized, _placed) is null && _placed.Release(g, _inline))) { }
            int before = alone.Count + stored.Count;
            _drafts.Clear();
            foreach (FusionGroup group in groups)
            {
                var draft = new Draft(group, group.Fused ? null : group.Nodes[0]);
                _drafts.Add(draft);
                if (!group.Fused) continue;
                if (FusedProgramBuilder.TryBuild(group, _inline, materialized, _placed) is { } built) (draft.Program, draft.Operands) = built;
                else if (group.Nodes.Count > 1) alone.UnionWith(group.Nodes);
                // What it computes anew may need axes of its own.
                else if (group.Nodes[0].Inputs.Any(_inline.IsRecomputed)) stored.UnionWith(group.Nodes[0].Inputs.Where(_inline.IsRecomputed));
                else throw new ShapeException($"{group.Nodes[0].Op.Name} over {group.Domain} needs more than four axes");
            }

            if (alone.Count + stored.Count == before) break;
            _inline = new InlineNodes(_graph, stored);
        }

        HashSet<Node> read = [.. _drafts.SelectMany(d => d.Reads)];
        _drafts.RemoveAll(d => d.Kernel is { } k && (_placed.IsJoined(k) || (_placed.Contains(k) && !read.Contains(k))));
        _materialized = [.. _drafts.SelectMany(d => d.Writes)];
    }

    private void AttachEpilogues()
    {
        // Whoever reads a result first.
        var readers = new Dictionary<Node, int>();
        for (int i = 0; i < _drafts.Count; i++)
        {
            foreach (Node read in _drafts[i].Reads) readers.TryAdd(read, i);
        }

        var attached = new HashSet<Draft>(ReferenceEqualityComparer.Instance);
        foreach (Draft draft in _drafts.ToArray())
        {
            if (draft.Kernel is null || draft.Program is not null || !draft.Kernel.Op.TakesEpilogue || !readers.TryGetValue(draft.Kernel, out int next))
                continue;
            if (_drafts[next] is not { Kernel: null, Group: { IsElementwise: true } group } || group.Domain != draft.Kernel.Shape) continue;
            // What is written into a joined tensor has no memory of its own, as the results of a product have.
            if (group.Nodes.Any(_placed.Contains)) continue;
            // Its other operands are ready where it stands; what the kernel reads is still there.
            if (FusedProgramBuilder.TryBuild(group, _inline, _materialized, _placed, matrix: true) is not { } built) continue;
            if (built.Operands.Where((n, k) => n == draft.Kernel && !IsWhole(built.Program.Operands[k], draft.Kernel.Shape)).Any()) continue;
            _drafts[next] = new Draft(group, draft.Kernel) { Program = built.Program, Operands = built.Operands };
            attached.Add(draft);
        }

        _drafts.RemoveAll(attached.Contains);
    }

    // An epilogue sees an element of its product at a time, not one elsewhere.
    private static bool IsWhole(FusedOperand operand, Shape matrix) =>
        operand.Offset == 0 && operand.Strides[-1] == (matrix[-1] == 1 ? 0 : 1) && (operand.Strides[0] == matrix[-1] || matrix.Count == matrix[-1]);

    private void AssignBuffers()
    {
        foreach (Node node in _graph.Nodes.Where(n => n.Op.Stored)) _places[node] = (null, node.Slot, 0);
        for (int i = 0; i < _drafts.Count; i++)
        {
            if (_drafts[i].Kernel is { Attributes: ScanAttributes } kernel) _scans[kernel] = new ScanPlan(kernel, o => IsRead(kernel, o));
            foreach (Node node in _drafts[i].Writes.Distinct())
            {
                if (!_writtenAt.TryAdd(node, i)) continue;
                _places[node] = Alias(node) ?? (new TemporaryBuffer(node.Shape.Count * node.Type.Size()), null, 0);
            }
        }
    }

    // Whether anything may look at a sequence of a loop: all that do look at its result are slices.
    private bool IsRead(Node scan, ScanOutput output)
    {
        if (_graph.Assignments.Any(a => a.Value == scan)) return true;
        long start = output.Offset, end = start + scan.Attribute<ScanAttributes>().Steps * output.Slot.Shape.Count;
        return _graph.Nodes.Where(n => n.Inputs.Contains(scan)).Any(n =>
            !n.Op.Selects || (n.Op.Moves!(n).FromOffset is var first && first < end && start < first + n.Shape.Count));
    }

    // Movements that need no work: the elements already lie as wanted.
    private (TemporaryBuffer? Buffer, Slot? Slot, long Offset)? Alias(Node node)
    {
        if (_inline.Contains(node) || node.Op.LiesAt?.Invoke(node) is not { } start) return null;
        (TemporaryBuffer? buffer, Slot? slot, long offset) = _places[node.Inputs[0]];
        return (buffer, slot, offset + start * node.Type.Size());
    }

    private bool IsAlias(Node node) => Alias(node) is not null;

    // A result goes straight to its slot unless a later step, or another place of the same step, still needs the old content.
    private void WriteSlotsDirectly()
    {
        var reads = new SlotIndex<(int Draft, Node Node)>(
            _drafts.SelectMany((d, i) => d.Reads.Where(n => _places[n].Slot is not null).Select(n => (_places[n].Slot!, (i, n)))));
        var assigned = new SlotIndex<Assignment>(_graph.Assignments.Select(a => (a.Slot, a)));
        ILookup<Node, Assignment> values = _graph.Assignments.ToLookup(a => a.Value);
        foreach (Assignment a in _graph.Assignments)
        {
            (TemporaryBuffer? buffer, _, long offset) = _places[a.Value];
            bool direct = buffer is { Embedded: false, Fixed: null } && offset == 0 && buffer.Bytes == a.Slot.Bytes && !IsAlias(a.Value)
                && values[a.Value].Concat(assigned.Overlapping(a.Slot)).All(o => o == a) && OldContentUnused(a, reads);
            if (direct) buffer!.Fix(a.Slot);
        }
    }

    private bool OldContentUnused(Assignment a, SlotIndex<(int Draft, Node Node)> reads)
    {
        int at = _writtenAt[a.Value];
        return reads.Overlapping(a.Slot).All(r => r.Draft < at
            || (r.Draft == at && _places[r.Node].Slot! is var slot && slot.Offset == a.Slot.Offset && slot.Bytes == a.Slot.Bytes
                && InPlace(_drafts[at], r.Node, a.Value)));
    }

    // Whether a program reads one operand exactly where it writes another.
    private static bool InPlace(Draft draft, Node read, Node written)
    {
        if (draft.Program is not { } program || draft.Kernel?.Inputs.Contains(read) == true || written == draft.Kernel) return false;
        FusedOperand[] reads = [.. program.Operands.Where((o, i) => o.Role == OperandRole.Input && draft.Operands[i] == read)];
        int[] outputs =
            [.. Enumerable.Range(0, program.Operands.Count).Where(i => draft.Operands[i] == written && program.Operands[i].Role == OperandRole.Output)];
        if (outputs is not [var output]) return false;
        bool stored = program.Code.Any(c => c.Op == FusedOp.Store && c.Operand == output);
        return stored && reads.Length > 0 && reads.All(
            r => r.Strides == program.Operands[output].Strides && r.Offset == program.Operands[output].Offset && r.Type == program.Operands[output].Type);
    }

    // Packed rows and joined tensors: the parts are written in place by whoever computes them.
    private void EmbedParts()
    {
        foreach (Draft draft in _drafts.Where(d => d.Kernel?.Op.Part is not null))
        {
            Node whole = draft.Kernel!;
            if (_places[whole].Buffer is not { } target) continue;
            for (int i = 0; i < whole.Inputs.Count; i++)
            {
                if (PartOffset(whole, i) is not { } offset || _places[whole.Inputs[i]] is not { Buffer: { Embedded: false, Fixed: null } part, Offset: 0 })
                    continue;
                if (part.Bytes != whole.Inputs[i].Shape.Count * whole.Type.Size() || target.Root.Root == part) continue;
                part.Embed(target, offset * whole.Type.Size());
            }
        }
    }

    // Where a part lies contiguously in the whole, in elements.
    private static long? PartOffset(Node whole, int part) => whole.Op.Part!(whole, part) is { Contiguous: true } place ? place.Offset : null;

    private bool IsEmbedded(Node whole, int part)
    {
        (TemporaryBuffer? buffer, _, _) = _places[whole.Inputs[part]];
        if (buffer is null || PartOffset(whole, part) is not { } offset) return false;
        (TemporaryBuffer root, long at) = buffer.Root;
        (TemporaryBuffer wholeRoot, long wholeAt) = _places[whole].Buffer!.Root;
        return root == wholeRoot && at == wholeAt + offset * whole.Type.Size();
    }

    // An elementwise result may take the memory of an operand that is read for the last time.
    private void ReuseOperands()
    {
        var lastUse = new Dictionary<TemporaryBuffer, int>();
        for (int i = 0; i < _drafts.Count; i++)
        {
            foreach (Node node in _drafts[i].Reads.Concat(_drafts[i].Writes))
            {
                if (_places[node].Buffer is { } b) lastUse[b.Root.Root] = i;
            }
        }

        foreach (Assignment a in _graph.Assignments)
        {
            if (_places[a.Value].Buffer is { } b) lastUse[b.Root.Root] = int.MaxValue;
        }

        for (int i = 0; i < _drafts.Count; i++)
        {
            Draft draft = _drafts[i];
            if (draft.Program is null) continue;
            var taken = new HashSet<TemporaryBuffer>();
            foreach (Node output in draft.Operands.Where((_, k) => draft.Program.Operands[k].Role == OperandRole.Output).Distinct().ToArray())
            {
                if (_places[output].Buffer is not { Embedded: false, Fixed: null } own) continue;
                foreach (Node input in draft.Operands.Where((_, k) => draft.Program.Operands[k].Role == OperandRole.Input).Distinct())
                {
                    if (_places[input] is not { Buffer: { } other, Offset: 0 } || !InPlace(draft, input, output)) continue;
                    TemporaryBuffer root = other.Root.Root;
                    bool free = root != own && !other.Embedded && root.Fixed is null && root.Bytes == own.Bytes && lastUse[root] == i
                        && !taken.Contains(root) && draft.Kernel?.Inputs.Any(n => _places[n].Buffer?.Root.Root == root) != true;
                    if (!free) continue;
                    taken.Add(root);
                    lastUse[root] = lastUse[own];
                    own.Embed(root, 0);
                    break;
                }
            }
        }
    }

    private void Touch()
    {
        for (int i = 0; i < _drafts.Count; i++)
        {
            foreach (Node node in _drafts[i].Reads.Concat(_drafts[i].Writes)) _places[node].Buffer?.Touch(i);
            if (_drafts[i].Kernel is { } kernel && _scans.TryGetValue(kernel, out ScanPlan? scan)) scan.Memory.Touch(i);
        }

        foreach (Assignment a in _graph.Assignments) _places[a.Value].Buffer?.Touch(_drafts.Count);
    }

    private IReadOnlyList<PlanStep> Emit(Arena work)
    {
        var slots = new Dictionary<Node, Slot>();
        Slot At(Node node)
        {
            if (slots.TryGetValue(node, out Slot? slot)) return slot;
            (TemporaryBuffer? buffer, Slot? home, long offset) = _places[node];
            string name = node.Op.Stored ? node.Slot.Name : $"{node.Label ?? node.Op.Name}%{node.Id}";
            if (buffer is not null)
            {
                (TemporaryBuffer root, long inner) = buffer.Root;
                offset += inner;
                home = root.Fixed;
                slot = home is null ? new Slot(name, node.Shape, node.Type, work, root.Offset + offset) : null;
            }

            if (home is not null) slot = offset == 0 && home.Shape == node.Shape ? home : home.View(home.Name, node.Shape, offset);
            return slots[node] = slot!;
        }

        var steps = new List<PlanStep>();
        foreach (Draft draft in _drafts)
        {
            FusedStep? fused = draft.Program is null ? null : new FusedStep(draft.Program, [.. draft.Operands.Select(At)])
            {
                Label = draft.Group!.Nodes[^1].Label ?? "",
                Flops = draft.Group.Nodes.Sum(n => n.Op.Flops?.Invoke(n) ?? 0),
            };
            if (draft.Kernel is null) steps.Add(fused!);
            else if (_scans.TryGetValue(draft.Kernel, out ScanPlan? scan)) steps.AddRange(scan.Emit(At, work));
            else if (!IsAlias(draft.Kernel)) steps.AddRange(KernelSteps.Emit(draft.Kernel, At, part => IsEmbedded(draft.Kernel, part), fused));
        }

        steps.AddRange(CopiesToSlots(At, work));
        return steps;
    }

    private IEnumerable<PlanStep> CopiesToSlots(Func<Node, Slot> at, Arena work)
    {
        Assignment[] copied = [.. _graph.Assignments.Where(a => at(a.Value) is var s && (s.Arena != a.Slot.Arena || s.Offset != a.Slot.Offset))];
        // Slots that exchange their contents need a detour.
        var detours = new List<PlanStep>();
        var final = new List<PlanStep>();
        foreach (Assignment a in copied)
        {
            Slot from = at(a.Value);
            if (_graph.Assignments.Any(o => o.Slot.Overlaps(from)))
            {
                var detour = new Slot($"{from.Name}'", from.Shape, from.Type, work, Arena.Align(work.Bytes));
                work.Grow(detour.Offset + detour.Bytes);
                detours.Add(KernelSteps.Copy(from, detour));
                from = detour;
            }

            final.Add(KernelSteps.Copy(from, a.Slot));
        }

        return detours.Concat(final);
    }
}
