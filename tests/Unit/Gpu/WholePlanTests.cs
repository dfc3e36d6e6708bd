using Nn.Backends;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Nn.Files;
using Nn.Planning;
using Nn.Tests.Unit.Planning;
using Nn.Tests.Unit.Training;
using Nn.Tests.Unit.Vulkan;
using Nn.Training;

namespace Nn.Tests.Unit.Gpu;

[Collection(OpenCl.Device.Collection)]
public class OpenClPlanTests : WholePlanTests
{
    protected override IBackend Backend() => OpenCl.Device.Shared;

    protected override void Poison(IProgram program) => ((OpenClProgram)program).Poison();
}

[Collection(nameof(VulkanTest))]
public class VulkanPlanTests : WholePlanTests
{
    protected override IBackend Backend() => VulkanFusedTests.Shared;

    protected override void Poison(IProgram program) => ((VulkanProgram)program).Poison(0xFF);
}

/// <summary>Whole plans on a GPU backend: small random graphs against the reference, trainings against themselves.</summary>
public abstract class WholePlanTests
{
    private const int GraphsPerBlock = 20;

    // Dropout, random numbers, a smaller last batch, running sums, momentum, a schedule.
    private const string Training = """
        model net {
          dense 16, tanh
          dropout 0.3
          dense classes, softmax
        }
        data d {
          builtin moons, samples: 130, noise: 0.3, seed: 2
          split 80/20
          normalize standard
        }
        train {
          loss cross_entropy + 1e-3 * l2
          optimizer adam(lr: 0.01)
          schedule cosine(warmup: 1 epoch)
          epochs 3
          batch 16
          metrics accuracy
          seed 3
        }
        """;

    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 10)];

    protected abstract IBackend Backend();

    protected abstract void Poison(IProgram program);

    [SkippableTheory]
    [MemberData(nameof(Blocks))]
    public void Random_graphs_compute_what_the_reference_does_and_repeat_bit_for_bit(int block)
    {
        IBackend backend = Backend();
        // Software devices compile on the processor that is to run everything else, too: they get every other graph.
        int[] seeds = [.. Enumerable.Range(block * GraphsPerBlock, GraphsPerBlock).Where(s => !backend.Device.Software || s % 2 == 0)];
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
                    Assert.Fail($"{e.Message}\n{PlanText.Write(RandomGraph.Make(seed).Plan)}");
                }

                Assert.Equal(first[i].Select(BitConverter.SingleToInt32Bits), second[i].Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    [SkippableFact]
    public void A_training_repeats_bit_for_bit_and_agrees_with_the_CPU()
    {
        var script = new Script(Training);
        using TrainingSession cpu = script.Load(), one = script.Load(Backend()), two = script.Load(Backend());
        var losses = new List<double>[3];
        TrainingSession[] sessions = [cpu, one, two];
        for (int i = 0; i < 3; i++)
        {
            var trainer = new Trainer(sessions[i]);
            List<double> all = losses[i] = [];
            trainer.OnEpoch = e => all.Add(e.Metrics["loss"]);
            Poison(sessions[i]);
            Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        }

        Assert.Equal(Script.State(one), Script.State(two));
        Assert.Equal(losses[1], losses[2]);
        // Rounding differs and grows from step to step; a wrong gradient or random number would show in the first digits.
        Assert.All(losses[0].Zip(losses[1]), l => Assert.Equal(l.First, l.Second, 1e-4));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    public void A_training_stopped_anywhere_and_resumed_ends_in_the_same_bits(int steps)
    {
        var script = new Script(Training);
        using TrainingSession whole = script.Load(Backend()), first = script.Load(Backend()), second = script.Load(Backend());
        new Trainer(whole).Run(default);
        var trainer = new Trainer(first);
        ResumeTests.StopAfter(first, trainer, steps);
        Safetensors checkpoint = Checkpoint.Capture(first, trainer.State, Training);
        var resumed = new Trainer(second);
        Checkpoint.Restore(second, resumed.State, ResumeTests.Stored(checkpoint), "test");
        Poison(second);
        resumed.Run(default);
        Assert.Equal(Script.State(whole), Script.State(second));
    }

    private void Poison(TrainingSession session)
    {
        if (session.Program is OpenClProgram or VulkanProgram) Poison(session.Program);
    }
}
