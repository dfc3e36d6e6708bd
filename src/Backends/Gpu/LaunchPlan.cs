using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>The launches of an entry in order, and the scratch memory that they share.</summary>
public sealed class LaunchPlan(IReadOnlyList<Launch> launches, Arena scratch)
{
    /// <summary>In the order of the entry's steps.</summary>
    public IReadOnlyList<Launch> Launches { get; } = launches;

    /// <summary>Memory for partial results inside a step; its size is final once the plan is made. Not part of the plan's arenas.</summary>
    public Arena Scratch { get; } = scratch;
}
