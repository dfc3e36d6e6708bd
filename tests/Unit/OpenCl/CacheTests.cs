using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Backends.OpenCl;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;

namespace Nn.Tests.Unit.OpenCl;

[Collection(Device.Collection)]
public class CacheTests
{
    private static readonly Plan s_plan = Accumulation.Of(3);

    [SkippableFact]
    public void A_kernel_is_compiled_once_a_device_and_comes_from_the_disk_after_that()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        Assert.Equal(1, Compilations(cache));
        Assert.Equal(0, Compilations(cache));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-1)]
    public void A_corrupt_file_is_ignored_and_made_again(int length)
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        Compilations(cache);
        string file = Directory.GetFiles(folder.Path).Single();
        byte[] good = File.ReadAllBytes(file), bad = [.. good];
        bad[^1] ^= 1;
        File.WriteAllBytes(file, length < 0 ? bad : good[..length]);
        Assert.Equal(1, Compilations(cache));
        Assert.Equal(0, Compilations(cache));
    }

    [SkippableFact]
    public void A_binary_that_the_driver_refuses_is_made_again()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        Compilations(cache);
        cache.Write(Path.GetFileName(Directory.GetFiles(folder.Path).Single()), [1, 2, 3]);
        Assert.Equal(1, Compilations(cache));
        Assert.Equal(0, Compilations(cache));
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_costs_time_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "not a folder");
        Assert.Equal(1, Compilations(new DiskCache(file)));
    }

    [SkippableFact]
    public void Other_sources_and_other_drivers_have_other_files()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        Compilations(cache);
        Assert.Equal(1, Compilations(cache, (k, f) => KernelSource.Write(k, f) + "\n"));
        OpenClDevice device = Device.Require();
        Assert.Equal(1, Compilations(cache, device: device with { Info = device.Info with { Driver = "another" } }));
    }

    // Counts programs made from source and checks what they compute.
    private static int Compilations(DiskCache cache, Func<GpuKernel, string, string>? source = null, OpenClDevice? device = null)
    {
        int count = 0;
        ClApi api = Device.Api(call =>
        {
            if (call == "clCreateProgramWithSource") count++;
            return 0;
        });
        using (var backend = new OpenClBackend(device ?? Device.Require(), api, cache, source ?? KernelSource.Write))
        {
            using IProgram program = backend.Load(s_plan);
            Device.Write(program, s_plan.Slot("x"), [1, 2, 3]);
            program.Run(s_plan.Entry("step"), 2);
            Assert.Equal([4f, 8, 12], Device.Read(program, s_plan.Slot("out")));
        }

        Assert.Equal(0, api.Live);
        return count;
    }
}
