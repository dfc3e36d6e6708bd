using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>
/// One kernel of an entry, with its cost. Steps run in order; a step may start once the earlier steps whose slots it
/// touches are done.
/// </summary>
public abstract class Step
{
    /// <summary>Shown in plans: what is computed, e.g. <c>dense_1</c>; not unique.</summary>
    public string Label { get; init; } = "";

    /// <summary>Slots read.</summary>
    public abstract IReadOnlyList<Slot> Reads { get; }

    /// <summary>Slots written; each is written completely.</summary>
    public abstract IReadOnlyList<Slot> Writes { get; }

    /// <summary>Kind as shown in plans: fused, matmul, conv, …</summary>
    public abstract string Kind { get; }

    /// <summary>Floating-point operations; a fused multiply-add counts two.</summary>
    public long Flops { get; init; }

    /// <summary>The slots written that are read later: without a product that its epilogue takes over.</summary>
    public virtual IReadOnlyList<Slot> Results => Writes;

    /// <summary>Bytes read and written if every element needed is touched once.</summary>
    public virtual long Bytes => Reads.Sum(s => s.Bytes) + Results.Sum(s => s.Bytes);

    /// <summary>The kernels in the order in which they run: the step itself, or those of all iterations of a loop.</summary>
    public virtual IReadOnlyList<Step> Kernels => [this];

    /// <summary>The same computation on other memory; one slot must always have the same place.</summary>
    public abstract Step At(Func<Slot, Slot> place);
}

/// <summary>A fused program over <see cref="Slots"/>, in the order of its operands.</summary>
public sealed class FusedStep(FusedProgram program, IReadOnlyList<Slot> slots) : Step
{
    /// <summary>What is computed.</summary>
    public FusedProgram Program { get; } = program;

    /// <summary>One slot an operand.</summary>
    public IReadOnlyList<Slot> Slots { get; } = slots;

    /// <inheritdoc/>
    public override string Kind => "fused";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [.. slots.Where((_, i) => program.Operands[i].Role == OperandRole.Input).Distinct()];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [.. slots.Where((_, i) => program.Operands[i].Role == OperandRole.Output).Distinct()];

    /// <inheritdoc/>
    public override long Bytes => Program.Operands.Zip(Slots).Distinct().Sum(o => o.First.Bytes(Program.Extents));

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new FusedStep(Program, [.. Slots.Select(place)]) { Label = Label, Flops = Flops };
}

