using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>Which options the arguments without names are.</summary>
internal static class LayerArguments
{
    /// <summary>
    /// Numbers and shapes of a standard layer with the option that each of them is: the next one that is not given by name, as when the layer is bound. Words stand for
    /// themselves and are not among them.
    /// </summary>
    public static IReadOnlyList<(Argument Argument, string Parameter)> Of(Item line)
    {
        var found = new List<(Argument, string)>();
        if (!LanguageReference.Entries.TryGetValue(line.Head.Name, out ReferenceEntry? layer) || layer.Kind != "layer") return found;
        var given = line.Arguments.Select(a => a.Name).OfType<string>().ToHashSet();
        foreach (Argument a in line.Arguments.Where(a => a.Name is null && a.Value is not (NameExpr or CallExpr or StringExpr)))
        {
            if (LanguageReference.Values(layer.Name, shape: a.Value is ShapeExpr).FirstOrDefault(o => !given.Contains(o)) is not { } option) continue;
            given.Add(option);
            found.Add((a, option));
        }

        return found;
    }
}
