namespace Nn.Exchange.Onnx;

// Dropout: nothing in prediction, and a line of its own for who trains on.
public sealed partial class OnnxImport
{
    private readonly List<string> _notes = [];

    private bool Dropped(OnnxNode n)
    {
        if (!_flows.TryGetValue(n.Inputs[0], out Flow? x)) return false;
        (double? rate, bool training) = Rate(n);
        if (rate == 0) return Set(n, x);
        if (training) Note("it is exported for training; here dropout is in force while training, and never in prediction");
        if (rate is not (> 0 and < 1)) return LeftOut(n, x, "its rate is no stored number from 0 to below 1");
        string text = $"dropout {Text(rate.Value)}";
        switch (x.Line)
        {
            case ScoresLine { Weights: true, Dropout: 0 } weights when x.Formula == OnnxFormula.X:
                return Set(n, x with { Line = Add(weights.Dropped(rate.Value)) });
            case ScoresLine: return LeftOut(n, x, "within attention there is one of its weights alone, after softmax");
            case MixedLine: return LeftOut(n, x, "attention has none between its heads and their projection");
            case RecurrentLine { Reversed: true } or GroupLine or { Text: "tokens" }: return LeftOut(n, x, "here a layer would begin within another");
        }

        x = Applied(x);
        bool whole = x.Layout.Offset == 0 && x.Layout.Count == x.Line.Count && x.Layout.Axes.All(a => a.All(r => r.Stride > 0));
        if (whole) return Set(n, x with { Line = Add(new Line(x.Line.Shape, text, x.Line)) });
        if (Arranged(x) is not { } part) return LeftOut(n, x, "it is on a part that no layer makes");
        return Set(n, Placed(Add(new Line(part.Shape, text, part)), [.. Enumerable.Range(0, part.Shape.Length)]));
    }

    // The rate, null where it is not stored, and whether the file draws in prediction too. Before opset 7 training is what an attribute does not deny.
    private (double? Rate, bool Training) Rate(OnnxNode n) =>
        (Has(n, 1) ? Known(n, 1)?.Single : Single(n, "ratio", 0.5f), Opset < 7 ? Whole(n, "is_test", 0) == 0 : Has(n, 2) && Known(n, 2)?.Single != 0);

    private bool LeftOut(OnnxNode n, Flow x, string why)
    {
        Note($"{(n.Name.Length > 0 ? $"'{n.Name}'" : "a Dropout")} is left out: {why}. It changes no prediction; who trains on may add `dropout` by hand");
        return Set(n, x);
    }

    private void Note(string text)
    {
        if (!_notes.Contains(text)) _notes.Add(text);
    }
}
