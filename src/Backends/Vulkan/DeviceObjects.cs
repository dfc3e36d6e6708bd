using Silk.NET.Vulkan;
using Buffer = Silk.NET.Vulkan.Buffer;

namespace Nn.Backends.Vulkan;

/// <summary>Objects of a device that live and end together; the last made is the first destroyed.</summary>
internal sealed unsafe class DeviceObjects(LogicalDevice device) : IDisposable
{
    private readonly Stack<Action> _destroy = [];
    private readonly Vk _api = device.Api;
    private readonly Device _device = device.Handle;

    /// <summary>The device.</summary>
    public LogicalDevice Device => device;

    /// <summary>A buffer without memory.</summary>
    public Buffer Buffer(long bytes, BufferUsageFlags usage)
    {
        var info = new BufferCreateInfo { SType = StructureType.BufferCreateInfo, Size = (ulong)bytes, Usage = usage, SharingMode = SharingMode.Exclusive };
        Buffer buffer;
        _api.CreateBuffer(_device, &info, null, &buffer).Check("vkCreateBuffer", $"{bytes:N0} bytes");
        return Own(buffer, h => _api.DestroyBuffer(_device, h, null));
    }

    /// <summary>Memory of a type.</summary>
    public DeviceMemory Memory(long bytes, uint type)
    {
        var info = new MemoryAllocateInfo { SType = StructureType.MemoryAllocateInfo, AllocationSize = (ulong)bytes, MemoryTypeIndex = type };
        DeviceMemory memory;
        _api.AllocateMemory(_device, &info, null, &memory).Check(
            "vkAllocateMemory", $"{bytes:N0} bytes on a device of {device.Description.Info.MemoryBytes:N0}");
        return Own(memory, h => _api.FreeMemory(_device, h, null));
    }

    /// <summary>A fence, not signalled.</summary>
    public Fence Fence()
    {
        var info = new FenceCreateInfo { SType = StructureType.FenceCreateInfo };
        Fence fence;
        _api.CreateFence(_device, &info, null, &fence).Check("vkCreateFence");
        return Own(fence, h => _api.DestroyFence(_device, h, null));
    }

    /// <summary>Room for so many times.</summary>
    public QueryPool Timestamps(int count)
    {
        var info = new QueryPoolCreateInfo { SType = StructureType.QueryPoolCreateInfo, QueryType = QueryType.Timestamp, QueryCount = (uint)count };
        QueryPool pool;
        _api.CreateQueryPool(_device, &info, null, &pool).Check("vkCreateQueryPool");
        return Own(pool, h => _api.DestroyQueryPool(_device, h, null));
    }

    /// <summary>Command buffers, each of which can be recorded anew.</summary>
    public CommandBuffer[] CommandBuffers(int count)
    {
        var info = new CommandPoolCreateInfo
        {
            SType = StructureType.CommandPoolCreateInfo,
            Flags = CommandPoolCreateFlags.ResetCommandBufferBit,
            QueueFamilyIndex = device.Access.QueueFamily,
        };
        CommandPool pool;
        _api.CreateCommandPool(_device, &info, null, &pool).Check("vkCreateCommandPool");
        Own(pool, h => _api.DestroyCommandPool(_device, h, null));
        var buffers = new CommandBuffer[count];
        var allocate = new CommandBufferAllocateInfo
        {
            SType = StructureType.CommandBufferAllocateInfo,
            CommandPool = pool,
            Level = CommandBufferLevel.Primary,
            CommandBufferCount = (uint)count,
        };
        fixed (CommandBuffer* p = buffers) _api.AllocateCommandBuffers(_device, &allocate, p).Check("vkAllocateCommandBuffers");
        return buffers;
    }

    /// <summary>The layout of a set of so many storage buffers.</summary>
    public DescriptorSetLayout SetLayout(int buffers)
    {
        DescriptorSetLayoutBinding* bindings = stackalloc DescriptorSetLayoutBinding[buffers];
        for (int i = 0; i < buffers; i++)
            bindings[i] = new DescriptorSetLayoutBinding
            {
                Binding = (uint)i,
                DescriptorType = DescriptorType.StorageBuffer,
                DescriptorCount = 1,
                StageFlags = ShaderStageFlags.ComputeBit,
            };
        var info = new DescriptorSetLayoutCreateInfo
        {
            SType = StructureType.DescriptorSetLayoutCreateInfo,
            BindingCount = (uint)buffers,
            PBindings = bindings,
        };
        DescriptorSetLayout layout;
        _api.CreateDescriptorSetLayout(_device, &info, null, &layout).Check("vkCreateDescriptorSetLayout");
        return Own(layout, h => _api.DestroyDescriptorSetLayout(_device, h, null));
    }

