using Nn.Backends;
using Nn.Backends.OpenCl;

namespace Nn.Tests.Conformance;

/// <summary>
/// The GPU devices under test, software or real: the first usable one of each backend. They stay open for all tests, so that a kernel is compiled once.
/// </summary>
internal static class GpuDevices
{
    private static readonly Lazy<(IBackend? Backend, string Why)> s_openCl = new(() =>
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        return devices.FirstOrDefault(d => d.Unusable is null) is { } device ? (new OpenClBackend(device), "") : (null, why ?? devices[0].Unusable!);
    });

    /// <summary>The OpenCL device; the test is skipped where there is none.</summary>
    public static IBackend OpenCl()
    {
        Skip.If(s_openCl.Value.Backend is null, s_openCl.Value.Why);
        return s_openCl.Value.Backend;
    }
}
