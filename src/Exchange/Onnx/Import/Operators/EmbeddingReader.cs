using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A table of vectors, from which the numbers of symbols take theirs.</summary>
internal static class EmbeddingReader
{
    /// <summary>Reads <c>Gather</c> from a stored table.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        Flow x = n.Flow(1)!;
        if (n.Known(0) is not { Whole: false, IsNumbers: true, Dims: [var rows, var columns] } table || n.Whole("axis", 0) != 0 || columns < 1)
            return new Refusal("it takes rows of something else than a stored table");
        int symbols = rows, width = columns;
        if (!x.IsSymbols || !x.IsPlain || !x.HasAll)
            return new Refusal("its numbers of symbols are computed; they must be the model's input, of type int32 or int64");
        var line = new Line([.. x.Line.Shape, width], Say.Layer("embed", Say.Argument(Say.Whole(width)), Say.Argument("symbols", Say.Whole(symbols))), x.Line)
        {
            Hint = n.Node.Inputs[0],
            Stored = [new LayerTensor("weight", [symbols, width], table.Floats())],
        };
        IEnumerable<IReadOnlyList<OnnxRun>> places = x.Layout.Axes
            .Select(a => (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride * width })]);
        return n.Set(new Flow(n.Book.Add(line), new OnnxLayout([.. places, OnnxLayout.Run(1, width)], 0), OnnxFormula.X));
    }
}
