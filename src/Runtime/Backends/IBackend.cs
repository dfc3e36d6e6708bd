using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends;

/// <summary>A device that can run plans. This and <see cref="IProgram"/> are the whole seam between plan and device.</summary>
public interface IBackend : IDisposable
{
    /// <summary>The name by which <c>--device</c> asks for it: cpu, opencl, vulkan.</summary>
    string Name { get; }

    /// <summary>What the device is and what limits it has.</summary>
    DeviceInfo Device { get; }

    /// <summary>
    /// Compiles the plan, reserves all its memory (zero-filled) and records it.
    /// </summary>
    /// <exception cref="NnException">The plan does not fit the device, or the device cannot run a step of it; the message says why.</exception>
    IProgram Load(Plan plan);
}

/// <summary>A plan loaded on a device. Not thread-safe.</summary>
public interface IProgram : IDisposable
{
    /// <summary>Copies bytes into a persistent slot; the length must be the slot's.</summary>
    void Write(Slot slot, ReadOnlySpan<byte> bytes);

    /// <summary>Copies a persistent slot's bytes out; the length must be the slot's.</summary>
    void Read(Slot slot, Span<byte> bytes);

    /// <summary>Runs an entry so many times in a row and returns when it is done. Allocates nothing.</summary>
    void Run(Entry entry, int times);
}

/// <summary>A loaded plan that can also say how long each step takes. Runs as usual know nothing of it, and cost what they cost without.</summary>
public interface ITimedProgram : IProgram
{
    /// <summary>
    /// Runs an entry once, step by step, and gives the seconds of each as the device measures them. Each step waits for the one before, so the sum is no less
    /// than the time of a run as usual, which hands steps over without a pause and lets independent ones overlap.
    /// </summary>
    /// <exception cref="NnException">The device has no clock for it.</exception>
    double[] Time(Entry entry);
}

/// <summary>What a device is and what limits it has.</summary>
/// <param name="Name">Name as its driver gives it.</param>
/// <param name="Driver">Driver or runtime with its version.</param>
/// <param name="MemoryBytes">Memory that a plan may use.</param>
/// <param name="LargestAllocation">Largest single arena.</param>
/// <param name="ComputeUnits">Cores or compute units.</param>
/// <param name="Features">Instruction sets or extensions in use, for display.</param>
/// <param name="Software">Whether it is a processor posing as a GPU.</param>
public sealed record DeviceInfo(
    string Name, string Driver, long MemoryBytes, long LargestAllocation, int ComputeUnits, string Features, bool Software);
