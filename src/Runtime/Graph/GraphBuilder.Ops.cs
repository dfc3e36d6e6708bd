using Nn.Ops;

namespace Nn.Graphs;

// The ops by name: what layers, gradient rules and the language's functions are written with.
public sealed partial class GraphBuilder
{
    /// <summary>The content of a slot before the run.</summary>
    public Node Read(Slot slot) => Add(LeafOps.Read, slot);

    /// <summary>A number.</summary>
    public Node Constant(double value, DType type = DType.F32) => Add(LeafOps.Constant, new ConstantAttributes(value, type));

    /// <summary>Coordinates along an axis of a shape, i32.</summary>
    public Node Iota(Shape shape, int axis) => Add(LeafOps.Iota, new IotaAttributes(shape, axis < 0 ? axis + shape.Rank : axis));

    /// <summary>Uniform numbers in [0, 1) drawn from (seed, step), i32 scalars; every draw of a graph needs its own stream.</summary>
    public Node Uniform(Node seed, Node step, int stream, Shape shape) => Add(LeafOps.Uniform, new RandomAttributes(stream, shape), seed, step);

    /// <summary>Standard normal numbers, as <see cref="Uniform"/>.</summary>
    public Node Normal(Node seed, Node step, int stream, Shape shape) => Add(LeafOps.Normal, new RandomAttributes(stream, shape), seed, step);

    /// <summary>a + b.</summary>
    public Node Add(Node a, Node b) => Add(ElementwiseOps.Add, null, a, b);

    /// <summary>a − b.</summary>
    public Node Sub(Node a, Node b) => Add(ElementwiseOps.Sub, null, a, b);

    /// <summary>a · b, element by element.</summary>
    public Node Mul(Node a, Node b) => Add(ElementwiseOps.Mul, null, a, b);

    /// <summary>a ÷ b.</summary>
    public Node Div(Node a, Node b) => Add(ElementwiseOps.Div, null, a, b);

    /// <summary>a ^ b.</summary>
    public Node Pow(Node a, Node b) => Add(ElementwiseOps.Pow, null, a, b);

    /// <summary>The smaller of a and b.</summary>
    public Node Min(Node a, Node b) => Add(ElementwiseOps.Min, null, a, b);

    /// <summary>The larger of a and b.</summary>
    public Node Max(Node a, Node b) => Add(ElementwiseOps.Max, null, a, b);

    /// <summary>1 where a &lt; b, else 0.</summary>
    public Node Less(Node a, Node b) => Add(ElementwiseOps.Less, null, a, b);

    /// <summary>1 where a ≤ b, else 0.</summary>
    public Node LessEqual(Node a, Node b) => Add(ElementwiseOps.LessEqual, null, a, b);

    /// <summary>1 where a = b, else 0.</summary>
    public Node Equal(Node a, Node b) => Add(ElementwiseOps.Equal, null, a, b);

    /// <summary>b where the condition is not 0, else c.</summary>
    public Node Select(Node condition, Node b, Node c) => Add(ElementwiseOps.Select, null, condition, b, c);

    /// <summary>−a.</summary>
    public Node Neg(Node a) => Add(ElementwiseOps.Neg, null, a);

    /// <summary>|a|.</summary>
    public Node Abs(Node a) => Add(ElementwiseOps.Abs, null, a);

    /// <summary>−1, 0 or 1.</summary>
    public Node Sign(Node a) => Add(ElementwiseOps.Sign, null, a);

    /// <summary>The largest integer not above a.</summary>
    public Node Floor(Node a) => Add(ElementwiseOps.Floor, null, a);

    /// <summary>e^a.</summary>
    public Node Exp(Node a) => Add(ElementwiseOps.Exp, null, a);

    /// <summary>e^a − 1.</summary>
    public Node Expm1(Node a) => Add(ElementwiseOps.Expm1, null, a);

    /// <summary>Natural logarithm.</summary>
    public Node Log(Node a) => Add(ElementwiseOps.Log, null, a);

    /// <summary>Square root.</summary>
    public Node Sqrt(Node a) => Add(ElementwiseOps.Sqrt, null, a);

    /// <summary>Hyperbolic tangent.</summary>
    public Node Tanh(Node a) => Add(ElementwiseOps.Tanh, null, a);

    /// <summary>Error function.</summary>
    public Node Erf(Node a) => Add(ElementwiseOps.Erf, null, a);

