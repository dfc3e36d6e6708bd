namespace Nn.Dsl;

/// <summary>
/// Finds names that nothing defines, without knowing any shape: in a script with mistakes, those that binding did not come to.
/// </summary>
internal static class NameChecker
{
    /// <summary>Reports unknown layers, options and activations of all models and blocks.</summary>
    public static void Check(IEnumerable<ModelStatement> models, Definitions definitions, Action<BindError> report)
    {
        foreach (ModelStatement model in models)
        {
            // Labels and parameters may be used anywhere in their model.
            HashSet<string> own = [.. model.Parameters.Select(p => p.Name), .. Labels(model.Items)];
            foreach (Item item in Flat(model.Items))
            {
                try
                {
                    Check(item, own, definitions);
                }
                catch (BindError e)
                {
                    report(e);
                }
            }
        }
    }

    private static void Check(Item item, HashSet<string> own, Definitions d)
    {
        string name = item.Head.Name;
        if (StructuralRow.All.ContainsKey(name) || own.Contains(name)) return;
        Symbol? head = d.Names.Of(item.Head);
        if (head is null or { Kind: SymbolKind.Size or SymbolKind.Keyword }) throw BindError.UnknownLayer(item.Head, LayerFlow.LayerNames(d));
        if (head is not { Kind: SymbolKind.Layer, Definition: null }) return;
        StandardLayer layer = StandardLayers.All[name];
        foreach (Argument a in item.Arguments)
        {
            if (a.Name is not null && a.Name != "activation" && layer.Parameters.All(p => p.Name != a.Name))
                throw BindError.UnknownOption(a.NameSpan, a.Name, name, layer.Parameters.Select(p => p.Name));
            if (a is { Name: null, Value: NameExpr word } && !own.Contains(word.Name) && !layer.Words(d).Contains(word.Name))
                throw BindError.UnknownName(word, layer.Words(d));
        }
    }

    private static IEnumerable<string> Labels(IEnumerable<Item> items) =>
        Flat(items).SelectMany(i => new[] { i.Label, i.LoopVariable }).OfType<string>();

    private static IEnumerable<Item> Flat(IEnumerable<Item> items) => items.SelectMany(i => i.Blocks.SelectMany(Flat).Prepend(i));
}
