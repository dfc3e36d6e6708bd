using Nn.Backends.Cpu.Kernels;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu;

/// <summary>The kernel of each op that is an <see cref="OpStep"/>.</summary>
internal static class OpKernels
{
    private static readonly Dictionary<Op, Func<OpStep, int, CpuKernel>> Rows = new()
    {
        [ReductionOps.CumulativeSum] = (s, workers) =>
        {
            (int axis, bool reverse) = s.Attribute<CumulativeAttributes>();
            Shape shape = s.Output.Shape;
            return new CumulativeSum(shape.Range(0, axis).Count, shape[axis], shape.Range(axis + 1, shape.Rank).Count, reverse, workers);
        },
    };

    /// <summary>The kernel of a step, for so many workers.</summary>
    public static CpuKernel Create(OpStep step, int workers) =>
        Rows.TryGetValue(step.Op, out Func<OpStep, int, CpuKernel>? create)
            ? create(step, workers)
            : throw new ArgumentException($"the CPU has no kernel for {step.Kind} steps");
}