    /// <summary>Sine.</summary>
    public Node Sin(Node a) => Add(ElementwiseOps.Sin, null, a);

    /// <summary>Cosine.</summary>
    public Node Cos(Node a) => Add(ElementwiseOps.Cos, null, a);

    /// <summary>1 ÷ (1 + e^−a).</summary>
    public Node Sigmoid(Node a) => Add(ElementwiseOps.Sigmoid, null, a);

    /// <summary>log(1 + e^a).</summary>
    public Node Softplus(Node a) => Add(ElementwiseOps.Softplus, null, a);

    /// <summary>a with another element type.</summary>
    public Node Cast(Node a, DType type) => a.Type == type ? a : Add(ElementwiseOps.Cast, new CastAttributes(type), a);

    /// <summary>a, through which no gradient flows.</summary>
    public Node Detach(Node a) => Add(ElementwiseOps.Detach, null, a);

    /// <summary>Whether a value stands for an extent that is not known yet.</summary>
    public static bool IsExtent(Node n) => n.Op == LeafOps.Read && n.Slot.Arena.Name == ExtentArena;

    /// <summary>Sum over axes, which stay with extent 1.</summary>
    public Node Sum(Node a, Shape axes) => Reduce(ReductionOps.Sum, a, Axes(a, axes));

    /// <summary>Mean over axes, which stay with extent 1.</summary>
    public Node Mean(Node a, Shape axes)
    {
        Dim[] extents = [.. Axes(a, axes).Select(axis => a.Shape[axis])];
        if (!Array.TrueForAll(extents, e => e.IsKnown)) return extents.Aggregate(Sum(a, axes), (sum, e) => Div(sum, Extent(e)));
        return Mul(Sum(a, axes), Constant(1.0 / extents.Aggregate(1L, (n, e) => n * e)));
    }

    /// <summary>
    /// The extent of an axis as a number. Where it is not known yet the value stands for one that an entry would know, so that graphs which
    /// are only looked at have all their nodes; such a graph is never run.
    /// </summary>
    public Node Extent(Dim extent)
    {
        if (extent.IsKnown) return Constant(extent);
        if (!_extents.TryGetValue(extent, out Slot? slot))
            _extents[extent] = slot = new Slot(extent.ToString(), Shape.Scalar, DType.F32, new Arena(ExtentArena, persistent: true), 0);
        return Read(slot);
    }

    /// <summary>Largest over axes, which stay with extent 1.</summary>
    public Node ReduceMax(Node a, Shape axes) => Reduce(ReductionOps.Max, a, Axes(a, axes));

    /// <summary>Position of the first largest element along one axis, i32.</summary>
    public Node ArgMax(Node a, int axis) => Add(ReductionOps.ArgMax, new ReduceAttributes(Axes(a, new Shape(axis))), a);

    /// <summary>The sum of the elements up to each place along an axis; in reverse, from each place on.</summary>
    public Node CumulativeSum(Node a, int axis, bool reverse = false) =>
        Add(ReductionOps.CumulativeSum, new CumulativeAttributes(Axes(a, new Shape(axis))[0], reverse), a);

    /// <summary>[.., M, K]·[.., K, N]; a matrix b takes all leading axes of a as rows.</summary>
    public Node MatMul(Node a, Node b, bool transposeA = false, bool transposeB = false) =>
        Add(MatMulOp.MatMul, new MatMulAttributes(transposeA, transposeB), a, b);

    /// <summary>Convolution of N×H×W×C images with KH×KW×(C/groups)×F weights.</summary>
    public Node Conv(Node image, Node weights, ConvAttributes attributes) => Add(ConvolutionOps.Conv, attributes, image, weights);

    /// <summary>Gradient of a convolution's image, of the shape in the attributes; also the transposed convolution.</summary>
    public Node ConvInputGradient(Node output, Node weights, ConvAttributes attributes) => Add(ConvolutionOps.InputGradient, attributes, output, weights);

    /// <summary>Gradient of a convolution's weights, of the shape in the attributes.</summary>
    public Node ConvWeightGradient(Node image, Node output, ConvAttributes attributes) => Add(ConvolutionOps.WeightGradient, attributes, image, output);

    /// <summary>Largest of each window.</summary>
    public Node MaxPool(Node image, PoolAttributes attributes) => Add(PoolingOps.MaxPool, attributes, image);

