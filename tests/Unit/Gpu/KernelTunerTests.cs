using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Tests.Unit.Gpu;

/// <summary>Timing variants and remembering the fastest.</summary>
public class KernelTunerTests
{
    private static readonly GpuLimits s_limits = new(1024, 48 * 1024, 16, 65535, 132);
    private static readonly ProductShape s_shape = new(1, 512, 512, 512);

    private static Plan Plan()
    {
        var b = new PlanBuilder();
        var g = new GraphBuilder();
        Slot left = b.Slot("in", "left", new Shape(512, 512), DType.F32), right = b.Slot("in", "right", new Shape(512, 512), DType.F32),
            result = b.Slot("out", "result", new Shape(512, 512), DType.F32);
        g.Assign(result, g.MatMul(g.Read(left), g.Read(right)));
        b.Entry("run", g.Build());
        return b.Build();
    }

    [Fact]
    public void The_fastest_variant_is_kept_for_its_device_alone()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        var limits = s_limits with { Choices = new ProductChoices(cache, "card, driver 1") };
        ProductVariant usual = ProductVariant.Choose("matmul nn", s_shape, limits);
        ProductVariant fast = ProductVariant.Ranked(s_shape, limits, 1).Skip(2).First().Variant;
        using var device = new FakeDevice(() => limits.Choices.Find("matmul nn", s_shape) == fast ? 0 : 2);
        TunedProduct tuned = Assert.Single(KernelTuner.Tune(device, limits, Plan()));
        Assert.Equal(("matmul nn 512x512x512", usual.ToString(), fast.ToString()), (tuned.Product, tuned.Before, tuned.Chosen));
        Assert.True(tuned.Seconds < tuned.SecondsBefore);
        Assert.Equal(fast, new ProductChoices(cache, "card, driver 1").Find("matmul nn", s_shape));
        Assert.Null(new ProductChoices(cache, "card, driver 2").Find("matmul nn", s_shape));
        Assert.Equal(fast, ProductVariant.Choose("matmul nn", s_shape, s_limits with { Choices = new ProductChoices(cache, "card, driver 1") }));
    }

    [Fact]
    public void Every_variant_is_read_as_it_was_written()
    {
        foreach ((ProductVariant variant, _) in ProductVariant.Ranked(new(1, 64, 64, 100_000), s_limits, 1))
        {
            Assert.True(ProductVariant.TryParse(variant.ToString(), out ProductVariant read));
            Assert.Equal(variant, read);
        }

        foreach (string damaged in new[] { "", "dot", "dot 0", "dot 96", "tile 1x1x1 in 1", "tile 64x64x16 in 0", "tile 64x64x16 in 9999999" })
            Assert.False(ProductVariant.TryParse(damaged, out _));
    }

    // Takes so many milliseconds a run.
    private sealed class FakeDevice(Func<int> milliseconds) : IBackend
    {
        public string Name => "fake";

        public DeviceInfo Device => throw new NotSupportedException();

        public IProgram Load(Plan plan) => new Program(milliseconds);

        public void Dispose()
        {
        }

        private sealed class Program(Func<int> milliseconds) : IProgram
        {
            public void Write(Slot slot, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

            public void Read(Slot slot, Span<byte> bytes) => throw new NotSupportedException();

            public void Run(Entry entry, int times)
            {
                if (milliseconds() > 0) Thread.Sleep(milliseconds() * times);
            }

            public void Dispose()
            {
            }
        }
    }
}
