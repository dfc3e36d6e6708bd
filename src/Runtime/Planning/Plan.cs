using Nn.Graphs;

namespace Nn.Planning;

/// <summary>One way to run a plan: <c>init</c>, <c>train</c>, <c>train_tail</c>, <c>evaluate</c>, <c>predict</c>.</summary>
public sealed class Entry(string name, Graph graph, IReadOnlyList<PlanStep> steps)
{
    /// <summary>Unique within its plan.</summary>
    public string Name { get; } = name;

    /// <summary>What is computed; the steps are one way to do it, the reference backend another.</summary>
    public Graph Graph { get; } = graph;

    /// <summary>The kernels in order.</summary>
    public IReadOnlyList<PlanStep> Steps { get; } = steps;

    /// <summary>Floating-point operations of one run.</summary>
    public long Flops => Steps.Sum(s => s.Flops);
}

/// <summary>
/// Everything a backend needs, as data: memory and the entries that work on it. Built once, never changed.
/// </summary>
public sealed class Plan(IReadOnlyList<Arena> arenas, IReadOnlyList<Slot> slots, IReadOnlyList<Entry> entries)
{
    /// <summary>All memory.</summary>
    public IReadOnlyList<Arena> Arenas { get; } = arenas;

    /// <summary>The persistent slots, by which the host reads and writes.</summary>
    public IReadOnlyList<Slot> Slots { get; } = slots;

    /// <summary>The ways to run it.</summary>
    public IReadOnlyList<Entry> Entries { get; } = entries;

    /// <summary>Bytes of all arenas.</summary>
    public long Bytes => Arenas.Sum(a => a.Bytes);

    /// <summary>The persistent slot of that name.</summary>
    public Slot Slot(string name) =>
        Slots.FirstOrDefault(s => s.Name == name) ?? throw new ArgumentException($"the plan has no slot '{name}'");

    /// <summary>The entry of that name.</summary>
    public Entry Entry(string name) =>
        Entries.FirstOrDefault(e => e.Name == name) ?? throw new ArgumentException($"the plan has no entry '{name}'");
}
