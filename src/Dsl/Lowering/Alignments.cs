using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// The loss of sequences of symbols that nobody aligned with the places which they are heard at: connectionist temporal classification (Graves et al. 2006), by
/// its forward variables in logarithms.
/// </summary>
/// <remarks>
/// A model gives each place a probability for each symbol, and for the blank, which is the last. An alignment has a symbol or the blank at each place; the
/// sequence that it tells is what remains where places in a row with one symbol are one, and blanks are left out. The loss is −log of the sum of the
/// probabilities of all alignments that tell the target.
/// </remarks>
internal static class Alignments
{
    /// <summary>The word of the language.</summary>
    public const string Name = "ctc";

    // Finite, so that no difference of infinities comes up; its exponential is 0.
    private const double Lowest = -1e30;

    /// <summary>The loss of each sample, [batch, 1].</summary>
    /// <param name="env">Where it is called.</param>
    /// <param name="span">The call.</param>
    /// <param name="p">Logarithms of probabilities, [batch, places, symbols + 1].</param>
    /// <param name="y">The sequences that are told, [batch, symbols], with negative numbers behind their end.</param>
    /// <exception cref="BindError">They do not fit each other.</exception>
    public static Node Loss(Env env, TextSpan span, Node p, Node y)
    {
        if (p.Shape.Rank != 3) throw BindError.WantsSequence(span, Name, p.Shape);
        if (y.Type != DType.I32 || y.Shape.Rank != 2) throw SoundErrors.NoSequences(span, y.Shape);
        Check(env, span, p.Shape, y.Shape);
        BuildScope scope = env.Scope(span);
        GraphBuilder g = scope.Graph;
        (Dim batch, Dim places, int width) = (p.Shape[0], p.Shape[1], p.Shape[2]);
        // One symbol more than there are: what stands behind the last one is the blank at the end.
        var each = new Shape(batch, y.Shape[1] + 1);
        Node none = g.BroadcastTo(g.Constant(-1, DType.I32), new Shape(batch, 1));
        Node symbols = g.Concat(1, y, none), before = g.Concat(1, none, y);
        Node chosen = g.Equal(g.Iota(each.Concat(new Shape(width)), 2), g.Reshape(symbols, each.Concat(new Shape(1))));
        Node count = g.Sum(g.LessEqual(g.Constant(0, DType.I32), y), new Shape(1)), place = g.Cast(g.Iota(each, 1), DType.F32), low = g.Constant(Lowest);
        Node Timewise(Node x) => g.Permute(x, new Shape(1, 0, 2));

        var scan = new ScanBuilder(g, places, keep: scope.Differentiated);
        // The logarithm of the probability of all ways to have come to the blank before each symbol, and to the symbol itself.
        Node blank = scan.StateFrom(g.BroadcastTo(g.Select(g.Equal(place, g.Constant(0)), g.Constant(0), low), each));
        Node symbol = scan.StateFrom(g.BroadcastTo(low, each));
        GraphBuilder b = scan.Body;
        Node nothing = b.Constant(Lowest);
        Node last = b.Concat(1, b.BroadcastTo(nothing, new Shape(batch, 1)), b.Slice(symbol, 1, 0, y.Shape[1]));
        // From one symbol to the next without a blank between, unless they are the same.
        Node changes = scan.Invariant(g.Sub(g.Constant(1), g.Equal(symbols, before)));
        Node nextBlank = b.Add(Sum(b, blank, last), scan.Sequence(Timewise(g.Slice(p, 2, width - 1, 1))));
        Node nextSymbol = b.Add(Sum(b, symbol, blank, b.Select(changes, last, nothing)), scan.Sequence(Timewise(g.MatMul(p, chosen, transposeB: true))));
        Node? inside = MaskedReductions.Mask(scope, p.Shape.With(2, 1)) is { } mask ? scan.Sequence(Timewise(mask)) : null;
        scan.Next(blank, inside is null ? nextBlank : b.Select(inside, nextBlank, blank));
        scan.Next(symbol, inside is null ? nextSymbol : b.Select(inside, nextSymbol, symbol));
        ScanValue value = scan.Build();

        // At the end stands the last symbol, or the blank behind it.
        Node ends = Sum(g, g.Select(g.Equal(place, count), value.Last(blank), low),
            g.Select(g.Equal(place, g.Sub(count, g.Constant(1))), value.Last(symbol), low));
        Node most = g.Detach(g.ReduceMax(ends, new Shape(1)));
        return g.Neg(g.Add(most, g.Log(g.Sum(g.Exp(g.Sub(ends, most)), new Shape(1)))));
    }

    // What can be known of the data: how many symbols there are, and that no target is longer than the places.
    private static void Check(Env env, TextSpan span, Shape p, Shape y)
    {
        Field[] targets = [.. (env.Definitions.Data.Schema?.Targets ?? []).Where(t => t.Form is { IsSymbols: true, Shape.Rank: 1 })];
        if (targets is not [{ Form: var form }]) return;
        if (form.Symbols is { } classes && p[2] != classes + 1) throw SoundErrors.WantsBlank(span, classes, p);
        if (p[1].IsKnown && form.Shape[0].IsKnown && form.Shape[0] > p[1]) throw SoundErrors.TooFewPlaces(span, form.Shape[0], p);
    }

    // log Σ exp, without overflow.
    private static Node Sum(GraphBuilder g, params Node[] logarithms)
    {
        Node most = g.Detach(logarithms.Aggregate(g.Max));
        return g.Add(most, g.Log(logarithms.Select(l => g.Exp(g.Sub(l, most))).Aggregate(g.Add)));
    }
}
