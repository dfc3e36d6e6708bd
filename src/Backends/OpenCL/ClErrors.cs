using System.Text.RegularExpressions;
using Silk.NET.OpenCL;

namespace Nn.Backends.OpenCl;

/// <summary>Error codes of OpenCL as failures for the user.</summary>
internal static partial class ClErrors
{
    /// <summary>The failure of a call: how the program ends follows from the code and from what was going on.</summary>
    /// <param name="api">The entry point, such as clCreateBuffer.</param>
    /// <param name="code">What it returned.</param>
    /// <param name="detail">More about it, such as the sizes or a build log; may be empty.</param>
    public static NnException Failure(string api, int code, string detail = "")
    {
        ExitCode exit = Exit(api, (ErrorCodes)code);
        string advice = exit switch
        {
            ExitCode.OutOfMemory => "; use a smaller batch or model, or `limit` on the data",
            ExitCode.DeviceLost => "; the device stopped answering",
            ExitCode.NoDevice => "; take another device",
            _ => "",
        };
        return new NnException(exit, $"{api} failed: {Name(code)} ({code}){(detail.Length == 0 ? "" : $", {detail}")}{advice}");
    }

    /// <summary>A code as the OpenCL headers name it.</summary>
    public static string Name(int code) => Enum.IsDefined((ErrorCodes)code)
        ? $"CL_{WordStart().Replace(((ErrorCodes)code).ToString(), "_").ToUpperInvariant()}"
        : "a code of the driver's own";

    private static ExitCode Exit(string api, ErrorCodes code) => code switch
    {
        ErrorCodes.MemObjectAllocationFailure or ErrorCodes.OutOfHostMemory => ExitCode.OutOfMemory,
        // Drivers report a faulted or reset device by this code, too, where nothing is being allocated.
        ErrorCodes.OutOfResources => Runs(api) ? ExitCode.DeviceLost : ExitCode.OutOfMemory,
        ErrorCodes.DeviceNotFound or ErrorCodes.CompilerNotAvailable or ErrorCodes.ProfilingInfoNotAvailable or ErrorCodes.PlatformNotFoundKhr =>
            ExitCode.NoDevice,
        // A driver may compile a kernel for a size of groups that the device cannot run.
        ErrorCodes.InvalidWorkGroupSize or ErrorCodes.InvalidWorkItemSize => ExitCode.NoDevice,
        ErrorCodes.DeviceNotAvailable => Runs(api) ? ExitCode.DeviceLost : ExitCode.NoDevice,
        ErrorCodes.InvalidCommandQueue or ErrorCodes.InvalidContext or ErrorCodes.ExecStatusErrorForEventsInWaitList when Runs(api) => ExitCode.DeviceLost,
        _ when Runs(api) && !Enum.IsDefined(code) => ExitCode.DeviceLost,
        _ => ExitCode.Internal,
    };

    private static bool Runs(string api) => api is "clFlush" or "clFinish" or "clWaitForEvents" || api.StartsWith("clEnqueue", StringComparison.Ordinal);

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex WordStart();
}
