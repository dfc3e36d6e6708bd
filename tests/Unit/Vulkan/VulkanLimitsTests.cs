using Nn.Backends.Vulkan;
using Nn.Tests.Unit.Gpu;

namespace Nn.Tests.Unit.Vulkan;

public class VulkanLimitsTests : VulkanTest
{
    [SkippableFact]
    public void What_one_buffer_cannot_hold_is_refused_with_the_numbers() =>
        Refused(a => a with { LargestBuffer = 1024 }, 1024, 1000, "'in' takes 4,096 bytes", "at most 1,024");

    [SkippableFact]
    public void What_the_device_cannot_hold_is_refused_with_the_numbers() =>
        Refused(a => a, 8000, 1000, "the plan needs 8,704 bytes", "has 8,000");

    [SkippableFact]
    public void What_a_kernel_cannot_see_is_refused_with_the_numbers() =>
        Refused(a => a with { LargestRange = 2048 }, 1 << 20, 1000, "fused", "works on 4,032 bytes at once", "at most 2,048");

    [SkippableFact]
    public void A_kernel_with_too_many_words_is_refused()
    {
        var e = Assert.Throws<NnException>(() => Load(a => a with { PushConstants = 1 }, 1 << 20, 4));
        Assert.Equal(ExitCode.NoDevice, e.Code);
        Assert.Contains("push constants", e.Message);
    }

    [SkippableFact]
    public void Small_allocations_are_shared_out()
    {
        // One buffer an allocation, as none takes two.
        VulkanDevice device = Device();
        Nn.Planning.Plan plan = Accumulation.Of(1000);
        using VulkanBackend backend = Open(Changed(device, a => a with { LargestAllocation = 4096 }, device.Info.MemoryBytes));
        using Nn.Backends.IProgram program = backend.Load(plan);
        Assert.Equal(Enumerable.Repeat(6f, 1000), Accumulation.Run(program, plan, [.. Enumerable.Repeat(1f, 1000)], 3));
    }

    [SkippableFact]
    public void A_device_that_cannot_be_used_says_why()
    {
        VulkanDevice d = Device();
        var e = Assert.Throws<NnException>(() => new VulkanBackend(new VulkanDevice(d.Access, d.Version, d.Info, d.Limits, "it is too old")));
        Assert.Equal(ExitCode.NoDevice, e.Code);
        Assert.Contains("it is too old", e.Message);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(4096, false)]
    [InlineData(64 << 20, true)]
    public void A_device_without_memory_is_none(long bytes, bool usable) => Assert.Equal(usable, VulkanDevices.WithoutMemory(bytes) is null);

    private static void Refused(Func<DeviceAccess, DeviceAccess> change, long memory, int count, params string[] says)
    {
        var e = Assert.Throws<NnException>(() => Load(change, memory, count));
        Assert.Equal(ExitCode.OutOfMemory, e.Code);
        foreach (string s in says) Assert.Contains(s, e.Message);
    }

    private static void Load(Func<DeviceAccess, DeviceAccess> change, long memory, int count)
    {
        using VulkanBackend backend = Open(Changed(Device(), change, memory));
        backend.Load(Accumulation.Of(count)).Dispose();
    }

    private static VulkanDevice Changed(VulkanDevice d, Func<DeviceAccess, DeviceAccess> change, long memory) =>
        new(change(d.Access), d.Version, d.Info with { MemoryBytes = memory }, d.Limits, null);
}
