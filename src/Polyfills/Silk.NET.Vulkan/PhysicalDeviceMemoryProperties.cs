using System.Runtime.InteropServices;

namespace Silk.NET.Vulkan;

/// <summary>VkPhysicalDeviceMemoryProperties.</summary>
public struct PhysicalDeviceMemoryProperties
{
    public uint MemoryTypeCount;
    public MemoryTypesBuffer MemoryTypes;
    public uint MemoryHeapCount;
    public MemoryHeapsBuffer MemoryHeaps;

    /// <summary>32 memory types.</summary>
    public struct MemoryTypesBuffer
    {
        public MemoryType Element0, Element1, Element2, Element3, Element4, Element5, Element6, Element7;
        public MemoryType Element8, Element9, Element10, Element11, Element12, Element13, Element14, Element15;
        public MemoryType Element16, Element17, Element18, Element19, Element20, Element21, Element22, Element23;
        public MemoryType Element24, Element25, Element26, Element27, Element28, Element29, Element30, Element31;

        public ref MemoryType this[int index] => ref AsSpan()[index];

        public Span<MemoryType> AsSpan() => MemoryMarshal.CreateSpan(ref Element0, 32);
    }

    /// <summary>16 memory heaps.</summary>
    public struct MemoryHeapsBuffer
    {
        public MemoryHeap Element0, Element1, Element2, Element3, Element4, Element5, Element6, Element7;
        public MemoryHeap Element8, Element9, Element10, Element11, Element12, Element13, Element14, Element15;

        public ref MemoryHeap this[int index] => ref AsSpan()[index];

        public Span<MemoryHeap> AsSpan() => MemoryMarshal.CreateSpan(ref Element0, 16);
    }
}
