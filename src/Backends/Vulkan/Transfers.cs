using Silk.NET.Vulkan;
using Buffer = Silk.NET.Vulkan.Buffer;

namespace Nn.Backends.Vulkan;

/// <summary>Copies between the host and buffers on the device, by way of a staging buffer that both see. Allocates nothing per copy.</summary>
internal sealed unsafe class Transfers
{
    private const long LargestStaging = 16 << 20;

    private readonly LogicalDevice _device;
    private readonly Vk _api;
    private readonly Buffer _staging;
    private readonly long _size;
    private readonly byte* _mapped;
    private readonly CommandBuffer _commands;
    private readonly Fence _fence;

    /// <summary>With a staging buffer of <paramref name="bytes"/>, within reason.</summary>
    public Transfers(DeviceObjects objects, long bytes)
    {
        (_device, _api) = (objects.Device, objects.Device.Api);
        _size = Math.Clamp((bytes + 255) / 256 * 256, 64 << 10, LargestStaging);
        _staging = objects.Buffer(_size, BufferUsageFlags.TransferSrcBit | BufferUsageFlags.TransferDstBit);
        MemoryRequirements needs;
        _api.GetBufferMemoryRequirements(_device.Handle, _staging, &needs);
        // Every device has memory that the host sees without flushing; cached, reading it is fast.
        const MemoryPropertyFlags visible = MemoryPropertyFlags.HostVisibleBit | MemoryPropertyFlags.HostCoherentBit;
        DeviceMemory memory = objects.Memory((long)needs.Size, _device.MemoryType(needs.MemoryTypeBits, visible, visible | MemoryPropertyFlags.HostCachedBit));
        _api.BindBufferMemory(_device.Handle, _staging, memory, 0).Check("vkBindBufferMemory");
        void* mapped;
        _api.MapMemory(_device.Handle, memory, 0, Vk.WholeSize, 0, &mapped).Check("vkMapMemory");
        _mapped = (byte*)mapped;
        _commands = objects.CommandBuffers(1)[0];
        _fence = objects.Fence();
    }

    /// <summary>Copies to the device.</summary>
    public void Write(Buffer buffer, long offset, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int part = (int)Math.Min(bytes.Length, _size);
            bytes[..part].CopyTo(new Span<byte>(_mapped, part));
            Begin();
            Copy(_staging, 0, buffer, offset, part);
            Finish();
            bytes = bytes[part..];
            offset += part;
        }
    }

    /// <summary>Copies from the device.</summary>
    public void Read(Buffer buffer, long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int part = (int)Math.Min(bytes.Length, _size);
            Begin();
            Copy(buffer, offset, _staging, 0, part);
            Barriers.BeforeHost(_api, _commands);
            Finish();
            new Span<byte>(_mapped, part).CopyTo(bytes);
            bytes = bytes[part..];
            offset += part;
        }
    }

    /// <summary>Fills whole buffers with a word.</summary>
    public void Fill(IEnumerable<Buffer> buffers, uint word)
    {
        Begin();
        foreach (Buffer buffer in buffers) _api.CmdFillBuffer(_commands, buffer, 0, Vk.WholeSize, word);
        Finish();
    }

    private void Begin()
    {
        var begin = new CommandBufferBeginInfo { SType = StructureType.CommandBufferBeginInfo, Flags = CommandBufferUsageFlags.OneTimeSubmitBit };
        _api.BeginCommandBuffer(_commands, &begin).Check("vkBeginCommandBuffer");
        Barriers.AfterEarlierCommands(_api, _commands);
    }

    private void Copy(Buffer from, long fromOffset, Buffer to, long toOffset, long bytes)
    {
        var region = new BufferCopy { SrcOffset = (ulong)fromOffset, DstOffset = (ulong)toOffset, Size = (ulong)bytes };
        _api.CmdCopyBuffer(_commands, from, to, 1, &region);
    }

    private void Finish()
    {
        _api.EndCommandBuffer(_commands).Check("vkEndCommandBuffer");
        CommandBuffer commands = _commands;
        var submit = new SubmitInfo { SType = StructureType.SubmitInfo, CommandBufferCount = 1, PCommandBuffers = &commands };
        _api.QueueSubmit(_device.Queue, 1, &submit, _fence).Check("vkQueueSubmit");
        Fence fence = _fence;
        _api.WaitForFences(_device.Handle, 1, &fence, true, ulong.MaxValue).Check("vkWaitForFences");
        _api.ResetFences(_device.Handle, 1, &fence).Check("vkResetFences");
    }
}
