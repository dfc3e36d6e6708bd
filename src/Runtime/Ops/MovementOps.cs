using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Ops that move elements without arithmetic.</summary>
public static class MovementOps
{
    /// <summary>The same elements in the same order with other extents.</summary>
    public static readonly Op Reshape = new(
        "reshape", OpClass.Movement, 1,
        (x, a) => x[0].Shape.HasCountOf(((ShapeAttributes)a!).Shape)
            ? (((ShapeAttributes)a).Shape, x[0].Type)
            : throw new ShapeException(
                $"reshape: {x[0].Shape} has {x[0].Shape.Elements} elements, {((ShapeAttributes)a).Shape} has {((ShapeAttributes)a).Shape.Elements}"),
        (_, x, y) => x[0].CopyTo(y, 0),
        (b, n, g) => [b.Reshape(g, n.Inputs[0].Shape)])
    {
        PassesOn = true,
        LiesAt = _ => 0,
        Simplify = MovementRules.Reshape,
    };

    /// <summary>Axes in another order: axis i of the result is axis order[i] of the operand.</summary>
    public static readonly Op Permute = new(
        "permute", OpClass.Movement, 1,
        (x, a) =>
        {
            Shape order = ((ShapeAttributes)a!).Shape, s = x[0].Shape;
            if (!order.ToArray().Order().SequenceEqual(Enumerable.Range(0, s.Rank)))
                throw new ShapeException($"permute: {order} is no order of the axes of {s}");
            return (new Shape([.. order.Select(i => s[i])]), x[0].Type);
        },
        (n, x, y) =>
        {
            long[] strides = PermutedStrides(n);
            foreach ((int[] at, long linear) in Coordinates.Of(n.Shape)) y[linear] = x[0][Coordinates.Offset(at, strides)];
        },
        (b, n, g) =>
        {
            Shape order = n.Attribute<ShapeAttributes>().Shape;
            var inverse = new int[order.Rank];
            for (int i = 0; i < inverse.Length; i++) inverse[order[i]] = i;
            return [b.Permute(g, new Shape(inverse))];
        })
    {
        LiesAt = n =>
        {
            int[] moved = [.. n.Attribute<ShapeAttributes>().Shape.Where(a => n.Inputs[0].Shape[a] != 1)];
            return moved.SequenceEqual(moved.Order()) ? 0 : null;
        },
        Moves = n => new(n.Shape, PermutedStrides(n), 0, n.Shape.Strides(), 0, Clear: false),
        Simplify = MovementRules.Permute,
    };

    /// <summary>Repetition along axes of extent 1, and new leading axes.</summary>
    public static readonly Op Broadcast = new(
        "broadcast", OpClass.Movement, 1,
        (x, a) => x[0].Shape.BroadcastsTo(((ShapeAttributes)a!).Shape)
            ? (((ShapeAttributes)a).Shape, x[0].Type)
            : throw new ShapeException($"broadcast: {x[0].Shape} does not broadcast to {((ShapeAttributes)a).Shape}"),
        (n, x, y) =>
        {
            long[] strides = n.Inputs[0].Shape.BroadcastStrides(n.Shape);
            foreach ((int[] at, long linear) in Coordinates.Of(n.Shape)) y[linear] = x[0][Coordinates.Offset(at, strides)];
        },
        (_, _, g) => [g])
    {
        Free = true,
        PassesOn = true,
        Repeats = true,
        Simplify = MovementRules.Broadcast,
    };

    /// <summary>The elements at Start + i·Step.</summary>
    public static readonly Op Slice = new(
        "slice", OpClass.Movement, 1,
        (x, a) => Check("slice", x[0].Shape, (SliceAttributes)a!, ((SliceAttributes)a!).Result, x[0].Type, ((SliceAttributes)a!).Result),
        (n, x, y) => VisitSlice(n.Inputs[0].Shape, n.Shape, n.Attribute<SliceAttributes>(), (outer, inner) => y[inner] = x[0][outer]),
        (b, n, g) => [b.Place(g, n.Attribute<SliceAttributes>() with { Result = n.Inputs[0].Shape })])
    {
        Selects = true,
        LiesAt = ContiguousStart,
        Moves = n =>
        {
            (long[] strides, long start) = SliceStrides(n.Inputs[0].Shape, n.Attribute<SliceAttributes>());
            return new(n.Shape, strides, start, n.Shape.Strides(), 0, Clear: false);
        },
        Simplify = MovementRules.Slice,
    };

    /// <summary>A larger tensor of zeros with the operand at Start + i·Step: padding, and the gradient of a slice.</summary>
    public static readonly Op Place = new(
        "place", OpClass.Movement, 1,
        (x, a) => Check("place", ((SliceAttributes)a!).Result, (SliceAttributes)a, x[0].Shape, x[0].Type, ((SliceAttributes)a).Result),
        (n, x, y) => VisitSlice(n.Shape, n.Inputs[0].Shape, n.Attribute<SliceAttributes>(), (outer, inner) => y[outer] = x[0][inner]),
        (b, n, g) => [b.Slice(g, n.Attribute<SliceAttributes>() with { Result = n.Inputs[0].Shape })])
    {
        Moves = n =>
        {
            Shape part = n.Inputs[0].Shape;
            (long[] strides, long start) = SliceStrides(n.Shape, n.Attribute<SliceAttributes>());
            return new(part, part.Strides(), 0, strides, start, Clear: true);
        },
        Simplify = MovementRules.Place,
    };