    /// <summary>Gradient of <see cref="MaxPool"/>.</summary>
    public Node MaxPoolGradient(Node image, Node output, PoolAttributes attributes) => Add(PoolingOps.MaxPoolGradient, attributes, image, output);

    /// <summary>Mean of each window.</summary>
    public Node AveragePool(Node image, PoolAttributes attributes) => Add(PoolingOps.AveragePool, attributes, image);

    /// <summary>Gradient of <see cref="AveragePool"/>, of the shape in the attributes.</summary>
    public Node AveragePoolGradient(Node output, PoolAttributes attributes) => Add(PoolingOps.AveragePoolGradient, attributes, output);

    /// <summary>Rows of a table by i32 number.</summary>
    public Node Gather(Node table, Node index) => Add(IndexingOps.Gather, null, table, index);

    /// <summary>Rows added up into a table of that shape.</summary>
    public Node ScatterAdd(Node index, Node rows, Shape table) => Add(IndexingOps.ScatterAdd, new ShapeAttributes(table), index, rows);

    /// <summary>The same elements with other extents.</summary>
    public Node Reshape(Node a, Shape shape) => Add(MovementOps.Reshape, new ShapeAttributes(shape), a);

    /// <summary>Axes in another order.</summary>
    public Node Permute(Node a, Shape order) => Add(MovementOps.Permute, new ShapeAttributes(order), a);

    /// <summary>Repetition to a larger shape.</summary>
    public Node BroadcastTo(Node a, Shape shape) => Add(MovementOps.Broadcast, new ShapeAttributes(shape), a);

    /// <summary>The elements at Start + i·Step.</summary>
    public Node Slice(Node a, SliceAttributes attributes) => Add(MovementOps.Slice, attributes, a);

    /// <summary>A piece of one axis.</summary>
    public Node Slice(Node a, int axis, Dim start, Dim size)
    {
        if (axis < 0) axis += a.Shape.Rank;
        var zeros = new Shape(new int[a.Shape.Rank]);
        return Slice(a, new SliceAttributes(zeros.With(axis, start), Ones(a.Shape.Rank), a.Shape.With(axis, size)));
    }

    /// <summary>A larger tensor of zeros that holds a at Start + i·Step.</summary>
    public Node Place(Node a, SliceAttributes attributes) => Add(MovementOps.Place, attributes, a);

    /// <summary>Tensors one after the other along an axis.</summary>
    public Node Concat(int axis, params Node[] parts) =>
        Add(MovementOps.Concat, new ConcatAttributes(axis < 0 ? axis + parts[0].Shape.Rank : axis), parts);

    /// <summary>Tensors at given places of one long row.</summary>
    public Node Pack(PackAttributes layout, params Node[] parts) => Add(MovementOps.Pack, layout, parts);

    /// <summary>Sums a down to a shape that broadcasts to a's: the gradient of a broadcast.</summary>
    public Node SumTo(Node a, Shape shape)
    {
        if (a.Shape == shape) return a;
        int extra = a.Shape.Rank - shape.Rank;
        var axes = new List<int>();
        for (int i = 0; i < a.Shape.Rank; i++)
        {
            if (i < extra || (shape[i - extra] == 1 && a.Shape[i] != 1)) axes.Add(i);
        }

        return Reshape(Sum(a, new Shape([.. axes])), shape);
    }

    // Backends reduce adjacent axes only: others are reduced one group after the other, the last group first.
    private Node Reduce(Op op, Node a, Shape axes)
    {
        if (axes.Rank == 0) return a;
        int[] wide = [.. axes.ToArray().Where(x => a.Shape[x] != 1)];
        for (int i = wide.Length - 1; i > 0; i--)
        {
            bool adjacent = Enumerable.Range(wide[i - 1] + 1, wide[i] - wide[i - 1] - 1).All(x => a.Shape[x] == 1);
            if (!adjacent) return Reduce(op, Reduce(op, a, new Shape(wide[i..])), new Shape(wide[..i]));
        }

        return Add(op, new ReduceAttributes(axes), a);
    }

    private static Shape Ones(int rank) => new([.. Enumerable.Repeat(1, rank)]);

    private static Shape Axes(Node a, Shape axes) => new([.. axes.Select(i => i < 0 ? i + a.Shape.Rank : i).Order()]);
}
