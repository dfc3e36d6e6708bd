using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Pairs of texts, such as sentences and their translations: <c>source</c> is given, <c>target</c> is wanted, each with symbols of its own and as long as it
/// is. For a model that was trained before, symbols have its numbers.
/// </summary>
/// <param name="spec">What symbols are, and which marks the target has.</param>
/// <param name="file">What messages call them.</param>
internal sealed class TextPairs(DataSpec spec, string file)
{
    /// <summary>The names of the fields.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["source", "target"];

    private readonly List<(string[] Source, string[] Target)> _pairs = [];
    private readonly List<(string[] Source, string[] Target)> _possible = [];

    /// <summary>How many there are.</summary>
    public int Count => _pairs.Count;

    /// <summary>One more.</summary>
    /// <returns>Whether both texts have a symbol; a pair of which one has none is not taken.</returns>
    public bool Add(string source, string target) => Add(_pairs, source, target);

    /// <summary>A pair that others may have, so that its symbols have numbers and its lengths have room whatever pairs there are here.</summary>
    public void AddPossible(string source, string target) => Add(_possible, source, target);

    private bool Add(List<(string[] Source, string[] Target)> pairs, string source, string target)
    {
        (string[] from, string[] to) = (TextTokens.Split(source, spec.Unit), TextTokens.Split(target, spec.Unit));
        if (from.Length == 0 || to.Length == 0) return false;
        pairs.Add((from, spec.MarksEnd ? [.. to, TextTokens.End] : to));
        return true;
    }

    /// <summary>As samples.</summary>
    /// <exception cref="NnException">A trained model does not know a symbol of the targets.</exception>
    public RawData Raw()
    {
        string[] marks = [.. spec.MarksStart ? [TextTokens.Start] : Array.Empty<string>(), .. spec.MarksEnd ? [TextTokens.End] : Array.Empty<string>()];
        (Field source, int[] x, long unknown) = Numbered(0, p => p.Source, [TextTokens.Unknown], spec.AtLeast, spec.Trained?.Inputs);
        // A target of which a part has no symbol of its own could not be written.
        (Field target, int[] y, _) = Numbered(1, p => p.Target, marks, 1, spec.Trained?.Targets);
        string what = spec.Unit.ToString().ToLowerInvariant();
        return new RawData
        {
            Schema = new Schema([source], [target]),
            All = new Part(Count, RawData.Bytes(x), RawData.Bytes(y)),
            Notes =
            [
                $"{Count:N0} pairs of texts, sources of {Range(_pairs.Select(p => p.Source.Length))} {what}, "
                    + $"targets of {Range(_pairs.Select(p => p.Target.Length))}{(spec.MarksEnd ? " with their end" : "")}",
                $"{source.Form.Names.Count - 1:N0} different {what} in sources{(unknown > 0 ? $", {unknown:N0} places have others" : "")}; "
                    + $"{target.Form.Names.Count(n => !TextTokens.IsMark(n)):N0} in targets",
            ],
        };
    }

    private NnException CannotWrite(string[] target, string symbol) => new(
        ExitCode.BadFile,
        $"{file}: the target '{TextTokens.Join(target, spec.Unit)}' has '{symbol}', which the model cannot write: it was trained on targets without it");

    private static string Range(IEnumerable<int> lengths) =>
        lengths.Min() == lengths.Max() ? $"{lengths.Min():N0}" : $"{lengths.Min():N0} to {lengths.Max():N0}";

    private (Field Field, int[] Stored, long Unknown) Numbered(
        int which, Func<(string[] Source, string[] Target), string[]> of, string[] marks, int atLeast, IReadOnlyList<Field>? trained)
    {
        string name = Fields[which];
        string[][] all = [.. _pairs.Select(of)], possible = [.. _possible.Select(of)];
        FieldForm? known = trained?.FirstOrDefault(f => f.Name == name && f.Form.Unit == spec.Unit)?.Form;
        IReadOnlyList<string> symbols = known?.Names ??
        [
            .. marks, .. all.Concat(possible).SelectMany(t => t).Where(t => !marks.Contains(t)).CountBy(t => t)
                .Where(t => t.Value >= atLeast).Select(t => t.Key).Order(StringComparer.Ordinal),
        ];
        var numbers = new Dictionary<string, int>();
        for (int i = 0; i < symbols.Count; i++) numbers.TryAdd(symbols[i], i);
        bool hasUnknown = numbers.TryGetValue(TextTokens.Unknown, out int other);
        int longest = all.Concat(possible).Max(t => t.Length);
        RawData.CheckSize(Count, (long)longest * sizeof(int), file);
        var stored = new int[Count * longest];
        Array.Fill(stored, FieldForm.Padding);
        long unknown = 0;
        for (int s = 0; s < Count; s++)
        {
            for (int i = 0; i < all[s].Length; i++)
            {
                if (numbers.TryGetValue(all[s][i], out int number) is var found && !found)
                {
                    unknown++;
                    number = hasUnknown ? other : throw CannotWrite(all[s], all[s][i]);
                }

                stored[s * longest + i] = number;
            }
        }

        var shape = new Shape(FieldForm.UpTo(longest, name + "_length"));
        return (new Field(name, FieldForm.Classes(symbols, shape) with { Unit = spec.Unit }), stored, unknown);
    }
}
