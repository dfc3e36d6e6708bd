using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Values that come from no other value of the graph.</summary>
public static class LeafOps
{
    /// <summary>The content of a slot before the run; supplied by whoever evaluates the graph.</summary>
    public static readonly Op Read = new(
        "read", OpClass.Leaf, 0, (_, a) => (((Slot)a!).Shape, ((Slot)a!).Type),
        (_, _, _) => throw new InvalidOperationException("the content of a slot is supplied from outside"))
    {
        Stored = true,
    };

    /// <summary>A number.</summary>
    public static readonly Op Constant = new(
        "constant", OpClass.Leaf, 0, (_, a) => (Shape.Scalar, ((ConstantAttributes)a!).Type),
        (n, _, y) => y[0] = n.Attribute<ConstantAttributes>().Value, Fused: FusedOp.Constant)
    {
        Free = true,
    };

    /// <summary>The coordinate along one axis, i32.</summary>
    public static readonly Op Iota = new(
        "iota", OpClass.Leaf, 0, (_, a) => (((IotaAttributes)a!).Shape, DType.I32),
        (n, _, y) =>
        {
            int axis = n.Attribute<IotaAttributes>().Axis;
            foreach ((int[] at, long linear) in Coordinates.Of(n.Shape)) y[linear] = at[axis];
        },
        Fused: FusedOp.Index)
    {
        Free = true,
    };

    /// <summary>Uniform numbers in [0, 1): a function of (seed, step) and the element's index.</summary>
    public static readonly Op Uniform = Random("uniform", FusedOp.Uniform, CounterRandom.Uniform);

    /// <summary>Standard normal numbers, as <see cref="Uniform"/>.</summary>
    public static readonly Op Normal = Random("normal", FusedOp.Normal, CounterRandom.Normal);

    private static Op Random(string name, FusedOp fused, Func<uint, uint, uint, uint, float> draw) => new(
        name, OpClass.Elementwise, 2,
        (_, a) => (((RandomAttributes)a!).Shape, DType.F32),
        (n, x, y) =>
        {
            uint stream = (uint)n.Attribute<RandomAttributes>().Stream;
            uint seed = (uint)(int)x[0][0], step = (uint)(int)x[1][0];
            for (int i = 0; i < y.Length; i++) y[i] = draw(seed, stream, (uint)i, step);
        },
        (_, _, _) => [null, null], fused, n => n.Shape.Count * 60)
    {
        Random = true,
    };
}