    /// <summary>The layout of pipelines with such a set and so many words of push constants.</summary>
    public PipelineLayout PipelineLayout(DescriptorSetLayout set, int words)
    {
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = (uint)(sizeof(int) * words) };
        var info = new PipelineLayoutCreateInfo
        {
            SType = StructureType.PipelineLayoutCreateInfo,
            SetLayoutCount = 1,
            PSetLayouts = &set,
            PushConstantRangeCount = words > 0 ? 1u : 0,
            PPushConstantRanges = &range,
        };
        PipelineLayout layout;
        _api.CreatePipelineLayout(_device, &info, null, &layout).Check("vkCreatePipelineLayout");
        return Own(layout, h => _api.DestroyPipelineLayout(_device, h, null));
    }

    /// <summary>Sets of storage buffers of these layouts.</summary>
    public DescriptorSet[] DescriptorSets(DescriptorSetLayout[] layouts, int buffers)
    {
        if (layouts.Length == 0) return [];
        var size = new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = (uint)buffers };
        var info = new DescriptorPoolCreateInfo
        {
            SType = StructureType.DescriptorPoolCreateInfo,
            MaxSets = (uint)layouts.Length,
            PoolSizeCount = 1,
            PPoolSizes = &size,
        };
        DescriptorPool pool;
        _api.CreateDescriptorPool(_device, &info, null, &pool).Check("vkCreateDescriptorPool");
        Own(pool, h => _api.DestroyDescriptorPool(_device, h, null));
        var sets = new DescriptorSet[layouts.Length];
        fixed (DescriptorSetLayout* l = layouts)
        fixed (DescriptorSet* s = sets)
        {
            var allocate = new DescriptorSetAllocateInfo
            {
                SType = StructureType.DescriptorSetAllocateInfo,
                DescriptorPool = pool,
                DescriptorSetCount = (uint)layouts.Length,
                PSetLayouts = l,
            };
            _api.AllocateDescriptorSets(_device, &allocate, s).Check("vkAllocateDescriptorSets");
        }

        return sets;
    }

    /// <summary>A cache for compiled pipelines that begins with what an earlier one gave.</summary>
    public PipelineCache PipelineCache(ReadOnlySpan<byte> content)
    {
        fixed (byte* data = content)
        {
            var info = new PipelineCacheCreateInfo
            {
                SType = StructureType.PipelineCacheCreateInfo,
                InitialDataSize = (nuint)content.Length,
                PInitialData = data,
            };
            PipelineCache cache;
            _api.CreatePipelineCache(_device, &info, null, &cache).Check("vkCreatePipelineCache");
            return Own(cache, h => _api.DestroyPipelineCache(_device, h, null));
        }
    }

    /// <summary>A SPIR-V module.</summary>
    public ShaderModule ShaderModule(uint[] words)
    {
        fixed (uint* code = words)
        {
            var info = new ShaderModuleCreateInfo
            {
                SType = StructureType.ShaderModuleCreateInfo,
                CodeSize = (nuint)(sizeof(uint) * words.Length),
                PCode = code,
            };
            ShaderModule module;
            _api.CreateShaderModule(_device, &info, null, &module).Check("vkCreateShaderModule");
            return Own(module, h => _api.DestroyShaderModule(_device, h, null));
        }
    }

    /// <summary>A compute pipeline of a SPIR-V module; <paramref name="name"/> is for errors.</summary>
    public Pipeline Pipeline(string name, uint[] words, PipelineLayout layout, PipelineCache cache)
    {
        using var temporary = new DeviceObjects(device);
        using var main = new NativeText("main");
        var info = new ComputePipelineCreateInfo
        {
            SType = StructureType.ComputePipelineCreateInfo,
            Stage = new PipelineShaderStageCreateInfo
            {
                SType = StructureType.PipelineShaderStageCreateInfo,
                Stage = ShaderStageFlags.ComputeBit,
                Module = temporary.ShaderModule(words),
                PName = main.First,
            },
            Layout = layout,
            BasePipelineIndex = -1,
        };
        Pipeline pipeline;
        _api.CreateComputePipelines(_device, cache, 1, &info, null, &pipeline).Check("vkCreateComputePipelines", $"kernel {name}");
        return Own(pipeline, h => _api.DestroyPipeline(_device, h, null));
    }

    public void Dispose()
    {
        while (_destroy.TryPop(out Action? destroy)) destroy();
    }

    private T Own<T>(T handle, Action<T> destroy)
    {
        _destroy.Push(() => destroy(handle));
        return handle;
    }
}
