using Nn.Backends.Gpu;
using Nn.Backends.Vulkan;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;
using Nn.Tests.Unit.Planning;
using Silk.NET.Vulkan;

namespace Nn.Tests.Unit.Vulkan;

public class ValidationTests : VulkanTest
{
    [SkippableFact]
    public void The_validation_layer_has_nothing_to_say()
    {
        using VulkanInstance instance = Validated(out ValidationLog log);
        using (VulkanBackend backend = Open(Device(instance)))
        {
            for (int seed = 0; seed < 8; seed++) RandomPlans.AgreesWithTheReference(backend, seed, p => ((VulkanProgram)p).Poison(0xFF));
        }

        Assert.Empty(log.Messages);
    }

    [SkippableFact]
    public void The_validation_layer_sees_what_is_not_valid()
    {
        using VulkanInstance instance = Validated(out ValidationLog log);
        using var device = new LogicalDevice(Device(instance));
        using (var objects = new DeviceObjects(device)) objects.Buffer(0, BufferUsageFlags.StorageBufferBit);
        Assert.Contains(log.Messages, m => m.Contains("VUID-VkBufferCreateInfo-size", StringComparison.Ordinal));
    }

    // Without this, silence would say nothing about barriers.
    [SkippableFact]
    public void The_validation_layer_sees_a_missing_barrier()
    {
        using VulkanInstance instance = Validated(out ValidationLog log);
        using var device = new LogicalDevice(Device(instance));
        using var objects = new DeviceObjects(device);
        (Plan plan, _) = RandomGraph.Make(1);
        LaunchPlan launches = LaunchPlanner.Plan(plan.Entry("step"), device.Description.Limits);
        var memory = new ArenaMemory(objects, [.. plan.Arenas.Append(launches.Scratch).Select(a => (a, a.Bytes))]);
        var binder = new LaunchBinder(objects, new KernelPipelines(objects, objects.PipelineCache([]), ShaderCode.Of), a => memory[a]);
        List<BoundLaunch> bound = binder.Bind(launches.Launches);
        binder.WriteSets();
        Assert.Contains(bound, l => l.Waits);
        _ = new EntryCommands(objects, bound, binder);
        Assert.Empty(log.Messages);
        _ = new EntryCommands(objects, [.. bound.Select(l => l with { Waits = false })], binder);
        Assert.Contains(log.Messages, m => m.Contains("SYNC-HAZARD", StringComparison.Ordinal));
    }

    private static VulkanInstance Validated(out ValidationLog log)
    {
        Device();
        log = new ValidationLog(print: false);
        try
        {
            return new VulkanInstance(Vk.GetApi(), log);
        }
        catch (NnException e) when (e.Message.Contains(ValidationLog.Layer, StringComparison.Ordinal))
        {
            Skip.If(true, $"{ValidationLog.Layer} is not installed");
            throw;
        }
    }
}
