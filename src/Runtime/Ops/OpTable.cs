using System.Reflection;

namespace Nn.Ops;

/// <summary>All ops there are: the public fields of the op classes. Tests demand cases for each.</summary>
public static class OpTable
{
    private static readonly Type[] Sources =
    [
        typeof(LeafOps), typeof(ElementwiseOps), typeof(ReductionOps), typeof(MatMulOp), typeof(ConvolutionOps),
        typeof(PoolingOps), typeof(MovementOps), typeof(IndexingOps), typeof(ScanOp),
    ];

    /// <summary>Every row.</summary>
    public static IReadOnlyList<Op> All { get; } =
    [
        .. Sources.SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(f => f.FieldType == typeof(Op)).Select(f => (Op)f.GetValue(null)!),
    ];
}
