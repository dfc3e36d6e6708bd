using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Planning;
using Silk.NET.Vulkan;
using Buffer = Silk.NET.Vulkan.Buffer;

namespace Nn.Backends.Vulkan;

/// <summary>A launch with everything that recording it takes.</summary>
/// <param name="Kernel">What runs.</param>
/// <param name="Set">Which of the binder's sets it sees.</param>
/// <param name="Words">Push constants.</param>
/// <param name="Groups">Work groups.</param>
/// <param name="Waits">Whether it has to wait for launches before it.</param>
/// <param name="Cost">How much there is to do, in floating-point operations and what takes as long.</param>
internal sealed record BoundLaunch(KernelPipeline Kernel, int Set, int[] Words, (int X, int Y, int Z) Groups, bool Waits, double Cost);

/// <summary>
/// Finds the descriptor sets of launches. A binding starts at a multiple of the device's alignment; the elements from there to the operand
/// go into the kernel's offset word. Launches that see the same ranges share a set.
/// </summary>
internal sealed unsafe class LaunchBinder(DeviceObjects objects, KernelPipelines pipelines, Func<Arena, (Buffer Buffer, long Bytes)> memory)
{
    // A launch costs something even where it does nothing; memory is slower than arithmetic.
    private const double LaunchCost = 20_000, ByteCost = 4;

    // Kernels read whole words and vectors, also where the last is not full.
    private const long Vector = 16;

    private readonly record struct Binding(ulong Buffer, long Offset, long Bytes);

    private readonly Dictionary<EquatableList<Binding>, int> _numbers = [];
    private readonly List<(EquatableList<Binding> Bindings, DescriptorSetLayout Layout)> _sets = [];
    private DescriptorSet[] _handles = [];

    /// <summary>The sets, once written.</summary>
    public DescriptorSet this[int number] => _handles[number];

    /// <summary>Notes what the launches of an entry see and compiles their kernels.</summary>
    /// <exception cref="NnException">A launch sees or is told more than the device allows.</exception>
    public List<BoundLaunch> Bind(IReadOnlyList<Launch> launches)
    {
        Dictionary<PlanStep, int> parts = launches.GroupBy(l => l.Step).ToDictionary(g => g.Key, g => g.Count());
        return [.. launches.Select(l => Bind(l, (l.Step.Flops + ByteCost * l.Step.Bytes) / parts[l.Step] + LaunchCost))];
    }

    /// <summary>Makes and writes all sets.</summary>
    public void WriteSets()
    {
        _handles = objects.DescriptorSets([.. _sets.Select(s => s.Layout)], _sets.Sum(s => s.Bindings.Count));
        for (int i = 0; i < _sets.Count; i++) Write(_handles[i], _sets[i].Bindings);
    }

    private BoundLaunch Bind(Launch launch, double cost)
    {
        GpuKernel kernel = launch.Kernel;
        KernelPipeline pipeline = Pipeline(kernel);
        var bindings = new Binding[launch.Buffers.Count];
        var words = new int[bindings.Length + launch.Constants.Count];
        for (int i = 0; i < bindings.Length; i++) (bindings[i], words[i]) = Place(launch, i);
        for (int i = 0; i < launch.Constants.Count; i++) words[bindings.Length + i] = launch.Constants[i];
        var key = new EquatableList<Binding>(bindings);
        if (!_numbers.TryGetValue(key, out int set))
        {
            _numbers[key] = set = _sets.Count;
            _sets.Add((key, pipeline.Sets));
        }

        return new BoundLaunch(pipeline, set, words, launch.Groups, launch.Waits, cost);
    }

    private KernelPipeline Pipeline(GpuKernel kernel)
    {
        VulkanDevice device = objects.Device.Description;
        int words = kernel.Buffers.Count + kernel.ConstantCount;
        if (words > device.Access.PushConstants)
            throw new NnException(
                ExitCode.NoDevice,
                $"kernel {kernel.Name} takes {words} words of push constants, {device.Info.Name} has {device.Access.PushConstants}; take another device");
        return pipelines.Of(kernel);
    }

    private (Binding Binding, int Offset) Place(Launch launch, int i)
    {
        VulkanDevice device = objects.Device.Description;
        BufferRange range = launch.Buffers[i];
        (Buffer buffer, long size) = memory(range.Arena);
        long start = range.Offset / device.Access.Alignment * device.Access.Alignment;
        // To the end of the line, no further: what follows may be written meanwhile.
        long bytes = Math.Min(Math.Max(Arena.Align(range.Offset + range.Bytes) - start, Vector), size - start);
        if (bytes > device.Access.LargestRange)
        {
            throw new NnException(
                ExitCode.OutOfMemory,
                $"{launch.Step.Kind} {launch.Step.Label} works on {bytes:N0} bytes at once, "
                    + $"a kernel on {device.Info.Name} sees at most {device.Access.LargestRange:N0}; "
                + "use a smaller batch or model, `limit` on the data, or the processor");
        }

        return (new Binding(buffer.Handle, start, bytes), checked((int)((range.Offset - start) / launch.Kernel.Buffers[i].Type.Size())));
    }

    private void Write(DescriptorSet set, EquatableList<Binding> bindings)
    {
        DescriptorBufferInfo* buffers = stackalloc DescriptorBufferInfo[bindings.Count];
        WriteDescriptorSet* writes = stackalloc WriteDescriptorSet[bindings.Count];
        for (int i = 0; i < bindings.Count; i++)
        {
            buffers[i] = new DescriptorBufferInfo
            {
                Buffer = new Buffer(bindings[i].Buffer),
                Offset = (ulong)bindings[i].Offset,
                Range = (ulong)bindings[i].Bytes,
            };
            writes[i] = new WriteDescriptorSet
            {
                SType = StructureType.WriteDescriptorSet,
                DstSet = set,
                DstBinding = (uint)i,
                DescriptorCount = 1,
                DescriptorType = DescriptorType.StorageBuffer,
                PBufferInfo = buffers + i,
            };
        }

        objects.Device.Api.UpdateDescriptorSets(objects.Device.Handle, (uint)bindings.Count, writes, 0, null);
    }
}
