using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Training;

namespace Nn.Tests.Unit.Gpu;

/// <summary>Launches that may run together touch no memory in common, as far as a device binds it: from a multiple of its alignment on.</summary>
public class WaitTests
{
    private const string Loop = """
        model net { lstm 6; dropout 0.2; dense 1 }
        data d { builtin waves, samples: 60; split 80/20 }
        train { loss mse; optimizer adam(lr: 0.01); batch 16 }
        """;

    private const string Images = """
        model net { input 28x28x1; conv 3, 3x3, relu; maxpool 2x2; flatten; dense classes, softmax }
        data d { builtin digits, samples: 100; split 80/20 }
        train { loss cross_entropy; optimizer sgd(lr: 0.1, momentum: 0.9); batch 16 }
        """;

    [Theory]
    [InlineData(Loop, 64)]
    [InlineData(Loop, 256)]
    [InlineData(Images, 64)]
    [InlineData(Images, 256)]
    public void Launches_that_do_not_wait_share_nothing_that_is_written(string script, int alignment)
    {
        using var session = new Script(script).Load();
        var limits = new GpuLimits(1024, 32 << 10, 16, 65535, 8) { BindingAlignment = alignment };
        foreach (Entry entry in session.Plan.Plan.Entries)
        {
            var together = new List<(Arena Arena, long From, long To, bool Written)>();
            foreach (Launch launch in LaunchPlanner.Plan(entry, limits).Launches)
            {
                (Arena Arena, long From, long To, bool Written)[] own = [.. launch.Buffers.Select((b, i) =>
                    (b.Arena, b.Offset - b.Offset % alignment, (b.Offset + b.Bytes + alignment - 1) / alignment * alignment,
                        launch.Kernel.Buffers[i].Written))];
                if (launch.Waits) together.Clear();
                foreach (var mine in own)
                {
                    foreach (var other in together)
                        Assert.False(mine.Arena == other.Arena && mine.From < other.To && other.From < mine.To && (mine.Written || other.Written),
                            $"{entry.Name}: {launch.Kernel.Name} does not wait for {other.Arena} {other.From}..{other.To}");
                }

                together.AddRange(own);
            }
        }
    }
}