/// <summary>
/// C = op(A)·op(B) for <see cref="Batch"/> matrices: A is M×K (K×M where transposed), B is K×N (N×K), C is M×N, all
/// row-major and one after the other; a batch stride of 0 repeats the same matrix. Then <see cref="Epilogue"/>, if any, runs over C.
/// </summary>
public sealed class MatMulStep(
    Slot a, Slot b, Slot c, int batch, int m, int n, int k, bool transposeA, bool transposeB, long strideA, long strideB, FusedStep? epilogue) : Step
{
    /// <summary>Left operand.</summary>
    public Slot A { get; } = a;

    /// <summary>Right operand.</summary>
    public Slot B { get; } = b;

    /// <summary>Product.</summary>
    public Slot C { get; } = c;

    /// <summary>Number of matrices.</summary>
    public int Batch { get; } = batch;

    /// <summary>Rows of C.</summary>
    public int M { get; } = m;

    /// <summary>Columns of C.</summary>
    public int N { get; } = n;

    /// <summary>Terms of each sum.</summary>
    public int K { get; } = k;

    /// <summary>A is stored K×M.</summary>
    public bool TransposeA { get; } = transposeA;

    /// <summary>B is stored N×K.</summary>
    public bool TransposeB { get; } = transposeB;

    /// <summary>Elements from one A to the next.</summary>
    public long StrideA { get; } = strideA;

    /// <summary>Elements from one B to the next.</summary>
    public long StrideB { get; } = strideB;

    /// <summary>
    /// An elementwise program over the space [batch·M, N] whose operand of the slot <see cref="C"/> is the product just
    /// computed. Its outputs have that same space. Where no later step reads C, it need not reach memory outside the tile being worked on.
    /// </summary>
    public FusedStep? Epilogue { get; } = epilogue;

    /// <inheritdoc/>
    public override string Kind => "matmul";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [a, b, .. epilogue is null ? [] : epilogue.Reads.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [c, .. epilogue is null ? [] : epilogue.Writes.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Results => Epilogue?.Writes ?? Writes;

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new MatMulStep(place(A), place(B), place(C), Batch, M, N, K, TransposeA, TransposeB, StrideA, StrideB, (FusedStep?)Epilogue?.At(place)) { Label = Label, Flops = Flops };
}

/// <summary>Which of the three products of a convolution is computed.</summary>
public enum ConvPass
{
    /// <summary>Output from input and weights.</summary>
    Forward,

    /// <summary>Gradient of the input from the output's gradient and the weights.</summary>
    InputGradient,

    /// <summary>Gradient of the weights from input and the output's gradient.</summary>
    WeightGradient,
}

/// <summary>
/// A two-dimensional convolution or one of its gradients. Images N×H×W×C, weights KH×KW×(C/groups)×F.
/// Forward: (image, weights) → output; InputGradient: (output gradient, weights) → image gradient; WeightGradient:
/// (image, output gradient) → weight gradient. The epilogue runs over the result seen as [all but the last axis, last axis].
/// </summary>
public sealed class ConvStep(
    ConvPass pass, ConvAttributes attributes, Slot a, Slot b, Slot c, Shape image, Shape weights, Shape output, FusedStep? epilogue) : Step
{
    /// <summary>Which product.</summary>
    public ConvPass Pass { get; } = pass;

    /// <summary>Stride, padding, dilation, groups.</summary>
    public ConvAttributes Attributes { get; } = attributes;

    /// <summary>First operand.</summary>
    public Slot A { get; } = a;

    /// <summary>Second operand.</summary>
    public Slot B { get; } = b;

    /// <summary>Result.</summary>
    public Slot C { get; } = c;

    /// <summary>N×H×W×C of the image side.</summary>
    public Shape Image { get; } = image;

    /// <summary>KH×KW×(C/groups)×F.</summary>
    public Shape Weights { get; } = weights;

    /// <summary>N×OH×OW×F of the output side.</summary>
    public Shape Output { get; } = output;

    /// <summary>As in <see cref="MatMulStep.Epilogue"/>.</summary>
    public FusedStep? Epilogue { get; } = epilogue;

    /// <inheritdoc/>
    public override string Kind => "conv";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } =
        [a, b, .. epilogue is null ? [] : epilogue.Reads.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } =
        [c, .. epilogue is null ? [] : epilogue.Writes.Where(s => s != c)];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Results => Epilogue?.Writes ?? Writes;

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new ConvStep(Pass, Attributes, place(A), place(B), place(C), Image, Weights, Output, (FusedStep?)Epilogue?.At(place)) { Label = Label, Flops = Flops };
}

/// <summary>What a pooling step computes.</summary>
public enum PoolPass
{
    /// <summary>Largest of each window.</summary>
    Max,

    /// <summary>Gradient of the image: each output gradient goes to the first largest element of its window.</summary>
    MaxGradient,

    /// <summary>Mean of each window, padding counted as zeros.</summary>
    Average,

    /// <summary>Gradient of the image: each output gradient is shared equally over its window.</summary>
    AverageGradient,
}

/// <summary>
/// Pooling over N×H×W×C images. Max, Average: (image) → output; MaxGradient: (image, output gradient) → image gradient;
/// AverageGradient: (output gradient) → image gradient.
/// </summary>
public sealed class PoolStep(PoolPass pass, PoolAttributes attributes, IReadOnlyList<Slot> inputs, Slot output, Shape image, Shape pooled) : Step
{
    /// <summary>What is computed.</summary>
    public PoolPass Pass { get; } = pass;

    /// <summary>Window, stride, padding.</summary>
    public PoolAttributes Attributes { get; } = attributes;

    /// <summary>Result.</summary>
    public Slot Output { get; } = output;

    /// <summary>N×H×W×C of the image side.</summary>
    public Shape Image { get; } = image;

    /// <summary>N×OH×OW×C of the pooled side.</summary>
    public Shape Pooled { get; } = pooled;

    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = inputs;

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new PoolStep(Pass, Attributes, [.. Reads.Select(place)], place(Output), Image, Pooled) { Label = Label, Flops = Flops };
}

/// <summary>
/// Rows of a table by index: output[i, :] = table[index[i], :]. An index outside the table reads the nearest row.
/// </summary>
public sealed class GatherStep(Slot table, Slot index, Slot output, int rows, long rowElements) : Step
{
    /// <summary>The table, any type.</summary>
    public Slot Table { get; } = table;

    /// <summary>Row numbers, i32.</summary>
    public Slot Index { get; } = index;

    /// <summary>Result, the table's type.</summary>
    public Slot Output { get; } = output;

    /// <summary>Rows of the table.</summary>
    public int Rows { get; } = rows;

    /// <summary>Elements of a row.</summary>
    public long RowElements { get; } = rowElements;

    /// <inheritdoc/>
    public override string Kind => "gather";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [table, index];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override long Bytes => Index.Bytes + 2 * Output.Bytes;

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new GatherStep(place(Table), place(Index), place(Output), Rows, RowElements) { Label = Label, Flops = Flops };
}

/// <summary>
/// The gradient of a gather: output is zeroed, then output[index[i], :] += source[i, :] in the order of i.
/// </summary>
public sealed class ScatterAddStep(Slot index, Slot source, Slot output, int rows, long rowElements) : Step
{
    /// <summary>Row numbers, i32; rows outside the table are dropped.</summary>
    public Slot Index { get; } = index;

    /// <summary>Rows to add, f32.</summary>
    public Slot Source { get; } = source;

    /// <summary>Result, f32.</summary>
    public Slot Output { get; } = output;

    /// <summary>Rows of the output.</summary>
    public int Rows { get; } = rows;

    /// <summary>Elements of a row.</summary>
    public long RowElements { get; } = rowElements;

    /// <inheritdoc/>
    public override string Kind => "scatter";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [index, source];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new ScatterAddStep(place(Index), place(Source), place(Output), Rows, RowElements) { Label = Label, Flops = Flops };
}

/// <summary>
/// A strided copy of 32-bit elements (bytes for u8): for every coordinate, output[Σ c·out + OutputOffset] = input[Σ c·in + InputOffset].
/// Permute, slice, concat and the inside of pad. <see cref="Clear"/> zeroes the output first.
/// </summary>
public sealed class CopyStep(Slot input, Slot output, Shape extents, long[] inputStrides, long inputOffset, long[] outputStrides, long outputOffset, bool clear) : Step
{
    /// <summary>Source.</summary>
    public Slot Input { get; } = input;

    /// <summary>Destination.</summary>
    public Slot Output { get; } = output;

    /// <summary>Extents of the copied block.</summary>
    public Shape Extents { get; } = extents;

    /// <summary>Element strides in the source, possibly negative or 0.</summary>
    public IReadOnlyList<long> InputStrides { get; } = inputStrides;

    /// <summary>First element in the source.</summary>
    public long InputOffset { get; } = inputOffset;

    /// <summary>Element strides in the destination.</summary>
    public IReadOnlyList<long> OutputStrides { get; } = outputStrides;

    /// <summary>First element in the destination.</summary>
    public long OutputOffset { get; } = outputOffset;

    /// <summary>Whether the whole destination is zeroed first.</summary>
    public bool Clear { get; } = clear;

    /// <inheritdoc/>
    public override string Kind => "copy";

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Reads { get; } = [input];

    /// <inheritdoc/>
    public override IReadOnlyList<Slot> Writes { get; } = [output];

    /// <inheritdoc/>
    public override long Bytes => Extents.Count * Input.Type.Size() + (Clear ? Output.Bytes : Extents.Count * Output.Type.Size());

    /// <inheritdoc/>
    public override Step At(Func<Slot, Slot> place) =>
        new CopyStep(
            place(Input), place(Output), Extents, [.. InputStrides], InputOffset, [.. OutputStrides], OutputOffset, Clear)
        { Label = Label, Flops = Flops };
}
