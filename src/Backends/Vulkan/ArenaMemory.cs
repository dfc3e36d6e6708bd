using Nn.Graphs;
using Silk.NET.Vulkan;
using Buffer = Silk.NET.Vulkan.Buffer;

namespace Nn.Backends.Vulkan;

/// <summary>A buffer in device memory for each arena; buffers share allocations as far as the device allows.</summary>
internal sealed unsafe class ArenaMemory
{
    // Kernels that load vectors may read to the end of one; fills are in words.
    private const int Granularity = 256;

    private readonly Dictionary<Arena, (Buffer Buffer, long Bytes)> _buffers = [];

    /// <summary>Reserves memory for arenas of the given sizes.</summary>
    /// <exception cref="NnException">They do not fit; the message has the numbers.</exception>
    public ArenaMemory(DeviceObjects objects, IReadOnlyList<(Arena Arena, long Bytes)> arenas)
    {
        VulkanDevice device = objects.Device.Description;
        DeviceAccess access = device.Access;
        long total = 0;
        foreach ((Arena arena, long bytes) in arenas)
        {
            long size = Up(Math.Max(bytes, 1), Granularity);
            total += size;
            long largest = Math.Min(access.LargestBuffer, access.LargestAllocation);
            if (size > largest) throw TooLarge($"the plan's '{arena.Name}' takes {size:N0} bytes, one buffer of {device.Info.Name} has at most {largest:N0}");
            _buffers[arena] = (default, size);
        }

        if (total > device.Info.MemoryBytes) throw TooLarge($"the plan needs {total:N0} bytes, {device.Info.Name} has {device.Info.MemoryBytes:N0}");
        foreach ((Arena arena, (_, long bytes)) in _buffers.ToArray())
            _buffers[arena] = (
                objects.Buffer(bytes, BufferUsageFlags.StorageBufferBit | BufferUsageFlags.TransferSrcBit | BufferUsageFlags.TransferDstBit), bytes);
        Place(objects, access);
    }

    /// <summary>All buffers with their sizes.</summary>
    public IEnumerable<(Arena Arena, Buffer Buffer, long Bytes)> Buffers => _buffers.Select(b => (b.Key, b.Value.Buffer, b.Value.Bytes));

    /// <summary>The buffer of an arena and its size.</summary>
    public (Buffer Buffer, long Bytes) this[Arena arena] => _buffers[arena];

    private static NnException TooLarge(string what) =>
        new(ExitCode.OutOfMemory, $"{what}; use a smaller batch or model, `limit` on the data, or the processor");

    private static long Up(long value, long multiple) => checked((value + multiple - 1) / multiple * multiple);

    // One allocation where it may be so large, else as few as it takes.
    private void Place(DeviceObjects objects, DeviceAccess access)
    {
        LogicalDevice device = objects.Device;
        var open = new List<(Buffer Buffer, long Offset)>();
        long used = 0;
        uint bits = ~0u;
        void Close()
        {
            if (open.Count == 0) return;
            DeviceMemory memory = objects.Memory(used, device.MemoryType(bits, MemoryPropertyFlags.DeviceLocalBit, MemoryPropertyFlags.DeviceLocalBit));
            foreach ((Buffer buffer, long offset) in open)
                device.Api.BindBufferMemory(device.Handle, buffer, memory, (ulong)offset).Check("vkBindBufferMemory");
            open.Clear();
            (used, bits) = (0, ~0u);
        }

        foreach ((Buffer buffer, _) in _buffers.Values)
        {
            MemoryRequirements needs;
            device.Api.GetBufferMemoryRequirements(device.Handle, buffer, &needs);
            if (Up(used, (long)needs.Alignment) + (long)needs.Size > access.LargestAllocation || (bits & needs.MemoryTypeBits) == 0) Close();
            long offset = Up(used, (long)needs.Alignment);
            open.Add((buffer, offset));
            used = offset + (long)needs.Size;
            bits &= needs.MemoryTypeBits;
        }

        Close();
    }
}
