using System.Diagnostics;
using Nn.Backends.Gpu;
using Nn.Graphs;

namespace Nn.Tests.Unit.Gpu;

/// <summary>What holds for every file of <c>kernels/</c> without a device.</summary>
public class TunedKernelTests
{
    private static string Folder => Checkout.File("kernels");

    public static TheoryData<string> Bodies => [.. Directory.GetFiles(Folder, "*.body").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [SkippableFact]
    public void The_SPIRV_is_what_the_sources_give()
    {
        string version = Run("glslangValidator", "--version")?.Split('\n')[0].Trim() ?? "none";
        string wanted = File.ReadAllText(Path.Combine(Folder, "spirv", "glslang-version")).Trim();
        Skip.If(version != wanted, $"the SPIR-V was built with glslangValidator '{wanted}', and here is '{version}'");
        Skip.If(Run("spirv-val", "--version") is null, "there is no spirv-val");
        string built = Directory.CreateTempSubdirectory("nn-kernels").FullName;
        try
        {
            Assert.NotNull(Run("bash", Path.Combine(Folder, "build.sh"), built));
            string[] names = [.. Directory.GetFiles(built).Select(f => Path.GetFileName(f)).Order()];
            Assert.Equal(Directory.GetFiles(Path.Combine(Folder, "spirv")).Select(f => Path.GetFileName(f)).Order(), names);
            foreach (string name in names)
                Assert.True(File.ReadAllBytes(Path.Combine(built, name)).SequenceEqual(File.ReadAllBytes(Path.Combine(Folder, "spirv", name))),
                    $"kernels/spirv/{name} is out of date: run kernels/build.sh");
        }
        finally
        {
            Directory.Delete(built, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Every_body_is_complete_in_both_dialects(string body)
    {
        TunedKernel kernel = TunedKernel.Of(body, 64, [DType.F32]);
        string source = kernel.OpenClSource();
        Assert.DoesNotContain("#include", source);
        Assert.Contains("#define GROUP_X 64\n", source);
        Assert.Equal(0x07230203u, kernel.SpirvWords()[0]);
        int[] ids = [.. kernel.Specialization().Select(s => s.Id)];
        Assert.Equal(Enumerable.Range(0, ids.Length), ids);
        Assert.All(ids, id => Assert.True(id < 3 || DeclaresSpecialization(kernel.GeneralSpirv(), (uint)id), $"{body} has no specialization constant {id}"));
        // Push constants hold at least 128 bytes.
        Assert.InRange(kernel.ConstantCount + 1, 1, 32);
    }

    [Fact]
    public void Settings_reach_both_dialects_and_make_kernels_differ()
    {
        TunedKernel one = TunedKernel.Of("copy", 64, [DType.F32, DType.F32], new KernelSetting("AXES", 2));
        TunedKernel other = TunedKernel.Of("copy", 64, [DType.F32, DType.F32], new KernelSetting("AXES", 3));
        Assert.Contains("#define AXES 2\n", one.OpenClSource());
        Assert.Contains((3, 2), one.Specialization());
        Assert.NotEqual(one, other);
        Assert.Equal(one, TunedKernel.Of("copy", 64, [DType.F32, DType.F32], new KernelSetting("AXES", 2)));
    }

    // OpDecorate (71) target SpecId (1) id.
    private static bool DeclaresSpecialization(ReadOnlySpan<uint> words, uint id)
    {
        for (int i = 5; i < words.Length; i += (int)(words[i] >> 16))
        {
            if ((words[i] & 0xffff) == 71 && words[i + 2] == 1 && words[i + 3] == id) return true;
        }

        return false;
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
