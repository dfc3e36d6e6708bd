using Nn.Graphs;

namespace Nn.Planning;

/// <summary>Collects persistent slots and entries into a plan.</summary>
public sealed class PlanBuilder
{
    private readonly Dictionary<string, Arena> _arenas = [];
    private readonly List<Slot> _slots = [];
    private readonly HashSet<string> _names = [];
    private readonly List<(string Name, Graph Graph)> _entries = [];

    /// <summary>Reserves a slot in a persistent arena, which is made at its first use. All slots of an arena have elements of one size.</summary>
    public Slot Slot(string arena, string name, Shape shape, DType type)
    {
        if (!_arenas.TryGetValue(arena, out Arena? home)) _arenas[arena] = home = new Arena(arena, persistent: true);
        long offset = home.Reserve(shape.Count * type.Size());
        return Register(new Slot(name, shape, type, home, offset));
    }

    /// <summary>A piece of a slot as a slot of its own.</summary>
    public Slot Piece(Slot whole, string name, Shape shape, long element) => Register(whole.View(name, shape, element * whole.Type.Size()));

    /// <summary>Adds an entry.</summary>
    public void Entry(string name, Graph graph) => _entries.Add((name, graph));

    /// <summary>Plans every entry.</summary>
    public Plan Build()
    {
        var work = new Arena("work", persistent: false);
        Entry[] entries = [.. _entries.Select(e => new Entry(e.Name, e.Graph, EntryPlanner.Plan(e.Graph, work)))];
        var plan = new Plan([.. _arenas.Values, work], _slots, entries);
        Verification.Demand("the planner", () => PlanVerifier.Mistakes(plan));
        return plan;
    }

    private Slot Register(Slot slot)
    {
        if (!_names.Add(slot.Name)) throw new ArgumentException($"the plan has a slot '{slot.Name}' already");
        _slots.Add(slot);
        return slot;
    }
}
