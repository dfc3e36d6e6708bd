using Nn.Graphs;
using Nn.Ops;

namespace Nn.Dsl;

/// <summary>
/// Between which numbers the values of a probed graph lie, whatever inputs and weights are: whether a model ends in probabilities, however its end is written.
/// </summary>
/// <param name="trained">Whether a node is the present value of a tensor that training changes.</param>
internal sealed class RangeAnalysis(Func<Node, bool> trained)
{
    // Longer chains than that of a layer's formula are not followed: the stack is finite.
    private const int MaxDepth = 500;

    private readonly Dictionary<Node, ValueRange> _known = [];
    private int _depth;

    /// <summary>The range of a value.</summary>
    public ValueRange Of(Node n)
    {
        if (_known.TryGetValue(n, out ValueRange known)) return known;
        if (_depth >= MaxDepth) return ValueRange.Unknown;
        _depth++;
        ValueRange range = Find(n);
        _depth--;
        return _known[n] = double.IsNaN(range.Low) || double.IsNaN(range.High) ? ValueRange.Unknown : range;
    }

    private ValueRange Find(Node n) => n.Op.Class switch
    {
        OpClass.Leaf => n.Op == LeafOps.Constant ? Number(n.Attribute<ConstantAttributes>().Value) : ValueRange.Unknown,
        OpClass.Elementwise => Elementwise(n),
        OpClass.Reduction => Reduction(n),
        OpClass.Movement => Movement(n),
        _ => Kernel(n),
    };

    private ValueRange Kernel(Node n)
    {
        // A product with weights, or a convolution by them, can come to any number.
        if (n.Op == MatMulOp.MatMul || n.Op == ConvolutionOps.Conv || n.Op == ConvolutionOps.InputGradient)
            return n.Inputs.Any(IsWeight) ? ValueRange.Any : ValueRange.Unknown;
        return n.Op == PoolingOps.MaxPool || n.Op == PoolingOps.AveragePool ? Of(n.Inputs[0]) with { Reached = false } : ValueRange.Unknown;
    }

    private ValueRange Movement(Node n)
    {
        if (n.Op == MovementOps.Concat) return n.Inputs.Select(Of).Aggregate((a, b) => a.Or(b));
        if (n.Op == MovementOps.Place) return Of(n.Inputs[0]).Or(Number(0)) with { Reached = false };
        return n.Inputs.Count == 1 ? Of(n.Inputs[0]) : ValueRange.Unknown;
    }

    private ValueRange Reduction(Node n)
    {
        if (n.Op == ReductionOps.Max) return Of(n.Inputs[0]) with { Reached = false };
        if (n.Op != ReductionOps.Sum) return ValueRange.Unknown;
        ValueRange each = Of(n.Inputs[0]) with { Reached = false };
        Shape from = n.Inputs[0].Shape;
        if (!from.IsKnown && !Enumerable.Range(0, from.Rank).All(i => from[i].IsKnown || from[i] == n.Shape[i]))
            return new ValueRange(each.Low >= 0 ? 0 : double.NegativeInfinity, each.High <= 0 ? 0 : double.PositiveInfinity, false);
        double count = Enumerable.Range(0, from.Rank).Where(i => from[i] != n.Shape[i]).Aggregate(1.0, (c, i) => c * from[i]);
        return each.Times(Number(count));
    }

    private ValueRange Elementwise(Node n)
    {
        Op op = n.Op;
        if (op == ElementwiseOps.Add) return Sum(n);
        if (op == ElementwiseOps.Sub) return Difference(n);
        if (op == ElementwiseOps.Mul) return n.Inputs[0] == n.Inputs[1] ? Square(Of(n.Inputs[0])) : Of(n.Inputs[0]).Times(Of(n.Inputs[1]));
        if (op == ElementwiseOps.Div) return Quotient(n.Inputs[0], n.Inputs[1]);
        if (op == ElementwiseOps.Pow) return Power(Of(n.Inputs[0]), Of(n.Inputs[1]));
        if (op == ElementwiseOps.Min || op == ElementwiseOps.Max)
            return Extreme(Of(n.Inputs[0]), Of(n.Inputs[1]), op == ElementwiseOps.Min ? Math.Min : Math.Max);
        if (op == ElementwiseOps.Less || op == ElementwiseOps.LessEqual || op == ElementwiseOps.Equal || op == LeafOps.Uniform)
            return new ValueRange(0, 1, false);
        // Which branch is taken may be such that its value is not all that it could be.
        if (op == ElementwiseOps.Select) return Of(n.Inputs[1]).Or(Of(n.Inputs[2])) with { Reached = false };
        return n.Inputs.Count == 1 ? Function(op, Of(n.Inputs[0])) : ValueRange.Unknown;
    }

