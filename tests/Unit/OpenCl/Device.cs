using Nn.Backends.OpenCl;

namespace Nn.Tests.Unit.OpenCl;

/// <summary>The OpenCL device that tests use.</summary>
internal static class Device
{
    /// <summary>The first usable one; a test on a machine without is skipped.</summary>
    public static OpenClDevice Require()
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        OpenClDevice? device = devices.FirstOrDefault(d => d.Unusable is null);
        Skip.If(device is null, why ?? devices[0].Unusable);
        return device;
    }
}
