using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Lets the kernels of a product apply the product's epilogue where they would store it.</summary>
internal static class Epilogues
{
    /// <summary>
    /// The launches of a product with its epilogue: inside the kernels that store the result or, where that would take more buffers or words than there are, in
    /// launches behind them.
    /// </summary>
    /// <param name="step">The product.</param>
    /// <param name="epilogue">Its epilogue, if any.</param>
    /// <param name="product">Its launches.</param>
    /// <param name="isRead">Whether a later step reads the result itself.</param>
    /// <param name="limits">The device.</param>
    /// <param name="scratch">Memory for partial results.</param>
    public static IEnumerable<Launch> Apply(
        PlanStep step, FusedStep? epilogue, IEnumerable<Launch> product, bool isRead, GpuLimits limits, Arena scratch)
    {
        if (epilogue is null) return product;
        Slot result = step.Writes[0];
        Launch[] launches = [.. product];
        BufferRange range = BufferRange.Of(result);
        bool Stores(Launch launch) => launch.Buffers[^1] == range;
        (KernelFunction function, IReadOnlyList<BufferRange> ranges) = Function(epilogue, result, isRead, limits);
        bool Fits(Launch launch) => launch.Kernel is TunedKernel { TakesEpilogue: true } kernel
            && kernel.Buffers.Count + ranges.Count <= limits.MaxBuffers && kernel.Buffers.Count + kernel.ConstantCount + ranges.Count <= GpuKernel.MostWords;
        if (launches.Where(Stores).All(Fits))
        {
            return launches.Select(l => !Stores(l) ? l
                : new Launch(((TunedKernel)l.Kernel).With(function), [.. l.Buffers, .. ranges], l.Constants, l.Groups) { Step = step });
        }

        IEnumerable<Launch> after = FusedLaunches.Of(epilogue, limits, scratch);
        return [.. launches, .. after.Select(l => new Launch(l.Kernel, l.Buffers, l.Constants, l.Groups) { Step = step })];
    }

    // The function, and what it binds behind the result.
    private static (KernelFunction Function, IReadOnlyList<BufferRange> Ranges) Function(FusedStep epilogue, Slot result, bool isRead, GpuLimits limits)
    {
        FusedProgram p = FusedLowering.Lower(epilogue.Program);
        var binding = new FusedBinding(new FusedWork(p, [.. epilogue.Slots.Select(BufferRange.Of)]), limits, BufferRange.Of(result));
        var k = new KernelBuilder(binding.Buffers);
        int row = k.Parameter(0, KernelType.I32), column = k.Parameter(1, KernelType.I32), value = k.Parameter(2, KernelType.F32);
        int place = k.Add(k.Mul(row, k.Integer(p.Extents[1])), column);
        var at = new FusedPoint(p, [row, column], place);
        var stores = new List<int>();
        for (int i = 0; i < p.Code.Count; i++)
        {
            FusedInstruction x = p.Code[i];
            if (x.Op == FusedOp.Load && epilogue.Slots[x.Operand] == result) at[i] = value;
            if (x.Op == FusedOp.Store) stores.Add(i);
        }

        var values = new FusedValues(k, p, binding);
        values.Compute(values.Needed(stores), at);
        foreach (int store in stores) values.Store(store, at);
        if (isRead && !stores.Exists(s => binding.BufferOf(p.Code[s].Operand) == 0)) k.Store(0, place, value);
        return (new KernelFunction(k.Build(), binding.Buffers), binding.Ranges[1..]);
    }
}
