using System.Numerics;
using Nn.Backends.Vulkan;

namespace Nn.Tests.Unit.Vulkan;

public class VulkanDevicesTests : VulkanTest
{
    // "Required Limits" of the Vulkan 1.1 specification; a wrong layout of a structure does not get through all of them.
    [SkippableFact]
    public void A_usable_device_keeps_the_limits_that_the_specification_asks_for()
    {
        VulkanDevice device = Device();
        Assert.True(device.Limits.MaxGroupSize is >= 128 and <= 1 << 20);
        Assert.True(device.Limits.SharedBytes is >= 16384 and <= 1 << 24);
        Assert.True(device.Limits.MaxBuffers >= 4);
        Assert.True(device.Limits.MaxGroups >= 65535);
        Assert.True(device.Access.PushConstants >= 32);
        Assert.True(device.Access.LargestRange >= 1 << 27);
        Assert.True(device.Access.LargestAllocation >= 1 << 30);
        Assert.True(device.Access.Alignment is > 0 and <= 256 && BitOperations.IsPow2(device.Access.Alignment));
        Assert.True(device.Info.MemoryBytes >= 1 << 28);
        Assert.NotEqual("", device.Info.Name);
        Assert.Matches(@"^1\.\d+\.\d+$", device.Version);
        Assert.Equal(12 + 2 * 16, device.Access.Identity.Length);
    }

    [Fact]
    public void There_are_devices_or_a_reason()
    {
        IReadOnlyList<VulkanDevice> devices = VulkanDevices.List(out string? why);
        Assert.Equal(devices.Count == 0, why is not null);
        Assert.Equal(Enumerable.Range(0, devices.Count), devices.Select(d => d.Index));
    }

    [SkippableFact]
    public void A_loader_of_the_first_version_is_refused_with_the_reason()
    {
        Device();
        var vulkan = new HookedVulkan { Missing = "vkEnumerateInstanceVersion" };
        var e = Assert.Throws<NnException>(() => new VulkanInstance(vulkan.Api, null));
        Assert.Equal(ExitCode.NoDevice, e.Code);
        Assert.Equal("nn needs Vulkan 1.1, the loader has 1.0.0", e.Message);
        Assert.Empty(vulkan.Live);
    }
}
