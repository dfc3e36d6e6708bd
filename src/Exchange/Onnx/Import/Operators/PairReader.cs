using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Two values that meet element by element.</summary>
internal static class PairReader
{
    /// <summary>Reads an operator on single elements of two values.</summary>
    public static Refusal? Read(ImportedNode n, Flow a, Flow b)
    {
        LineBook book = n.Book;
        if (NormPattern.Of(n, a, b) is { } normal) return n.Set(normal);
        if (n.Type == "Add" && a.IsSimilar(b)) return n.Set(a with { Line = book.Add(Sum(a.Line.Shape, a.Line, b.Line)) });
        // Their axes in an order that both can have: that of the file, or that of the language with channels last.
        int rank = Math.Max(a.Rank, b.Rank);
        // What is repeated along an axis meets all places there anyway.
        Dim[]? both = OnnxAxes.Together(a.Dims, b.Dims);
        (a, b) = (a.Once(), b.Once());
        if (both is null || OnnxAxes.Together(a.Dims, b.Dims)?.SequenceEqual(both) != true) return DoNotMeet(a.Dims, b.Dims);
        (a, b) = (a.Lengthened(rank), b.Lengthened(rank));
        bool larger = OnnxAxes.Together(a.Dims, b.Dims)?.SequenceEqual(a.Dims) == false;
        int[][] orders = rank > 2 ? [[0, .. Enumerable.Range(2, rank - 2), 1], [.. Enumerable.Range(0, rank)]] : [[.. Enumerable.Range(0, rank)]];
        if (a.Line.Rank == rank && !a.IsSimilar(Flow.Of(a.Line, orders[0])) && a.IsSimilar(Flow.Of(a.Line, orders[^1]))) Array.Reverse(orders);
        Refusal? last = null;
        foreach (int[] order in orders)
        {
            (Made<Line> first, Made<Line> second) = (book.Arranged(a, order), book.Arranged(b, order));
            if (first.Value is not { } p || second.Value is not { } q)
            {
                last ??= first.Refused ?? second.Refused;
                continue;
            }

            Dim[] shape = larger ? q.Shape : p.Shape;
            if (OnnxAxes.Together(p.Shape, q.Shape)?.SequenceEqual(shape) != true) return DoNotMeet(p.Shape, q.Shape);
            if (n.Type == "Add" && p.Shape.SequenceEqual(q.Shape)) return n.Set(Flow.Of(book.Add(Sum(shape, p, q)), order));
            if (OnnxFormula.Of(n.Node, [OnnxFormula.Operand(0), OnnxFormula.Operand(1)]) is not { Speakable: true } formula) return Refusal.Unexplained;
            var line = new Line(shape, Say.Layer(n.Type.ToLowerInvariant() + "_both"), p, q) { Definition = Say.Function(["x", "y"], formula.Syntax) };
            return n.Set(Flow.Of(book.Add(line), order));
        }

        return last ?? Refusal.Unexplained;
    }

    private static Line Sum(Dim[] shape, Line a, Line b) => new(shape, Say.Layer("add"), a, b) { Joins = true };

    private static Refusal DoNotMeet(Dim[] a, Dim[] b) => new($"values of {LineBook.Told(a)} and {LineBook.Told(b)} do not meet element by element");
}
