namespace Nn.Dsl;

/// <summary>Goes through the names of settings: lines of <c>data</c>, <c>train</c> and <c>step</c>, and of a search.</summary>
/// <param name="notes">Takes what is found.</param>
/// <param name="defined">What the script defines.</param>
/// <param name="values">Goes through values.</param>
internal sealed class SettingNames(NameNotes notes, DefinedNames defined, FormulaNames values)
{
    /// <summary>Goes through a line of <c>data</c>.</summary>
    public void DataSetting(Item item, NameScope scope)
    {
        string head = item.Head.Name;
        notes.Note(item.Head.Span, new Symbol(SymbolKind.Setting, head, "data"));
        if (item.Value is not null) Drawn(item, scope);
        foreach ((Argument a, OptionRow? option) in Matched(DataBinder.Rows, item))
        {
            // The option names of `types` are columns.
            if (a.Name is not null)
                notes.Note(a.NameSpan, head == "types" ? new Symbol(SymbolKind.Column, a.Name, "") : new Symbol(SymbolKind.Option, a.Name, head));
            if (option?.Kind == OptionKind.Field && a.Value is NameExpr name && defined.Fields.GetValueOrDefault(name.Name) is { } field)
                notes.Add(name.Span, field, field.Definition == name.Span);
            else if (option?.Kind == OptionKind.Column) Columns(a.Value);
            else values.Word(a.Value, a.Name is null || head == "types" ? head : a.Name, scope);
        }
    }

    // draw inside = uniform(2, from: -1)
    private void Drawn(Item item, NameScope scope)
    {
        TextSpan name = DrawBinder.NameOf(item);
        if (defined.Fields.GetValueOrDefault(item.Label!) is { } field) notes.Add(name, field, field.Definition == name);
        if (item.Value is not CallExpr call || DrawBinder.Rows.FirstOrDefault(r => r.Name == call.Function.Name) is not { } row)
        {
            values.Read(item.Value, scope);
            return;
        }

        notes.Note(call.Function, new Symbol(SymbolKind.Word, row.Name, DrawBinder.Word));
        foreach (Argument a in call.Arguments)
        {
            if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, row.Name));
            values.Read(a.Value, scope);
        }
    }

    // The row says what each value is; what it has no place for, nobody knows.
    private static IEnumerable<(Argument Argument, OptionRow? Option)> Matched(IEnumerable<WordEntry> rows, Item item) =>
        (rows.FirstOrDefault(r => r.Name == item.Head.Name) ?? new WordEntry("", item.Head.Name, "", "")).Match(item.Arguments);

    private void Columns(Expr e)
    {
        if (e is NameExpr column) notes.Note(column.Span, new Symbol(SymbolKind.Column, column.Name, ""));
        else if (e is ListExpr list) foreach (Expr i in list.Items) Columns(i);
    }

    /// <summary>Goes through a line of <c>train</c>, or of a <c>step</c> of it.</summary>
    public void TrainSetting(Item item, string where, NameScope scope, NameScope formulas)
    {
        if (item.Value is { } value)
        {
            values.Read(value, formulas);
            // A later line of the same name stands for a value of its own.
            Symbol symbol = formulas.Add(new Symbol(SymbolKind.Local, item.Label!, where, item.Head.Span, item));
            notes.Table.Set(item, symbol);
            notes.Add(item.Head.Span, symbol, true);
            return;
        }

        string head = item.Head.Name;
        notes.Note(item.Head.Span, new Symbol(SymbolKind.Setting, head, where));
        foreach ((Argument a, OptionRow? option) in Matched(where == "step" ? StepSettings.Rows : TrainSettings.OfOneStep.Append(TrainSettings.Step), item))
        {
            if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, head));
            switch (option?.Kind)
            {
                case var _ when head == "metrics" && a.Name is not null:
                    values.Read(a.Value, formulas);
                    break;
                case OptionKind.Model:
                    if (a.Value is NameExpr model) notes.Use(SymbolKind.Model, model);
                    break;
                case OptionKind.Formula when a.Name == LossWeights.Option.Name && LossWeights.IsBalanced(a.Value):
                    notes.Note(a.Value.Span, new Symbol(SymbolKind.Word, "balanced", a.Name));
                    break;
                case OptionKind.Formula:
                    values.Read(a.Value, formulas);
                    break;
                case OptionKind.Optimizer:
                    Called(a.Value, SymbolKind.Optimizer, head, scope);
                    break;
                case OptionKind.Schedule:
                    Called(a.Value is StageExpr stage ? stage.Value : a.Value, SymbolKind.Word, head, scope);
                    break;
                case OptionKind.Metric:
                    Metric(a.Value, scope);
                    break;
                default:
                    values.Word(a.Value, a.Name ?? head, scope);
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
            values.Word(e, "metrics", scope);
            return;
        }

        if (defined.Labels.TryGetValue(output.Name, out Symbol? label)) notes.Note(output.Span, label);
        notes.Note(new TextSpan(m.Span.End - m.Name.Length, m.Name.Length), new Symbol(SymbolKind.Word, m.Name, "metrics"));
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
            values.Read(e, scope);
            return;
        }

        Symbol? own = defined.Find(kind, name.Name);
        if (own is not null) notes.Note(name.Span, own);
        else if (Known(kind, setting, name.Name) is { } symbol) notes.Note(name.Span, own = symbol);
        if (own?.Kind == SymbolKind.Word)
        {
            foreach ((Argument a, OptionRow? option) in ScheduleBinder.Rows.First(r => r.Name == own.Name).Match(arguments))
            {
                if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, own.Name));
                if (option?.Kind == OptionKind.Metric) Metric(a.Value, scope);
                else values.Read(a.Value, scope);
            }

            return;
        }

        foreach (Argument a in arguments)
        {
            if (own is null) values.Read(a.Value, scope);
            else values.Argument(a, own, scope);
        }
    }

    private static Symbol? Known(SymbolKind kind, string setting, string name) => kind == SymbolKind.Optimizer
        ? name == OptimizerBinder.Lbfgs.Name || PreludeScript.Find(name) is { Kind: "optimizer" } ? new Symbol(kind, name, "") : null
        : ScheduleBinder.Names.Contains(name) ? new Symbol(kind, name, setting) : null;

    /// <summary>Goes through a search.</summary>
    public void Search(SearchStatement search, NameScope scope)
    {
        foreach (Argument a in search.Options)
        {
            if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "search"));
            values.Word(a.Value, a.Name ?? "search", scope);
        }

        foreach (SearchRange r in search.Ranges)
        {
            notes.Use(SymbolKind.Let, r.Name);
            values.Read(r.Values, scope);
            foreach (Argument a in r.Options)
            {
                if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "in"));
                values.Read(a.Value, scope);
            }
        }
    }
}
