namespace Nn.Dsl;

internal sealed partial class NameReader
{
    // The lines of a model, block or branch.
    private void Lines(IReadOnlyList<Item> items, NameScope scope, string model)
    {
        foreach (Item item in items)
        {
            Line(item, scope, model);
            if (item.Label is null) continue;
            Symbol label = scope.Find(item.Label) is { Kind: SymbolKind.Local or SymbolKind.Column } known ? known
                : scope.Add(new Symbol(SymbolKind.Local, item.Label, model, new TextSpan(item.Span.Start, item.Label.Length), item));
            _labels[item.Label] = label;
            _table.Set(item, label);
            var place = new TextSpan(item.Span.Start, item.Label.Length);
            _uses.Add(new NameUse(place, label, label.Definition == place));
        }
    }

    private void Line(Item item, NameScope scope, string model)
    {
        if (StructuralRow.All.ContainsKey(item.Head.Name))
        {
            Note(item.Head.Span, new Symbol(SymbolKind.Keyword, item.Head.Name, "model"));
            foreach (Argument a in item.Arguments) Read(a.Value, scope);
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
                _table.SetLoop(item, symbol);
                _uses.Add(new NameUse(token.Span, symbol, true));
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
            if (!Use(kind, item.Head)) continue;
            Arguments(item.Arguments, _defined[(kind, name)], scope);
            return;
        }

        if (StandardLayers.All.TryGetValue(name, out StandardLayer? layer) && !_defined.ContainsKey((SymbolKind.Function, name)))
        {
            Note(item.Head, new Symbol(SymbolKind.Layer, name, ""));
            foreach (Argument a in item.Arguments) LayerArgument(a, layer, scope);
        }
        else
        {
            Read(item.Head, scope);
            Arguments(item.Arguments, Function(name), scope);
        }
    }

