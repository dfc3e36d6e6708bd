using Nn.Graphs;
using Nn.Ops;

namespace Nn.Dsl;

/// <summary>
/// Slices of tensors: one subscript an axis after the batch; the end of a range is left out. A <c>..</c> in front stands for all axes
/// before those with subscripts: <c>x[.., 0..3]</c> slices the features of a vector, the channels of an image.
/// </summary>
internal static class Indexing
{
    public static Value Evaluate(IndexExpr e, Env env)
    {
        Node x = Evaluator.Tensor(Evaluator.Evaluate(e.Target, env), e.Target.Span, env, "[]");
        bool leading = e.Subscripts[0] is RangeExpr { From: null, To: null };
        Expr[] subscripts = [.. leading ? e.Subscripts.Skip(1) : e.Subscripts];
        if (subscripts.Length > x.Shape.Rank - 1)
            throw BindError.TooManyArguments(e.Span, $"a value of {x.Shape.Range(1, x.Shape.Rank)}", x.Shape.Rank - 1);
        int first = leading ? x.Shape.Rank - subscripts.Length : 1;
        var start = new Dim[x.Shape.Rank];
        Dim[] size = x.Shape.ToDims();
        for (int i = 0; i < subscripts.Length; i++)
        {
            int axis = first + i;
            // Where each sequence has an end of its own, only the first place is one that all have.
            if (x.Shape[axis].IsLength && !IsFirst(subscripts[i], env)) throw BindError.SlicesLength(subscripts[i].Span, x.Shape);
            int extent = x.Shape[axis].IsLength ? 1 : x.Shape[axis];
            (int from, int to) = subscripts[i] is RangeExpr r
                ? (r.From is null ? 0 : At(r.From, env, extent, extent), r.To is null ? extent : At(r.To, env, extent, extent))
                : (At(subscripts[i], env, extent, extent - 1), At(subscripts[i], env, extent, extent - 1) + 1);
            if (from >= to || to > extent) throw BindError.OutOfRange(subscripts[i].Span, "a slice", to, $"within 0..{extent} and not empty");
            (start[axis], size[axis]) = (from, to - from);
        }

        var ones = new Shape([.. Enumerable.Repeat(1, x.Shape.Rank)]);
        return Evaluator.Make(e.Span, () => env.Scope(e.Span).Graph.Slice(x, new SliceAttributes(new Shape(start), ones, new Shape(size))));
    }

    private static bool IsFirst(Expr subscript, Env env) => subscript is RangeExpr r
        ? (r.From is null || Evaluator.Number(r.From, env, "a subscript") == 0) && r.To is not null && Evaluator.Number(r.To, env, "a subscript") == 1
        : Evaluator.Number(subscript, env, "a subscript") == 0;

    // Negative ones count from the end.
    private static int At(Expr e, Env env, int extent, int most)
    {
        double given = Evaluator.Number(e, env, "a subscript"), v = given < 0 ? given + extent : given;
        return v == Math.Floor(v) && v >= 0 && v <= most ? (int)v
            : throw BindError.OutOfRange(e.Span, "a subscript", given, $"a whole number within 0..{most}, or from {-extent} to count from the end");
    }
}