    private static ValueRange Function(Op op, ValueRange x)
    {
        if (op == ElementwiseOps.Neg) return x.Negated();
        if (op == ElementwiseOps.Abs) return x.Low >= 0 ? x : new ValueRange(0, Math.Max(-x.Low, x.High), x.Reached && x.High >= 0);
        if (op == ElementwiseOps.Cast || op == ElementwiseOps.Detach) return x;
        if (op == ElementwiseOps.Sign || op == ElementwiseOps.Floor) return x.Rising(op.Function!.Rises!) with { Reached = false };
        if (op.Function?.Between is { } bounds) return new ValueRange(bounds.Low, bounds.High, false);
        return op.Function?.Rises is { } rises ? x.Rising(rises) : ValueRange.Unknown;
    }

    private ValueRange Sum(Node n)
    {
        // A bias of its own lets a value be any number.
        if (n.Inputs.Any(IsWeight)) return ValueRange.Any;
        return Of(n.Inputs[0]).Plus(Of(n.Inputs[1]));
    }

    private ValueRange Difference(Node n)
    {
        (Node a, Node b) = (n.Inputs[0], n.Inputs[1]);
        if (a == b) return Number(0);
        if (IsWeight(b)) return ValueRange.Any;
        // log softmax: a − log(Σ exp(a)).
        if (b.Op == ElementwiseOps.Log && Bare(b.Inputs[0]) is { } sum && sum.Op == ReductionOps.Sum && sum.Inputs[0].Op == ElementwiseOps.Exp
            && sum.Inputs[0].Inputs[0] == a)
            return new ValueRange(double.NegativeInfinity, 0, true);
        // Of the only one of its kind: a − log(exp(a)).
        if (b.Op == ElementwiseOps.Log && b.Inputs[0].Op == ElementwiseOps.Exp && b.Inputs[0].Inputs[0] == a) return Number(0);
        if (Bare(b).Op == ReductionOps.Max && Bare(b).Inputs[0] == a) return new ValueRange(double.NegativeInfinity, 0, false);
        return Of(a).Plus(Of(b).Negated());
    }

    private ValueRange Quotient(Node a, Node b)
    {
        if (a == b) return Number(1);
        // Shares of a whole: a ÷ (Σ a), a ÷ (a + c), a ÷ max(Σ a, c), for a and c that are not negative.
        if (Of(a).Low >= 0 && IsWhole(a, b)) return new ValueRange(0, 1, Of(a).Reached || IsExpOfAny(a));
        return Of(a).Times(Of(b).Inverse());
    }

    // Of a softmax: what is taken off all logits alike does not keep them from anything.
    private bool IsExpOfAny(Node a) => a.Op == ElementwiseOps.Exp && a.Inputs[0] is { } x && x.Op == ElementwiseOps.Sub && Of(x.Inputs[0]).Reached
        && Bare(x.Inputs[1]).Op == ReductionOps.Max;

    private bool IsWhole(Node part, Node whole)
    {
        whole = Bare(whole);
        if (whole == part) return true;
        if (whole.Op == ReductionOps.Sum) return whole.Inputs[0] == part;
        if (whole.Op == ElementwiseOps.Add)
            return (IsWhole(part, whole.Inputs[0]) && Of(whole.Inputs[1]).Low >= 0) || (IsWhole(part, whole.Inputs[1]) && Of(whole.Inputs[0]).Low >= 0);
        return whole.Op == ElementwiseOps.Max && (IsWhole(part, whole.Inputs[0]) || IsWhole(part, whole.Inputs[1]));
    }

    private bool IsWeight(Node n) => trained(Bare(n));

    // What is behind changes of form.
    private static Node Bare(Node n)
    {
        while (n.Op == MovementOps.Reshape || n.Op == MovementOps.Broadcast || n.Op == MovementOps.Permute || n.Op == ElementwiseOps.Detach
            || n.Op == ElementwiseOps.Cast)
            n = n.Inputs[0];
        return n;
    }

    private static ValueRange Extreme(ValueRange a, ValueRange b, Func<double, double, double> f) =>
        new(f(a.Low, b.Low), f(a.High, b.High), (a.Reached && b.IsSingle) || (b.Reached && a.IsSingle));

    private static ValueRange Square(ValueRange x)
    {
        double low = x.Low * x.Low, high = x.High * x.High;
        return new ValueRange(x.Low <= 0 && x.High >= 0 ? 0 : Math.Min(low, high), Math.Max(low, high), x.Reached);
    }

    private static ValueRange Power(ValueRange x, ValueRange exponent) =>
        x.Low >= 0 && exponent is { IsSingle: true, Low: > 0 } ? x.Rising(v => Math.Pow(v, exponent.Low)) : ValueRange.Unknown;

    private static ValueRange Number(double value) => new(value, value, true);
}
