using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning.Gpu;

/// <summary>Launches of convolutions and their gradients, as products whose operands are found in images; without epilogues.</summary>
internal static class ConvLaunches
{
    // Finding an element of an image takes a few divisions.
    private const int Addressing = 3;

    // From here on it pays to compile a kernel for the very geometry.
    private const long FixedFlops = 50_000_000;

    private static readonly string[] s_geometry =
    [
        "IMAGE_HEIGHT", "IMAGE_WIDTH", "OUT_HEIGHT", "OUT_WIDTH", "GROUP_CHANNELS", "GROUP_FEATURES", "GROUPS", "WINDOW_WIDTH",
        "STRIDE_Y", "STRIDE_X", "TOP", "LEFT", "DILATION_Y", "DILATION_X",
    ];

    /// <summary>The pass in the variant that suits its shape.</summary>
    public static IEnumerable<Launch> Of(ConvStep step, GpuLimits limits, Arena scratch)
    {
        LaunchGrid.CheckAddressable(step.A, step.B, step.C);
        ConvAttributes a = step.Attributes;
        int channels = step.Weights[2], features = step.Weights[3] / a.Groups, taps = step.Weights[0] * step.Weights[1];
        int imagePixels = checked((int)step.Image.Range(0, 3).Count), outPixels = checked((int)step.Output.Range(0, 3).Count);
        int tapStepY = a.StrideY / Gcd(a.StrideY, a.DilationY), tapStepX = a.StrideX / Gcd(a.StrideX, a.DilationX);
        (string source, int rows, int width, int depth, int neighboursA, int neighboursB) = step.Pass switch
        {
            ConvPass.Forward => ("conv_forward", outPixels, features, taps * channels, channels, features),
            ConvPass.InputGradient => ("conv_input_gradient", imagePixels, channels, taps * features, features, features),
            _ => ("conv_weight_gradient", taps * channels, features, outPixels, channels, features),
        };
        var product = new ProductShape(a.Groups, rows, width, depth);
        if (step.Pass == ConvPass.InputGradient)
        {
            // A product for each phase of the stride; the largest of them counts.
            int phaseRows = step.Image[0] * Parts(step.Image[1], a.StrideY) * Parts(step.Image[2], a.StrideX);
            product = new(a.Groups * a.StrideY * a.StrideX, phaseRows, width, Parts(step.Weights[0], tapStepY) * Parts(step.Weights[1], tapStepX) * features);
        }

        if (step.C.Shape.Count == 0) yield break;
        ProductVariant variant = ProductVariant.Choose(product, limits, Addressing);
        int columns = width * a.Groups;
        int[] geometry =
        [
            step.Image[1], step.Image[2], step.Output[1], step.Output[2], channels, features, a.Groups, step.Weights[1],
            a.StrideY, a.StrideX, a.Top, a.Left, a.DilationY, a.DilationX,
        ];
        KernelSetting[] settings =
        [
            .. (variant.Tile ?? TileShape.All[^1]).Settings,
            new("VECTOR_A", variant.Tile is null ? 0 : Vectors(step.A, neighboursA)), new("VECTOR_B", variant.Tile is null ? 0 : Vectors(step.B, neighboursB)),
            new("VARIANT", variant.Tile is not null ? 0 : variant.DotGroup == 0 ? 1 : 2),
            .. step.Flops < FixedFlops ? [] : geometry.Select((value, i) => new KernelSetting("FIXED_" + s_geometry[i], value)),
        ];
        int threads = variant.Tile?.Threads ?? (variant.DotGroup > 0 ? variant.DotGroup : LaunchGrid.GroupSize(limits));
        var kernel = TunedKernel.Of(source, threads, [DType.F32, DType.F32, DType.F32], settings);
        long elements = (long)rows * columns;
        BufferRange target = variant.Parts == 1 ? BufferRange.Of(step.C) : PartialSums.Reserve(scratch, step.C, variant.Parts);
        int partDepth = variant.Tile is { } tile ? ProductVariant.PartDepth(tile, variant.Parts, product.Depth) : depth;
        (int X, int Y, int Z) groups = variant switch
        {
            { Tile: { } t } => LaunchGrid.Of((long)Parts(product.Rows, t.M) * Parts(width, t.N), limits, product.Layers * variant.Parts),
            { DotGroup: > 0 } => LaunchGrid.Of(elements, limits),
            _ => LaunchGrid.OfElements(elements, limits),
        };
        yield return kernel.Launch(
            step, groups, [BufferRange.Of(step.A), BufferRange.Of(step.B), target], [rows, width, depth, partDepth, columns, .. geometry[..8], step.Weights[0], step.Image[0], tapStepY, tapStepX, .. geometry[8..]]);
        if (variant.Parts > 1) yield return PartialSums.Add(step, target, step.C, variant.Parts, columns, limits);
    }

    private static int Parts(int whole, int part) => (whole + part - 1) / part;

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    // Whether every four neighbouring channels from a multiple of four on are aligned and belong to one group.
    private static int Vectors(Slot slot, int neighbours) => slot.Offset % 16 == 0 && neighbours % 4 == 0 ? 1 : 0;
}
