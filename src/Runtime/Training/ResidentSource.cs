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
    private const uint BatchStream = 0x62617463;

    private readonly LengthBuckets _buckets;
    private Slot _order = null!;
    private int[] _bucketOf;
    private (LoadedData Data, int[] Numbers)? _known;

    /// <summary>A source of so many samples.</summary>
    /// <param name="samples">Of the training part.</param>
    /// <param name="batch">Samples of a step; 0 for all.</param>
    /// <param name="buckets">How long the sequences of a step may be.</param>
    public ResidentSource(int samples, int batch, LengthBuckets buckets)
    {
        _buckets = buckets;
        Batch = batch == 0 ? samples : Math.Min(batch, samples);
        StepsPerEpoch = (samples + Batch - 1) / Batch;
        TailBatch = samples % Batch;
        _bucketOf = LongestOf(StepsPerEpoch);
    }

    public int Batch { get; }

    public int TailBatch { get; }

    public int StepsPerEpoch { get; }

    public int Bucket(int step) => _bucketOf[step];

    public void Reserve(PlanBuilder plan) => _order = plan.Slot("data", "permutation", new Shape(StepsPerEpoch, Batch), DType.I32);

    public Node Stored(GraphBuilder g, FieldSlots field, Node step, int batch, int bucket)
    {
        Node row = g.Gather(g.Read(_order), step);
        Node stored = g.Gather(g.Read(field.Train), g.Reshape(g.Slice(row, 1, 0, batch), new Shape(Dim.BatchOf(batch))));
        return _buckets.Cut(g, field.Field.Form, stored, bucket);
    }

    public void BeginEpoch(IProgram program, LoadedData data, uint seed, int epoch)
    {
        (int[] order, int[] buckets) = Order(data, seed, epoch);
        Write(program, order);
        _bucketOf = buckets;
    }

    public int[] Samples(LoadedData data, uint seed, int epoch, int step) =>
        Order(data, seed, epoch).Samples[(step * Batch)..Math.Min((step + 1) * Batch, data.Training.Samples)];

    /// <summary>States an order in place of an epoch's own.</summary>
    public void Write(IProgram program, int[] order)
    {
        // The last, smaller batch leaves the end of its row free: it begins again, so that whole rows are always valid.
        var rows = new int[StepsPerEpoch * Batch];
        for (int i = 0; i < rows.Length; i++) rows[i] = order[i % order.Length];
        program.Write(_order, MemoryMarshal.AsBytes(rows.AsSpan()));
        _bucketOf = LongestOf(StepsPerEpoch);
    }

    // The samples of all steps one after the other, and the bucket of each step.
    private (int[] Samples, int[] Buckets) Order(LoadedData data, uint seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, data.Training.Samples)];
        CounterRandom.Shuffle<int>(order, seed, ShuffleStream, (uint)epoch);
        if (_buckets.Count == 1) return (order, LongestOf(StepsPerEpoch));
        if (_known?.Data != data) _known = (data, _buckets.Numbers(data.Schema, data.Training));
        ILookup<int, int> fitting = order.ToLookup(s => _known.Value.Numbers[s]);
        var steps = new List<(int[] Samples, int Bucket)>();
        int[] left = [];
        for (int b = 0; b < _buckets.Count; b++)
        {
            // What does not fill a step goes along with longer sequences.
            int[][] batches = [.. left.Concat(fitting[b]).Chunk(Batch)];
            left = batches is [.., { } last] && last.Length < Batch ? last : [];
            steps.AddRange(batches.Where(samples => samples.Length == Batch).Select(samples => (samples, b)));
        }

        (int[] Samples, int Bucket)[] taken = [.. steps];
        CounterRandom.Shuffle<(int[], int)>(taken, seed, BatchStream, (uint)epoch);
        if (left.Length > 0) taken = [.. taken, (left, _buckets.Count - 1)];
        return ([.. taken.SelectMany(t => t.Samples)], [.. taken.Select(t => t.Bucket)]);
    }

    private int[] LongestOf(int steps) => [.. Enumerable.Repeat(_buckets.Count - 1, steps)];
}
