using System.Collections;
using System.Runtime.CompilerServices;

namespace Nn.Graphs;

/// <summary>
/// The extents of a tensor, outermost axis first (row-major). Also used for lists of axes and strides, where value
/// equality is wanted. Immutable.
/// </summary>
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<Dim>
{
    private readonly Dim[]? _dims;

    /// <summary>A shape of the given extents; none means a scalar.</summary>
    public Shape(params int[] dims) => _dims = Array.ConvertAll(dims, d => (Dim)d);

    /// <summary>A shape of the given extents, of which some may be named.</summary>
    // Where both fit, numbers become dims: the other way round a name would be lost.
    [OverloadResolutionPriority(1)]
    public Shape(params Dim[] dims) => _dims = dims;

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    private Dim[] Dims => _dims ?? [];

    /// <summary>Number of axes.</summary>
    public int Rank => Dims.Length;

    int IReadOnlyCollection<Dim>.Count => Rank;

    /// <summary>Number of elements, in 64 bits; 1 for a scalar.</summary>
    /// <exception cref="InvalidOperationException">An extent is not known yet.</exception>
    public long Count
    {
        get
        {
            long n = 1;
            foreach (Dim d in Dims) n = checked(n * d.Extent);
            return n;
        }
    }

    /// <summary>As <see cref="Count"/>, where extents need not be known.</summary>
    public Dim Elements => Dims.Aggregate((Dim)1, (n, d) => n * d);

    /// <summary>Whether every extent is a number by now.</summary>
    public bool IsKnown => Array.TrueForAll(Dims, d => d.IsKnown);

    /// <summary>Whether there is one element, whatever the batch.</summary>
    public bool IsSingle => Array.TrueForAll(Dims, d => d == 1);

    /// <summary>Whether both have as many elements as each other, whatever the names stand for that are not known yet.</summary>
    public bool HasCountOf(Shape other) => IsKnown && other.IsKnown ? Count == other.Count : Elements == other.Elements;

    /// <summary>The same with numbers in place of names, which stay remembered.</summary>
    public Shape Bound(Func<string, int> names) => IsKnown ? this : new Shape(Array.ConvertAll(Dims, d => d.Bound(names)));

    /// <summary>The same with the numbers of lengths forgotten: see <see cref="Dim.Open"/>.</summary>
    public Shape Open() => HasLength ? new Shape(Array.ConvertAll(Dims, d => d.Open())) : this;

    /// <summary>Whether an axis is as long as each sequence is.</summary>
    public bool HasLength => Array.Exists(Dims, d => d.IsLength);

    /// <summary>Whether what is not known in this one may be the numbers of another.</summary>
    public bool Admits(Shape bound) => Rank == bound.Rank && Dims.Zip(bound.Dims).All(d => d.First.Admits(d.Second));

    /// <summary>Extent of an axis; negative axes count from the last.</summary>
    public Dim this[int axis] => Dims[axis < 0 ? axis + Rank : axis];

    /// <summary>Row-major strides in elements.</summary>
    public long[] Strides()
    {
        var strides = new long[Rank];
        long s = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = s;
            s *= Dims[i].Extent;
        }

        return strides;
    }

    /// <summary>The extents, which must be known, as a fresh array.</summary>
    public int[] ToArray() => Array.ConvertAll(Dims, d => d.Extent);

    /// <summary>The extents as a fresh array.</summary>
    public Dim[] ToDims() => [.. Dims];

    /// <summary>The same extents with one axis changed.</summary>
    public Shape With(int axis, Dim extent)
    {
        Dim[] d = ToDims();
        d[axis < 0 ? axis + Rank : axis] = extent;
        return new Shape(d);
    }

    /// <summary>The axis of samples, null where there is none.</summary>
    public int? BatchAxis => Array.FindIndex(Dims, d => d.IsBatch) is >= 0 and var axis ? axis : null;

    /// <summary>Axes behind the axis of samples; 0 where there is none.</summary>
    public int AxesAfterBatch => BatchAxis is { } axis ? Rank - axis - 1 : 0;

    /// <summary>
    /// This shape with so many axes behind its axis of samples, the new ones of extent 1 and right behind it; a shape without samples as it is.
    /// </summary>
    public Shape WithAxesAfterBatch(int count) => BatchAxis is { } axis
        ? Range(0, axis + 1).Concat(new Shape([.. Enumerable.Repeat((Dim)1, count - AxesAfterBatch)])).Concat(Range(axis + 1, Rank))
        : this;

    /// <summary>
    /// As <see cref="TryBroadcast"/>, once samples stand above samples: [batch, k] and [batch, t, k] agree as [batch, 1, k] and [batch, t, k] do.
    /// </summary>
    public static bool TryAlign(Shape a, Shape b, out Shape result)
    {
        int after = Math.Max(a.AxesAfterBatch, b.AxesAfterBatch);
        return TryBroadcast(a.WithAxesAfterBatch(after), b.WithAxesAfterBatch(after), out result);
    }

    /// <summary>The axes <paramref name="start"/>..<paramref name="end"/> (exclusive).</summary>
    public Shape Range(int start, int end) => new(Dims[start..end]);

    /// <summary>This shape followed by <paramref name="other"/>.</summary>
    public Shape Concat(Shape other) => new([.. Dims, .. other.Dims]);

    /// <summary>
    /// The NumPy broadcast of two shapes: aligned at the last axis, extents equal or one of them 1.
    /// </summary>
    /// <returns>False where the shapes do not fit.</returns>
    public static bool TryBroadcast(Shape a, Shape b, out Shape result)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var dims = new Dim[rank];
        for (int i = 1; i <= rank; i++)
        {
            Dim x = i <= a.Rank ? a[^i] : 1, y = i <= b.Rank ? b[^i] : 1;
            if (x != y && x != 1 && y != 1)
            {
                result = default;
                return false;
            }

            // Of two equal numbers the named one says more.
            dims[^i] = x == y ? (x.IsPlain ? y : x) : x == 1 ? y : x;
        }

        result = new Shape(dims);
        return true;
    }

    /// <summary>Whether broadcasting this shape to <paramref name="target"/> gives exactly the target.</summary>
    public bool BroadcastsTo(Shape target) => TryBroadcast(this, target, out Shape r) && r == target;

    /// <summary>
    /// Element strides of a row-major tensor of this shape when it is read over <paramref name="space"/>: 0 along
    /// axes that are broadcast.
    /// </summary>
    public long[] BroadcastStrides(Shape space)
    {
        if (!BroadcastsTo(space)) throw new ArgumentException($"{this} does not broadcast to {space}");
        long[] own = Strides();
        var strides = new long[space.Rank];
        for (int i = 1; i <= Rank; i++) strides[^i] = this[^i] == 1 ? 0 : own[^i];
        return strides;
    }

    private Dim this[Index index] => Dims[index];

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dims.AsSpan().SequenceEqual(other.Dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape s && Equals(s);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var h = new HashCode();
        foreach (Dim d in Dims) h.Add(d);
        return h.ToHashCode();
    }

    /// <summary>Whether both have the same extents.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Whether the extents differ.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)Dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Written as in the language: <c>28x28x1</c>; a scalar is <c>scalar</c>, and with lengths that are not known <c>length x 64</c>.</summary>
    public override string ToString() => Rank == 0 ? "scalar" : string.Join(IsKnown || !HasLength ? "x" : " x ", Dims);
}
