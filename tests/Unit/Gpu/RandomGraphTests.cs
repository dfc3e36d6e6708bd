using Nn.Backends;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Tests.Unit.Planning;
using Nn.Tests.Unit.Vulkan;

namespace Nn.Tests.Unit.Gpu;

[Collection(OpenCl.Device.Collection)]
public class OpenClRandomGraphTests : RandomGraphTests
{
    protected override IBackend Backend() => OpenCl.Device.Shared;

    protected override void Poison(IProgram program) => ((OpenClProgram)program).Poison();
}

[Collection(nameof(VulkanTest))]
public class VulkanRandomGraphTests : RandomGraphTests
{
    protected override IBackend Backend() => VulkanFusedTests.Shared;

    protected override void Poison(IProgram program) => ((VulkanProgram)program).Poison(0xFF);
}

/// <summary>Small random graphs on a GPU backend against the reference.</summary>
public abstract class RandomGraphTests
{
    private const int GraphsPerBlock = 20;

    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 10)];

    protected abstract IBackend Backend();

    protected abstract void Poison(IProgram program);

    [SkippableTheory]
    [MemberData(nameof(Blocks))]
    public void Random_graphs_compute_what_the_reference_does_and_repeat_bit_for_bit(int block)
    {
        IBackend backend = Backend();
        int[] seeds = [.. Enumerable.Range(block * GraphsPerBlock, GraphsPerBlock)];
        (Plan plan, IReadOnlyList<Slot> inputs) = RandomGraph.Make(seeds);
        // One program for many graphs: a compiler takes long to start.
        using IProgram expected = new ReferenceBackend().Load(plan), actual = backend.Load(plan);
        foreach (int seed in seeds)
        {
            string prefix = RandomGraph.Prefix(seed);
            Slot[] slots = [.. plan.Slots.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal))];
            float[][] Run(IProgram program)
            {
                foreach (Slot input in slots.Intersect(inputs)) program.Write(input, PlannerTests.Values(input, seed));
                program.Run(plan.Entry(prefix + "step"), 2);
                return [.. slots.Select(s => PlannerTests.Floats(program, s))];
            }

            float[][] reference = Run(expected);
            Poison(actual);
            float[][] first = Run(actual), second = Run(actual);
            for (int i = 0; i < slots.Length; i++)
            {
                try
                {
                    PlannerTests.AssertClose(seed, slots[i], reference[i], first[i], 1e-3f);
                }
                catch (Xunit.Sdk.XunitException e)
                {
                    Assert.Fail($"{e.Message}\n{Listing(RandomGraph.Make(seed).Plan)}");
                }

                Assert.Equal(first[i].Select(BitConverter.SingleToInt32Bits), second[i].Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    // The graph as a list of its operations, and the kernels that it became.
    private static string Listing(Plan plan)
    {
        Graph graph = plan.Entry("step").Graph;
        return string.Join('\n', graph.Nodes.Select(n => n.Op == LeafOps.Read ? $"{n} from {n.Slot}" : $"{n} {n.Attributes}")
            .Concat(graph.Assignments.Select(a => $"{a.Slot} = %{a.Value.Id}")).Append(PlanText.Write(plan)));
    }
}
