using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// The extent of one axis: a number, or what a named quantity such as <see cref="Batch"/> or the length of sequences comes to. A name is not known while a
/// script is bound, and bound to a number in each entry of a plan, where it is still remembered: so the axis of samples, and an axis of places that a
/// sequence may be too short for, can be told from
/// any other axis, whatever its extent. Immutable.
/// </summary>
public readonly struct Dim : IEquatable<Dim>, IComparable<Dim>
{
    private const string BatchName = "batch";

    private readonly int _extent;
    private readonly ExtentFormula? _formula;
    private readonly bool _unknown;

    private Dim(int extent, ExtentFormula? formula, bool unknown) => (_extent, _formula, _unknown) = (extent, formula, unknown);

    /// <summary>The samples of a batch, not yet known how many.</summary>
    public static Dim Batch { get; } = Named(BatchName);

    /// <summary>A batch of so many samples.</summary>
    public static Dim BatchOf(int samples) => Batch.Bound(_ => samples);

    /// <summary>A named quantity, not yet known how much: the length of the sequences of a field.</summary>
    public static Dim Named(string name) => new(0, ExtentFormula.Named(name), unknown: true);

    /// <summary>Whether the extent is a number by now.</summary>
    public bool IsKnown => !_unknown;

    /// <summary>Whether this is the axis of samples, its number known or not.</summary>
    public bool IsBatch => _formula?.Is(BatchName) == true;

    /// <summary>Whether sequences may be shorter than this axis: it comes from a named length, its number known or not.</summary>
    public bool IsLength => _formula?.Names.Any(n => n != BatchName) == true;

    /// <summary>Whether it is a number and nothing else.</summary>
    internal bool IsPlain => _formula is null;

    /// <summary>The names that it depends on; none for a number.</summary>
    public IEnumerable<string> Names => _formula?.Names ?? [];

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It is a number of samples that is not known yet: only an entry binds it.</exception>
    /// <exception cref="ShapeException">It is a length that differs from sequence to sequence.</exception>
    public int Extent => !_unknown ? _extent
        : IsLength ? throw new ShapeException($"a fixed number is wanted here, but {this} is as long as each sequence is")
        : throw new InvalidOperationException($"the extent '{this}' is not known before an entry binds it");

    /// <summary>A number.</summary>
    public static implicit operator Dim(int extent) => new(extent, null, unknown: false);

    /// <summary>The number, which must be known: see <see cref="Extent"/>.</summary>
    public static implicit operator int(Dim dim) => dim.Extent;

    /// <summary>The same with numbers in place of names, which stay remembered; as it is where it has none.</summary>
    public Dim Bound(Func<string, int> names) => _formula is { } f && _unknown ? new Dim(f.Value(names), f, unknown: false) : this;

    /// <summary>The same with its number forgotten, where that is a length: what a script may know of it.</summary>
    public Dim Open() => IsLength ? new Dim(0, _formula, unknown: true) : this;

    /// <summary>Whether what is not known in this one may be that number: both come to the same from the same names.</summary>
    public bool Admits(Dim bound) => this == bound || (_unknown && bound.IsKnown && _formula!.Equals(bound._formula));

    /// <summary>The sum.</summary>
    public static Dim operator +(Dim a, Dim b) => Joined(a, b, checked(a._extent + b._extent), (f, g) => f + g, (f, n) => f + n);

    /// <summary>The difference.</summary>
    public static Dim operator -(Dim a, Dim b) => a + b * -1;

    /// <summary>The product.</summary>
    public static Dim operator *(Dim a, Dim b) => Joined(a, b, checked(a._extent * b._extent), (f, g) => f * g, (f, n) => f * n);

    /// <summary>The whole part of the quotient by a number of at least 1.</summary>
    public static Dim operator /(Dim a, int by)
    {
        int extent = (int)Math.Floor(a._extent / (double)by);
        return a._formula is { } f ? Of(extent, f.DividedBy(by), a._unknown) : extent;
    }

    /// <summary>How many times a size goes into this without rest, whatever the names stand for; null where it does not.</summary>
    public int? Times(Dim size)
    {
        if (IsKnown && size.IsKnown) return size == 0 || _extent % size._extent != 0 ? null : _extent / size._extent;
        if (this == 0) return 0;
        return _unknown && size._unknown ? _formula!.Times(size._formula!) : null;
    }

    /// <summary>Whether it is at least 0 for every batch of at least one sample, and every sequence of at least one place.</summary>
    public bool IsNatural => _unknown ? _formula!.IsNatural : _extent >= 0;

    /// <summary>Whether both are the same number or, where a number is not known, the same of the same names.</summary>
    public static bool operator ==(Dim a, Dim b) => a.Equals(b);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Dim a, Dim b) => !a.Equals(b);

    /// <inheritdoc/>
    public bool Equals(Dim other) => _unknown || other._unknown ? _unknown && other._unknown && _formula!.Equals(other._formula) : _extent == other._extent;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dim d && Equals(d);

    /// <inheritdoc/>
    public override int GetHashCode() => _unknown ? _formula!.GetHashCode() : _extent;

    /// <summary>Compares numbers, which must be known.</summary>
    public int CompareTo(Dim other) => Extent.CompareTo(other.Extent);

    /// <summary>The number as a node of f32, where the names stand for nodes; null for a number and nothing else.</summary>
    internal Node? Value(GraphBuilder g, Func<string, Node> names) => _formula?.Value(g, names);

    /// <summary>The number; names as they come to it where that is not known: <c>batch</c>.</summary>
    public override string ToString() => _unknown ? _formula!.ToString() : _extent.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // A number that is known counts as a number beside one that is not.
    private static Dim Joined(Dim a, Dim b, int extent, Func<ExtentFormula, ExtentFormula, ExtentFormula> both, Func<ExtentFormula, int, ExtentFormula> one)
    {
        bool unknown = a._unknown || b._unknown;
        ExtentFormula? f = unknown && !a._unknown ? null : a._formula, g = unknown && !b._unknown ? null : b._formula;
        return (f, g) switch
        {
            (null, null) => extent,
            ({ }, null) => Of(extent, one(f, b._extent), unknown),
            (null, { }) => Of(extent, one(g, a._extent), unknown),
            ({ }, { }) => Of(extent, both(f, g), unknown),
        };
    }

    // No times a name is a number.
    private static Dim Of(int extent, ExtentFormula formula, bool unknown) => formula.IsNumber ? formula.Offset
        : new Dim(unknown ? 0 : extent, formula, unknown);
}
