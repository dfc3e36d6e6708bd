using Silk.NET.Core;

namespace Silk.NET.Vulkan;

/// <summary>VkDebugUtilsLabelEXT.</summary>
public struct DebugUtilsLabelEXT;

/// <summary>VkDebugUtilsObjectNameInfoEXT.</summary>
public struct DebugUtilsObjectNameInfoEXT;

/// <summary>VkDebugUtilsMessengerCallbackDataEXT.</summary>
public unsafe struct DebugUtilsMessengerCallbackDataEXT
{
    public StructureType SType;
    public void* PNext;
    public uint Flags;
    public byte* PMessageIdName;
    public int MessageIdNumber;
    public byte* PMessage;
    public uint QueueLabelCount;
    public DebugUtilsLabelEXT* PQueueLabels;
    public uint CmdBufLabelCount;
    public DebugUtilsLabelEXT* PCmdBufLabels;
    public uint ObjectCount;
    public DebugUtilsObjectNameInfoEXT* PObjects;
}

/// <summary>PFN_vkDebugUtilsMessengerCallbackEXT.</summary>
public readonly unsafe struct PfnDebugUtilsMessengerCallbackEXT(
    delegate* unmanaged[Cdecl]<DebugUtilsMessageSeverityFlagsEXT, DebugUtilsMessageTypeFlagsEXT, DebugUtilsMessengerCallbackDataEXT*, void*, Bool32> ptr)
{
    public delegate* unmanaged[Cdecl]<DebugUtilsMessageSeverityFlagsEXT, DebugUtilsMessageTypeFlagsEXT, DebugUtilsMessengerCallbackDataEXT*, void*, Bool32> Handle { get; } = ptr;
}

/// <summary>VkDebugUtilsMessengerCreateInfoEXT.</summary>
public unsafe struct DebugUtilsMessengerCreateInfoEXT
{
    public StructureType SType;
    public void* PNext;
    public uint Flags;
    public DebugUtilsMessageSeverityFlagsEXT MessageSeverity;
    public DebugUtilsMessageTypeFlagsEXT MessageType;
    public PfnDebugUtilsMessengerCallbackEXT PfnUserCallback;
    public void* PUserData;
}
