using System.Collections;

namespace Nn.Graphs;

/// <summary>
/// The extents of a tensor, outermost axis first (row-major). Also used for lists of axes and strides, where value
/// equality is wanted. Immutable.
/// </summary>
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly int[]? _dims;

    /// <summary>A shape of the given extents; none means a scalar.</summary>
    public Shape(params int[] dims) => _dims = dims;

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    private int[] Dims => _dims ?? [];

    /// <summary>Number of axes.</summary>
    public int Rank => Dims.Length;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>Number of elements, in 64 bits; 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            long n = 1;
            foreach (int d in Dims) n = checked(n * d);
            return n;
        }
    }

    /// <summary>Extent of an axis; negative axes count from the last.</summary>
    public int this[int axis] => Dims[axis < 0 ? axis + Rank : axis];

    /// <summary>Row-major strides in elements.</summary>
    public long[] Strides()
    {
        var strides = new long[Rank];
        long s = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = s;
            s *= Dims[i];
        }

        return strides;
    }

    /// <summary>The extents as a fresh array.</summary>
    public int[] ToArray() => [.. Dims];

    /// <summary>The same extents with one axis changed.</summary>
    public Shape With(int axis, int extent)
    {
        int[] d = ToArray();
        d[axis < 0 ? axis + Rank : axis] = extent;
        return new Shape(d);
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
        var dims = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int x = i <= a.Rank ? a[^i] : 1, y = i <= b.Rank ? b[^i] : 1;
            if (x != y && x != 1 && y != 1)
            {
                result = default;
                return false;
            }

            dims[^i] = x == 1 ? y : x;
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

    private int this[Index index] => Dims[index];

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dims.AsSpan().SequenceEqual(other.Dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape s && Equals(s);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var h = new HashCode();
        foreach (int d in Dims) h.Add(d);
        return h.ToHashCode();
    }

    /// <summary>Whether both have the same extents.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Whether the extents differ.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Written as in the language: <c>28x28x1</c>; a scalar is <c>scalar</c>.</summary>
    public override string ToString() => Rank == 0 ? "scalar" : string.Join('x', Dims);
}
