using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>The kernel of a program without reductions: an invocation computes one element, or several in large spaces.</summary>
internal static class ElementKernel
{
    // Elements from which on there are enough invocations though each computes several.
    private const long Large = 1 << 18;

    // Instructions of an invocation that still leave registers for other groups.
    private const int MostInstructions = 256;

    /// <summary>The launch of a program whose space is not empty.</summary>
    public static Launch Launch(FusedWork work, GpuLimits limits, PlanStep step)
    {
        FusedProgram p = work.Program;
        var binding = new FusedBinding(work, limits);
        var k = new KernelBuilder(binding.Buffers);
        var values = new FusedValues(k, p, binding);
        int count = (int)p.Count, group = FusedLaunches.GroupSize(limits, count);
        FusedPoint everywhere = values.ComputeUniform();
        int varying = Enumerable.Range(0, p.Code.Count).Count(i => everywhere[i] < 0);
        int several = count < Large ? 1 : varying * 4 <= MostInstructions ? 4 : varying * 2 <= MostInstructions ? 2 : 1;
        int span = group * several, groups = (int)Math.Min(((long)count + span - 1) / span, limits.MaxGroups);

        var spans = new SpanLoop(k, count, span, groups);
        int start = k.Add(spans.Start, k.LocalId(0));
        int[] stores = [.. Enumerable.Range(0, p.Code.Count).Where(i => p.Code[i].Op == FusedOp.Store)];
        var points = new FusedPoint[several];
        var inside = new int[several];
        for (int s = 0; s < several; s++)
        {
            int i = k.Add(start, k.Integer(s * group));
            inside[s] = -1;
            if (count % span != 0)
            {
                inside[s] = k.Compare(KernelOp.Less, i, k.Integer(count));
                i = k.Of(KernelOp.Select, inside[s], i, k.Integer(count - 1));
            }

            points[s] = new FusedPoint(p, KernelCoordinates.Split(k, p.Extents, i), i, everywhere);
        }

        values.Compute(values.Needed(stores), points);
        for (int s = 0; s < several; s++)
        {
            if (inside[s] >= 0) k.If(inside[s]);
            foreach (int store in stores) values.Store(store, points[s]);
            if (inside[s] >= 0) k.EndIf();
        }

        spans.End();
        return binding.Launch("elements", k, group, (groups, 1, 1), step);
    }
}
