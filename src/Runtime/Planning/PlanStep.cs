using Nn.Graphs;

namespace Nn.Planning;

/// <summary>
/// One kernel of an entry, with its cost. Steps run in order; a step may start once the earlier steps whose slots it
/// touches are done.
/// </summary>
public abstract class PlanStep
{
    /// <summary>Shown in plans: what is computed, e.g. <c>dense_1</c>; not unique.</summary>
    public string Label { get; init; } = "";

    /// <summary>Slots read.</summary>
    public abstract IReadOnlyList<Slot> Reads { get; }

    /// <summary>Slots written; each is written completely.</summary>
    public abstract IReadOnlyList<Slot> Writes { get; }

    /// <summary>Kind as shown in plans: fused, matmul, conv, …</summary>
    public abstract string Kind { get; }

    /// <summary>Floating-point operations; a fused multiply-add counts two.</summary>
    public long Flops { get; init; }

    /// <summary>The slots written that are read later: without a product that its epilogue takes over.</summary>
    public virtual IReadOnlyList<Slot> Results => Writes;

    /// <summary>Bytes read and written if every element needed is touched once.</summary>
    public virtual long Bytes => Reads.Sum(s => s.Bytes) + Results.Sum(s => s.Bytes);

    /// <summary>The kernels in the order in which they run: the step itself, or those of all iterations of a loop.</summary>
    public virtual IReadOnlyList<PlanStep> Kernels => [this];

    /// <summary>The same computation on other memory; one slot must always have the same place.</summary>
    public abstract PlanStep At(Func<Slot, Slot> place);
}
