using Nn.Backends.Vulkan;
using Nn.Tests.Unit.Gpu;
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
    public unsafe void The_validation_layer_sees_mistakes()
    {
        using VulkanInstance instance = Validated(out ValidationLog log);
        using var device = new LogicalDevice(Device(instance));
        using (var objects = new DeviceObjects(device)) objects.Buffer(0, BufferUsageFlags.StorageBufferBit);
        Assert.Contains(log.Messages, m => m.Contains("VUID-VkBufferCreateInfo-size", StringComparison.Ordinal));

        // Two fills of the same memory with nothing between them.
        using var both = new DeviceObjects(device);
        var memory = new ArenaMemory(both, [(new Nn.Planning.Arena("a", persistent: true), 256)]);
        CommandBuffer commands = both.CommandBuffers(1)[0];
        var begin = new CommandBufferBeginInfo { SType = StructureType.CommandBufferBeginInfo };
        instance.Api.BeginCommandBuffer(commands, &begin);
        foreach (uint word in new uint[] { 1, 2 }) instance.Api.CmdFillBuffer(commands, memory.Buffers.Single().Buffer, 0, Vk.WholeSize, word);
        instance.Api.EndCommandBuffer(commands);
        Assert.Contains(log.Messages, m => m.Contains("SYNC-HAZARD-WRITE-AFTER-WRITE", StringComparison.Ordinal));
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
