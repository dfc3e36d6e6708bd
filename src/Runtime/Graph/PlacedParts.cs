using Nn.Graphs;
using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// Rules for sums of tensors placed among zeros, which are the gradients of slices: parts beside each other become one, and a slice of the sum
/// takes only the parts that it meets.
/// </summary>
internal static class PlacedParts
{
    /// <summary>a + b as fewer parts, or null where no two of them lie beside each other.</summary>
    public static Node? Join(GraphBuilder b, Node x, Node y)
    {
        if (!IsSum(x) || !IsSum(y)) return null;
        List<Node> parts = [.. Parts(x), .. Parts(y)];
        int before = parts.Count;
        for (int i = 0; i < parts.Count; i++)
        {
            for (int k = 0; k < parts.Count; k++)
            {
                if (i == k || JoinedAxis(parts[i], parts[k]) is not { } axis) continue;
                Node joined = b.Concat(axis, [.. Pieces(parts[i].Inputs[0], axis), .. Pieces(parts[k].Inputs[0], axis)]);
                parts[i] = b.Place(joined, parts[i].Attribute<SliceAttributes>());
                parts.RemoveAt(k);
                if (parts.Count > 1) (i, k) = (0, -1);
                else return parts[0];
            }
        }

        return parts.Count == before ? null : parts.Aggregate(b.Add);
    }

    /// <summary>A slice of a slice, or of placed parts, without the detour; null where that does not work.</summary>
    public static Node? Slice(GraphBuilder b, SliceAttributes slice, Node x)
    {
        if (!IsPlain(slice)) return null;
        if (x.Op == MovementOps.Slice && IsPlain(x.Attribute<SliceAttributes>()))
            return b.Slice(x.Inputs[0], slice with { Start = Zip(slice.Start, x.Attribute<SliceAttributes>().Start, (s, t) => s + t) });
        if (!IsSum(x) || !x.Shape.IsKnown) return null;
        if (x.Op == ElementwiseOps.Add) return b.Add(b.Slice(x.Inputs[0], slice), b.Slice(x.Inputs[1], slice));
        Node part = x.Inputs[0];
        Shape start = x.Attribute<SliceAttributes>().Start, size = slice.Result;
        Shape from = Zip(slice.Start, start, (s, t) => Math.Max(s, t));
        Shape to = Zip(Zip(slice.Start, size, (s, e) => s + e), Zip(start, part.Shape, (s, e) => s + e), (s, t) => Math.Min(s, t));
        Shape common = Zip(to, from, (t, f) => Math.Max(0, t.Extent - f));
        if (common.Count == 0) return b.BroadcastTo(b.Constant(0, x.Type), size);
        Node met = b.Slice(part, slice with { Start = Zip(from, start, (f, s) => f - s), Result = common });
        return b.Place(met, slice with { Start = Zip(from, slice.Start, (f, s) => f - s), Result = size });
    }

    private static Shape Zip(Shape a, Shape b, Func<Dim, Dim, Dim> of) => new([.. a.Select((v, i) => of(v, b[i]))]);

    private static bool IsPlain(SliceAttributes a) => a.Step.All(s => s == 1);

    private static bool IsSum(Node n) => n.Op == MovementOps.Place
        ? IsPlain(n.Attribute<SliceAttributes>())
        : n.Op == ElementwiseOps.Add && n.Inputs.All(i => i.Shape == n.Shape && IsSum(i));

    private static IEnumerable<Node> Parts(Node n) => n.Op == MovementOps.Place ? [n] : n.Inputs.SelectMany(Parts);

    private static IEnumerable<Node> Pieces(Node n, int axis) =>
        n.Op == MovementOps.Concat && n.Attribute<ConcatAttributes>().Axis == axis ? n.Inputs : [n];

    // The axis along which b follows a without a gap, both reaching equally far along all others. Parts that came to fill everything are placed no more.
    private static int? JoinedAxis(Node a, Node b)
    {
        if (a.Op != MovementOps.Place || b.Op != MovementOps.Place) return null;
        Shape startA = a.Attribute<SliceAttributes>().Start, startB = b.Attribute<SliceAttributes>().Start;
        Shape sizeA = a.Inputs[0].Shape, sizeB = b.Inputs[0].Shape;
        int[] differ = [.. Enumerable.Range(0, a.Shape.Rank).Where(i => startA[i] != startB[i] || sizeA[i] != sizeB[i])];
        return differ is [var axis] && startA[axis] + sizeA[axis] == startB[axis] ? axis : null;
    }
}
