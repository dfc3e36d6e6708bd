using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>How to open a device, and how its memory may be allocated and bound.</summary>
/// <param name="Instance">The connection that it belongs to.</param>
/// <param name="Index">Its number there.</param>
/// <param name="Handle">The driver's handle.</param>
/// <param name="QueueFamily">The family of its compute queue.</param>
/// <param name="Extensions">Device extensions to turn on.</param>
/// <param name="Identity">What a compiled pipeline is good for: device and driver, byte for byte.</param>
/// <param name="LargestAllocation">Bytes of one allocation.</param>
/// <param name="LargestBuffer">Bytes of one buffer.</param>
/// <param name="LargestRange">Bytes that one binding of a kernel may see.</param>
/// <param name="Alignment">Bindings start on multiples of this many bytes.</param>
/// <param name="PushConstants">32-bit words passed to a kernel.</param>
internal sealed record DeviceAccess(
    VulkanInstance Instance, int Index, PhysicalDevice Handle, uint QueueFamily, IReadOnlyList<string> Extensions, byte[] Identity,
    long LargestAllocation, long LargestBuffer, long LargestRange, long Alignment, int PushConstants);
