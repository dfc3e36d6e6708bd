using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Gpu;

/// <summary>How steps become launches.</summary>
public class LaunchTests
{
    private static readonly GpuLimits s_large = new(1024, 48 * 1024, 16, 65535, 132);
    private static readonly GpuLimits s_small = new(64, 16 * 1024, 8, 65535, 2);

    private static MatMulStep Product(int m, int n, int k, int batch = 1)
    {
        var arena = new Arena("work", persistent: false);
        Slot Slot(int rows, int columns) => new("slot", new Shape(batch, rows, columns), DType.F32, arena, arena.Reserve((long)batch * rows * columns * 4));
        return new MatMulStep(new MatMulGeometry(batch, m, n, k, false, false, (long)m * k, (long)k * n), Slot(m, k), Slot(k, n), Slot(m, n), null);
    }

    private static IReadOnlyList<Launch> Launches(PlanStep step, GpuLimits limits, Arena? scratch = null) =>
        [.. MatMulLaunches.Of((MatMulStep)step, limits, scratch ?? new Arena("scratch", persistent: false))];

    [Fact]
    public void Large_products_take_the_large_tile_where_it_fits()
    {
        var kernel = (TunedKernel)Assert.Single(Launches(Product(4096, 4096, 4096), s_large)).Kernel;
        Assert.Contains(new KernelSetting("TILE_M", 128), kernel.Settings);
        Assert.Contains(new KernelSetting("VECTOR_A", 1), kernel.Settings);
        Assert.All(Launches(Product(4096, 4096, 4096), s_small), l => Assert.InRange(l.Kernel.GroupSize.X, 1, s_small.MaxGroupSize));
    }

    [Fact]
    public void Tiny_products_take_no_tiles() =>
        Assert.Equal("matmul_small", ((TunedKernel)Assert.Single(Launches(Product(4, 8, 2), s_large)).Kernel).Source);

    [Fact]
    public void Small_products_of_great_depth_are_divided_and_added_up()
    {
        var scratch = new Arena("scratch", persistent: false);
        IReadOnlyList<Launch> launches = Launches(Product(256, 256, 100_000), s_large, scratch);
        Assert.Equal(["matmul", "add_parts"], launches.Select(l => ((TunedKernel)l.Kernel).Source));
        int parts = launches[0].Groups.Z;
        Assert.InRange(parts, 2, 256);
        Assert.Equal(parts, launches[1].Constants[1]);
        Assert.Equal(256L * 256 * 4 * parts, scratch.Bytes);
        Assert.Equal(launches[0].Buffers[2], launches[1].Buffers[0]);
    }

    [Fact]
    public void Parts_take_no_more_memory_than_devices_have_to_spare()
    {
        foreach ((int m, int n) in new[] { (256, 256), (1536, 384), (4000, 4000) })
        {
            Assert.All(ProductVariant.Ranked(new(1, m, n, 1_000_000), s_large, 1).Where(v => v.Variant.Parts > 1),
                v => Assert.InRange(4L * m * n * v.Variant.Parts, 1, 64 << 20));
        }
    }

    [Fact]
    public void Parts_cover_the_depth_once()
    {
        foreach (int depth in new[] { 100, 1000, 1024, 99_999 })
        {
            foreach (TileShape tile in TileShape.All)
            {
                int part = ProductVariant.PartDepth(tile, 4, depth), parts = (depth + part - 1) / part;
                Assert.Equal(0, part % tile.K);
                Assert.True((parts - 1) * part < depth && parts * part >= depth);
            }
        }
    }

    [Fact]
    public void Tiles_share_their_loads_evenly_among_invocations()
    {
        foreach (TileShape tile in TileShape.All)
        {
            Assert.Equal(0, tile.M * tile.K % (tile.Threads * 4));
            Assert.Equal(0, tile.N * tile.K % (tile.Threads * 4));
            // Thirty-two invocations make a block of up to eight columns.
            int columns = Math.Min(8, tile.N / tile.ThreadN);
            Assert.Equal(0, tile.N / tile.ThreadN % columns);
            Assert.Equal(0, tile.M / tile.ThreadM % (32 / columns));
        }
    }

    [Fact]
    public void Many_matrices_are_taken_in_as_many_launches_as_the_device_needs()
    {
        var limits = s_large with { MaxGroups = 100 };
        IReadOnlyList<Launch> launches = Launches(Product(256, 256, 256, batch: 250), limits);
        Assert.Equal([100, 100, 50], launches.Select(l => l.Groups.Z));
        Assert.Equal([0, 100, 200], launches.Select(l => l.Constants[6]));
    }

    [Fact]
    public void Copies_merge_axes_that_run_on_from_each_other()
    {
        var arena = new Arena("work", persistent: false);
        Slot from = new("from", new Shape(4, 5, 6), DType.F32, arena, 0), to = new("to", new Shape(4, 5, 12), DType.F32, arena, 4096);
        Launch launch = Assert.Single(CopyLaunches.Of(new CopyStep(new Movement(from.Shape, [30, 6, 1], 0, [60, 12, 1], 6, Clear: false), from, to), s_large));
        Assert.Contains(new KernelSetting("AXES", 2), ((TunedKernel)launch.Kernel).Settings);
        Assert.Equal([120, 0, 6, 6], launch.Constants.Take(4));
    }

    [Fact]
    public void Byte_rows_of_whole_words_move_as_words()
    {
        var arena = new Arena("work", persistent: false);
        string Source(int width, long offset)
        {
            Slot table = new("table", new Shape(10, width), DType.U8, arena, offset), index = new("index", new Shape(3), DType.I32, arena, 4096);
            var step = new GatherStep(new GatherGeometry(10, width), table, index, new Slot("rows", new Shape(3, width), DType.U8, arena, 8192));
            return ((TunedKernel)Assert.Single(IndexLaunches.Of(step, s_large)).Kernel).Source;
        }

        Assert.Equal("gather", Source(784, 0));
        Assert.Equal("gather_bytes", Source(784, 2));
        Assert.Equal("gather_bytes", Source(783, 0));
    }

    [Fact]
    public void Launches_as_text_name_step_kernel_groups_and_waits()
    {
        MatMulStep product = Product(256, 256, 100_000);
        var entry = new Entry("run", new GraphBuilder().Build(), [product]);
        string[] lines = LaunchText.Write(new Plan([product.C.Arena], [], [entry]), "card", s_large).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        IReadOnlyList<Launch> launches = Launches(product, s_large);
        int parts = launches[0].Groups.Z;
        Assert.Equal($"run on card: 2 launches, 1 waiting for earlier ones, {256L * 256 * 4 * parts:N0} bytes of scratch", lines[0]);
        Assert.Matches($@"^ +1 matmul [\d.]+ +{launches[0].Groups.X}×1×{parts} groups of {launches[0].Kernel.GroupSize.X}$", lines[1]);
        Assert.Matches(@"^ +1 add_parts +256 groups of 256, waits$", lines[2]);
    }
}
