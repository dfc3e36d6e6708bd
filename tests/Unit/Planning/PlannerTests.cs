using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

public class PlannerTests
{
    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Plans_of_random_graphs_compute_what_the_graphs_say(int block)
    {
        for (int seed = block * 20; seed < block * 20 + 20; seed++)
        {
            (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(seed);
            using IProgram expected = new ReferenceBackend().Load(plan), actual = new PlanInterpreter(plan);
            foreach (Slot input in inputs)
            {
                byte[] bytes = Values(input, seed);
                expected.Write(input, bytes);
                actual.Write(input, bytes);
            }

            // Twice: what the first run leaves behind is what the second starts from.
            expected.Run(plan.Entry("step"), 2);
            actual.Run(plan.Entry("step"), 2);
            foreach (Slot slot in plan.Slots) AssertClose(seed, slot, Floats(expected, slot), Floats(actual, slot));
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void The_CPU_computes_what_random_graphs_say_with_any_width_and_any_number_of_workers(int block)
    {
        for (int seed = block * 20; seed < block * 20 + 20; seed++)
        {
            (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(seed);
            using IProgram expected = new ReferenceBackend().Load(plan);
            foreach (Slot input in inputs) expected.Write(input, Values(input, seed));
            expected.Run(plan.Entry("step"), 2);
            VectorIsa[] widths = [.. VectorIsa.Available];
            using var cpu = new CpuBackend(1 + seed % 3) { Isa = widths[seed % widths.Length] };
            using var actual = (CpuProgram)cpu.Load(plan);
            foreach (Slot input in inputs) actual.Write(input, Values(input, seed));
            actual.Poison(0xFF);
            actual.Run(plan.Entry("step"), 2);
            foreach (Slot slot in plan.Slots) AssertClose(seed, slot, Floats(expected, slot), Floats(actual, slot), 1e-3f);
        }
    }

    [Fact]
    public void Temporaries_that_live_at_the_same_time_do_not_overlap()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            (Plan plan, _) = RandomGraph.Make(seed);
            IReadOnlyList<PlanStep> steps = plan.Entry("step").Steps;
            for (int i = 0; i < steps.Count; i++)
            {
                // What a kernel writes must not lie in what it reads: only elementwise programs work in place.
                if (steps[i] is FusedStep) continue;
                foreach (Slot w in steps[i].Writes.Where(w => steps[i] is CopyStep or MatMulStep))
                    Assert.DoesNotContain(steps[i] is MatMulStep m ? [m.A, m.B] : steps[i].Reads, r => r.Overlaps(w));
            }
        }
    }

    internal static byte[] Values(Slot slot, int seed)
    {
        var random = new Random(seed * 31 + slot.Name.Sum(c => c));
        float[] values = [.. Enumerable.Range(0, (int)slot.Shape.Count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        return MemoryMarshal.AsBytes<float>(values).ToArray();
    }

    internal static float[] Floats(IProgram program, Slot slot)
    {
        var values = new float[slot.Shape.Count];
        program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    internal static void AssertClose(int seed, Slot slot, float[] expected, float[] actual, float relative = 1e-5f)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            float tolerance = relative * (1 + Math.Abs(expected[i]));
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])),
                $"seed {seed}, {slot}, element {i}: {expected[i]} by the graph, {actual[i]} by the plan");
        }
    }
}
