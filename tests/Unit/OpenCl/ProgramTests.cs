using System.Diagnostics;
using Nn.Backends;
using Nn.Backends.OpenCl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;

namespace Nn.Tests.Unit.OpenCl;

[Collection(Device.Collection)]
public class ProgramTests
{
    [SkippableFact]
    public void Runs_follow_each_other_on_the_same_memory()
    {
        Plan plan = Accumulation.Of(5);
        using IProgram program = Device.Shared.Load(plan);
        Device.Write(program, plan.Slot("x"), [1, 2, 3, 4, 5]);
        // More than several portions.
        program.Run(plan.Entry("step"), 3000);
        program.Run(plan.Entry("step"), 1);
        Assert.Equal([6002f, 12004, 18006, 24008, 30010], Device.Read(program, plan.Slot("out")));
    }

    [SkippableFact]
    public void Memory_starts_as_zeros() => Assert.Equal(new float[1000], ReadFresh(Accumulation.Of(1000)));

    [SkippableFact]
    public void A_run_allocates_nothing()
    {
        Plan plan = Accumulation.Of(64);
        using IProgram program = Device.Shared.Load(plan);
        Entry step = plan.Entry("step");
        program.Run(step, 2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        program.Run(step, 2000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [SkippableFact]
    public void Slots_of_the_wrong_kind_or_length_are_misuse()
    {
        Plan plan = Accumulation.Of(4);
        using IProgram program = Device.Shared.Load(plan);
        Assert.Throws<ArgumentException>(() => program.Write(plan.Slot("x"), new byte[12]));
        var work = new Slot("t", new Shape(4), DType.F32, plan.Arenas.Single(a => !a.Persistent), 0);
        Assert.Throws<ArgumentException>(() => program.Read(work, new byte[16]));
    }

    [SkippableFact]
    public void A_program_that_is_disposed_of_does_not_run()
    {
        Plan plan = Accumulation.Of(4);
        IProgram program = Device.Shared.Load(plan);
        program.Dispose();
        program.Dispose();
        Assert.Throws<ObjectDisposedException>(() => program.Run(plan.Entry("step"), 1));
        Assert.Throws<ObjectDisposedException>(() => program.Read(plan.Slot("out"), new byte[16]));
    }

    [SkippableFact]
    public void Plans_larger_than_the_device_are_refused_with_the_numbers()
    {
        OpenClDevice device = Device.Require();
        DeviceInfo info = device.Info with { LargestAllocation = 1000, MemoryBytes = 4000 };
        using var small = new OpenClBackend(device with { Info = info }, Device.Api(), null, KernelSource.Write);
        var piece = Assert.Throws<NnException>(() => small.Load(Accumulation.Of(251)));
        Assert.Equal(ExitCode.OutOfMemory, piece.Code);
        Assert.Contains("1,004 bytes in one piece for in", piece.Message);
        Assert.Contains("at most 1,000", piece.Message);
        using var tiny = new OpenClBackend(device with { Info = info with { MemoryBytes = 1500 } }, Device.Api(), null, KernelSource.Write);
        var all = Assert.Throws<NnException>(() => tiny.Load(Accumulation.Of(200)));
        Assert.Equal(ExitCode.OutOfMemory, all.Code);
        Assert.Contains("needs 1,600 bytes", all.Message);
        Assert.Contains("has 1,500", all.Message);
    }

    [SkippableFact]
    public void A_device_that_cannot_be_used_says_why()
    {
        var e = Assert.Throws<NnException>(() => new OpenClBackend(Device.Require() with { Unusable = "it is too old" }));
        Assert.Equal(ExitCode.NoDevice, e.Code);
        Assert.Contains("it is too old", e.Message);
    }

    [SkippableFact]
    public void Thousand_loads_and_disposals_leave_nothing_behind()
    {
        Plan plan = Accumulation.Of(1 << 16);
        ClApi api = Device.Api();
        using OpenClBackend backend = Device.Open(api);
        void Load()
        {
            using IProgram program = backend.Load(plan);
            program.Run(plan.Entry("step"), 1);
        }

        for (int i = 0; i < 100; i++) Load();
        int objects = api.Live;
        long memory = Resident();
        for (int i = 0; i < 1000; i++) Load();
        Assert.Equal(objects, api.Live);
        // Half a megabyte a load would be 500 MB.
        Assert.InRange(Resident() - memory, long.MinValue, 32 << 20);
        backend.Dispose();
        Assert.Equal(0, api.Live);
    }

    private static float[] ReadFresh(Plan plan)
    {
        using IProgram program = Device.Shared.Load(plan);
        return Device.Read(program, plan.Slot("out"));
    }

    private static long Resident()
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
