using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>Which options the arguments without names are.</summary>
internal static class LayerArguments
{
    /// <summary>
    /// The arguments of a layer with the option that each of them is: the next one that is not given by name, as when the layer is bound. Words of a standard
    /// layer stand for themselves and are not among them.
    /// </summary>
    public static IReadOnlyList<(Argument Argument, string? Parameter)> Of(Document d, Item line)
    {
        var found = new List<(Argument, string?)>();
        Symbol? head = d.Analysis.Names.Uses.FirstOrDefault(u => u.Span == line.Head.Span)?.Symbol;
        if (head is null) return found;
        bool standard = head is { Kind: SymbolKind.Layer, Definition: null };
        // On a line of its own, the first argument of a function is the value before it.
        string[] own = standard ? [] : [.. Parameters(head).Skip(head.Kind == SymbolKind.Function ? 1 : 0)];
        var given = line.Arguments.Select(a => a.Name).OfType<string>().ToHashSet();
        foreach (Argument a in line.Arguments.Where(a => a.Name is null && !(standard && a.Value is NameExpr or CallExpr or StringExpr)))
        {
            IEnumerable<string> options = standard ? LanguageReference.Values(head.Name, shape: a.Value is ShapeExpr) : own;
            if (options.FirstOrDefault(o => !given.Contains(o)) is not { } option) continue;
            given.Add(option);
            found.Add((a, option));
        }

        return found;
    }

    /// <summary>The parameters of something that is called, in their order.</summary>
    public static string[] Parameters(Symbol of) => of.Syntax switch
    {
        DefinitionStatement f => [.. f.Parameters.Select(p => p.Name)],
        ModelStatement m => [.. m.Parameters.Select(p => p.Name)],
        _ => LanguageReference.Entries.TryGetValue(of.Name, out ReferenceEntry? e) ? [.. e.Options.Select(o => o.Name)] : [],
    };
}
