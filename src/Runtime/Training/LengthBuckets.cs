using Nn.Data;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// How long the sequences of a step are taken to be: at most eight kinds of steps, from those for the shortest sequences to those for the longest, so
/// that little of a batch is padding. Where no field has
/// sequences that differ in length there is one kind. Equal where the same entries serve both.
/// </summary>
public sealed class LengthBuckets : IEquatable<LengthBuckets>
{
    /// <summary>Most kinds of steps: each is compiled.</summary>
    public const int Most = 8;

    // A kind of step that is seldom taken is not worth its compilation.
    private const int LeastSteps = 4;

    private readonly string[] _names;
    private readonly int[][] _lengths;

    private LengthBuckets(string[] names, int[][] lengths) => (_names, _lengths) = (names, lengths);

    /// <summary>Samples that are all alike.</summary>
    public static LengthBuckets None { get; } = new([], [[]]);

    /// <summary>How many there are, at least one.</summary>
    public int Count => _lengths.Length;

    /// <summary>Buckets for the samples of a training: as many samples in each, as far as lengths allow.</summary>
    /// <param name="schema">What their fields are.</param>
    /// <param name="part">What is trained on.</param>
    /// <param name="batch">Samples of a step, 0 for all.</param>
    public static LengthBuckets Of(Schema schema, Part part, int batch)
    {
        string[] names = [.. schema.Fields.Select(f => f.Form.Length).OfType<string>().Distinct()];
        if (names.Length == 0) return None;
        int[][] samples = [.. Lengths(names, schema, part)];
        Array.Sort(samples, (a, b) => a.Max().CompareTo(b.Max()));
        int most = batch == 0 ? 1 : (int)Math.Clamp(samples.Length / ((long)batch * LeastSteps), 1, Most);
        var lengths = new List<int[]>();
        var longest = new int[names.Length];
        for (int b = 0, next = 0; b < most; b++)
        {
            // Those of a later bucket are at least as long, so that what is left over of one goes into the next.
            for (int end = (int)((b + 1L) * samples.Length / most); next < end; next++)
            {
                for (int i = 0; i < longest.Length; i++) longest[i] = Math.Max(longest[i], samples[next][i]);
            }

            if (b == most - 1) longest = [.. names.Select(n => schema.Fields.First(f => f.Form.Length == n).Form.Shape[0].Extent)];
            if (lengths.Count > 0 && lengths[^1].SequenceEqual(longest)) continue;
            lengths.Add([.. longest]);
        }

        return new LengthBuckets(names, [.. lengths]);
    }

    /// <summary>The length of that name in a bucket.</summary>
    public int Length(int bucket, string name) => _lengths[bucket][Array.IndexOf(_names, name)];

    /// <summary>The first bucket that each sample fits in.</summary>
    public int[] Numbers(Schema schema, Part part) => Count == 1 ? new int[part.Samples]
        : [.. Lengths(_names, schema, part).Select(sample => Array.FindIndex(_lengths, b => b.Zip(sample).All(l => l.Second <= l.First)))];

    /// <summary>Stored elements of the longest length cut to that of a bucket.</summary>
    public Node Cut(GraphBuilder g, FieldForm form, Node stored, int bucket) =>
        form.Length is { } name && Length(bucket, name) is var length && length < form.Shape[0].Extent
        ? g.Slice(stored, 1, 0, Dim.Named(name).Bound(_ => length))
        : stored;

    /// <summary>The lengths of a bucket: 24, or 24x31 where there are several.</summary>
    public string Describe(int bucket) => string.Join('x', _lengths[bucket]);

    /// <inheritdoc/>
    public bool Equals(LengthBuckets? other) => other is not null && _names.SequenceEqual(other._names) && _lengths.Length == other._lengths.Length
        && _lengths.Zip(other._lengths).All(l => l.First.SequenceEqual(l.Second));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LengthBuckets b && Equals(b);

    /// <inheritdoc/>
    public override int GetHashCode() => _lengths.Aggregate(0, (hash, l) => HashCode.Combine(hash, l.Length == 0 ? 0 : l[0]));

    // The longest sequence of each name, sample after sample.
    private static IEnumerable<int[]> Lengths(string[] names, Schema schema, Part part)
    {
        var lengths = new int[part.Samples][];
        for (int s = 0; s < lengths.Length; s++) lengths[s] = new int[names.Length];
        foreach ((Field field, byte[] stored) in schema.Inputs.Zip(part.Inputs).Concat(schema.Targets.Zip(part.Targets)))
        {
            if (field.Form.Length is not { } name) continue;
            int i = Array.IndexOf(names, name);
            int[] own = field.Form.Lengths(stored);
            for (int s = 0; s < lengths.Length; s++) lengths[s][i] = Math.Max(lengths[s][i], own[s]);
        }

        return lengths;
    }
}
