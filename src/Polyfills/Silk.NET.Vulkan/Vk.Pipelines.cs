namespace Silk.NET.Vulkan;

// Shaders, descriptors and pipelines.
public unsafe partial class Vk
{
    private nint
        _createShaderModule, _destroyShaderModule, _createDescriptorSetLayout, _destroyDescriptorSetLayout, _createDescriptorPool,
        _destroyDescriptorPool, _allocateDescriptorSets, _updateDescriptorSets, _createPipelineLayout, _destroyPipelineLayout,
        _createPipelineCache, _destroyPipelineCache, _getPipelineCacheData, _createComputePipelines, _destroyPipeline;

    public Result CreateShaderModule(Device device, ShaderModuleCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, ShaderModule* pShaderModule) =>
        ((delegate* unmanaged<Device, ShaderModuleCreateInfo*, AllocationCallbacks*, ShaderModule*, Result>)At(ref _createShaderModule))(device, pCreateInfo, pAllocator, pShaderModule);

    public void DestroyShaderModule(Device device, ShaderModule shaderModule, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, ShaderModule, AllocationCallbacks*, void>)At(ref _destroyShaderModule))(device, shaderModule, pAllocator);

    public Result CreateDescriptorSetLayout(Device device, DescriptorSetLayoutCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, DescriptorSetLayout* pSetLayout) =>
        ((delegate* unmanaged<Device, DescriptorSetLayoutCreateInfo*, AllocationCallbacks*, DescriptorSetLayout*, Result>)At(ref _createDescriptorSetLayout))(device, pCreateInfo, pAllocator, pSetLayout);

    public void DestroyDescriptorSetLayout(Device device, DescriptorSetLayout descriptorSetLayout, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, DescriptorSetLayout, AllocationCallbacks*, void>)At(ref _destroyDescriptorSetLayout))(device, descriptorSetLayout, pAllocator);

    public Result CreateDescriptorPool(Device device, DescriptorPoolCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, DescriptorPool* pDescriptorPool) =>
        ((delegate* unmanaged<Device, DescriptorPoolCreateInfo*, AllocationCallbacks*, DescriptorPool*, Result>)At(ref _createDescriptorPool))(device, pCreateInfo, pAllocator, pDescriptorPool);

    public void DestroyDescriptorPool(Device device, DescriptorPool descriptorPool, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, DescriptorPool, AllocationCallbacks*, void>)At(ref _destroyDescriptorPool))(device, descriptorPool, pAllocator);

    public Result AllocateDescriptorSets(Device device, DescriptorSetAllocateInfo* pAllocateInfo, DescriptorSet* pDescriptorSets) =>
        ((delegate* unmanaged<Device, DescriptorSetAllocateInfo*, DescriptorSet*, Result>)At(ref _allocateDescriptorSets))(device, pAllocateInfo, pDescriptorSets);

    public void UpdateDescriptorSets(Device device, uint descriptorWriteCount, WriteDescriptorSet* pDescriptorWrites, uint descriptorCopyCount, CopyDescriptorSet* pDescriptorCopies) =>
        ((delegate* unmanaged<Device, uint, WriteDescriptorSet*, uint, CopyDescriptorSet*, void>)At(ref _updateDescriptorSets))(device, descriptorWriteCount, pDescriptorWrites, descriptorCopyCount, pDescriptorCopies);

    public Result CreatePipelineLayout(Device device, PipelineLayoutCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, PipelineLayout* pPipelineLayout) =>
        ((delegate* unmanaged<Device, PipelineLayoutCreateInfo*, AllocationCallbacks*, PipelineLayout*, Result>)At(ref _createPipelineLayout))(device, pCreateInfo, pAllocator, pPipelineLayout);

    public void DestroyPipelineLayout(Device device, PipelineLayout pipelineLayout, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, PipelineLayout, AllocationCallbacks*, void>)At(ref _destroyPipelineLayout))(device, pipelineLayout, pAllocator);

    public Result CreatePipelineCache(Device device, PipelineCacheCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, PipelineCache* pPipelineCache) =>
        ((delegate* unmanaged<Device, PipelineCacheCreateInfo*, AllocationCallbacks*, PipelineCache*, Result>)At(ref _createPipelineCache))(device, pCreateInfo, pAllocator, pPipelineCache);

    public void DestroyPipelineCache(Device device, PipelineCache pipelineCache, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, PipelineCache, AllocationCallbacks*, void>)At(ref _destroyPipelineCache))(device, pipelineCache, pAllocator);

    public Result GetPipelineCacheData(Device device, PipelineCache pipelineCache, nuint* pDataSize, void* pData) =>
        ((delegate* unmanaged<Device, PipelineCache, nuint*, void*, Result>)At(ref _getPipelineCacheData))(device, pipelineCache, pDataSize, pData);

    public Result CreateComputePipelines(Device device, PipelineCache pipelineCache, uint createInfoCount, ComputePipelineCreateInfo* pCreateInfos, AllocationCallbacks* pAllocator, Pipeline* pPipelines) =>
        ((delegate* unmanaged<Device, PipelineCache, uint, ComputePipelineCreateInfo*, AllocationCallbacks*, Pipeline*, Result>)At(ref _createComputePipelines))(device, pipelineCache, createInfoCount, pCreateInfos, pAllocator, pPipelines);

    public void DestroyPipeline(Device device, Pipeline pipeline, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, Pipeline, AllocationCallbacks*, void>)At(ref _destroyPipeline))(device, pipeline, pAllocator);
}
