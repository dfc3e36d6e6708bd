using System.Globalization;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Which inputs and attributes of an operator have a meaning here. What a file says beyond that is told, never passed over: an attribute that nobody reads
/// would silently have its default.
/// </summary>
internal static class OnnxSchema
{
    // OPERATOR LEAST..MOST inputs, then attributes with their kinds: i whole, f number, s text, t tensor, g graph; capitals are lists. After =, the only value
    // that has a counterpart.
    private const string Text = """
        Constant 0..0 value:t value_float:f value_floats:F value_int:i value_ints:I
        Conv 2..3 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
        ConvTranspose 2..3 auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
        MaxPool 1..1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I pads:I storage_order:i strides:I
        AveragePool 1..1 auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I pads:I strides:I
        GlobalAveragePool 1..1
        GlobalMaxPool 1..1
        RNN 3..6 activations:S clip:f direction:s hidden_size:i layout:i
        GRU 3..6 activations:S clip:f direction:s hidden_size:i layout:i linear_before_reset:i
        LSTM 3..8 activations:S clip:f direction:s hidden_size:i input_forget:i layout:i
        Scan 2..3 body:g num_scan_inputs:i scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
        Concat 1..9999 axis:i
        Split 1..2 axis:i split:I num_outputs:i
        Slice 1..5 starts:I ends:I axes:I
        Gather 2..2 axis:i
        Pad 1..4 mode:s pads:I value:f
        Einsum 2..2 equation:s
        Resize 1..4 antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s\
         mode:s nearest_mode:s
        Upsample 1..2 mode:s scales:F
        Gemm 2..3 alpha:f beta:f broadcast:i transA:i transB:i
        MatMul 2..2
        Softmax 1..1 axis:i
        LogSoftmax 1..1 axis:i
        BatchNormalization 5..5 epsilon:f is_test:i momentum:f spatial:i=1 training_mode:i
        InstanceNormalization 3..3 epsilon:f
        LayerNormalization 2..3 axis:i epsilon:f stash_type:i=1
        ReduceMean 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceSum 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceMax 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceMin 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceL2 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceProd 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ArgMax 1..1 axis:i keepdims:i select_last_index:i
        Reshape 2..2 allowzero:i
        Flatten 1..1 axis:i
        Transpose 1..1 perm:I
        Squeeze 1..2 axes:I
        Unsqueeze 1..2 axes:I
        Expand 2..2
        Shape 1..1 start:i end:i
        Size 1..1
        Dropout 1..3 is_test:i ratio:f seed:i
        Identity 1..1
        Cast 1..1 to:i saturate:i round_mode:s
        ConstantOfShape 1..1 value:t
        Range 3..3
        Trilu 1..2 upper:i
        CumSum 2..2 exclusive:i reverse:i=0
        Clip 1..3 min:f max:f
        Add 2..2 broadcast:i
        Sub 2..2 broadcast:i
        Mul 2..2 broadcast:i
        Div 2..2 broadcast:i
        Pow 2..2 broadcast:i
        Mod 2..2 fmod:i=0
        Min 1..9999
        Max 1..9999
        Sum 1..9999
        Less 2..2 broadcast:i
        LessOrEqual 2..2
        Greater 2..2 broadcast:i
        GreaterOrEqual 2..2
        Equal 2..2 broadcast:i
        And 2..2 broadcast:i
        Or 2..2 broadcast:i
        Not 1..1
        Where 3..3
        Neg 1..1
        Reciprocal 1..1
        Abs 1..1
        Sign 1..1
        Floor 1..1
        Ceil 1..1
        Exp 1..1
        Log 1..1
        Sqrt 1..1
        Tanh 1..1
        Erf 1..1
        Sin 1..1
        Cos 1..1
        Sigmoid 1..1
        Softplus 1..1
        Softsign 1..1
        Relu 1..1
        Mish 1..1
        HardSwish 1..1
        LeakyRelu 1..1 alpha:f
        PRelu 2..2
        Elu 1..1 alpha:f
        Selu 1..1 alpha:f gamma:f
        Celu 1..1 alpha:f
        HardSigmoid 1..1 alpha:f beta:f
        Gelu 1..1 approximate:s
        Swish 1..1 alpha:f
        ThresholdedRelu 1..1 alpha:f
        Shrink 1..1 bias:f lambd:f
        Xor 2..2
        CastLike 2..2 saturate:i round_mode:s
        GroupNormalization 3..3 epsilon:f num_groups:i stash_type:i=1
        RMSNormalization 2..2 axis:i epsilon:f stash_type:i=1
        LpNormalization 1..1 axis:i p:i
        ReduceL1 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceSumSquare 1..2 axes:I keepdims:i noop_with_empty_axes:i
        ReduceLogSum 1..2 axes:I keepdims:i noop_with_empty_axes:i
        """;

    private sealed record Attribute(char Kind, long? Only);

    private sealed record Row(int Least, int Most, IReadOnlyDictionary<string, Attribute> Attributes);

    // A line that ends in \ goes on in the next.
    private static readonly Dictionary<string, Row> Rows = Text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
        .Select(l => l.Trim().Split(' ')).ToDictionary(w => w[0], Parse);

    /// <summary>The operators that have a row.</summary>
    public static IReadOnlyCollection<string> Operators => Rows.Keys;

    /// <summary>The names of an operator's attributes.</summary>
    public static IEnumerable<string> Attributes(string type) => Rows[type].Attributes.Keys;

    /// <summary>Why an operation says something that is not read, or too little; null where all of it is read.</summary>
    public static string? Complaint(OnnxNode n)
    {
        if (!Rows.TryGetValue(n.Type, out Row? row)) return null;
        foreach ((string name, object? value) in n.Attributes)
        {
            if (!row.Attributes.TryGetValue(name, out Attribute? known)) return $"its attribute '{name}' is not read";
            if (KindOf(value) != known.Kind) return $"its attribute '{name}' is not of the kind that it should be";
            if (known.Only is { } only && (long)value! != only) return $"its attribute '{name}' is {value}; only {only} has a counterpart";
            if (value is float number && !float.IsFinite(number) && n.Type != "Clip")
                return $"its attribute '{name}' is {number.ToString(CultureInfo.InvariantCulture)}";
        }

        if (n.Inputs.Count > row.Most) return $"it has {Plural.Of(n.Inputs.Count, "input")}, of which {row.Most} would be read";
        return n.Inputs.Count < row.Least || n.Inputs.Take(row.Least).Any(i => i.Length == 0) ? "an input that it needs is left out" : null;
    }

    /// <summary>Without the names of inputs left out at the end, which say nothing.</summary>
    public static OnnxNode Trimmed(OnnxNode n)
    {
        int count = n.Inputs.Count;
        while (count > 0 && n.Inputs[count - 1].Length == 0) count--;
        return count == n.Inputs.Count ? n : n with { Inputs = [.. n.Inputs.Take(count)] };
    }

    private static Row Parse(string[] words)
    {
        string[] counts = words[1].Split("..");
        return new Row(Number(counts[0]), Number(counts[1]), words.Skip(2).ToDictionary(w => w[..w.IndexOf(':')], w =>
        {
            string kind = w[(w.IndexOf(':') + 1)..];
            return new Attribute(kind[0], kind.Length > 1 ? Number(kind[2..]) : null);
        }));

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    private static char KindOf(object? value) => value switch
    {
        long => 'i',
        float => 'f',
        string => 's',
        OnnxTensor => 't',
        OnnxGraph => 'g',
        long[] => 'I',
        float[] => 'F',
        string[] => 'S',
        _ => '?',
    };
}
