using System.Diagnostics;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>What tuning found for a product.</summary>
/// <param name="Product">Pass and shape.</param>
/// <param name="Before">The variant that was used so far.</param>
/// <param name="Chosen">The fastest one.</param>
/// <param name="SecondsBefore">Time of the first.</param>
/// <param name="Seconds">Time of the second.</param>
public sealed record TunedProduct(string Product, string Before, string Chosen, double SecondsBefore, double Seconds);

/// <summary>
/// Times the most promising variants of every product of a plan on a device, and keeps the fastest in the device's <see cref="ProductChoices"/>.
/// </summary>
public static class KernelTuner
{
    private const int MaxCandidates = 8;
    private const double HopelessFactor = 4;
    private const int Repeats = 3;
    private const int MaxTimes = 1 << 20;

    // What is done sooner costs nothing in any variant; what is timed runs for so long.
    private const long LeastFlops = 1_000_000;
    private static readonly TimeSpan s_stretch = TimeSpan.FromMilliseconds(10);

    /// <summary>Tunes the products of a plan, one after the other.</summary>
    /// <param name="backend">The device, open.</param>
    /// <param name="limits">Its limits, with the choices that it uses.</param>
    /// <param name="plan">Whose products are wanted.</param>
    public static IEnumerable<TunedProduct> Tune(IBackend backend, GpuLimits limits, Plan plan)
    {
        ProductChoices choices = limits.Choices ?? throw new ArgumentException($"{backend.Name} has no place for choices");
        IEnumerable<PlanStep> costly = plan.Entries.SelectMany(e => e.Steps).SelectMany(s => s.Kernels).Where(s => s.Flops >= LeastFlops);
        var products = costly.SelectMany(Product).DistinctBy(p => (p.Pass, p.Shape));
        foreach ((string pass, ProductShape shape, int addressing, PlanStep step) in products)
        {
            ProductVariant before = ProductVariant.Choose(pass, shape, limits, addressing);
            var ranked = ProductVariant.Ranked(shape, limits, addressing).ToList();
            IEnumerable<ProductVariant> candidates =
                ranked.TakeWhile(v => v.Cycles <= HopelessFactor * ranked[0].Cycles).Take(MaxCandidates).Select(v => v.Variant);
            ProductVariant best = before;
            double first = Time(backend, choices, pass, shape, step, before), least = first;
            foreach (ProductVariant candidate in candidates.Where(v => v != before))
            {
                double seconds = Time(backend, choices, pass, shape, step, candidate);
                if (seconds < least) (best, least) = (candidate, seconds);
            }

            choices.Keep(pass, shape, best);
            yield return new TunedProduct(
                $"{pass} {(shape.Layers == 1 ? "" : $"{shape.Layers} times ")}{shape.Rows}x{shape.Depth}x{shape.Columns}", before.ToString(), best.ToString(),
                first, least);
        }
    }

    private static IEnumerable<(string Pass, ProductShape Shape, int Addressing, PlanStep Step)> Product(PlanStep step) => step switch
    {
        MatMulStep s => [(MatMulLaunches.Pass(s.Geometry), MatMulLaunches.Shape(s.Geometry), 1, Alone(s))],
        ConvStep s => [(ConvLaunches.Pass(s.Geometry), ConvLaunches.Shape(s.Geometry), ConvLaunches.Addressing, Alone(s))],
        _ => [],
    };

    // Seconds of one product.
    private static double Time(IBackend backend, ProductChoices choices, string pass, ProductShape shape, PlanStep step, ProductVariant variant)
    {
        choices.Use(pass, shape, variant);
        var entry = new Entry("product", new GraphBuilder().Build(), [step]);
        using IProgram program = backend.Load(new Plan([step.Writes[0].Arena], [], [entry]));
        program.Run(entry, 1);
        int times = 1;
        TimeSpan took = Run(program, entry, times);
        for (; took < s_stretch && times < MaxTimes; took = Run(program, entry, times)) times *= 2;
        return Enumerable.Range(0, Repeats).Min(_ => Run(program, entry, times).TotalSeconds) / times;
    }

    private static TimeSpan Run(IProgram program, Entry entry, int times)
    {
        long start = Stopwatch.GetTimestamp();
        program.Run(entry, times);
        return Stopwatch.GetElapsedTime(start);
    }

    private static MatMulStep Alone(MatMulStep s)
    {
        Slot[] slots = Slots(s.A, s.B, s.C);
        return new MatMulStep(s.Geometry, slots[0], slots[1], slots[2], null) { Flops = s.Flops };
    }

    private static ConvStep Alone(ConvStep s)
    {
        Slot[] slots = Slots(s.A, s.B, s.C);
        return new ConvStep(s.Geometry, slots[0], slots[1], slots[2], null) { Flops = s.Flops };
    }

    // The same slots in an arena of their own.
    private static Slot[] Slots(params ReadOnlySpan<Slot> slots)
    {
        var arena = new Arena("product", persistent: true);
        var copies = new Slot[slots.Length];
        for (int i = 0; i < slots.Length; i++) copies[i] = new Slot(slots[i].Name, slots[i].Shape, slots[i].Type, arena, arena.Reserve(slots[i].Bytes));
        return copies;
    }
}
