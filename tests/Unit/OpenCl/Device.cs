using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Backends.OpenCl;
using Nn.Files;
using Nn.Graphs;
using Silk.NET.OpenCL;

namespace Nn.Tests.Unit.OpenCl;

/// <summary>The OpenCL device that tests use.</summary>
internal static class Device
{
    /// <summary>Tests of this collection run one after the other: PoCL 3 crashes where several threads compile.</summary>
    public const string Collection = "OpenCL";

    private static readonly Lazy<OpenClBackend> s_shared = new(() => new OpenClBackend(Require()));

    /// <summary>A backend that stays open for all tests, so that a kernel is compiled once.</summary>
    public static OpenClBackend Shared
    {
        get
        {
            Require();
            return s_shared.Value;
        }
    }

    /// <summary>The first usable one; a test on a machine without is skipped.</summary>
    public static OpenClDevice Require()
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        OpenClDevice? device = devices.FirstOrDefault(d => d.Unusable is null);
        Skip.If(device is null, why ?? devices[0].Unusable);
        return device;
    }

    /// <summary>A backend with calls, cache and sources of the test's own.</summary>
    public static OpenClBackend Open(ClApi api, DiskCache? cache = null, Func<GpuKernel, string, string>? source = null) =>
        new(Require(), api, cache, source ?? KernelSource.Write);

    /// <summary>Calls that fail as told.</summary>
    public static ClApi Api(Func<string, int>? fault = null) => new(CL.GetApi()) { Fault = fault };

    public static void Write(IProgram program, Slot slot, float[] values) => program.Write(slot, MemoryMarshal.AsBytes(values.AsSpan()));

    public static float[] Read(IProgram program, Slot slot)
    {
        var values = new float[slot.Shape.Count];
        program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
