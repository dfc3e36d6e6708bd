using System.Buffers.Binary;
using Nn.Files;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>
/// The driver's pipeline cache, kept on disk. Drivers have been seen to crash on content that is not theirs, so it travels in an
/// envelope: magic, version, length, the device's identity; the file's checksum is <see cref="DiskCache"/>'s. Anything else is as if it did not exist.
/// </summary>
internal sealed unsafe class PipelineCacheFile
{
    private const uint Magic = 0x56504E4E; // NNPV
    private const uint Version = 1;

    private readonly LogicalDevice _device;
    private readonly DiskCache _disk;
    private readonly string _name;
    private nuint _saved;

    public PipelineCacheFile(DeviceObjects objects, DiskCache disk)
    {
        (_device, _disk) = (objects.Device, disk);
        _name = $"vulkan-{DiskCache.Key(Convert.ToHexString(_device.Access.Identity))}.bin";
        ReadOnlySpan<byte> content = Open(disk.Read(_name), _device.Access.Identity);
        _saved = (nuint)content.Length;
        Handle = objects.PipelineCache(content);
    }

    /// <summary>For the making of pipelines.</summary>
    public PipelineCache Handle { get; }

    /// <summary>Writes it, where pipelines have been added. It is optional: a driver that does not give it out is no failure.</summary>
    public void Save()
    {
        nuint size = 0;
        if (_device.Api.GetPipelineCacheData(_device.Handle, Handle, &size, null) != Result.Success || size == _saved || size > int.MaxValue) return;
        var content = new byte[size];
        fixed (byte* p = content)
        {
            if (_device.Api.GetPipelineCacheData(_device.Handle, Handle, &size, p) != Result.Success) return;
        }

        _disk.Write(_name, Envelope(content.AsSpan(0, (int)size), _device.Access.Identity));
        _saved = size;
    }

    /// <summary>The envelope around a content.</summary>
    internal static byte[] Envelope(ReadOnlySpan<byte> content, ReadOnlySpan<byte> identity)
    {
        var file = new byte[16 + identity.Length + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(file, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), Version);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), content.Length);
        identity.CopyTo(file.AsSpan(16));
        content.CopyTo(file.AsSpan(16 + identity.Length));
        return file;
    }

    /// <summary>What is in an envelope, or nothing where it is not of this version or not for this device and driver.</summary>
    internal static ReadOnlySpan<byte> Open(byte[]? file, ReadOnlySpan<byte> identity)
    {
        if (file is null || file.Length < 16 + identity.Length) return [];
        bool ours = BinaryPrimitives.ReadUInt32LittleEndian(file) == Magic && BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(4)) == Version
            && BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(8)) == file.Length - 16 - identity.Length
            && file.AsSpan(16, identity.Length).SequenceEqual(identity);
        return ours ? file.AsSpan(16 + identity.Length) : [];
    }
}
