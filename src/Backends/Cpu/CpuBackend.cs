using System.Runtime.CompilerServices;
using Nn.Backends.Cpu.Emit;
using Nn.Backends.Cpu.Kernels;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>
/// The processor. Kernels are emitted at run time for the widest vectors it has, so dynamic code must be allowed
/// (<see cref="RuntimeFeature.IsDynamicCodeSupported"/>).
/// </summary>
public sealed class CpuBackend : IBackend
{
    private readonly Workers? _own;

    /// <summary>A backend on the threads of this process, one a processor or <c>NN_THREADS</c>.</summary>
    public CpuBackend() => Team = Workers.Shared;

    /// <summary>A backend on its own threads.</summary>
    public CpuBackend(int workers) => Team = _own = new Workers(workers);

    internal Workers Team { get; }

    internal VectorIsa Isa { get; init; } = VectorIsa.Best;

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public DeviceInfo Device => new(
        ProcessorName(), $".NET {Environment.Version}", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Team.Count, Isa.Name, Software: false);

    /// <inheritdoc/>
    public IProgram Load(Plan plan)
    {
        long available = Device.MemoryBytes;
        if (plan.Bytes > available)
        {
            throw new NnException(
                ExitCode.OutOfMemory,
                $"the plan needs {plan.Bytes / 1e9:F1} GB, this machine has {available / 1e9:F1} GB; use a smaller batch, "
                    + "a smaller model or `limit` on the data");
        }

        return new CpuProgram(plan, Team, Isa);
    }

    /// <inheritdoc/>
    public void Dispose() => _own?.Dispose();

    private static string ProcessorName()
    {
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null) return line[(line.IndexOf(':') + 1)..].Trim();
        }
        catch (IOException)
        {
            // Not Linux: the environment knows something less readable.
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
