using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Arithmetic on single elements, of one value, of two, or of a value with stored numbers.</summary>
internal static class PointwiseReader
{
    // Formulas longer than this get a line of their own.
    private const int MaxFormula = 48;

    /// <summary>Whether an operation is one of single elements.</summary>
    public static bool Is(OnnxNode n) =>
        n.Type == "Clip" || OnnxFormula.Of(n, [.. n.Inputs.Select((name, i) => name.Length == 0 ? null : OnnxFormula.Operand(i))]) is not null;

    /// <summary>Reads one.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        int[] given = [.. Enumerable.Range(0, n.Node.Inputs.Count).Where(n.Has)];
        int[] flowing = [.. given.Where(i => n.Flow(i) is not null)];
        Flow[] flows = [.. flowing.Select(i => n.Flow(i)!)];
        OnnxKnown[] stored = [.. given.Except(flowing).Select(i => n.Known(i)!)];
        if (flows[0].Line is ScoresLine && n.Type is "Add" or "Where") return AttentionReader.Masked(n, flows);
        if (flows.Any(f => f.IsSymbols) && n.Type is not ("Cast" or "Identity"))
            return new Refusal("it computes with numbers of symbols; only an embedding (Gather from a stored table) reads them");
        bool numbers = stored.All(s => s.Single is not null && s.Rank <= flows[0].Rank);
        if (numbers && flows.All(f => f.Line == flows[0].Line && f.Layout.SameAs(flows[0].Layout)))
        {
            if (flows.Sum(f => f.Formula.Size) > MaxFormula && flowing.Select(n.Applied).FirstOrDefault(a => a.Value is null).Refused is { } why) return why;
            if (Formula(n) is { Speakable: true } formula)
            {
                Flow made = n.Flow(flowing[0])! with { Formula = formula };
                // What is used more than once gets a line, where it is more than a part of one formula.
                if (n.Values.Uses(n.Node.Outputs[0]) <= 1 || formula.Activation() is null) return n.Set(made);
                Made<Flow> line = n.Book.Applied(made);
                return line.Value is { } applied ? n.Set(applied) : line.Refused;
            }
        }

        // An operand that is left out has a place of its own.
        if (given.Length != n.Node.Inputs.Count) return new Refusal("its operands are not single numbers");
        if (given.Length != 2 || n.Type == "Where") return new Refusal("its operands are neither one value with single numbers nor two values");
        Made<Flow>[] operands = [.. flowing.Select(n.Applied)];
        if (operands.FirstOrDefault(o => o.Value is null).Refused is { } refused) return refused;
        return flows.Length == 1
            ? StoredNumbers.Read(n, operands[0].Value!, stored[0], swapped: flowing[0] == 1)
            : PairReader.Read(n, operands[0].Value!, operands[1].Value!);
    }

    // The formula of one value and numbers.
    private static OnnxFormula? Formula(ImportedNode n) => OnnxFormula.Of(n.Node, [.. Enumerable.Range(0, n.Node.Inputs.Count).Select(i =>
        !n.Has(i) ? null : n.Flow(i) is { } f ? f.Formula : OnnxFormula.Number(n.Known(i)!.Single!.Value))]);
}