    /// <summary>Tensors one after the other along an axis.</summary>
    public static readonly Op Concat = new(
        "concat", OpClass.Movement, -1,
        (x, a) =>
        {
            int axis = ((ConcatAttributes)a!).Axis;
            Shape first = x[0].Shape;
            foreach (Node n in x)
            {
                if (axis < 0 || axis >= first.Rank || n.Shape.Rank != first.Rank || n.Shape.With(axis, 1) != first.With(axis, 1) || n.Type != x[0].Type)
                    throw new ShapeException($"concat: shapes {string.Join(", ", x.Select(i => i.Shape))} do not join along axis {axis}");
            }

            return (first.With(axis, x.Aggregate((Dim)0, (sum, n) => sum + n.Shape[axis])), x[0].Type);
        },
        (n, x, y) =>
        {
            int axis = n.Attribute<ConcatAttributes>().Axis, start = 0;
            long[] strides = n.Shape.Strides();
            for (int i = 0; i < x.Length; i++)
            {
                foreach ((int[] at, long linear) in Coordinates.Of(n.Inputs[i].Shape))
                    y[Coordinates.Offset(at, strides) + start * strides[axis]] = x[i][linear];
                start += n.Inputs[i].Shape[axis];
            }
        },
        (b, n, g) =>
        {
            int axis = n.Attribute<ConcatAttributes>().Axis, start = 0;
            var gradients = new Node?[n.Inputs.Count];
            for (int i = 0; i < gradients.Length; i++)
            {
                gradients[i] = b.Slice(g, axis, start, n.Inputs[i].Shape[axis]);
                start += n.Inputs[i].Shape[axis];
            }

            return gradients;
        })
    {
        Part = (n, i) =>
        {
            int axis = n.Attribute<ConcatAttributes>().Axis;
            long start = n.Inputs.Take(i).Sum(p => (long)p.Shape[axis]);
            return new(n.Inputs[i].Shape, n.Shape.Strides(), start * n.Shape.Strides()[axis], Contiguous: n.Shape.Range(0, axis).Count == 1);
        },
        Simplify = MovementRules.Concat,
    };

    /// <summary>
    /// Tensors laid out in one long row at given offsets, so that one program can work on all of them: the parameters' gradients.
    /// </summary>
    public static readonly Op Pack = new(
        "pack", OpClass.Movement, -1,
        (x, a) =>
        {
            var p = (PackAttributes)a!;
            long end = 0;
            for (int i = 0; i < x.Length; i++)
            {
                if (p.Offsets[i] < end) throw new ShapeException($"pack: tensor {i} overlaps the one before");
                end = p.Offsets[i] + x[i].Shape.Count;
            }

            return end <= p.Length ? (new Shape(p.Length), DType.F32) : throw new ShapeException($"pack: {end} elements do not fit into {p.Length}");
        },
        (n, x, y) =>
        {
            for (int i = 0; i < x.Length; i++) x[i].CopyTo(y, n.Attribute<PackAttributes>().Offsets[i]);
        },
        (b, n, g) => [.. n.Inputs.Select((x, i) => b.Reshape(b.Slice(g, 0, n.Attribute<PackAttributes>().Offsets[i], (int)x.Shape.Count), x.Shape))])
    {
        Part = (n, i) => new(new Shape((int)n.Inputs[i].Shape.Count), [1], n.Attribute<PackAttributes>().Offsets[i], Contiguous: true),
    };

    // Strides of a permutation's operand along the axes of its result.
    private static long[] PermutedStrides(Node permute)
    {
        long[] own = permute.Inputs[0].Shape.Strides();
        return [.. permute.Attribute<ShapeAttributes>().Shape.Select(i => own[i])];
    }

    private static (long[] Strides, long Start) SliceStrides(Shape whole, SliceAttributes s)
    {
        long[] own = whole.Strides();
        return ([.. own.Select((stride, i) => stride * s.Step[i])], Coordinates.Offset(s.Start.ToArray(), own));
    }

    private static long? ContiguousStart(Node slice)
    {
        Shape whole = slice.Inputs[0].Shape;
        var s = slice.Attribute<SliceAttributes>();
        int axis = Enumerable.Range(0, whole.Rank).FirstOrDefault(a => slice.Shape[a] != 1, whole.Rank - 1);
        bool contiguous = s.Step.Skip(axis).All(step => step == 1) && Enumerable.Range(axis + 1, whole.Rank - axis - 1).All(a => slice.Shape[a] == whole[a]);
        return contiguous ? Coordinates.Offset(s.Start.ToArray(), whole.Strides()) : null;
    }

    private static (Shape Shape, DType Type) Check(string name, Shape outer, SliceAttributes s, Shape inner, DType type, Shape result)
    {
        bool fits = s.Start.Rank == outer.Rank && s.Step.Rank == outer.Rank && inner.Rank == outer.Rank;
        for (int i = 0; fits && i < outer.Rank; i++)
            fits = s.Start[i].IsNatural && s.Step[i] >= 1 && (inner[i] == 0 || LiesWithin(s.Start[i], inner[i], s.Step[i], outer[i]));
        return fits ? (result, type) : throw new ShapeException($"{name}: {inner} at {s.Start} in steps of {s.Step} does not lie inside {outer}");
    }

    private static bool LiesWithin(Dim start, Dim count, int step, Dim outer) => start.IsKnown && count.IsKnown && outer.IsKnown
        ? start + (count - 1L) * step < outer
        : (outer - 1 - start - (count - 1) * step).IsNatural;

    private static void VisitSlice(Shape outer, Shape inner, SliceAttributes s, Action<long, long> visit)
    {
        (long[] strides, long start) = SliceStrides(outer, s);
        foreach ((int[] at, long linear) in Coordinates.Of(inner)) visit(start + Coordinates.Offset(at, strides), linear);
    }
}
