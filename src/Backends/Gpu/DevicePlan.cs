using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>The launches of all entries of a plan on one device.</summary>
public sealed class DevicePlan
{
    private readonly Dictionary<Entry, LaunchPlan> _entries;
    private readonly HashSet<Arena> _scratches;

    /// <summary>Plans all launches.</summary>
    /// <exception cref="NnException">The device, which the message calls <paramref name="device"/>, has no kernel for a step within its limits.</exception>
    public DevicePlan(Plan plan, GpuLimits limits, string device)
    {
        _entries = plan.Entries.ToDictionary(e => e, e => Launches(e, limits, device));
        _scratches = [.. _entries.Values.Select(l => l.Scratch)];
        Scratch.Grow(_scratches.Select(s => s.Bytes).DefaultIfEmpty().Max());
    }

    /// <summary>Memory for partial results inside steps. Entries do not run at the same time: one arena serves all.</summary>
    public Arena Scratch { get; } = new("scratch", persistent: false);

    /// <summary>All launches, those of one entry after those of another.</summary>
    public IEnumerable<Launch> All => _entries.Values.SelectMany(l => l.Launches);

    /// <summary>The launches of an entry in order.</summary>
    public IReadOnlyList<Launch> Of(Entry entry) => _entries[entry].Launches;

    /// <summary>The arena of the device in which an arena that launches name lies: <see cref="Scratch"/> for an entry's own.</summary>
    public Arena Place(Arena named) => _scratches.Contains(named) ? Scratch : named;

    private static LaunchPlan Launches(Entry entry, GpuLimits limits, string device)
    {
        try
        {
            return LaunchPlanner.Plan(entry, limits);
        }
        catch (NotSupportedException e)
        {
            throw new NnException(ExitCode.NoDevice, $"{device} cannot run '{entry.Name}': {e.Message}; take another device", e);
        }
    }
}
