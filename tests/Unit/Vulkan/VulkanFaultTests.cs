using Nn.Backends;
using Nn.Backends.Vulkan;
using Nn.Files;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;
using Silk.NET.Vulkan;

namespace Nn.Tests.Unit.Vulkan;

public class VulkanFaultTests : VulkanTest
{
    private static readonly Plan s_plan = Accumulation.Of(100);

    // A cache that cannot be kept costs time; at the end there is nobody left to tell.
    private static readonly string[] s_harmless = ["vkGetPipelineCacheData", "vkDeviceWaitIdle"];

    // The calls of finding, opening, loading, writing, running and reading, with what each may report and how the program must end.
    public static TheoryData<string, Result, ExitCode> Faults => new()
    {
        { "vkEnumerateInstanceVersion", Result.ErrorOutOfHostMemory, ExitCode.NoDevice },
        { "vkEnumerateInstanceExtensionProperties", Result.ErrorOutOfHostMemory, ExitCode.NoDevice },
        { "vkCreateInstance", Result.ErrorOutOfHostMemory, ExitCode.NoDevice },
        { "vkCreateInstance", Result.ErrorIncompatibleDriver, ExitCode.NoDevice },
        { "vkCreateInstance", Result.ErrorInitializationFailed, ExitCode.NoDevice },
        { "vkEnumeratePhysicalDevices", Result.ErrorInitializationFailed, ExitCode.NoDevice },
        { "vkEnumerateDeviceExtensionProperties", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreateDevice", Result.ErrorInitializationFailed, ExitCode.NoDevice },
        { "vkCreateDevice", Result.ErrorTooManyObjects, ExitCode.OutOfMemory },
        { "vkCreateDevice", Result.ErrorDeviceLost, ExitCode.DeviceLost },
        { "vkCreatePipelineCache", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreateBuffer", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkAllocateMemory", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkBindBufferMemory", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkMapMemory", Result.ErrorMemoryMapFailed, ExitCode.OutOfMemory },
        { "vkCreateFence", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreateCommandPool", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkAllocateCommandBuffers", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkBeginCommandBuffer", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkEndCommandBuffer", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkCreateDescriptorSetLayout", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreatePipelineLayout", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreateShaderModule", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkCreateComputePipelines", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
        { "vkCreateComputePipelines", Result.ErrorUnknown, ExitCode.Internal },
        { "vkCreateDescriptorPool", Result.ErrorFragmentation, ExitCode.OutOfMemory },
        { "vkAllocateDescriptorSets", Result.ErrorOutOfPoolMemory, ExitCode.OutOfMemory },
        { "vkAllocateDescriptorSets", Result.ErrorFragmentedPool, ExitCode.OutOfMemory },
        { "vkQueueSubmit", Result.ErrorOutOfHostMemory, ExitCode.OutOfMemory },
        { "vkQueueSubmit", Result.ErrorDeviceLost, ExitCode.DeviceLost },
        { "vkWaitForFences", Result.ErrorDeviceLost, ExitCode.DeviceLost },
        { "vkWaitForFences", (Result)(-77777), ExitCode.Internal },
        { "vkResetFences", Result.ErrorOutOfDeviceMemory, ExitCode.OutOfMemory },
    };

    [SkippableTheory]
    [MemberData(nameof(Faults))]
    public void A_call_that_fails_is_a_typed_error_and_leaves_nothing_behind(string call, Result code, ExitCode expected)
    {
        Device();
        int calls = Calls()[call];
        // The first, one in the middle, the last but one; how often a run waits depends on how long it takes.
        foreach (int failing in new[] { 1, (calls + 1) / 2, Math.Max(1, calls - 1) }.Distinct())
        {
            int count = 0;
            var vulkan = new HookedVulkan { Fault = c => c == call && ++count == failing ? code : Result.Success };
            var e = Assert.Throws<NnException>(() => Session(vulkan));
            Assert.Equal(expected, e.Code);
            Assert.Contains($"{call} failed: {VulkanErrors.Name(code)} ({(int)code})", e.Message);
            Assert.Empty(vulkan.Live);
        }
    }

    [SkippableFact]
    public void Every_call_that_can_fail_is_made_to_fail()
    {
        Device();
        Assert.Subset(Faults.Select(f => (string)f[0]).Concat(s_harmless).ToHashSet(), Calls().Keys.ToHashSet());
    }

    [SkippableFact]
    public void A_cache_that_cannot_be_kept_does_not_matter()
    {
        Device();
        foreach (string call in s_harmless) Session(new HookedVulkan { Fault = c => c == call ? Result.ErrorOutOfHostMemory : Result.Success });
    }

    [Theory]
    [InlineData(Result.ErrorDeviceLost, "VK_ERROR_DEVICE_LOST")]
    [InlineData(Result.ErrorOutOfDeviceMemory, "VK_ERROR_OUT_OF_DEVICE_MEMORY")]
    [InlineData(Result.ErrorMemoryMapFailed, "VK_ERROR_MEMORY_MAP_FAILED")]
    public void Codes_have_the_names_of_the_headers(Result code, string name) => Assert.Equal(name, VulkanErrors.Name(code));

    private static Dictionary<string, int> Calls()
    {
        var calls = new Dictionary<string, int>();
        Session(new HookedVulkan
        {
            Fault = c =>
            {
                calls[c] = calls.GetValueOrDefault(c) + 1;
                return Result.Success;
            },
        });
        return calls;
    }

    private static void Session(HookedVulkan vulkan)
    {
        using var folder = new TemporaryFolder();
        using var instance = new VulkanInstance(vulkan.Api, null);
        using var backend = new VulkanBackend(Device(instance), new DiskCache(folder.Path), ShaderCode.Of);
        using IProgram program = backend.Load(s_plan);
        Assert.Equal(Enumerable.Repeat(2f * 2001, 100), Accumulation.Run(program, s_plan, [.. Enumerable.Repeat(1f, 100)], 2000, 1));
    }
}
