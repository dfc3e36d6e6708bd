using Silk.NET.Core;

namespace Silk.NET.Vulkan;

// Memory, buffers and fences.
public unsafe partial class Vk
{
    private nint
        _createBuffer, _destroyBuffer, _getBufferMemoryRequirements, _allocateMemory, _freeMemory, _bindBufferMemory, _mapMemory,
        _createFence, _destroyFence, _waitForFences, _resetFences;

    public Result CreateBuffer(Device device, BufferCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, Buffer* pBuffer) =>
        ((delegate* unmanaged<Device, BufferCreateInfo*, AllocationCallbacks*, Buffer*, Result>)At(ref _createBuffer))(device, pCreateInfo, pAllocator, pBuffer);

    public void DestroyBuffer(Device device, Buffer buffer, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, Buffer, AllocationCallbacks*, void>)At(ref _destroyBuffer))(device, buffer, pAllocator);

    public void GetBufferMemoryRequirements(Device device, Buffer buffer, MemoryRequirements* pMemoryRequirements) =>
        ((delegate* unmanaged<Device, Buffer, MemoryRequirements*, void>)At(ref _getBufferMemoryRequirements))(device, buffer, pMemoryRequirements);

    public Result AllocateMemory(Device device, MemoryAllocateInfo* pAllocateInfo, AllocationCallbacks* pAllocator, DeviceMemory* pMemory) =>
        ((delegate* unmanaged<Device, MemoryAllocateInfo*, AllocationCallbacks*, DeviceMemory*, Result>)At(ref _allocateMemory))(device, pAllocateInfo, pAllocator, pMemory);

    public void FreeMemory(Device device, DeviceMemory memory, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, DeviceMemory, AllocationCallbacks*, void>)At(ref _freeMemory))(device, memory, pAllocator);

    public Result BindBufferMemory(Device device, Buffer buffer, DeviceMemory memory, ulong memoryOffset) =>
        ((delegate* unmanaged<Device, Buffer, DeviceMemory, ulong, Result>)At(ref _bindBufferMemory))(device, buffer, memory, memoryOffset);

    public Result MapMemory(Device device, DeviceMemory memory, ulong offset, ulong size, MemoryMapFlags flags, void** ppData) =>
        ((delegate* unmanaged<Device, DeviceMemory, ulong, ulong, MemoryMapFlags, void**, Result>)At(ref _mapMemory))(device, memory, offset, size, flags, ppData);

    public Result CreateFence(Device device, FenceCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, Fence* pFence) =>
        ((delegate* unmanaged<Device, FenceCreateInfo*, AllocationCallbacks*, Fence*, Result>)At(ref _createFence))(device, pCreateInfo, pAllocator, pFence);

    public void DestroyFence(Device device, Fence fence, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, Fence, AllocationCallbacks*, void>)At(ref _destroyFence))(device, fence, pAllocator);

    public Result WaitForFences(Device device, uint fenceCount, Fence* pFences, Bool32 waitAll, ulong timeout) =>
        ((delegate* unmanaged<Device, uint, Fence*, Bool32, ulong, Result>)At(ref _waitForFences))(device, fenceCount, pFences, waitAll, timeout);

    public Result ResetFences(Device device, uint fenceCount, Fence* pFences) =>
        ((delegate* unmanaged<Device, uint, Fence*, Result>)At(ref _resetFences))(device, fenceCount, pFences);
}
