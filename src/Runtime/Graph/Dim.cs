namespace Nn.Graphs;

/// <summary>
/// The extent of one axis: a number, or factor · name + offset of a named quantity such as <see cref="Batch"/>. A name is not known while a script is
/// bound, and bound to a number in each entry of a plan, where it is still remembered: so the axis of samples can be told from any other axis, whatever
/// its extent. Immutable.
/// </summary>
public readonly struct Dim : IEquatable<Dim>, IComparable<Dim>
{
    private sealed record Term(string Name, int Factor, int Offset);

    private const string BatchName = "batch";

    private readonly int _extent;
    private readonly Term? _term;
    private readonly bool _unknown;

    private Dim(int extent, Term? term, bool unknown) => (_extent, _term, _unknown) = (extent, term, unknown);

    /// <summary>The samples of a batch, not yet known how many.</summary>
    public static Dim Batch { get; } = new(0, new Term(BatchName, 1, 0), unknown: true);

    /// <summary>A batch of so many samples.</summary>
    public static Dim BatchOf(int samples) => new(samples, new Term(BatchName, 1, 0), unknown: false);

    /// <summary>Whether the extent is a number by now.</summary>
    public bool IsKnown => !_unknown;

    /// <summary>Whether this is the axis of samples, its number known or not.</summary>
    public bool IsBatch => _term is { Name: BatchName, Factor: 1, Offset: 0 };

    /// <summary>What it is a multiple of, apart from an offset; null for a number.</summary>
    internal string? Name => _term?.Name;

    /// <summary>How many times the name counts; the number itself where it is known.</summary>
    internal int Factor => _unknown ? _term!.Factor : _extent;

    /// <summary>What is added to the multiple of the name, where the number is not known.</summary>
    internal int Offset => _unknown ? _term!.Offset : 0;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet: only an entry binds it.</exception>
    public int Extent => _unknown ? throw new InvalidOperationException($"the extent '{this}' is not known before an entry binds it") : _extent;

    /// <summary>A number.</summary>
    public static implicit operator Dim(int extent) => new(extent, null, unknown: false);

    /// <summary>The number, which must be known: see <see cref="Extent"/>.</summary>
    public static implicit operator int(Dim dim) => dim.Extent;

    /// <summary>The sum, of which two names must be the same.</summary>
    public static Dim operator +(Dim a, Dim b) => (a._term, b._term) switch
    {
        (null, null) => checked(a._extent + b._extent),
        (null, _) => b + a,
        ({ } t, null) => b == 0 ? a : a.With(checked(a._extent + b.Extent), t with { Offset = checked(t.Offset + b.Extent) }),
        ({ } t, { } u) when t.Name == u.Name && a._unknown == b._unknown =>
            a.With(checked(a._extent + b._extent), new Term(t.Name, checked(t.Factor + u.Factor), checked(t.Offset + u.Offset))),
        _ => checked(a.Extent + b.Extent),
    };

    /// <summary>The difference, of which two names must be the same.</summary>
    public static Dim operator -(Dim a, Dim b) => a + b * -1;

    /// <summary>The product, of which one must be a number.</summary>
    public static Dim operator *(Dim a, Dim b) => (a._term, b._term) switch
    {
        (null, null) => checked(a._extent * b._extent),
        (null, _) => b * a,
        ({ } t, null) => b == 1 ? a : a.With(checked(a._extent * b.Extent), new Term(t.Name, checked(t.Factor * b.Extent), checked(t.Offset * b.Extent))),
        _ => checked(a.Extent * b.Extent),
    };

    /// <summary>How many times a size goes into this without rest, whatever the names stand for; null where it does not.</summary>
    public int? Times(Dim size)
    {
        if (IsKnown && size.IsKnown) return size == 0 || _extent % size._extent != 0 ? null : _extent / size._extent;
        if (this == 0) return 0;
        bool same = _unknown && size._unknown && _term!.Name == size._term!.Name && _term.Offset == 0 && size._term.Offset == 0;
        return same && _term!.Factor % size._term!.Factor == 0 ? _term.Factor / size._term.Factor : null;
    }

    /// <summary>Whether it is at least 0 for every batch of at least one sample.</summary>
    public bool IsNatural => !_unknown ? _extent >= 0 : _term!.Factor >= 0 && _term.Factor + (long)_term.Offset >= 0;

    /// <summary>Whether both are the same number or, where a number is not known, the same multiple of the same name.</summary>
    public static bool operator ==(Dim a, Dim b) => a.Equals(b);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Dim a, Dim b) => !a.Equals(b);

    /// <inheritdoc/>
    public bool Equals(Dim other) => _unknown || other._unknown ? _unknown && other._unknown && _term == other._term : _extent == other._extent;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dim d && Equals(d);

    /// <inheritdoc/>
    public override int GetHashCode() => _unknown ? _term!.GetHashCode() : _extent;

    /// <summary>Compares numbers, which must be known.</summary>
    public int CompareTo(Dim other) => Extent.CompareTo(other.Extent);

    /// <summary>The number; a name with its factor and offset where that is not known: <c>batch</c>.</summary>
    public override string ToString()
    {
        if (!_unknown) return _extent.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string times = _term!.Factor == 1 ? _term.Name : $"{_term.Factor}·{_term.Name}";
        return _term.Offset == 0 ? times : _term.Offset > 0 ? $"{times}+{_term.Offset}" : $"{times}-{-_term.Offset}";
    }

    // No times a name is a number.
    private Dim With(int extent, Term term) => term.Factor == 0 ? term.Offset : new Dim(_unknown ? 0 : extent, term, _unknown);
}
