using Nn.Backends.OpenCl;
using Silk.NET.Core.Contexts;
using Silk.NET.OpenCL;

namespace Nn.Tests.Unit.OpenCl;

[Collection(Device.Collection)]
public class DiscoveryTests
{
    [Fact]
    public void Without_a_loader_there_is_a_reason_and_no_exception()
    {
        Assert.Empty(OpenClDevices.List(() => new ClApi(new CL(new DefaultNativeContext(["no_such_library"]))), out string? why));
        Assert.Contains("loader is not installed", why);
    }

    [Fact]
    public void A_library_that_is_no_OpenCL_is_a_reason_and_no_exception()
    {
        Assert.Empty(OpenClDevices.List(() => new ClApi(new CL(new Nothing())), out string? why));
        Assert.Contains("loader", why);
    }

    [SkippableTheory]
    [InlineData("clGetPlatformIDs", -1001, "no OpenCL driver is installed")]
    [InlineData("clGetPlatformIDs", -6, "clGetPlatformIDs failed: CL_OUT_OF_HOST_MEMORY (-6)")]
    [InlineData("clGetPlatformInfo", -30, "clGetPlatformInfo failed: CL_INVALID_VALUE (-30)")]
    [InlineData("clGetDeviceIDs", -1, "no OpenCL driver is installed")]
    [InlineData("clGetDeviceIDs", -32, "clGetDeviceIDs failed: CL_INVALID_PLATFORM (-32)")]
    [InlineData("clGetDeviceInfo", -33, "clGetDeviceInfo failed: CL_INVALID_DEVICE (-33)")]
    public void A_driver_that_fails_is_a_reason_and_no_exception(string api, int code, string expected)
    {
        Device.Require();
        Assert.Empty(OpenClDevices.List(() => new ClApi(CL.GetApi()) { Fault = call => call == api ? code : 0 }, out string? why));
        Assert.Contains(expected, why);
    }

    [SkippableFact]
    public void A_device_says_what_it_is()
    {
        OpenClDevice device = Device.Require();
        Assert.NotEmpty(device.Info.Name);
        Assert.StartsWith("OpenCL ", device.Version);
        Assert.True(device.Info.MemoryBytes >= device.Info.LargestAllocation && device.Info.LargestAllocation > 1 << 20);
        // What the specification promises of every device, and one group of one.
        Assert.True(device.Limits is { MaxGroupSize: >= 1, SharedBytes: >= 32768, MaxBuffers: >= 8 });
    }

    [Fact]
    public void Codes_have_the_names_of_the_headers()
    {
        Assert.Equal("CL_MEM_OBJECT_ALLOCATION_FAILURE", ClErrors.Name(-4));
        Assert.Equal("CL_INVALID_GL_OBJECT", ClErrors.Name(-60));
        Assert.Equal("a code of the driver's own", ClErrors.Name(-9999));
    }

    private sealed class Nothing : INativeContext
    {
        public nint GetProcAddress(string proc, int? slot = null) => throw new Silk.NET.Core.Loader.SymbolLoadingException(proc);

        public bool TryGetProcAddress(string proc, out nint addr, int? slot = null)
        {
            addr = 0;
            return false;
        }

        public void Dispose()
        {
        }
    }
}
