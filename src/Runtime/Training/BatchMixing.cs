using MathNet.Numerics.Distributions;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// Mixes each sample of a training batch with the next one of it: mixup (Zhang et al. 2018) and cutmix (Yun et al. 2019). The host draws the numbers of each
/// step, as a function of seed and step.
/// </summary>
internal static class BatchMixing
{
    /// <summary>
    /// Numbers of a step: the share of its own that a sample keeps in the mixture, the edges of the box that comes from the other one (top, bottom, left,
    /// right; empty where they are equal), and the share of its own that its target keeps.
    /// </summary>
    public const int Numbers = 6;

    private const uint Stream = 0x6d697865;

    /// <summary>Draws the numbers of a step. With both kinds every other step, by chance, is of either.</summary>
    /// <param name="augmentation">What is stated.</param>
    /// <param name="image">Height and width of the images; empty where nothing is cut.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="step">From the first of the training.</param>
    /// <param name="numbers">The numbers.</param>
    public static void Draw(Augmentation augmentation, Shape image, uint seed, long step, Span<float> numbers)
    {
        double Uniform(uint which) => CounterRandom.Uniform(seed, Stream, which, (uint)step);
        bool cuts = augmentation.Cutmix > 0 && (augmentation.Mixup == 0 || Uniform(0) < 0.5);
        double share = Share(cuts ? augmentation.Cutmix : augmentation.Mixup, Uniform(1));
        numbers.Clear();
        (numbers[0], numbers[5]) = ((float)share, (float)share);
        if (!cuts) return;
        (int height, int width) = (image[0], image[1]);
        // As torchvision's CutMix: half a side is cut down to whole pixels, and what reaches beyond the image is left out.
        double half = 0.5 * Math.Sqrt(1 - share);
        (int y, int x) = ((int)(Uniform(2) * height), (int)(Uniform(3) * width));
        (int down, int across) = ((int)(half * height), (int)(half * width));
        (int top, int bottom) = (Math.Max(0, y - down), Math.Min(height, y + down));
        (int left, int right) = (Math.Max(0, x - across), Math.Min(width, x + across));
        double area = (double)(bottom - top) * (right - left) / ((double)height * width);
        (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) = (1, top, bottom, left, right, (float)(1 - area));
    }

    /// <summary>
    /// A draw of the larger of λ and 1 − λ for λ of Beta(a, a): which of two samples is the first makes no difference, and so a sample keeps half of itself
    /// at least.
    /// </summary>
    /// <param name="a">Both parameters of the distribution.</param>
    /// <param name="uniform">Uniform in [0, 1).</param>
    public static double Share(double a, double uniform) => Math.Clamp(Beta.InvCDF(a, a, 0.5 + uniform / 2), 0.5, 1);

    /// <summary>The samples mixed.</summary>
    /// <param name="scope">The entry.</param>
    /// <param name="samples">Those of a step.</param>
    /// <param name="augmentation">What is stated.</param>
    /// <param name="numbers">Those of the step, f32 [1, <see cref="Numbers"/>].</param>
    public static SampleNodes Mix(BuildScope scope, SampleNodes samples, Augmentation augmentation, Node numbers)
    {
        GraphBuilder g = scope.Graph;
        Node Number(int i) => g.Reshape(g.Slice(numbers, 1, i, 1), Shape.Scalar);
        Node share = Number(0), target = Number(5);
        Dim batch = samples.Batch;
        Node next = g.Add(g.Iota(new Shape(batch), 0), g.Constant(1, DType.I32));
        Node last = g.Equal(g.Cast(next, DType.F32), g.Extent(batch));
        Node others = g.Select(last, g.Constant(0, DType.I32), next);
        Node Other(Node x) => g.Gather(x, others);
        Node Mixed(Node x, Node kept) => g.Add(g.Mul(x, kept), g.Mul(Other(x), g.Sub(g.Constant(1), kept)));
        Node Cut(Node x) => g.Select(Box(g, x.Shape, Number), Other(x), x);
        Node Varied(Node x)
        {
            if (augmentation.Cutmix > 0 && x.Shape.Rank == 4) x = Cut(x);
            return augmentation.Mixup > 0 ? Mixed(x, share) : x;
        }

        Node Target(Node y, Field field)
        {
            bool map = augmentation.Cutmix > 0 && samples.Inputs.Any(x => x.Shape.Rank == 4 && Augmentation.MovesTarget(x.Shape.Range(1, 4), field.Form.Shape));
            if (map) y = Cut(y);
            Node kept = map ? share : target;
            if (y.Type == DType.F32) return Mixed(y, kept);
            scope.MixTarget(y, scope.Tell(Other(y), field.Form), kept);
            return scope.Tell(y, field.Form);
        }

        return new SampleNodes(samples.Schema, [.. samples.Inputs.Select(Varied)],
            [.. samples.Targets.Select((y, i) => Target(y, samples.Schema.Targets[i]))], samples.Batch);
    }

    // 1 in the box that comes from the other image, of a shape that broadcasts to batch × height × width and more.
    private static Node Box(GraphBuilder g, Shape images, Func<int, Node> number)
    {
        var ones = new Shape([.. Enumerable.Repeat(1, images.Rank)]);
        Node Within(int axis, int low)
        {
            Node at = g.Cast(g.Iota(ones.With(axis, images[axis]), axis), DType.F32);
            return g.Mul(g.LessEqual(number(low), at), g.Less(at, number(low + 1)));
        }

        return g.Mul(Within(1, 1), Within(2, 3));
    }
}
