using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nn.Tests.Unit.Gpu;

/// <summary>Runs <c>spirv-val</c> of the SPIR-V tools, where it is installed.</summary>
internal static class SpirvValidator
{
    public const string MissingReason = "spirv-val is not installed (Debian: spirv-tools)";

    public static bool IsInstalled { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => File.Exists(Path.Combine(d, "spirv-val")));

    /// <summary>Fails with the validator's message unless it accepts a module for Vulkan 1.1.</summary>
    public static void Accepts(uint[] module)
    {
        var start = new ProcessStartInfo("spirv-val", "--target-env vulkan1.1 -")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes<uint>(module));
        process.StandardInput.Close();
        string message = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, message);
    }
}
