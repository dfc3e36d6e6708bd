namespace Silk.NET.Vulkan;

// Queries.
public unsafe partial class Vk
{
    private nint _createQueryPool, _destroyQueryPool, _cmdResetQueryPool, _cmdWriteTimestamp, _getQueryPoolResults;

    public Result CreateQueryPool(Device device, QueryPoolCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, QueryPool* pQueryPool) =>
        ((delegate* unmanaged<Device, QueryPoolCreateInfo*, AllocationCallbacks*, QueryPool*, Result>)At(ref _createQueryPool))(device, pCreateInfo, pAllocator, pQueryPool);

    public void DestroyQueryPool(Device device, QueryPool queryPool, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, QueryPool, AllocationCallbacks*, void>)At(ref _destroyQueryPool))(device, queryPool, pAllocator);

    public void CmdResetQueryPool(CommandBuffer commandBuffer, QueryPool queryPool, uint firstQuery, uint queryCount) =>
        ((delegate* unmanaged<CommandBuffer, QueryPool, uint, uint, void>)At(ref _cmdResetQueryPool))(commandBuffer, queryPool, firstQuery, queryCount);

    public void CmdWriteTimestamp(CommandBuffer commandBuffer, PipelineStageFlags pipelineStage, QueryPool queryPool, uint query) =>
        ((delegate* unmanaged<CommandBuffer, PipelineStageFlags, QueryPool, uint, void>)At(ref _cmdWriteTimestamp))(commandBuffer, pipelineStage, queryPool, query);

    public Result GetQueryPoolResults(Device device, QueryPool queryPool, uint firstQuery, uint queryCount, nuint dataSize, void* pData, ulong stride, QueryResultFlags flags) =>
        ((delegate* unmanaged<Device, QueryPool, uint, uint, nuint, void*, ulong, QueryResultFlags, Result>)At(ref _getQueryPoolResults))(device, queryPool, firstQuery, queryCount, dataSize, pData, stride, flags);
}
