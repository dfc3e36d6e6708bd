namespace Silk.NET.Vulkan;

// Instances and devices.
public unsafe partial class Vk
{
    private nint
        _enumerateInstanceVersion, _enumerateInstanceLayerProperties, _enumerateInstanceExtensionProperties, _destroyInstance,
        _enumeratePhysicalDevices, _getPhysicalDeviceProperties, _getPhysicalDeviceProperties2, _getPhysicalDeviceMemoryProperties,
        _getPhysicalDeviceQueueFamilyProperties, _enumerateDeviceExtensionProperties, _destroyDevice, _getDeviceQueue, _deviceWaitIdle;

    public Result EnumerateInstanceVersion(uint* pApiVersion) =>
        ((delegate* unmanaged<uint*, Result>)At(ref _enumerateInstanceVersion))(pApiVersion);

    public Result EnumerateInstanceLayerProperties(uint* pPropertyCount, LayerProperties* pProperties) =>
        ((delegate* unmanaged<uint*, LayerProperties*, Result>)At(ref _enumerateInstanceLayerProperties))(pPropertyCount, pProperties);

    public Result EnumerateInstanceExtensionProperties(byte* pLayerName, uint* pPropertyCount, ExtensionProperties* pProperties) =>
        ((delegate* unmanaged<byte*, uint*, ExtensionProperties*, Result>)At(ref _enumerateInstanceExtensionProperties))(pLayerName, pPropertyCount, pProperties);

    public void DestroyInstance(Instance instance, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Instance, AllocationCallbacks*, void>)At(ref _destroyInstance))(instance, pAllocator);

    public Result EnumeratePhysicalDevices(Instance instance, uint* pPhysicalDeviceCount, PhysicalDevice* pPhysicalDevices) =>
        ((delegate* unmanaged<Instance, uint*, PhysicalDevice*, Result>)At(ref _enumeratePhysicalDevices))(instance, pPhysicalDeviceCount, pPhysicalDevices);

    public void GetPhysicalDeviceProperties(PhysicalDevice physicalDevice, PhysicalDeviceProperties* pProperties) =>
        ((delegate* unmanaged<PhysicalDevice, PhysicalDeviceProperties*, void>)At(ref _getPhysicalDeviceProperties))(physicalDevice, pProperties);

    public void GetPhysicalDeviceProperties2(PhysicalDevice physicalDevice, PhysicalDeviceProperties2* pProperties) =>
        ((delegate* unmanaged<PhysicalDevice, PhysicalDeviceProperties2*, void>)At(ref _getPhysicalDeviceProperties2))(physicalDevice, pProperties);

    public void GetPhysicalDeviceMemoryProperties(PhysicalDevice physicalDevice, PhysicalDeviceMemoryProperties* pMemoryProperties) =>
        ((delegate* unmanaged<PhysicalDevice, PhysicalDeviceMemoryProperties*, void>)At(ref _getPhysicalDeviceMemoryProperties))(physicalDevice, pMemoryProperties);

    public void GetPhysicalDeviceQueueFamilyProperties(PhysicalDevice physicalDevice, uint* pQueueFamilyPropertyCount, QueueFamilyProperties* pQueueFamilyProperties) =>
        ((delegate* unmanaged<PhysicalDevice, uint*, QueueFamilyProperties*, void>)At(ref _getPhysicalDeviceQueueFamilyProperties))(physicalDevice, pQueueFamilyPropertyCount, pQueueFamilyProperties);

    public Result EnumerateDeviceExtensionProperties(PhysicalDevice physicalDevice, byte* pLayerName, uint* pPropertyCount, ExtensionProperties* pProperties) =>
        ((delegate* unmanaged<PhysicalDevice, byte*, uint*, ExtensionProperties*, Result>)At(ref _enumerateDeviceExtensionProperties))(physicalDevice, pLayerName, pPropertyCount, pProperties);

    public void DestroyDevice(Device device, AllocationCallbacks* pAllocator) =>
        ((delegate* unmanaged<Device, AllocationCallbacks*, void>)At(ref _destroyDevice))(device, pAllocator);

    public void GetDeviceQueue(Device device, uint queueFamilyIndex, uint queueIndex, Queue* pQueue) =>
        ((delegate* unmanaged<Device, uint, uint, Queue*, void>)At(ref _getDeviceQueue))(device, queueFamilyIndex, queueIndex, pQueue);

    public Result DeviceWaitIdle(Device device) =>
        ((delegate* unmanaged<Device, Result>)At(ref _deviceWaitIdle))(device);
}
