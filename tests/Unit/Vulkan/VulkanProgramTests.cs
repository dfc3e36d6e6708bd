using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Vulkan;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;
using Nn.Tests.Unit.Planning;

namespace Nn.Tests.Unit.Vulkan;

public class VulkanProgramTests : VulkanTest
{
    [SkippableFact]
    public void The_same_bits_come_out_again_however_the_runs_are_cut()
    {
        using VulkanBackend backend = Open(Device());
        for (int seed = 0; seed < 3; seed++)
        {
            (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(seed);
            byte[] Run(params int[] times)
            {
                using IProgram program = backend.Load(plan);
                RandomPlans.Fill(program, inputs, seed);
                foreach (int t in times) program.Run(plan.Entry("step"), t);
                return [.. plan.Slots.SelectMany(s => RandomPlans.Bytes(program, s))];
            }

            byte[] once = Run(40);
            Assert.Equal(once, Run(40));
            Assert.Equal(once, Run(1, 1, 35, 3));
        }
    }

    [SkippableFact]
    public void A_model_moves_to_another_program_bit_for_bit()
    {
        using VulkanBackend backend = Open(Device());
        (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(1);
        using IProgram through = backend.Load(plan), first = backend.Load(plan), second = backend.Load(plan);
        RandomPlans.Fill(through, inputs, 1);
        RandomPlans.Fill(first, inputs, 1);
        through.Run(plan.Entry("step"), 5);
        first.Run(plan.Entry("step"), 2);
        foreach (Slot s in plan.Slots) second.Write(s, RandomPlans.Bytes(first, s));
        second.Run(plan.Entry("step"), 3);
        foreach (Slot s in plan.Slots) Assert.Equal(RandomPlans.Bytes(through, s), RandomPlans.Bytes(second, s));
    }

    [SkippableFact]
    public void Runs_follow_each_other_on_the_same_memory()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(5);
        using IProgram program = backend.Load(plan);
        // Batches, single runs, several submissions.
        Assert.Equal([9262f, 18524, 27786, 37048, 46310], Accumulation.Run(program, plan, [1, 2, 3, 4, 5], 1, 3000, 63, 64, 65, 0, 1438));
    }

    [SkippableFact]
    public void Long_runs_are_cut_into_submissions_and_short_ones_are_not()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(100);
        Entry step = plan.Entry("step");
        long Submissions(double secondsEach)
        {
            using var program = (VulkanProgram)backend.Load(plan);
            program.SubmissionClock = new Clock(secondsEach);
            program.Run(step, 1);
            Assert.Equal(1, program.SubmissionCount);
            program.Run(step, 500);
            return program.SubmissionCount - 1;
        }

        // Where a single step takes longer than a submission should, each is one, as far as steps are recorded one by one.
        long slow = Submissions(1), quick = Submissions(0);
        Assert.InRange(quick, 1, 4);
        Assert.InRange(slow, 2 * quick, 500);
    }

    [SkippableFact]
    public void A_long_run_is_recorded_in_pieces()
    {
        // x ← x·P·P·P, where P moves the columns one to the right.
        const int n = 640;
        var b = new PlanBuilder();
        var g = new GraphBuilder();
        Slot x = b.Slot("in", "x", new Shape(n, n), DType.F32), shift = b.Slot("in", "shift", new Shape(n, n), DType.F32);
        Node value = g.Read(x);
        for (int i = 0; i < 3; i++) value = g.MatMul(value, g.Read(shift));
        g.Assign(x, value);
        b.Entry("step", g.Build());
        Plan plan = b.Build();
        using VulkanBackend backend = Open(Device());
        using var program = (VulkanProgram)backend.Load(plan);
        Assert.True(program.Pieces(plan.Entry("step")) > 1);
        float[] values = [.. Enumerable.Range(0, n * n).Select(i => (float)(i % 1009))], p = new float[n * n];
        for (int i = 0; i < n; i++) p[i * n + (i + 1) % n] = 1;
        program.Write(x, MemoryMarshal.AsBytes(values.AsSpan()));
        program.Write(shift, MemoryMarshal.AsBytes(p.AsSpan()));
        program.Run(plan.Entry("step"), 2);
        float[] moved = [.. Enumerable.Range(0, n * n).Select(i => values[i / n * n + (i % n + n - 6) % n])];
        Assert.Equal(moved, MemoryMarshal.Cast<byte, float>(RandomPlans.Bytes(program, x)).ToArray());
    }

    [SkippableFact]
    public void Memory_starts_as_zeros()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(1000);
        using IProgram program = backend.Load(plan);
        Assert.Equal(new float[1000], Accumulation.Out(program, plan));
    }

    [SkippableFact]
    public void Large_slots_pass_through_the_staging_buffer_in_parts()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(5_000_001);
        using IProgram program = backend.Load(plan);
        float[] x = [.. Enumerable.Range(0, 5_000_001).Select(i => (float)(i % 1000))];
        Assert.Equal(x.Select(v => 2 * v), Accumulation.Run(program, plan, x, 1));
    }

    [SkippableFact]
    public void A_run_allocates_nothing()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(64);
        using IProgram program = backend.Load(plan);
        Entry step = plan.Entry("step");
        var bytes = new byte[256];
        void All()
        {
            program.Write(plan.Slots[0], bytes);
            program.Run(step, 2000);
            program.Read(plan.Slots[0], bytes);
        }

        All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        All();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [SkippableFact]
    public void Slots_of_the_wrong_kind_or_length_are_misuse()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(4);
        using IProgram program = backend.Load(plan);
        Assert.Throws<ArgumentException>(() => program.Write(plan.Slot("x"), new byte[12]));
        var work = new Slot("t", new Shape(4), DType.F32, plan.Arenas.Single(a => !a.Persistent), 0);
        Assert.Throws<ArgumentException>(() => program.Read(work, new byte[16]));
    }

    [SkippableFact]
    public void A_program_that_is_disposed_of_does_not_run()
    {
        using VulkanBackend backend = Open(Device());
        Plan plan = Accumulation.Of(4);
        IProgram program = backend.Load(plan);
        program.Dispose();
        program.Dispose();
        Assert.Throws<ObjectDisposedException>(() => program.Run(plan.Entry("step"), 1));
        Assert.Throws<ObjectDisposedException>(() => program.Read(plan.Slot("out"), new byte[16]));
    }

    [SkippableFact]
    public void Thousand_loads_and_disposals_leave_nothing_behind()
    {
        Device();
        var vulkan = new HookedVulkan();
        using (var instance = new VulkanInstance(vulkan.Api, null))
        {
            using VulkanBackend backend = Open(Device(instance));
            Plan plan = Accumulation.Of(1 << 16);
            void Load()
            {
                using IProgram program = backend.Load(plan);
                program.Run(plan.Entry("step"), 1);
            }

            for (int i = 0; i < 100; i++) Load();
            IReadOnlyDictionary<string, int> objects = vulkan.Live;
            long memory = Resident();
            for (int i = 0; i < 1000; i++) Load();
            Assert.Equal(objects, vulkan.Live);
            // Half a megabyte a load would be 500 MB.
            Assert.InRange(Resident() - memory, long.MinValue, 48 << 20);
        }

        Assert.Empty(vulkan.Live);
    }

    private static long Resident()
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    // At every look so much later.
    private sealed class Clock(double seconds) : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
