using Nn.Backends;
using Nn.Backends.Vulkan;
using Nn.Files;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;

namespace Nn.Tests.Unit.Vulkan;

public class PipelineCacheTests : VulkanTest
{
    private static readonly byte[] s_identity = [.. Enumerable.Range(0, 44).Select(i => (byte)i)], s_content = [9, 8, 7];

    [Fact]
    public void An_envelope_gives_back_what_was_put_in() =>
        Assert.Equal(s_content, PipelineCacheFile.Open(PipelineCacheFile.Envelope(s_content, s_identity), s_identity).ToArray());

    [Fact]
    public void An_envelope_of_another_device_version_or_length_is_empty()
    {
        byte[] good = PipelineCacheFile.Envelope(s_content, s_identity);
        // Magic, version, length, identity.
        foreach (int at in new[] { 0, 4, 8, 15, 16, 16 + 43 })
        {
            byte[] bad = [.. good];
            bad[at] ^= 1;
            Assert.True(PipelineCacheFile.Open(bad, s_identity).IsEmpty, $"byte {at}");
        }

        for (int length = 0; length < good.Length; length++) Assert.True(PipelineCacheFile.Open(good[..length], s_identity).IsEmpty);
        Assert.True(PipelineCacheFile.Open(null, s_identity).IsEmpty);
    }

    [SkippableFact]
    public void A_damaged_file_is_ignored_and_written_anew()
    {
        VulkanDevice device = Device();
        using var folder = new TemporaryFolder();
        Compute(device, folder.Path);
        string file = Directory.GetFiles(folder.Path).Single();
        byte[] good = File.ReadAllBytes(file);
        foreach (byte[] bad in new[] { [], good[..40], [.. good[..^1], (byte)(good[^1] ^ 1)], new byte[good.Length] })
        {
            File.WriteAllBytes(file, bad);
            Compute(device, folder.Path);
            Assert.NotNull(new DiskCache(folder.Path).Read(Path.GetFileName(file)));
        }

        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_costs_time_and_nothing_else()
    {
        VulkanDevice device = Device();
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "not a folder");
        Compute(device, file);
    }

    private static void Compute(VulkanDevice device, string folder)
    {
        Plan plan = Accumulation.Of(3);
        using var backend = new VulkanBackend(device, new DiskCache(folder), ShaderCode.Of);
        using IProgram program = backend.Load(plan);
        Assert.Equal([4f, 8, 12], Accumulation.Run(program, plan, [1, 2, 3], 2));
    }
}
