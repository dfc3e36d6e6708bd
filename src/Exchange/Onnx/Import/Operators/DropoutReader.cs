namespace Nn.Exchange.Onnx;

/// <summary>Dropout: nothing in prediction, and a line of its own for who trains on.</summary>
internal static class DropoutReader
{
    /// <summary>Reads <c>Dropout</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        if (n.Flow(0) is not { } x) return Refusal.Unexplained;
        double? given = n.Has(1) ? n.Known(1)?.Single : n.Single("ratio", 0.5f);
        if (given == 0) return n.Set(x);
        // Before opset 7 training is what an attribute does not deny.
        bool training = n.Opset < 7 ? n.Whole("is_test", 0) == 0 : n.Has(2) && n.Known(2)?.Single != 0;
        if (training) n.Book.Note("it is exported for training; here dropout is in force while training, and never in prediction");
        if (given is not (> 0 and < 1 and var rate)) return LeftOut(n, x, "its rate is no stored number from 0 to below 1");
        switch (x.Line)
        {
            case ScoresLine { Weights: true, Dropout: 0 } weights when x.IsPlain: return n.Set(x with { Line = n.Book.Add(weights.Dropped(rate)) });
            case ScoresLine: return LeftOut(n, x, "within attention there is one of its weights alone, after softmax");
            case MixedLine: return LeftOut(n, x, "attention has none between its heads and their projection");
            case RecurrentLine { Reversed: true } or GroupLine or InputLine { Symbols: true }:
                return LeftOut(n, x, "here a layer would begin within another");
        }

        Made<Flow> applied = n.Book.Applied(x);
        if (applied.Value is not { } made) return applied.Refused;
        Line Dropped(Line line) => n.Book.Add(new Line(line.Shape, Say.Layer("dropout", Say.Argument(Say.Number(rate))), line));
        bool whole = made.HasAll && made.Layout.Axes.All(a => a.All(r => r.Stride > 0));
        if (whole) return n.Set(made with { Line = Dropped(made.Line) });
        return n.Book.Arranged(made).Value is { } part ? n.Set(Flow.Of(Dropped(part))) : LeftOut(n, made, "it is on a part that no layer makes");
    }

    private static Refusal? LeftOut(ImportedNode n, Flow x, string why)
    {
        string which = n.Node.Name.Length > 0 ? $"'{n.Node.Name}'" : "a Dropout";
        n.Book.Note($"{which} is left out: {why}. It changes no prediction; who trains on may add `dropout` by hand");
        return n.Set(x);
    }
}
