namespace Nn.Exchange.Onnx;

/// <summary>Which reader reads an operation; the first that may is the one that does.</summary>
internal static class OnnxOperators
{
    // What is read whatever its operands are, as long as one is computed by layers.
    private static readonly Dictionary<string, Func<ImportedNode, Refusal?>> Always = new()
    {
        ["Conv"] = ConvolutionReader.Read,
        ["ConvTranspose"] = ConvolutionReader.Read,
        ["MaxPool"] = PoolReader.Read,
        ["AveragePool"] = PoolReader.Read,
        ["Pad"] = PoolReader.Pad,
        ["RNN"] = RecurrentReader.Read,
        ["GRU"] = RecurrentReader.Read,
        ["LSTM"] = RecurrentReader.Read,
        ["Scan"] = LoopReader.Read,
        ["Concat"] = MoveReader.Concat,
        ["Dropout"] = DropoutReader.Read,
        ["Einsum"] = EinsumReader.Read,
        ["Resize"] = ResizeReader.Read,
        ["Upsample"] = ResizeReader.Read,
    };

    // What goes over one value, with whatever else is known.
    private static readonly Dictionary<string, Func<ImportedNode, Refusal?>> OfOne = new()
    {
        ["Shape"] = n => n.SetKnown(OnnxAxes.Sizes(n.Node, n.Flow(0)!.Dims)),
        ["Size"] = n => OnnxSize.Product(n.Flow(0)!.Dims) is { } count ? n.Set(OnnxKnown.List(count).Scalar()) : Refusal.Unexplained,
        ["Gemm"] = DenseReader.Read,
        ["MatMul"] = DenseReader.Read,
        ["Softmax"] = NormReader.Softmax,
        ["LogSoftmax"] = NormReader.Softmax,
        ["BatchNormalization"] = NormReader.Batch,
        ["InstanceNormalization"] = NormReader.Instance,
        ["LayerNormalization"] = NormReader.Layer,
        ["GroupNormalization"] = NormReader.Group,
        ["RMSNormalization"] = NormReader.RootMeanSquare,
        ["LpNormalization"] = NormReader.Length,
        ["GlobalAveragePool"] = ReductionReader.Global,
        ["GlobalMaxPool"] = ReductionReader.Global,
        ["ReduceMean"] = ReductionReader.Read,
        ["ReduceSum"] = ReductionReader.Read,
        ["ReduceMax"] = ReductionReader.Read,
        ["ReduceMin"] = ReductionReader.Read,
        ["ReduceL1"] = n => ReductionReader.Of(n, "Abs", null),
        ["ReduceL2"] = ReductionReader.Read,
        ["ReduceLogSum"] = n => ReductionReader.Of(n, null, "Log"),
        ["ReduceSumSquare"] = n => ReductionReader.Of(n, "Square", null),
        ["ArgMax"] = ReductionReader.Best,
        ["CumSum"] = ReductionReader.Cumulative,
        ["Reshape"] = MoveReader.Read,
        ["Flatten"] = MoveReader.Read,
        ["Transpose"] = MoveReader.Read,
        ["Squeeze"] = MoveReader.Read,
        ["Unsqueeze"] = MoveReader.Read,
        ["Slice"] = MoveReader.Read,
        ["Expand"] = MoveReader.Read,
        ["Gather"] = MoveReader.Read,
        ["Split"] = MoveReader.Split,
    };

    /// <summary>Reads an operation; null where it is read.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        OnnxNode node = n.Node;
        if (node.Type == "Constant") return Constant(n);
        ImportedValue?[] given = [.. node.Inputs.Where(i => i.Length > 0).Select(i => n.Values[i])];
        if (given.Length > 0 && node.Type != "Scan" && given.All(v => v is OnnxKnown))
        {
            if (node.Type == "Split") return MoveReader.Split(n);
            return node.Outputs.Count == 1 ? n.SetKnown(n.Fold.Run(node, n.AllKnown)) : Refusal.Unexplained;
        }

        if (given.Any(v => v is PaddedValue) && node.Type is not ("Conv" or "AveragePool"))
            return new Refusal($"zeros around a value can only belong to the Conv or AveragePool after them, not to {node.Type}");
        if (given.Any(v => v is StackedValue)) return MoveReader.Unstacked(n);
        return given.Length > 0 && given.All(v => v is not null) ? Layer(n) : Refusal.Unexplained;
    }

    private static Refusal? Layer(ImportedNode n)
    {
        OnnxNode node = n.Node;
        if (Always.TryGetValue(node.Type, out Func<ImportedNode, Refusal?>? read))
            return n.Values[node.Inputs[0]] is OnnxKnown && node.Type is not ("Concat" or "Scan" or "Einsum") ? Refusal.Unexplained : read(n);
        if (node.Type == "MatMul" && node.Inputs.Count == 2 && n.Flow(0) is { } a && n.Flow(1) is { } b) return AttentionReader.Read(n, a, b);
        if (node.Type == "Gather" && node.Inputs.Count == 2 && n.Known(0) is not null) return EmbeddingReader.Read(n);
        if (PointwiseReader.Is(node)) return PointwiseReader.Read(n);
        bool one = n.Flow(0) is not null && !Enumerable.Range(1, node.Inputs.Count - 1).Any(i => n.Flow(i) is not null);
        return one && OfOne.TryGetValue(node.Type, out read) ? read(n) : Refusal.Unexplained;
    }

    private static Refusal? Constant(ImportedNode n)
    {
        foreach ((string name, object? value) in n.Node.Attributes)
        {
            OnnxKnown? known = (name, value) switch
            {
                ("value", OnnxTensor t) => OnnxKnown.Of(t),
                ("value_float", float f) => OnnxKnown.Of(OnnxType.Float, [], f),
                ("value_int", long i) => OnnxKnown.Of(OnnxType.Int64, [], i),
                ("value_floats", float[] all) => OnnxKnown.Of(OnnxType.Float, [all.Length], Array.ConvertAll(all, v => (double)v)),
                ("value_ints", long[] all) => OnnxKnown.Of(OnnxType.Int64, [all.Length], Array.ConvertAll(all, v => (double)v)),
                _ => null,
            };
            if (known is not null) return n.Set(known);
        }

        return Refusal.Unexplained;
    }
}
