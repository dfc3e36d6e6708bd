using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches of convolutions and their gradients, as products whose operands are found in images; without epilogues.</summary>
internal static class ConvLaunches
{
    /// <summary>What finding an element costs, where 1 is a plain matrix: a few divisions.</summary>
    public const int Addressing = 3;

    // From here on it pays to compile a kernel for the very geometry.
    private const long FixedFlops = 50_000_000;

    private static readonly string[] s_geometry =
    [
        "IMAGE_HEIGHT", "IMAGE_WIDTH", "OUT_HEIGHT", "OUT_WIDTH", "GROUP_CHANNELS", "GROUP_FEATURES", "GROUPS", "WINDOW_WIDTH",
        "STRIDE_Y", "STRIDE_X", "TOP", "LEFT", "DILATION_Y", "DILATION_X",
    ];

    /// <summary>What is computed, as <see cref="ProductChoices"/> calls it: the body, and how far the window moves over how many channels.</summary>
    public static string Pass(ConvGeometry g) =>
        $"{Body(g.Pass)} {g.Weights[0]}x{g.Weights[1]} /{g.Attributes.StrideY}x{g.Attributes.StrideX} {g.Image[1]}x{g.Image[2]}";

    /// <summary>The size of the product; of an input gradient, that of the largest phase of the stride.</summary>
    public static ProductShape Shape(ConvGeometry g)
    {
        ConvAttributes a = g.Attributes;
        int channels = g.Weights[2], features = g.Weights[3] / a.Groups, taps = g.Weights[0] * g.Weights[1];
        int outPixels = checked((int)g.Output.Range(0, 3).Count);
        (int stepY, int stepX) = TapSteps(a);
        return g.Pass switch
        {
            ConvPass.Forward => new(a.Groups, outPixels, features, taps * channels),
            ConvPass.InputGradient => new(
                a.Groups * a.StrideY * a.StrideX, checked(g.Image[0] * Parts(g.Image[1], a.StrideY) * Parts(g.Image[2], a.StrideX)), channels,
                Parts(g.Weights[0], stepY) * Parts(g.Weights[1], stepX) * features),
            _ => new(a.Groups, taps * channels, features, outPixels),
        };
    }

    /// <summary>The pass in the variant that suits its shape.</summary>
    public static IEnumerable<Launch> Of(ConvStep step, GpuLimits limits, Arena scratch)
    {
        LaunchGrid.CheckAddressable(step.A, step.B, step.C);
        if (step.C.Shape.Count == 0) yield break;
        ConvGeometry g = step.Geometry;
        ConvAttributes a = g.Attributes;
        ProductShape product = Shape(g);
        ProductVariant variant = ProductVariant.Choose(Pass(g), product, limits, Addressing);
        int channels = g.Weights[2], features = g.Weights[3] / a.Groups, width = product.Columns;
        int rows = checked((int)(step.C.Shape.Count / ((long)width * a.Groups)));
        (int neighboursA, int neighboursB) = g.Pass == ConvPass.InputGradient ? (features, features) : (channels, features);
        (int tapStepY, int tapStepX) = TapSteps(a);
        int columns = width * a.Groups;
        int[] geometry =
        [
            g.Image[1], g.Image[2], g.Output[1], g.Output[2], channels, features, a.Groups, g.Weights[1],
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
        var kernel = TunedKernel.Of(Body(g.Pass), threads, [DType.F32, DType.F32, DType.F32], settings);
        long elements = (long)rows * columns;
        BufferRange target = variant.Parts == 1 ? BufferRange.Of(step.C) : PartialSums.Reserve(scratch, step.C, variant.Parts);
        int partDepth = variant.Tile is { } tile ? ProductVariant.PartDepth(tile, variant.Parts, product.Depth) : product.Depth;
        (int X, int Y, int Z) groups = variant switch
        {
            { Tile: { } t } => LaunchGrid.Of((long)Parts(product.Rows, t.M) * Parts(width, t.N), limits, product.Layers * variant.Parts),
            { DotGroup: > 0 } => LaunchGrid.Of(elements, limits),
            _ => LaunchGrid.OfElements(elements, limits),
        };
        yield return kernel.Launch(
            step, groups, [BufferRange.Of(step.A), BufferRange.Of(step.B), target],
            [rows, width, product.Depth, partDepth, columns, .. geometry[..8], g.Weights[0], g.Image[0], tapStepY, tapStepX, .. geometry[8..]]);
        if (variant.Parts > 1) yield return PartialSums.Add(step, target, step.C, variant.Parts, columns, limits);
    }

    private static string Body(ConvPass pass) => pass switch
    {
        ConvPass.Forward => "conv_forward",
        ConvPass.InputGradient => "conv_input_gradient",
        _ => "conv_weight_gradient",
    };

    // Taps of one phase of the stride lie so far apart.
    private static (int Y, int X) TapSteps(ConvAttributes a) => (a.StrideY / Gcd(a.StrideY, a.DilationY), a.StrideX / Gcd(a.StrideX, a.DilationX));

    private static int Parts(int whole, int part) => (whole + part - 1) / part;

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    // Whether every four neighbouring channels from a multiple of four on are aligned and belong to one group.
    private static int Vectors(Slot slot, int neighbours) => slot.Offset % 16 == 0 && neighbours % 4 == 0 ? 1 : 0;
}
