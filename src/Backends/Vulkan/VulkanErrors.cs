using System.Text.RegularExpressions;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>Result codes of Vulkan as failures for the user.</summary>
internal static partial class VulkanErrors
{
    private static readonly string[] OfLoader =
        ["vkCreateInstance", "vkEnumerateInstanceVersion", "vkEnumerateInstanceExtensionProperties", "vkEnumerateInstanceLayerProperties"];

    private static string LoaderAdvice => DriverVariables.Tell("VK_DRIVER_FILES", "VK_ICD_FILENAMES") is { } variable
        ? $"the environment says where drivers are: {variable}; without that variable all drivers are looked for"
        : "a driver of Vulkan is missing or its description (share/vulkan/icd.d/*.json) is damaged: VK_LOADER_DEBUG=error shows which";

    /// <summary>Throws unless a call succeeded.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="api">The entry point, such as vkCreateBuffer.</param>
    /// <param name="detail">More about it, such as sizes; may be empty.</param>
    public static void Check(this Result result, string api, string detail = "")
    {
        if (result < Result.Success) throw Failure(api, result, detail);
    }

    /// <summary>The failure of a call; how the program ends follows from the code.</summary>
    public static NnException Failure(string api, Result result, string detail = "")
    {
        // Before there is a device it is the loader that fails, on what it reads of its drivers: no batch is to blame, whatever the code says.
        if (OfLoader.Contains(api)) return new NnException(ExitCode.NoDevice, $"{api} failed: {Name(result)} ({(int)result}); {LoaderAdvice}");
        ExitCode exit = result switch
        {
            Result.ErrorOutOfHostMemory or Result.ErrorOutOfDeviceMemory or Result.ErrorOutOfPoolMemory or Result.ErrorFragmentedPool
                or Result.ErrorFragmentation or Result.ErrorTooManyObjects or Result.ErrorMemoryMapFailed => ExitCode.OutOfMemory,
            Result.ErrorDeviceLost => ExitCode.DeviceLost,
            Result.ErrorIncompatibleDriver or Result.ErrorLayerNotPresent or Result.ErrorExtensionNotPresent or Result.ErrorFeatureNotPresent
                or Result.ErrorInitializationFailed => ExitCode.NoDevice,
            _ => ExitCode.Internal,
        };
        string advice = exit switch
        {
            ExitCode.OutOfMemory => "; use a smaller batch or model, or `limit` on the data",
            ExitCode.DeviceLost => "; the device stopped answering",
            ExitCode.NoDevice => "; take another device",
            _ => "",
        };
        return new NnException(exit, $"{api} failed: {Name(result)} ({(int)result}){(detail.Length == 0 ? "" : $", {detail}")}{advice}");
    }

    /// <summary>A code as the Vulkan headers name it.</summary>
    public static string Name(Result result) => Enum.IsDefined(result)
        ? $"VK_{WordStart().Replace(result.ToString(), "_").ToUpperInvariant()}"
        : "a code of the driver's own";

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
