using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>Samples that are on the device as a whole: each step gathers its own by the epoch's order.</summary>
internal sealed class ResidentSource : IBatchSource
{
    private const uint ShuffleStream = 0x65706f63;

    private Slot _order = null!;

    /// <summary>A source of so many samples.</summary>
    /// <param name="samples">Of the training part.</param>
    /// <param name="batch">Samples of a step; 0 for all.</param>
    public ResidentSource(int samples, int batch)
    {
        Batch = batch == 0 ? samples : Math.Min(batch, samples);
        StepsPerEpoch = (samples + Batch - 1) / Batch;
        TailBatch = samples % Batch;
    }

    public int Batch { get; }

    public int TailBatch { get; }

    public int StepsPerEpoch { get; }

    public void Reserve(PlanBuilder plan) => _order = plan.Slot("data", "permutation", new Shape(StepsPerEpoch, Batch), DType.I32);

    public Node Stored(GraphBuilder g, FieldSlots field, Node step, int batch)
    {
        Node row = g.Gather(g.Read(_order), step);
        return g.Gather(g.Read(field.Train), g.Reshape(g.Slice(row, 1, 0, batch), new Shape(Dim.BatchOf(batch))));
    }

    public void BeginEpoch(IProgram program, LoadedData data, uint seed, int epoch) => Write(program, Order(data, seed, epoch));

    public int[] Samples(LoadedData data, uint seed, int epoch, int step) => Order(data, seed, epoch)[(step * Batch)..Math.Min((step + 1) * Batch, data.Training.Samples)];

    /// <summary>States an order in place of an epoch's own.</summary>
    public void Write(IProgram program, int[] order)
    {
        // The last, smaller batch leaves the end of its row free: it begins again, so that whole rows are always valid.
        var rows = new int[StepsPerEpoch * Batch];
        for (int i = 0; i < rows.Length; i++) rows[i] = order[i % order.Length];
        program.Write(_order, MemoryMarshal.AsBytes(rows.AsSpan()));
    }

    private static int[] Order(LoadedData data, uint seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, data.Training.Samples)];
        CounterRandom.Shuffle<int>(order, seed, ShuffleStream, (uint)epoch);
        return order;
    }
}
