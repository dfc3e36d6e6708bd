using Nn.Data;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>Varies a training batch on the device, by random numbers that are a function of (seed, step, element).</summary>
internal static class AugmentedBatch
{
    /// <summary>How the images of a batch are moved, drawn as stated; null where they stay.</summary>
    /// <param name="scope">The training entry.</param>
    /// <param name="images">Batch × height × width × channels.</param>
    /// <param name="augmentation">What is stated.</param>
    public static AffineMotion? Draw(BuildScope scope, Shape images, Augmentation augmentation)
    {
        if (!augmentation.Moves) return null;
        GraphBuilder g = scope.Graph;
        var single = new Shape(images[0], 1, 1);
        Node Draw() => g.Uniform(scope.Seed, scope.Step, scope.NextStream(), single);
        Node Symmetric(double bound) => g.Mul(g.Sub(Draw(), g.Constant(0.5)), g.Constant(2 * bound));
        Node Mirror() => g.Select(g.Less(Draw(), g.Constant(0.5)), g.Constant(-1), g.Constant(1));
        double down = Bound(augmentation.Shift, images[1]), right = Bound(augmentation.Shift, images[2]);
        bool whole = down == Math.Floor(down) && right == Math.Floor(right);
        // u·(2b + 1) may round up to 2b + 1.
        Node Shift(double bound) => whole
            ? g.Sub(g.Min(g.Floor(g.Mul(Draw(), g.Constant(2 * bound + 1))), g.Constant(2 * bound)), g.Constant(bound))
            : Symmetric(bound);
        return new AffineMotion
        {
            ShiftY = down > 0 ? Shift(down) : null,
            ShiftX = right > 0 ? Shift(right) : null,
            WholeShifts = whole,
            Angle = augmentation.Rotate > 0 ? Symmetric(augmentation.Rotate * Math.PI / 180) : null,
            Scale = augmentation.Scale > 0 ? g.Add(Symmetric(augmentation.Scale), g.Constant(1)) : null,
            MirrorX = augmentation.FlipHorizontal ? Mirror() : null,
            MirrorY = augmentation.FlipVertical ? Mirror() : null,
        };
    }

    /// <summary>
    /// The targets of moved images. A map of the images' size moves with them: each pixel takes the class of the nearest one, or numbers interpolated as those
    /// of the image; what comes in from outside is 0. A class or a row of numbers is about the image as a whole, and stays.
    /// </summary>
    /// <param name="g">Where it is built.</param>
    /// <param name="targets">Batch × the shape of a target; i32 for classes, else f32.</param>
    /// <param name="images">Batch × height × width × channels.</param>
    /// <param name="motion">How the images were moved.</param>
    /// <exception cref="ShapeException">The targets have places of their own, but other ones than the images.</exception>
    public static Node MoveTargets(GraphBuilder g, Node targets, Shape images, AffineMotion motion)
    {
        Shape image = images.Range(1, 4), target = targets.Shape.Range(1, targets.Shape.Rank);
        if (Augmentation.KeepsTarget(target)) return targets;
        if (!Augmentation.MovesTarget(image, target))
            throw new ShapeException($"images of {image} are moved by augment, and a target of {target} cannot be moved with them");
        Node map = target.Rank == 3 ? targets : g.Reshape(targets, targets.Shape.Concat(new Shape(1)));
        return g.Reshape(targets.Type == DType.I32 ? AffineSampling.MoveNearest(g, map, motion) : AffineSampling.Move(g, map, motion), targets.Shape);
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
