using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

[Collection(GpuDevices.Collection)]
public class TimedStepsTests
{
    // With a loop, whose kernels are one step of the plan.
    private const string Script = """
        model net { lstm 6; dropout 0.2; dense 1 }
        data d { builtin waves, samples: 60; split 80/20 }
        train { loss mse; optimizer adam(lr: 0.01); batch 16 }
        """;

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Steps_that_are_timed_do_what_they_do_otherwise(string name)
    {
        using CpuBackend? cpu = name == "cpu" ? new CpuBackend(2) : null;
        IBackend backend = cpu ?? GpuDevices.Open(name);
        using TrainingSession usual = Load(backend), timed = Load(backend);
        Entry train = timed.Plan.Plan.Entry("train");
        Assert.Contains(train.Steps, s => s is ScanStep);
        usual.Repeat(3);
        double[] seconds = [];
        for (int i = 0; i < 3; i++) seconds = ((ITimedProgram)timed.Program).Time(train);
        Assert.Equal(Bits(usual), Bits(timed));
        Assert.Equal(train.Steps.Count, seconds.Length);
        Assert.All(seconds, s => Assert.InRange(s, 0, 10));
        // A loop takes time by every clock.
        Assert.True(seconds[train.Steps.ToList().FindIndex(s => s is ScanStep)] > 0);
        // And runs as usual go on from there.
        usual.Repeat(2);
        timed.Repeat(2);
        Assert.Equal(Bits(usual), Bits(timed));
        if (name == "vulkan") Assert.True(GpuDevices.Vulkan().Messages.Count == 0, string.Join("\n", GpuDevices.Vulkan().Messages));
    }

    private static TrainingSession Load(IBackend backend)
    {
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(new SourceText("test.nn", Script), BindOptions.None, spec => (data = DataLoader.Load(spec, [])).Schema);
        var session = new TrainingSession(backend, bound.Training!, data!);
        session.BeginEpoch();
        return session;
    }

    private static string Bits(TrainingSession session) => string.Join('\n', session.StateSlots.Select(s =>
    {
        var bytes = new byte[s.Bytes];
        session.Program.Read(s, bytes);
        return $"{s.Name} {Convert.ToHexString(bytes)}";
    }));
}
