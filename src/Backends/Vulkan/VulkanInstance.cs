using Silk.NET.Core.Loader;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>The connection to the system's Vulkan loader and, through it, to its drivers.</summary>
internal sealed unsafe class VulkanInstance : IDisposable
{
    private const string PortabilityEnumeration = "VK_KHR_portability_enumeration";

    private readonly Instance _handle;
    private bool _disposed;

    /// <summary>Opens the system's loader.</summary>
    /// <exception cref="NnException">There is none, or it refuses; the message says why.</exception>
    public VulkanInstance(bool validate)
        : this(SystemApi(), validate ? new ValidationLog(print: true) : null)
    {
    }

    /// <summary>Opens another loader; <paramref name="validation"/> is ours to dispose.</summary>
    public VulkanInstance(Vk api, ValidationLog? validation)
    {
        (Api, Validation) = (api, validation);
        try
        {
            uint version = Vk.Version10;
            // Loaders of 1.0 have no such call.
            if (api.Context.TryGetProcAddress("vkEnumerateInstanceVersion", out _)) api.EnumerateInstanceVersion(&version).Check("vkEnumerateInstanceVersion");
            if (version < Vk.Version11) throw new NnException(ExitCode.NoDevice, $"nn needs Vulkan 1.1, the loader has {VulkanDevices.Text(version)}");
            _handle = Create();
            validation?.Attach(api, _handle);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The entry points.</summary>
    public Vk Api { get; }

    /// <summary>What the validation layer says, where it is on.</summary>
    public ValidationLog? Validation { get; }

    /// <summary>All devices of all drivers.</summary>
    public PhysicalDevice[] PhysicalDevices()
    {
        uint count = 0;
        Api.EnumeratePhysicalDevices(_handle, &count, null).Check("vkEnumeratePhysicalDevices");
        var devices = new PhysicalDevice[count];
        fixed (PhysicalDevice* p = devices) Api.EnumeratePhysicalDevices(_handle, &count, p).Check("vkEnumeratePhysicalDevices");
        return devices[..(int)count];
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Validation?.Detach();
        if (_handle.Handle != 0) Api.DestroyInstance(_handle, null);
        Validation?.Dispose();
    }

    private static Vk SystemApi()
    {
        try
        {
            return Vk.GetApi();
        }
        catch (Exception e) when (e is FileNotFoundException or DllNotFoundException or BadImageFormatException or SymbolLoadingException)
        {
            throw new NnException(ExitCode.NoDevice, "the Vulkan loader is not installed (libvulkan.so.1, vulkan-1.dll, MoltenVK)", e);
        }
    }

    private Instance Create()
    {
        bool portability = HasExtension(PortabilityEnumeration);
        if (Validation is not null && !HasLayer(ValidationLog.Layer))
            throw new NnException(
                ExitCode.NoDevice, $"NN_VULKAN_VALIDATION=1 needs {ValidationLog.Layer}, which is not installed (Debian: vulkan-validationlayers)");
        using var application = new NativeText("nn");
        using var layers = new NativeText(Validation is null ? [] : [ValidationLog.Layer]);
        using var extensions = new NativeText(
            [.. portability ? [PortabilityEnumeration] : Array.Empty<string>(), .. Validation is null ? [] : ValidationLog.Extensions]);
        var about = new ApplicationInfo
        {
            SType = StructureType.ApplicationInfo,
            PApplicationName = application.First,
            PEngineName = application.First,
            ApiVersion = Vk.Version13,
        };
        DebugUtilsMessengerCreateInfoEXT messenger = Validation?.CreateInfo ?? default;
        var synchronisation = ValidationFeatureEnableEXT.SynchronizationValidationExt;
        var features = new ValidationFeaturesEXT
        {
            SType = StructureType.ValidationFeaturesExt,
            PNext = &messenger,
            EnabledValidationFeatureCount = 1,
            PEnabledValidationFeatures = &synchronisation,
        };
        var info = new InstanceCreateInfo
        {
            SType = StructureType.InstanceCreateInfo,
            PNext = Validation is null ? null : &features,
            Flags = portability ? InstanceCreateFlags.EnumeratePortabilityBitKhr : InstanceCreateFlags.None,
            PApplicationInfo = &about,
            EnabledLayerCount = layers.Count,
            PpEnabledLayerNames = layers.All,
            EnabledExtensionCount = extensions.Count,
            PpEnabledExtensionNames = extensions.All,
        };
        Instance instance;
        Api.CreateInstance(&info, null, &instance).Check("vkCreateInstance");
        return instance;
    }

    private bool HasExtension(string name)
    {
        uint count = 0;
        Api.EnumerateInstanceExtensionProperties((byte*)null, &count, null).Check("vkEnumerateInstanceExtensionProperties");
        var all = new ExtensionProperties[count];
        fixed (ExtensionProperties* p = all)
        {
            Api.EnumerateInstanceExtensionProperties((byte*)null, &count, p).Check("vkEnumerateInstanceExtensionProperties");
            for (uint i = 0; i < count; i++)
            {
                if (NativeText.Of(p[i].ExtensionName) == name) return true;
            }
        }

        return false;
    }

    private bool HasLayer(string name)
    {
        uint count = 0;
        Api.EnumerateInstanceLayerProperties(&count, null).Check("vkEnumerateInstanceLayerProperties");
        var all = new LayerProperties[count];
        fixed (LayerProperties* p = all)
        {
            Api.EnumerateInstanceLayerProperties(&count, p).Check("vkEnumerateInstanceLayerProperties");
            for (uint i = 0; i < count; i++)
            {
                if (NativeText.Of(p[i].LayerName) == name) return true;
            }
        }

        return false;
    }
}
