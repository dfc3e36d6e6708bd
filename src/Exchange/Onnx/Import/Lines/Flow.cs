using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A value of the file: some elements of a line's value, in an order, and a formula on each.</summary>
internal sealed record Flow(Line Line, OnnxLayout Layout, OnnxFormula Formula) : ImportedValue
{
    /// <summary>Extents.</summary>
    public Dim[] Dims => Layout.Dims;

    /// <summary>Number of axes.</summary>
    public int Rank => Layout.Rank;

    /// <summary>Whether it has all elements of the line, wherever these stand.</summary>
    public bool HasAll => Layout.Offset == 0 && Layout.Count == Line.Count;

    /// <summary>Whether its formula changes nothing.</summary>
    public bool IsPlain => Formula == OnnxFormula.X;

    /// <summary>Whether it is symbols of the input.</summary>
    public bool IsSymbols => Line is InputLine { Symbols: true };

    /// <summary>The value of a line, with the axes as they are.</summary>
    public static Flow Of(Line line) => Of(line, [.. Enumerable.Range(0, line.Rank)]);

    /// <summary>The value of a line whose axes lie in an order.</summary>
    public static Flow Of(Line line, IReadOnlyList<int> order)
    {
        var back = new int[order.Count];
        for (int i = 0; i < back.Length; i++) back[order[i]] = i;
        return new Flow(line, OnnxLayout.Plain(line.Shape).Transpose(back), OnnxFormula.X);
    }

    /// <summary>The value of a layer that has other features at the same places.</summary>
    public Flow Widened(Line line)
    {
        int before = Line.Features, after = line.Features;
        IEnumerable<IReadOnlyList<OnnxRun>> places = Layout.Axes.SkipLast(1)
            .Select(a => (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride / before * after })]);
        return new Flow(line, new OnnxLayout([.. places, OnnxLayout.Run(1, after)], 0), OnnxFormula.X);
    }

    /// <summary>What is left where the features along an axis became one number.</summary>
    public Flow Narrowed(int axis, Line line, bool keep, int features = 0)
    {
        features = features == 0 ? Line.Features : features;
        IEnumerable<IReadOnlyList<OnnxRun>> axes = Layout.Axes.Select(
            (a, i) => i == axis ? [] : (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride / features })]);
        return new Flow(line, new OnnxLayout([.. axes.Where((_, i) => keep || i != axis)], 0), OnnxFormula.X);
    }

    /// <summary>Without what is repeated along an axis, which meets all places there anyway.</summary>
    public Flow Once() => this with { Layout = Layout with { Axes = [.. Layout.Axes.Select(a => a is [{ Stride: 0 }] ? [] : a)] } };

    /// <summary>With axes of extent 1 before.</summary>
    public Flow Lengthened(int rank) => this with { Layout = Layout.Lengthened(rank) };

    /// <summary>Whether both have all elements of layers of one shape at the same places.</summary>
    public bool IsSimilar(Flow other) =>
        Line.Shape.SequenceEqual(other.Line.Shape) && Layout.SameAs(other.Layout) && Layout.Count == Line.Count && CanStand(Line) && CanStand(other.Line);

    // Whether a line of the script could take it.
    private static bool CanStand(Line line) => line is not (ScoresLine or MixedLine or RecurrentLine { Reversed: true });
}

/// <summary>A value with zeros around it, which belong to the window that moves over it next.</summary>
/// <param name="Value">The value without them.</param>
/// <param name="Sides">How many are before the places of each axis, then behind them.</param>
internal sealed record PaddedValue(Flow Value, long[] Sides) : ImportedValue;

/// <summary>Values joined along an axis that is none of features: each is taken out again as a whole.</summary>
internal sealed record StackedValue(Flow[] Parts, int Axis) : ImportedValue;
