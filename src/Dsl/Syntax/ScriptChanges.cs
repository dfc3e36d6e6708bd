namespace Nn.Dsl;

/// <summary>
/// What of a training another script, or the same one later, does otherwise: the lines of models, data, training and definitions that are not the same.
/// Comments, blank space, the order of settings and a <c>search</c> block make no difference.
/// </summary>
public static class ScriptChanges
{
    // Finding what two bodies have in common takes the product of their lines.
    private const long MostCompared = 10_000_000;

    // One line of a statement. Where says within which lines of it: two steps of a training may both have a loss.
    private sealed record Piece(string Where, string Text, string First);

    private sealed record Unit(string Name, string Head, bool Ordered, IReadOnlyList<Piece> Pieces);

    /// <summary>The differences, one a text for people: <c>train: `batch 16` is now `batch 32`</c>.</summary>
    /// <param name="then">The script before.</param>
    /// <param name="setThen">Values that stood in place of its lets.</param>
    /// <param name="now">The script now.</param>
    /// <param name="setNow">Values that stand in place of its lets.</param>
    public static IReadOnlyList<string> Between(string then, IReadOnlyDictionary<string, string> setThen, string now,
        IReadOnlyDictionary<string, string> setNow)
    {
        IReadOnlyList<Unit> before = DeepStack.Run(() => Units(then, setThen)), after = DeepStack.Run(() => Units(now, setNow));
        var changes = new List<string>();
        foreach (Unit unit in before)
        {
            if (after.FirstOrDefault(u => u.Name == unit.Name) is not { } same)
            {
                changes.Add($"{unit.Name} is gone");
                continue;
            }

            if (unit.Head != same.Head) changes.Add($"`{unit.Head}` is now `{same.Head}`");
            changes.AddRange(Lines(unit, same));
        }

        changes.AddRange(after.Where(u => before.All(b => b.Name != u.Name)).Select(u => $"{u.Name} is new"));
        return changes;
    }

    private static IEnumerable<string> Lines(Unit before, Unit after)
    {
        (List<Piece> gone, List<Piece> come) = before.Ordered && (long)before.Pieces.Count * after.Pieces.Count <= MostCompared
            ? OutOfLine(before.Pieces, after.Pieces)
            : (Without(before.Pieces, after.Pieces), Without(after.Pieces, before.Pieces));
        foreach (Piece old in gone)
        {
            string place = old.Where.Length == 0 ? before.Name : $"{before.Name}, {old.Where}";
            if (come.Remove(old))
            {
                yield return $"{place}: `{old.Text}` stands at another place";
                continue;
            }

            // What begins alike is the same setting or layer with another value.
            int other = come.FindIndex(c => c.Where == old.Where && c.First == old.First);
            if (other < 0 && before.Ordered) other = come.FindIndex(c => c.Where == old.Where);
            if (other < 0)
            {
                yield return $"{place}: `{old.Text}` is gone";
                continue;
            }

            yield return $"{place}: `{old.Text}` is now `{come[other].Text}`";
            come.RemoveAt(other);
        }

        foreach (Piece fresh in come) yield return $"{(fresh.Where.Length == 0 ? after.Name : $"{after.Name}, {fresh.Where}")}: `{fresh.Text}` is new";
    }

    private static List<Piece> Without(IReadOnlyList<Piece> pieces, IReadOnlyList<Piece> others)
    {
        List<Piece> left = [.. pieces];
        foreach (Piece p in others) left.Remove(p);
        return left;
    }

    // Both without what they have in common in the same order: a longest common subsequence.
    private static (List<Piece> Gone, List<Piece> Come) OutOfLine(IReadOnlyList<Piece> before, IReadOnlyList<Piece> after)
    {
        var common = new int[before.Count + 1, after.Count + 1];
        for (int i = before.Count - 1; i >= 0; i--)
        {
            for (int j = after.Count - 1; j >= 0; j--)
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var (gone, come) = (new List<Piece>(), new List<Piece>());
        int a = 0, b = 0;
        while (a < before.Count || b < after.Count)
        {
            if (a < before.Count && b < after.Count && before[a] == after[b]) (a, b) = (a + 1, b + 1);
            else if (b == after.Count || (a < before.Count && common[a + 1, b] >= common[a, b + 1])) gone.Add(before[a++]);
            else come.Add(after[b++]);
        }

        return (gone, come);
    }

    private static List<Unit> Units(string script, IReadOnlyDictionary<string, string> set)
    {
        var units = new List<Unit>();
        int trainings = 0;
        foreach (RawLine line in Read(script))
        {
            if (line.Tokens.Length == 0 || line.Tokens[0].IsWord("search")) continue;
            string kind = line.Tokens[0].Text;
            bool named = kind != "train" && line.Tokens.Length > 1;
            // Trainings are told apart by their order: two may be of one model.
            string unnamed = kind == "train" && ++trainings > 1 ? $"{kind} {trainings}" : kind;
            string name = named ? $"{kind} {line.Tokens[1].Text}" : unnamed, head = Text(line.Tokens);
            if (kind == "let" && named && set.TryGetValue(line.Tokens[1].Text, out string? value))
                head = Text([.. line.Tokens.Take(3), .. Read(value).SelectMany(l => l.Tokens)]);
            var pieces = new List<Piece>();
            Add(pieces, line.Blocks, "");
            units.Add(new Unit(name, head, kind is not ("train" or "data"), pieces));
        }

        return units;
    }

    private static void Add(List<Piece> pieces, IReadOnlyList<IReadOnlyList<RawLine>> blocks, string where)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            string place = i == 0 ? where : $"{where} (body {i + 1})";
            foreach (RawLine line in blocks[i])
            {
                string text = Text(line.Tokens);
                pieces.Add(new Piece(place, line.Blocks.Count == 0 ? text : text + " { … }", line.Tokens.Length == 0 ? "" : line.Tokens[0].Text));
                Add(pieces, line.Blocks, place.Length == 0 ? text : $"{place}, {text}");
            }
        }
    }

    // As if no blanks had been written: the formatter keeps some that mean nothing.
    private static string Text(IReadOnlyList<Token> tokens)
    {
        int at = 0;
        return Formatter.Join([.. tokens.Select(t => t with { Span = new TextSpan((at += t.Span.Length) - t.Span.Length, t.Span.Length) })]);
    }

    private static IReadOnlyList<RawLine> Read(string text)
    {
        var source = new SourceText("", text);
        var diagnostics = new Diagnostics(source);
        return new LineReader(Lexer.Tokenize(source, diagnostics), diagnostics).Read();
    }
}
