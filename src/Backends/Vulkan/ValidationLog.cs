using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Silk.NET.Core;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>
/// What the Khronos validation layer has to say, synchronisation included: every message is a defect of this backend or of a driver.
/// <c>NN_VULKAN_VALIDATION=1</c> turns it on, at a large cost in speed.
/// </summary>
internal sealed unsafe class ValidationLog : IDisposable
{
    /// <summary>The layer.</summary>
    public const string Layer = "VK_LAYER_KHRONOS_validation";

    /// <summary>The instance extensions that it takes.</summary>
    public static readonly string[] Extensions = ["VK_EXT_debug_utils", "VK_EXT_validation_features"];

    private readonly ConcurrentQueue<string> _messages = [];
    private readonly bool _print;
    private GCHandle _self;
    private Vk? _api;
    private Instance _instance;
    private DebugUtilsMessengerEXT _messenger;

    /// <summary>A log that also prints to standard error where <paramref name="print"/>.</summary>
    public ValidationLog(bool print)
    {
        _print = print;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Whether the environment asks for it.</summary>
    public static bool Wanted => Environment.GetEnvironmentVariable("NN_VULKAN_VALIDATION") == "1";

    /// <summary>Everything said so far.</summary>
    public IReadOnlyCollection<string> Messages => _messages;

    /// <summary>What to listen to: warnings and errors.</summary>
    public DebugUtilsMessengerCreateInfoEXT CreateInfo => new()
    {
        SType = StructureType.DebugUtilsMessengerCreateInfoExt,
        MessageSeverity = DebugUtilsMessageSeverityFlagsEXT.WarningBitExt | DebugUtilsMessageSeverityFlagsEXT.ErrorBitExt,
        MessageType = DebugUtilsMessageTypeFlagsEXT.ValidationBitExt | DebugUtilsMessageTypeFlagsEXT.PerformanceBitExt,
        PfnUserCallback = new PfnDebugUtilsMessengerCallbackEXT(&Receive),
        PUserData = (void*)GCHandle.ToIntPtr(_self),
    };

    /// <summary>Listens to an instance until disposed.</summary>
    public void Attach(Vk api, Instance instance)
    {
        using var name = new NativeText("vkCreateDebugUtilsMessengerEXT");
        var create = (delegate* unmanaged<Instance, DebugUtilsMessengerCreateInfoEXT*, AllocationCallbacks*, DebugUtilsMessengerEXT*, Result>)
            (nint)api.GetInstanceProcAddr(instance, name.First);
        DebugUtilsMessengerCreateInfoEXT info = CreateInfo;
        DebugUtilsMessengerEXT messenger;
        create(instance, &info, null, &messenger).Check("vkCreateDebugUtilsMessengerEXT");
        (_api, _instance, _messenger) = (api, instance, messenger);
    }

    /// <summary>Stops listening; before the instance is destroyed.</summary>
    public void Detach()
    {
        if (_api is null) return;
        using var name = new NativeText("vkDestroyDebugUtilsMessengerEXT");
        ((delegate* unmanaged<Instance, DebugUtilsMessengerEXT, AllocationCallbacks*, void>)(nint)_api.GetInstanceProcAddr(_instance, name.First))(
            _instance, _messenger, null);
        _api = null;
    }

    /// <summary>After the instance is destroyed: it speaks until then.</summary>
    public void Dispose() => _self.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static Bool32 Receive(
        DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types, DebugUtilsMessengerCallbackDataEXT* data, void* user)
    {
        var log = (ValidationLog)GCHandle.FromIntPtr((nint)user).Target!;
        string message = NativeText.Of(data->PMessage);
        log._messages.Enqueue(message);
        if (log._print) Console.Error.WriteLine($"vulkan: {message}");
        return false;
    }
}
