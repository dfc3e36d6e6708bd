namespace Nn.Dsl;

/// <summary>Writes statements as scripts have them, one line an item of a body, or all in one line.</summary>
public static class StatementText
{
    /// <summary>A statement with a line for each item of its body; it ends with a line break.</summary>
    public static string Of(Statement s) => string.Concat(Lines(s).Select(l => l + "\n"));

    /// <summary>A statement in one line.</summary>
    public static string Inline(Statement s)
    {
        string[] lines = [.. Lines(s)];
        return lines.Length == 1 ? lines[0] : $"{lines[0]} {string.Join("; ", lines[1..^1].Select(l => l.Trim()))} }}";
    }

    /// <summary>An item of a body without blocks: <c>name = conv 6, 5x5</c>.</summary>
    public static string Of(Item item)
    {
        string label = item.Label is null ? "" : $"{item.Label} = ";
        if (item.Value is not null) return (item.Head.Name == item.Label ? "" : $"{item.Head.Name} ") + label + SyntaxText.Of(item.Value, exact: true);
        string arguments = item.Arguments.Count == 0 ? "" : " " + string.Join(", ", item.Arguments.Select(a => SyntaxText.Of(a, exact: true)));
        return $"{label}{item.Head.Name}{arguments}{(item.LoopVariable is null ? "" : $" as {item.LoopVariable}")}";
    }

    /// <summary>A line of a formula.</summary>
    public static string Of(FormulaLine line)
    {
        string kind = line.Kind switch { FormulaKind.Param => "param ", FormulaKind.State when line.Value is ListExpr => "state ", _ => "" };
        string options = string.Concat(line.Options.Select(o => $", {SyntaxText.Of(o, exact: true)}"));
        string name = line.Name is null ? "" : $"{(line.Kind == FormulaKind.State && kind.Length == 0 ? "state " : "")}{line.Name} {line.Operator} ";
        return $"{name}{kind}{SyntaxText.Of(line.Value, exact: true)}{options}";
    }

    private static IEnumerable<string> Lines(Statement s) => s switch
    {
        LetStatement l => [$"let {l.Name.Name} = {SyntaxText.Of(l.Value, exact: true)}"],
        DefinitionStatement { Kind: "fn", Lines: [{ Name: null } only] } d => [$"fn {d.Name.Name}{Parameters(d.Parameters)} = {Of(only)}"],
        DefinitionStatement d => Body($"{d.Kind} {d.Name.Name}{Parameters(d.Parameters)}", d.Lines.SelectMany(Nested)),
        ModelStatement m => Body($"{m.Kind} {m.Name.Name}{Parameters(m.Parameters)}", m.Items.SelectMany(Nested)),
        DataStatement d => Body($"data {d.Name.Name}", d.Settings.SelectMany(Nested)),
        TrainStatement t => Body($"train{(t.Model is null ? "" : $" {t.Model.Name}")}{(t.Data is null ? "" : $" on {t.Data.Name}")}",
            t.Settings.SelectMany(Nested)),
        _ => throw new ArgumentException($"a {s.GetType().Name} is not written", nameof(s)),
    };

    private static IEnumerable<string> Body(string head, IEnumerable<string> lines) => [$"{head} {{", .. lines.Select(l => $"  {l}"), "}"];

    private static IEnumerable<string> Nested(FormulaLine line) => line.Value is ScanExpr loop
        ? Body($"{(line.Name is null ? "" : $"{line.Name} = ")}{SyntaxText.Head(loop, exact: true)}", loop.Body.SelectMany(Nested))
        : [Of(line)];

    // The first block follows its line, further ones the bracket of the one before.
    private static IEnumerable<string> Nested(Item item)
    {
        string head = Of(item);
        foreach (IReadOnlyList<Item> block in item.Blocks)
        {
            yield return $"{head} {{";
            foreach (string line in block.SelectMany(Nested)) yield return $"  {line}";
            head = "}";
        }

        yield return item.Blocks.Count == 0 ? head : "}";
    }

    private static string Parameters(IReadOnlyList<ParameterSyntax> parameters) => parameters.Count == 0
        ? ""
        : $"({string.Join(", ", parameters.Select(p => p.Default is null ? p.Name : $"{p.Name} = {SyntaxText.Of(p.Default, exact: true)}"))})";
}
