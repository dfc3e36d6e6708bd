using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nn.Tests.Conformance;

/// <summary>The SPIR-V tools of the system (Debian: spirv-tools, spirv-cross), where they are installed.</summary>
internal static class SpirvTools
{
    /// <summary>Skips the test unless a program is on the path.</summary>
    public static void Need(string program)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => File.Exists(Path.Combine(d, program)));
        Skip.IfNot(found, $"{program} is not installed (Debian: {(program == "spirv-cross" ? "spirv-cross" : "spirv-tools")})");
    }

    /// <summary>What a program writes about a module; fails with its message where it ends with an error.</summary>
    public static byte[] Run(string program, uint[] module, params string[] arguments)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, MemoryMarshal.AsBytes<uint>(module));
            var start = new ProcessStartInfo(program, [file, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
            return output.ToArray();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
