using Nn.Backends.Vulkan;
using Nn.Files;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;
using Nn.Tests.Unit.Planning;

namespace Nn.Tests.Unit.Vulkan;

public class VulkanProgramTests : VulkanTest
{
    private static readonly DiskCache NoCache = new("/dev/null");

    [SkippableFact]
    public void Random_graphs_compute_what_they_say()
    {
        using var backend = new VulkanBackend(Device(), NoCache, ShaderCode.Of);
        int run = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            (Plan plan, _) = RandomGraph.Make(seed);
            if (!plan.Entry("step").Steps.All(s => backend.Supports(s, out _))) continue;
            run++;
            RandomPlans.AgreesWithTheReference(backend, seed, p => ((VulkanProgram)p).Poison(0xFF));
        }

        Assert.NotEqual(0, run);
    }
}
