using Nn.Backends.Gpu;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>A kernel ready to be bound.</summary>
internal sealed record KernelPipeline(Pipeline Handle, PipelineLayout Layout, DescriptorSetLayout Sets);

/// <summary>One pipeline for each kernel, one layout for each number of buffers and words.</summary>
internal sealed class KernelPipelines(DeviceObjects objects, PipelineCache cache, Func<GpuKernel, uint[]> code)
{
    private readonly Dictionary<GpuKernel, KernelPipeline> _pipelines = [];
    private readonly Dictionary<int, DescriptorSetLayout> _sets = [];
    private readonly Dictionary<(int Buffers, int Words), PipelineLayout> _layouts = [];

    /// <summary>The pipeline of a kernel, compiled at its first use.</summary>
    public KernelPipeline Of(GpuKernel kernel)
    {
        if (_pipelines.TryGetValue(kernel, out KernelPipeline? known)) return known;
        int buffers = kernel.Buffers.Count, words = buffers + kernel.ConstantCount;
        if (!_sets.TryGetValue(buffers, out DescriptorSetLayout sets)) _sets[buffers] = sets = objects.SetLayout(buffers);
        if (!_layouts.TryGetValue((buffers, words), out PipelineLayout layout)) _layouts[(buffers, words)] = layout = objects.PipelineLayout(sets, words);
        return _pipelines[kernel] = new KernelPipeline(objects.Pipeline(kernel.Name, code(kernel), layout, cache), layout, sets);
    }
}
