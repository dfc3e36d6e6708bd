using System.Runtime.Intrinsics;

namespace Nn.Backends.Cpu.Emit;

/// <summary>
/// An operation of vectors that emitted code calls, at whatever width. The compiler knows the methods by their names; a test finds each of them at every
/// width.
/// </summary>
internal sealed class VectorOp
{
    private VectorOp(string method, VectorForm form = VectorForm.Vectors) => (Method, Form) = (method, form);

    /// <summary>The number given, in every lane.</summary>
    public static VectorOp Create { get; } = new(nameof(Vector128.Create), VectorForm.Broadcast);

    /// <summary>From a first integer on, by a fixed step.</summary>
    public static VectorOp Sequence { get; } = new(nameof(Vector128.CreateSequence), VectorForm.Sequence);

    public static VectorOp Load { get; } = new(nameof(Vector128.Load), VectorForm.Load);

    public static VectorOp Store { get; } = new(nameof(Vector128.Store), VectorForm.Store);

    /// <summary>Stores the first lanes, so many as the last operand says; where the processor has no instruction for it.</summary>
    public static VectorOp StorePartly { get; } = new(nameof(VectorHelpers.StorePartly), VectorForm.PartialStore);

    /// <summary>The first lane.</summary>
    public static VectorOp ToScalar { get; } = new(nameof(Vector128.ToScalar));

    public static VectorOp Add { get; } = new(nameof(Vector128.Add));

    public static VectorOp Subtract { get; } = new(nameof(Vector128.Subtract));

    public static VectorOp Multiply { get; } = new(nameof(Vector128.Multiply));

    public static VectorOp Divide { get; } = new(nameof(Vector128.Divide));

    public static VectorOp MultiplyAdd { get; } = new(nameof(Vector128.FusedMultiplyAdd));

    public static VectorOp Min { get; } = new(nameof(Vector128.MinNative));

    public static VectorOp Max { get; } = new(nameof(Vector128.MaxNative));

    public static VectorOp Negate { get; } = new(nameof(Vector128.Negate));

    public static VectorOp Abs { get; } = new(nameof(Vector128.Abs));

    public static VectorOp Floor { get; } = new(nameof(Vector128.Floor));

    public static VectorOp Round { get; } = new(nameof(Vector128.Round));

    public static VectorOp Sqrt { get; } = new(nameof(Vector128.Sqrt));

    public static VectorOp And { get; } = new(nameof(Vector128.BitwiseAnd));

    public static VectorOp Or { get; } = new(nameof(Vector128.BitwiseOr));

    public static VectorOp Xor { get; } = new(nameof(Vector128.Xor));

    public static VectorOp ShiftLeft { get; } = new(nameof(Vector128.ShiftLeft), VectorForm.Shift);

    /// <summary>Zeros move in from the left.</summary>
    public static VectorOp ShiftRight { get; } = new(nameof(Vector128.ShiftRightLogical), VectorForm.Shift);

    /// <summary>All bits set where it holds, as for all comparisons.</summary>
    public static VectorOp Less { get; } = new(nameof(Vector128.LessThan));

    public static VectorOp LessEqual { get; } = new(nameof(Vector128.LessThanOrEqual));

    public static VectorOp Greater { get; } = new(nameof(Vector128.GreaterThan));

    public static VectorOp Same { get; } = new(nameof(Vector128.Equals));

    /// <summary>A mask, the lanes where its bits are set, the lanes elsewhere.</summary>
    public static VectorOp Select { get; } = new(nameof(Vector128.ConditionalSelect));

    /// <summary>The same bits as floats.</summary>
    public static VectorOp AsFloat { get; } = new(nameof(Vector128.AsSingle));

    /// <summary>The same bits as integers.</summary>
    public static VectorOp AsInt { get; } = new(nameof(Vector128.AsInt32));

    public static VectorOp ToFloat { get; } = new(nameof(Vector128.ConvertToSingle));

    public static VectorOp ToInt { get; } = new(nameof(Vector128.ConvertToInt32Native));

    /// <summary>The sum of the lanes in every lane.</summary>
    public static VectorOp FoldSum { get; } = new(nameof(VectorHelpers.FoldSum));

    /// <summary>The largest lane in every lane.</summary>
    public static VectorOp FoldMax { get; } = new(nameof(VectorHelpers.FoldMax));

    /// <summary>The smallest lane in every lane.</summary>
    public static VectorOp FoldMin { get; } = new(nameof(VectorHelpers.FoldMin));

    /// <summary>The method's name in <c>Vector512</c>, <c>Vector256</c>, <c>Vector128</c>, or in <see cref="VectorHelpers"/>.</summary>
    public string Method { get; }

    /// <summary>What it takes.</summary>
    public VectorForm Form { get; }

    /// <inheritdoc/>
    public override string ToString() => Method;
}
