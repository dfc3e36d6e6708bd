namespace Nn.Exchange.Onnx;

/// <summary>The product of two values with their axes named: those in both and in the result count samples and heads.</summary>
internal static class EinsumReader
{
    private static readonly Refusal None = new("of this product, no layer is known; attention and dense layers written as einsum are");

    /// <summary>Reads <c>Einsum</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        string equation = n.Node.Word("equation", "").Replace(" ", "", StringComparison.Ordinal);
        if (equation.Length >= 64 || equation.Split("->") is not [var operands, var result] || operands.Split(',') is not [var p, var q]) return None;
        if (n.Flow(0) is not { } a || p.Length != a.Rank || new[] { p, q, result }.Any(s => s.Distinct().Count() != s.Length)) return None;
        string both = new([.. result.Where(c => p.Contains(c) && q.Contains(c))]), summed = new([.. p.Where(c => q.Contains(c) && !result.Contains(c))]);
        string left = new([.. p.Except(both).Except(summed)]), right = new([.. q.Except(both).Except(summed)]);
        if (summed.Length != 1 || right.Length != 1 || result.Length != both.Length + left.Length + right.Length) return None;
        // A product of its own, under names that no file has.
        string first = $"{n.Node.Inputs[0]}\n", second = $"{n.Node.Inputs[1]}\n";
        ImportedNode inner = n.With(new OnnxNode("MatMul", n.Node.Name, [first, second], n.Node.Outputs));
        n.Values.Set(first, Turned(a, p, both + left + summed));
        Refusal? why = None;
        if (n.Flow(1) is { } b && b.Rank == q.Length && left.Length == 1)
        {
            why = AttentionReader.Read(inner, inner.Flow(0)!, Turned(b, q, both + summed + right));
        }
        else if (both.Length == 0 && n.Known(1) is { Rank: 2, Whole: false } w)
        {
            n.Values.Set(second, q[0] == summed[0] ? w : w.Transposed(1, 0));
            why = DenseReader.Read(inner);
        }

        return why is null && n.Values.Flow(n.Node.Outputs[0]) is { } made ? n.Set(Turned(made, both + left + right, result)) : None;
    }

    private static Flow Turned(Flow x, string from, string to) =>
        x with { Layout = x.Layout.Transpose([.. to.Select(c => from.IndexOf(c, StringComparison.Ordinal))]) };
}
