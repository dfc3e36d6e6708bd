using System.Collections.Immutable;
using System.Globalization;

namespace Nn.Graphs;

/// <summary>
/// What an extent is made of, where it is more than a number: a sum of products of names and floors, such as <c>batch·length + 3</c> or <c>⌊(length +
/// 1)/2⌋</c>, in a
/// normal form, so that two ways to the same extent give the same formula. Immutable.
/// </summary>
internal sealed class ExtentFormula : IEquatable<ExtentFormula>
{
    // A name, or the whole part of a formula divided by a number.
    private sealed record Atom(string Text, string? Name, ExtentFormula? Of, int By)
    {
        public static Atom Named(string name) => new(name, name, null, 1);

        public static Atom Quotient(ExtentFormula of, int by) => new(of._terms.Length == 1 && of.Offset == 0 ? $"⌊{of}/{by}⌋" : $"⌊({of})/{by}⌋", null, of, by);
    }

    private sealed record Term(int Factor, ImmutableArray<Atom> Atoms)
    {
        public string Key { get; } = Atoms.Length == 1 ? Atoms[0].Text : string.Join('·', Atoms.Select(a => a.Text));
    }

    // Ordered by their keys, each key once, no factor 0.
    private readonly ImmutableArray<Term> _terms;

    private string? _text;

    private ExtentFormula(ImmutableArray<Term> terms, int offset) => (_terms, Offset) = (terms, offset);

    private static ExtentFormula Of(IEnumerable<Term> terms, int offset) => new(
        [
            .. terms.GroupBy(t => t.Key).Select(g => g.First() with { Factor = g.Aggregate(0, (sum, t) => checked(sum + t.Factor)) })
                .Where(t => t.Factor != 0).OrderBy(t => t.Key, StringComparer.Ordinal),
        ],
        offset);

    /// <summary>A name by itself.</summary>
    public static ExtentFormula Named(string name) => new([new Term(1, [Atom.Named(name)])], 0);

    /// <summary>What is added to the products.</summary>
    public int Offset { get; }

    /// <summary>Whether no name is left: then it is the number <see cref="Offset"/>.</summary>
    public bool IsNumber => _terms.IsEmpty;

    /// <summary>Whether it is that name and nothing else.</summary>
    public bool Is(string name) => Offset == 0 && _terms is [{ Factor: 1, Atoms: [{ } only] }] && only.Name == name;

    /// <summary>All names in it.</summary>
    public IEnumerable<string> Names => _terms.SelectMany(t => t.Atoms).SelectMany(a => a.Name is { } name ? [name] : a.Of!.Names).Distinct();

    /// <summary>Whether it is at least 0 wherever every name is at least 1.</summary>
    public bool IsNatural => _terms.All(t => t.Factor > 0) && Value(_ => 1) >= 0;

    public static ExtentFormula operator +(ExtentFormula a, ExtentFormula b) => Of(a._terms.Concat(b._terms), checked(a.Offset + b.Offset));

    public static ExtentFormula operator +(ExtentFormula a, int b) => b == 0 ? a : new(a._terms, checked(a.Offset + b));

    public static ExtentFormula operator *(ExtentFormula a, int b) => b == 1 ? a
        : b == 0 ? new([], 0)
        : new([.. a._terms.Select(t => t with { Factor = checked(t.Factor * b) })], checked(a.Offset * b));

    public static ExtentFormula operator *(ExtentFormula a, ExtentFormula b)
    {
        var products = from t in a._terms
                       from u in b._terms
                       select new Term(checked(t.Factor * u.Factor), [.. t.Atoms.Concat(u.Atoms).OrderBy(x => x.Text, StringComparer.Ordinal)]);
        return Of(products, 0) + a * b.Offset + (b * a.Offset + -checked(a.Offset * b.Offset));
    }

    /// <summary>
    /// The whole part of this divided by a number of at least 1: what goes into it evenly is taken out of the floor, and a floor of a floor is one floor.
    /// </summary>
    public ExtentFormula DividedBy(int by)
    {
        if (by == 1) return this;
        ExtentFormula whole = Of(_terms.Select(t => t with { Factor = Floor(t.Factor, by) }), Floor(Offset, by));
        ExtentFormula rest = Of(_terms.Select(t => t with { Factor = t.Factor - by * Floor(t.Factor, by) }), Offset - by * Floor(Offset, by));
        if (rest.IsNumber) return whole;
        // ⌊(⌊f/a⌋ + c)/b⌋ = ⌊(f + a·c)/(a·b)⌋
        if (rest._terms is [{ Factor: 1, Atoms: [{ Of: { } of } inner] }])
            return whole + (of + checked(inner.By * rest.Offset)).DividedBy(checked(inner.By * by));
        return whole + new ExtentFormula([new Term(1, [Atom.Quotient(rest, by)])], 0);
    }

    /// <summary>How many times another goes into this, whatever the names stand for; null where that is no number, or nobody can tell.</summary>
    public int? Times(ExtentFormula size) =>
        Offset == 0 && size.Offset == 0 && _terms is [var t] && size._terms is [var u] && t.Key == u.Key && t.Factor % u.Factor == 0 ? t.Factor / u.Factor
            : null;

    /// <summary>Its number where the names stand for numbers.</summary>
    /// <exception cref="OverflowException">It is no 32-bit number.</exception>
    public int Value(Func<string, int> names)
    {
        int Of(Atom a) => a.Name is { } name ? names(name) : Floor(a.Of!.Value(names), a.By);
        return checked(Offset + _terms.Sum(t => t.Atoms.Aggregate(t.Factor, (n, a) => checked(n * Of(a)))));
    }

    /// <summary>As <see cref="Value(Func{string, int})"/> where the names stand for nodes of f32 that hold whole numbers below 2^20.</summary>
    public Node Value(GraphBuilder g, Func<string, Node> names)
    {
        Node Of(Atom a) => a.Name is { } name ? names(name)
            // Half a part more, so that a quotient that is a whole number is not rounded to just below it.
            : g.Floor(g.Mul(g.Add(a.Of!.Value(g, names), g.Constant(0.5)), g.Constant(1.0 / a.By)));
        Node sum = _terms.Select(
            t => t.Atoms.Select(Of).Aggregate((x, y) => g.Mul(x, y)) is var product && t.Factor == 1 ? product : g.Mul(product, g.Constant(t.Factor)))
            .Aggregate((x, y) => g.Add(x, y));
        return Offset == 0 ? sum : g.Add(sum, g.Constant(Offset));
    }

    /// <inheritdoc/>
    public bool Equals(ExtentFormula? other) => ReferenceEquals(this, other) || ToString() == other?.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ExtentFormula f && Equals(f);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    /// <summary>As people write it: <c>2·length+1</c>.</summary>
    public override string ToString() => _text ??= Text();

    private string Text()
    {
        if (_terms.IsEmpty) return Offset.ToString(CultureInfo.InvariantCulture);
        string products = string.Join('+', _terms.Select(t => t.Factor == 1 ? t.Key : $"{t.Factor}·{t.Key}"));
        return Offset == 0 ? products : Offset > 0 ? $"{products}+{Offset}" : $"{products}-{-Offset}";
    }

    private static int Floor(int a, int by) => a >= 0 ? a / by : -((-a + by - 1) / by);
}
