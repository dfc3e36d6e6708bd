using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>What waits for what inside a queue.</summary>
internal static unsafe class Barriers
{
    private const AccessFlags Shader = AccessFlags.ShaderReadBit | AccessFlags.ShaderWriteBit;
    private const AccessFlags Transfer = AccessFlags.TransferReadBit | AccessFlags.TransferWriteBit;

    /// <summary>Later kernels see what earlier ones wrote.</summary>
    public static void BetweenKernels(Vk api, CommandBuffer commands) =>
        Put(api, commands, PipelineStageFlags.ComputeShaderBit, AccessFlags.ShaderWriteBit, PipelineStageFlags.ComputeShaderBit, Shader);

    /// <summary>Everything in this command buffer sees what earlier ones wrote, by kernels or copies.</summary>
    public static void AfterEarlierCommands(Vk api, CommandBuffer commands) => Put(
        api, commands, PipelineStageFlags.ComputeShaderBit | PipelineStageFlags.TransferBit, AccessFlags.ShaderWriteBit | AccessFlags.TransferWriteBit,
        PipelineStageFlags.ComputeShaderBit | PipelineStageFlags.TransferBit, Shader | Transfer);

    /// <summary>The host sees what this command buffer copied, once its fence is signalled.</summary>
    public static void BeforeHost(Vk api, CommandBuffer commands) =>
        Put(api, commands, PipelineStageFlags.TransferBit, AccessFlags.TransferWriteBit, PipelineStageFlags.HostBit, AccessFlags.HostReadBit);

    private static void Put(Vk api, CommandBuffer commands, PipelineStageFlags from, AccessFlags wrote, PipelineStageFlags to, AccessFlags reads)
    {
        var barrier = new MemoryBarrier { SType = StructureType.MemoryBarrier, SrcAccessMask = wrote, DstAccessMask = reads };
        api.CmdPipelineBarrier(commands, from, to, DependencyFlags.None, 1, &barrier, 0, null, 0, null);
    }
}
