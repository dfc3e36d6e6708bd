namespace Silk.NET.Vulkan;

// Command buffers and queues.
public unsafe partial class Vk
{
    private nint
        _createCommandPool, _destroyCommandPool, _allocateCommandBuffers, _beginCommandBuffer, _endCommandBuffer, _cmdBindPipeline,
        _cmdBindDescriptorSets, _cmdPushConstants, _cmdDispatch, _cmdPipelineBarrier, _cmdCopyBuffer, _cmdFillBuffer, _queueSubmit;

    public Result CreateCommandPool(Device device, CommandPoolCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, CommandPool* pCommandPool) =>
        ((delegate* unmanaged<Device, CommandPoolCreateInfo*, AllocationCallbacks*, CommandPool*, Result>)At(ref _createCommandPool))(device, pCreateInfo, pAllocator, pCommandPool);

    public void DestroyCommandPool(Device device, CommandPool commandPool, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, CommandPool, AllocationCallbacks*, void>)At(ref _destroyCommandPool))(device, commandPool, pAllocator);

    public Result AllocateCommandBuffers(Device device, CommandBufferAllocateInfo* pAllocateInfo, CommandBuffer* pCommandBuffers) =>
        ((delegate* unmanaged<Device, CommandBufferAllocateInfo*, CommandBuffer*, Result>)At(ref _allocateCommandBuffers))(device, pAllocateInfo, pCommandBuffers);

    public Result BeginCommandBuffer(CommandBuffer commandBuffer, CommandBufferBeginInfo* pBeginInfo) =>
        ((delegate* unmanaged<CommandBuffer, CommandBufferBeginInfo*, Result>)At(ref _beginCommandBuffer))(commandBuffer, pBeginInfo);

    public Result EndCommandBuffer(CommandBuffer commandBuffer) =>
        ((delegate* unmanaged<CommandBuffer, Result>)At(ref _endCommandBuffer))(commandBuffer);

    public void CmdBindPipeline(CommandBuffer commandBuffer, PipelineBindPoint pipelineBindPoint, Pipeline pipeline) =>
        ((delegate* unmanaged<CommandBuffer, PipelineBindPoint, Pipeline, void>)At(ref _cmdBindPipeline))(commandBuffer, pipelineBindPoint, pipeline);

    public void CmdBindDescriptorSets(CommandBuffer commandBuffer, PipelineBindPoint pipelineBindPoint, PipelineLayout layout, uint firstSet, uint descriptorSetCount, DescriptorSet* pDescriptorSets, uint dynamicOffsetCount, uint* pDynamicOffsets) =>
        ((delegate* unmanaged<CommandBuffer, PipelineBindPoint, PipelineLayout, uint, uint, DescriptorSet*, uint, uint*, void>)At(ref _cmdBindDescriptorSets))(commandBuffer, pipelineBindPoint, layout, firstSet, descriptorSetCount, pDescriptorSets, dynamicOffsetCount, pDynamicOffsets);

    public void CmdPushConstants(CommandBuffer commandBuffer, PipelineLayout layout, ShaderStageFlags stageFlags, uint offset, uint size, void* pValues) =>
        ((delegate* unmanaged<CommandBuffer, PipelineLayout, ShaderStageFlags, uint, uint, void*, void>)At(ref _cmdPushConstants))(commandBuffer, layout, stageFlags, offset, size, pValues);

    public void CmdDispatch(CommandBuffer commandBuffer, uint groupCountX, uint groupCountY, uint groupCountZ) =>
        ((delegate* unmanaged<CommandBuffer, uint, uint, uint, void>)At(ref _cmdDispatch))(commandBuffer, groupCountX, groupCountY, groupCountZ);

    public void CmdPipelineBarrier(CommandBuffer commandBuffer, PipelineStageFlags srcStageMask, PipelineStageFlags dstStageMask, DependencyFlags dependencyFlags, uint memoryBarrierCount, MemoryBarrier* pMemoryBarriers, uint bufferMemoryBarrierCount, BufferMemoryBarrier* pBufferMemoryBarriers, uint imageMemoryBarrierCount, ImageMemoryBarrier* pImageMemoryBarriers) =>
        ((delegate* unmanaged<CommandBuffer, PipelineStageFlags, PipelineStageFlags, DependencyFlags, uint, MemoryBarrier*, uint, BufferMemoryBarrier*, uint, ImageMemoryBarrier*, void>)At(ref _cmdPipelineBarrier))(commandBuffer, srcStageMask, dstStageMask, dependencyFlags, memoryBarrierCount, pMemoryBarriers, bufferMemoryBarrierCount, pBufferMemoryBarriers, imageMemoryBarrierCount, pImageMemoryBarriers);

    public void CmdCopyBuffer(CommandBuffer commandBuffer, Buffer srcBuffer, Buffer dstBuffer, uint regionCount, BufferCopy* pRegions) =>
        ((delegate* unmanaged<CommandBuffer, Buffer, Buffer, uint, BufferCopy*, void>)At(ref _cmdCopyBuffer))(commandBuffer, srcBuffer, dstBuffer, regionCount, pRegions);

    public void CmdFillBuffer(CommandBuffer commandBuffer, Buffer dstBuffer, ulong dstOffset, ulong size, uint data) =>
        ((delegate* unmanaged<CommandBuffer, Buffer, ulong, ulong, uint, void>)At(ref _cmdFillBuffer))(commandBuffer, dstBuffer, dstOffset, size, data);

    public Result QueueSubmit(Queue queue, uint submitCount, SubmitInfo* pSubmits, Fence fence) =>
        ((delegate* unmanaged<Queue, uint, SubmitInfo*, Fence, Result>)At(ref _queueSubmit))(queue, submitCount, pSubmits, fence);
}
