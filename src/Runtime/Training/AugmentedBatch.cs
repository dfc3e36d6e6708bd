using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>Varies a training batch on the device, by random numbers that are a function of (seed, step, element).</summary>
internal static class AugmentedBatch
{
    /// <summary>Images moved as stated, before they are normalised: what comes in from outside is the stored 0.</summary>
    /// <param name="scope">The training entry.</param>
    /// <param name="images">Batch × height × width × channels.</param>
    /// <param name="augmentation">What is stated.</param>
    public static Node Move(BuildScope scope, Node images, Augmentation augmentation)
    {
        if (!augmentation.Moves) return images;
        GraphBuilder g = scope.Graph;
        var single = new Shape(images.Shape[0], 1, 1);
        Node Draw() => g.Uniform(scope.Seed, scope.Step, scope.NextStream(), single);
        Node Symmetric(double bound) => g.Mul(g.Sub(Draw(), g.Constant(0.5)), g.Constant(2 * bound));
        Node Mirror() => g.Select(g.Less(Draw(), g.Constant(0.5)), g.Constant(-1), g.Constant(1));
        double down = Bound(augmentation.Shift, images.Shape[1]), right = Bound(augmentation.Shift, images.Shape[2]);
        bool whole = down == Math.Floor(down) && right == Math.Floor(right);
        // u·(2b + 1) may round up to 2b + 1.
        Node Shift(double bound) => whole
            ? g.Sub(g.Min(g.Floor(g.Mul(Draw(), g.Constant(2 * bound + 1))), g.Constant(2 * bound)), g.Constant(bound))
            : Symmetric(bound);
        return AffineSampling.Move(g, images, new AffineMotion
        {
            ShiftY = down > 0 ? Shift(down) : null,
            ShiftX = right > 0 ? Shift(right) : null,
            WholeShifts = whole,
            Angle = augmentation.Rotate > 0 ? Symmetric(augmentation.Rotate * Math.PI / 180) : null,
            Scale = augmentation.Scale > 0 ? g.Add(Symmetric(augmentation.Scale), g.Constant(1)) : null,
            MirrorX = augmentation.FlipHorizontal ? Mirror() : null,
            MirrorY = augmentation.FlipVertical ? Mirror() : null,
        });
    }

    /// <summary>Inputs with noise, on the scale that the model sees.</summary>
    public static Node Disturb(BuildScope scope, Node x, Augmentation augmentation)
    {
        if (augmentation.Noise == 0) return x;
        GraphBuilder g = scope.Graph;
        return g.Add(x, g.Mul(g.Normal(scope.Seed, scope.Step, scope.NextStream(), x.Shape), g.Constant(augmentation.Noise)));
    }

    // Below 1 a share of the side.
    private static double Bound(double shift, int side) => shift < 1 ? shift * side : shift;
}
