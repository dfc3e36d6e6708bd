namespace Nn.Dsl;

/// <summary>Goes through the names of the lines of models and blocks.</summary>
/// <param name="notes">Takes what is found.</param>
/// <param name="defined">What the script defines.</param>
/// <param name="formulas">Goes through values.</param>
internal sealed class LayerNames(NameNotes notes, DefinedNames defined, FormulaNames formulas)
{
    /// <summary>Goes through the lines of a model, block or branch.</summary>
    public void Lines(IReadOnlyList<Item> items, NameScope scope, string model)
    {
        foreach (Item item in items)
        {
            Line(item, scope, model);
            if (item.Label is null) continue;
            Symbol label = scope.Find(item.Label) is { Kind: SymbolKind.Local or SymbolKind.Column } known ? known
                : scope.Add(new Symbol(SymbolKind.Local, item.Label, model, new TextSpan(item.Span.Start, item.Label.Length), item));
            defined.Labels[item.Label] = label;
            notes.Table.Set(item, label);
            var place = new TextSpan(item.Span.Start, item.Label.Length);
            notes.Add(place, label, label.Definition == place);
        }
    }

    private void Line(Item item, NameScope scope, string model)
    {
        if (StructuralRow.All.ContainsKey(item.Head.Name))
        {
            notes.Note(item.Head.Span, new Symbol(SymbolKind.Keyword, item.Head.Name, "model"));
            foreach (Argument a in item.Arguments) formulas.Read(a.Value, scope);
        }
        else
        {
            Layer(item, scope);
        }

        // A layer has none, which is told where it is bound.
        foreach (IReadOnlyList<Item> body in item.Blocks)
        {
            var inner = new NameScope(scope);
            if (item.LoopVariable is { } loop && LoopName(item) is { } token)
            {
                Symbol symbol = inner.Add(new Symbol(SymbolKind.Local, loop, model, token.Span, item));
                notes.Table.SetLoop(item, symbol);
                notes.Add(token.Span, symbol, true);
            }

            Lines(body, inner, model);
        }
    }

    // A layer, block, model or function with its arguments.
    private void Layer(Item item, NameScope scope)
    {
        string name = item.Head.Name;
        foreach (SymbolKind kind in new[] { SymbolKind.Layer, SymbolKind.Block, SymbolKind.Model })
        {
            if (!notes.Use(kind, item.Head)) continue;
            formulas.Arguments(item.Arguments, defined.Find(kind, name), scope);
            return;
        }

        if (StandardLayers.All.TryGetValue(name, out StandardLayer? layer) && defined.Find(SymbolKind.Function, name) is null)
        {
            notes.Note(item.Head, new Symbol(SymbolKind.Layer, name, ""));
            foreach (Argument a in item.Arguments) formulas.LayerArgument(a, layer, scope);
        }
        else
        {
            formulas.Read(item.Head, scope);
            formulas.Arguments(item.Arguments, defined.Function(name), scope);
        }
    }

    // The name after `as`, before the body.
    private Token? LoopName(Item item)
    {
        Token? token = notes.Tokens.At(item.Head.Span.Start);
        while (token is not null && !token.Is("{") && !token.IsWord("as")) token = notes.Tokens.After(token);
        if (token?.IsWord("as") != true) return null;
        notes.Note(token.Span, new Symbol(SymbolKind.Keyword, "as", "model"));
        return notes.Tokens.After(token);
    }
}
