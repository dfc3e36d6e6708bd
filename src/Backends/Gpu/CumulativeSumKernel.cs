using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Sums up to each place: an invocation walks one line of elements, so that they are added in the order of their places.</summary>
internal static class CumulativeSumKernel
{
    /// <summary>The launch of a step; none where there are no elements.</summary>
    public static IEnumerable<Launch> Launches(OpStep step, GpuLimits limits)
    {
        (int axis, bool reverse) = step.Attribute<CumulativeAttributes>();
        Slot x = step.Inputs[0], y = step.Output;
        LaunchGrid.CheckAddressable(x, y);
        if (y.Shape.Count == 0) yield break;

        int places = y.Shape[axis], inner = (int)y.Shape.Range(axis + 1, y.Shape.Rank).Count, lines = (int)(y.Shape.Count / places);
        int group = LaunchGrid.GroupSize(limits), groups = (int)Math.Min(((long)lines + group - 1) / group, limits.MaxGroups);
        KernelBuffer[] buffers = [new(DType.F32, Written: false), new(DType.F32, Written: true)];
        var k = new KernelBuilder(buffers);
        var spans = new SpanLoop(k, lines, group, groups);
        int line = k.Add(spans.Start, k.LocalId(0));
        k.If(k.Compare(KernelOp.Less, line, k.Integer(lines)));
        int first = k.Add(k.Mul(k.Quotient(line, inner), k.Integer((long)places * inner)), k.Remainder(line, inner));
        (int place, int[] sum) = k.Loop(k.Integer(0), k.Integer(places), k.Integer(1), k.Number(0));
        int at = reverse ? k.Of(KernelOp.Sub, k.Integer(places - 1), place) : place;
        int element = k.Add(first, k.Mul(at, k.Integer(inner)));
        int next = k.Of(KernelOp.Add, sum[0], k.Load(0, element));
        k.Store(1, element, next);
        k.EndLoop(next);
        k.EndIf();
        spans.End();
        var kernel = new GeneratedKernel
        {
            Name = reverse ? "cumsum_reverse" : "cumsum",
            GroupSize = (group, 1, 1),
            Buffers = new EquatableList<KernelBuffer>(buffers),
            ConstantCount = 0,
            Code = k.Build(),
        };
        yield return new Launch(kernel, [BufferRange.Of(x), BufferRange.Of(y)], [], (groups, 1, 1)) { Step = step };
    }
}