    private void LayerArgument(Argument a, StandardLayer layer, NameScope scope)
    {
        OptionRow? named = layer.Parameters.FirstOrDefault(p => p.Name == a.Name);
        if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, layer.Name));
        if (named?.Kind == OptionKind.Initializer)
        {
            Initializer(a.Value, scope);
        }
        else if (a.Value is NameExpr word && named is not null && named.Words.Contains(word.Name))
        {
            Note(word.Span, new Symbol(SymbolKind.Word, word.Name, named.Name));
        }
        else if (a is { Name: null, Value: NameExpr alone }
            && layer.Parameters.FirstOrDefault(p => p.Words.Contains(alone.Name) || p.Name == alone.Name && p.Words.Contains("true")) is { } flagged)
        {
            // A flag stands for the option itself.
            Note(alone.Span,
                flagged.Name == alone.Name ? new Symbol(SymbolKind.Option, alone.Name, layer.Name) : new Symbol(SymbolKind.Word, alone.Name, flagged.Name));
        }
        else
        {
            Read(a.Value, scope);
        }
    }

    // The name after `as`, before the body.
    private Token? LoopName(Item item)
    {
        Token? token = TokenAt(item.Head.Span.Start);
        while (token is not null && !token.Is("{") && !token.IsWord("as")) token = After(token);
        if (token?.IsWord("as") != true) return null;
        Note(token.Span, new Symbol(SymbolKind.Keyword, "as", "model"));
        return After(token);
    }

    private void DataSetting(Item item, NameScope scope)
    {
        string head = item.Head.Name;
        Note(item.Head.Span, new Symbol(SymbolKind.Setting, head, "data"));
        foreach ((Argument a, OptionRow? option) in Matched(DataBinder.Rows, item))
        {
            // The option names of `types` are columns.
            if (a.Name is not null) Note(a.NameSpan, head == "types" ? new Symbol(SymbolKind.Column, a.Name, "") : new Symbol(SymbolKind.Option, a.Name, head));
            if (option?.Kind == OptionKind.Field && a.Value is NameExpr name && _fields.GetValueOrDefault(name.Name) is { } field)
                _uses.Add(new NameUse(name.Span, field, field.Definition == name.Span));
            else if (option?.Kind == OptionKind.Column) Columns(a.Value);
            else Word(a.Value, a.Name is null || head == "types" ? head : a.Name, scope);
        }
    }

    // The row says what each value is; what it has no place for, nobody knows.
    private static IEnumerable<(Argument Argument, OptionRow? Option)> Matched(IEnumerable<WordEntry> rows, Item item) =>
        (rows.FirstOrDefault(r => r.Name == item.Head.Name) ?? new WordEntry("", item.Head.Name, "", "")).Match(item.Arguments);

    private void Columns(Expr e)
    {
        if (e is NameExpr column) Note(column.Span, new Symbol(SymbolKind.Column, column.Name, ""));
        else if (e is ListExpr list) foreach (Expr i in list.Items) Columns(i);
    }

    private void TrainSetting(Item item, string where, NameScope scope, NameScope formulas)
    {
        if (item.Value is { } value)
        {
            Read(value, formulas);
            // A later line of the same name stands for a value of its own.
            Symbol symbol = formulas.Add(new Symbol(SymbolKind.Local, item.Label!, where, item.Head.Span, item));
            _table.Set(item, symbol);
            _uses.Add(new NameUse(item.Head.Span, symbol, true));
            return;
        }

        string head = item.Head.Name;
        Note(item.Head.Span, new Symbol(SymbolKind.Setting, head, where));
        foreach ((Argument a, OptionRow? option) in Matched(where == "step" ? StepSettings.Rows : TrainSettings.OfOneStep.Append(TrainSettings.Step), item))
        {
            if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, head));
            switch (option?.Kind)
            {
                case OptionKind.Model:
                    if (a.Value is NameExpr model) Use(SymbolKind.Model, model);
                    break;
                case OptionKind.Formula:
                    Read(a.Value, formulas);
                    break;
                case OptionKind.Optimizer:
                    Called(a.Value, SymbolKind.Optimizer, head, scope);
                    break;
                case OptionKind.Schedule:
                    Called(a.Value, SymbolKind.Word, head, scope);
                    break;
                case OptionKind.Metric:
                    Metric(a.Value, scope);
                    break;
                default:
                    Word(a.Value, a.Name ?? head, scope);
                    break;
            }
        }

        var own = new NameScope(formulas);
        foreach (Item i in item.Blocks.SelectMany(b => b)) TrainSetting(i, "step", scope, own);
    }

    // accuracy, or kind.accuracy of the output kind.
    private void Metric(Expr e, NameScope scope)
    {
        if (e is not MemberExpr { Target: NameExpr output } m)
        {
            Word(e, "metrics", scope);
            return;
        }

        if (_labels.TryGetValue(output.Name, out Symbol? label)) Note(output.Span, label);
        Note(new TextSpan(m.Span.End - m.Name.Length, m.Name.Length), new Symbol(SymbolKind.Word, m.Name, "metrics"));
    }

    // An optimizer or schedule with its options.
    private void Called(Expr e, SymbolKind kind, string setting, NameScope scope)
    {
        (NameExpr? name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, []),
            CallExpr c => (c.Function, c.Arguments),
            _ => ((NameExpr?)null, (IReadOnlyList<Argument>)[])
        };
        if (name is null)
        {
            Read(e, scope);
            return;
        }

        if (_defined.TryGetValue((kind, name.Name), out Symbol? own)) _uses.Add(new NameUse(name.Span, own, false));
        else if (Known(kind, setting, name.Name) is { } symbol) Note(name.Span, own = symbol);
        if (own?.Kind == SymbolKind.Word)
        {
            foreach ((Argument a, OptionRow? option) in ScheduleBinder.Rows.First(r => r.Name == own.Name).Match(arguments))
            {
                if (a.Name is not null) Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, own.Name));
                if (option?.Kind == OptionKind.Metric) Metric(a.Value, scope);
                else Read(a.Value, scope);
            }

            return;
        }

        foreach (Argument a in arguments)
        {
            if (own is null) Read(a.Value, scope);
            else Argument(a, own, scope);
        }
    }

    private static Symbol? Known(SymbolKind kind, string setting, string name) => kind == SymbolKind.Optimizer
        ? name == OptimizerBinder.Lbfgs.Name || PreludeScript.Find(name) is { Kind: "optimizer" } ? new Symbol(kind, name, "") : null
        : ScheduleBinder.Names.Contains(name) ? new Symbol(kind, name, setting) : null;

    // A word of the language where it may stand, else a value.
    private void Word(Expr e, string setting, NameScope scope)
    {
        if (e is NameExpr n && scope.Find(n.Name) is null && !_defined.ContainsKey((SymbolKind.Let, n.Name)))
        {
            // Where a value may stand as well, it is what it stands for elsewhere.
            _table.Set(n, Resolve(n.Name, scope));
            Note(n.Span, new Symbol(SymbolKind.Word, n.Name, setting));
        }
        else
        {
            Read(e, scope);
        }
    }

    private void Initializer(Expr e, NameScope scope)
    {
        (NameExpr? name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, []),
            CallExpr c => (c.Function, c.Arguments),
            _ => ((NameExpr?)null, (IReadOnlyList<Argument>)[])
        };
        if (name is null)
        {
            Read(e, scope);
            return;
        }

        Note(name.Span, new Symbol(SymbolKind.Word, name.Name, "init"));
        foreach (Argument a in arguments)
        {
            if (a.Value is NameExpr { Name: "normal" or "uniform" } draw) Note(draw.Span, new Symbol(SymbolKind.Word, draw.Name, "init"));
            else Read(a.Value, scope);
        }
    }
}
