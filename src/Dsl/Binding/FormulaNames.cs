namespace Nn.Dsl;

/// <summary>Goes through the names of formulas: expressions, their calls and loops, lines of definitions.</summary>
/// <param name="notes">Takes what is found.</param>
/// <param name="defined">What the script defines.</param>
internal sealed class FormulaNames(NameNotes notes, DefinedNames defined)
{
    private readonly List<BindError> _unknown = [];
    private bool _inFormula;

    /// <summary>Names in formulas of functions, layers and optimizers that stand for nothing, whether anything uses these definitions or not.</summary>
    public IReadOnlyList<BindError> Unknown => _unknown;

    /// <summary>Goes through an expression.</summary>
    public void Read(Expr? e, NameScope scope)
    {
        switch (e)
        {
            case NameExpr n:
                if (defined.Resolve(n.Name, scope) is { } symbol) notes.Note(n, symbol);
                else if (_inFormula)
                    _unknown.Add(BindError.UnknownName(n, scope.Names.Concat(defined.Names(SymbolKind.Let, SymbolKind.Model)).Concat(defined.Functions)));
                break;
            case CallExpr c:
                Call(c, scope);
                break;
            case BinaryExpr b:
                Read(b.Left, scope);
                Read(b.Right, scope);
                break;
            case NegateExpr n:
                Read(n.Operand, scope);
                break;
            case IfExpr i:
                Read(i.Condition, scope);
                Read(i.Then, scope);
                Read(i.Else, scope);
                break;
            case IndexExpr i:
                Read(i.Target, scope);
                foreach (Expr subscript in i.Subscripts) Read(subscript, scope);
                break;
            case MemberExpr m:
                Read(m.Target, scope);
                // Of a value with several outputs it is one of these.
                notes.Note(new TextSpan(m.Span.End - m.Name.Length, m.Name.Length),
                    defined.Labels.TryGetValue(m.Name, out Symbol? output) ? output : new Symbol(SymbolKind.Size, m.Name, "it"));
                break;
            case ListExpr l:
                foreach (Expr item in l.Items) Read(item, scope);
                break;
            case RangeExpr r:
                Read(r.From, scope);
                Read(r.To, scope);
                break;
            case StageExpr s:
                Read(s.Value, scope);
                break;
            case ScanExpr s:
                Loop(s, scope);
                break;
        }
    }

    private void Loop(ScanExpr s, NameScope scope)
    {
        notes.Note(new TextSpan(s.Span.Start, Grammar.ScanWord.Length), new Symbol(SymbolKind.Keyword, Grammar.ScanWord, ""));
        foreach (CarriedSyntax c in s.States) Read(c.First, scope);
        if (notes.Tokens.Before(s.Over.Span.Start) is { } before) notes.Note(before.Span, new Symbol(SymbolKind.Keyword, before.Text, Grammar.ScanWord));
        if (s.Over is NameExpr { Name: ScanLoop.Time } time && scope.Find(time.Name) is null)
            notes.Note(time.Span, new Symbol(SymbolKind.Word, time.Name, "over"));
        else Read(s.Over, scope);
        foreach (NameExpr w in s.Words) notes.Note(w.Span, new Symbol(SymbolKind.Word, w.Name, Grammar.ScanWord));
        var inner = new NameScope(scope);
        foreach (CarriedSyntax c in s.States)
        {
            var place = new TextSpan(c.Span.Start, c.Name.Length);
            Symbol state = inner.Add(new Symbol(SymbolKind.Local, c.Name, Grammar.ScanWord, place, c));
            notes.Table.Set(c, state);
            notes.Add(place, state, true);
        }

        foreach (FormulaLine line in s.Body) Formula(line, inner, Grammar.ScanWord);
    }

    private void Call(CallExpr c, NameScope scope)
    {
        string name = c.Function.Name;
        bool layer = StandardLayers.All.TryGetValue(name, out StandardLayer? standard) && standard.InExpressions
            && defined.Find(SymbolKind.Function, name) is null && scope.Find(name) is null;
        Symbol? target = layer ? new Symbol(SymbolKind.Layer, name, "") : defined.Resolve(name, scope);
        if (target is not null) notes.Note(c.Function, target);
        else if (_inFormula)
            _unknown.Add(BindError.UnknownFunction(c.Function, scope.Names.Concat(defined.Names(SymbolKind.Model)).Concat(defined.Functions)));
        if (layer)
        {
            foreach (Argument a in c.Arguments.Take(1)) Read(a.Value, scope);
            foreach (Argument a in c.Arguments.Skip(1)) LayerArgument(a, standard!, scope);
        }
        else if (target is { Kind: SymbolKind.Word }) Weights(c.Arguments);
        else if (target is { Kind: SymbolKind.Size }) foreach (Argument a in c.Arguments) Fields(a.Value);
        else Arguments(c.Arguments, target, scope);
    }

    // Names of fields of the data.
    private void Fields(Expr e)
    {
        if (e is NameExpr field)
            notes.Note(field.Span, defined.Fields.TryGetValue(field.Name, out Symbol? known) ? known : new Symbol(SymbolKind.Column, field.Name, ""));
        else if (e is ListExpr list) foreach (Expr i in list.Items) Fields(i);
    }

    // What l1 and l2 sum over: layers, models, or all.
    private void Weights(IReadOnlyList<Argument> arguments)
    {
        foreach (NameExpr n in arguments.Select(a => a.Value).OfType<NameExpr>())
        {
            if (defined.Labels.TryGetValue(n.Name, out Symbol? label)) notes.Note(n.Span, label);
            else if (!notes.Use(SymbolKind.Model, n)) notes.Note(n.Span, new Symbol(SymbolKind.Word, n.Name, "loss"));
        }
    }

    /// <summary>Goes through the arguments of a call.</summary>
    public void Arguments(IReadOnlyList<Argument> arguments, Symbol? of, NameScope scope)
    {
        foreach (Argument a in arguments) Argument(a, of, scope);
    }

    /// <summary>Goes through an argument. The named arguments of a definition of the script are its parameters.</summary>
    public void Argument(Argument a, Symbol? of, NameScope scope)
    {
        if (a.Name is not null)
        {
            Symbol? parameter = of is null ? null : defined.Parameter(of, a.Name);
            notes.Note(a.NameSpan, parameter ?? new Symbol(SymbolKind.Option, a.Name, of?.Name ?? ""));
        }

        if (a is not { Name: { } option, Value: NameExpr axis }
            || !(option == "over" || of is { Kind: SymbolKind.Function } && Arrangements.IsWord(of.Name, option)))
        {
            Read(a.Value, scope);
            return;
        }

        // A definition may have a parameter of that name.
        notes.Table.Set(axis, defined.Resolve(axis.Name, scope));
        notes.Note(axis.Span, new Symbol(SymbolKind.Word, axis.Name, a.Name!));
    }

    /// <summary>Goes through a line of the formulas of a definition, or of a loop within them.</summary>
    public void Formula(FormulaLine line, NameScope scope, string within, string kind = "")
    {
        Token? first = notes.Tokens.At(line.Span.Start);
        // `state NAME = …` and `NAME = state …`.
        bool named = first is not null && first.Text == line.Name && notes.Tokens.After(first) is { Kind: TokenKind.Symbol } next && next.Text.EndsWith('=');
        Token? name = named ? first : first is null ? null : notes.Tokens.After(first);
        if (line.Kind != FormulaKind.Value && first is not null && name is not null)
        {
            Token? word = ReferenceEquals(name, first) ? notes.Tokens.After(notes.Tokens.After(first)) : first;
            if (word is not null) notes.Note(word.Span, new Symbol(SymbolKind.Keyword, word.Text, kind));
        }

        bool outer = _inFormula;
        _inFormula = true;
        Read(line.Value, scope);
        _inFormula = outer;
        foreach (Argument a in line.Options)
        {
            if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, "param"));
            Initializer(a.Value, scope);
        }

        if (line.Name is null || name is null) return;
        Symbol? known = scope.Find(line.Name);
        // The update of a weight is no new value of that name; what shadows a gradient is.
        bool updates = known is { Within: "optimizer", Name: "w" or "lr" };
        if (known is null || known is { Kind: SymbolKind.Local, Definition: null } && !updates)
            known = scope.Add(new Symbol(SymbolKind.Local, line.Name, within, name.Span, line));
        notes.Table.Set(line, known);
        notes.Add(name.Span, known, known.Definition == name.Span);
    }

    /// <summary>Goes through the parameters of a definition, which are known from here on.</summary>
    public void Parameters(IReadOnlyList<ParameterSyntax> parameters, NameScope scope)
    {
        foreach (ParameterSyntax p in parameters)
        {
            Read(p.Default, scope);
            Symbol symbol = scope.Add(notes.Table.Defined(p));
            notes.Add(new TextSpan(p.Span.Start, p.Name.Length), symbol, symbol.Definition?.Start == p.Span.Start);
        }
    }

    /// <summary>Goes through an argument of a layer of the language.</summary>
    public void LayerArgument(Argument a, StandardLayer layer, NameScope scope)
    {
        OptionRow? named = layer.Parameters.FirstOrDefault(p => p.Name == a.Name);
        if (a.Name is not null) notes.Note(a.NameSpan, new Symbol(SymbolKind.Option, a.Name, layer.Name));
        if (named?.Kind == OptionKind.Initializer)
        {
            Initializer(a.Value, scope);
        }
        else if (a.Value is NameExpr word && named is not null && named.Words.Contains(word.Name))
        {
            notes.Note(word.Span, new Symbol(SymbolKind.Word, word.Name, named.Name));
        }
        else if (a is { Name: null, Value: NameExpr alone }
            && layer.Parameters.FirstOrDefault(p => p.Words.Contains(alone.Name) || p.Name == alone.Name && p.Words.Contains("true")) is { } flagged)
        {
            // A flag stands for the option itself.
            notes.Note(alone.Span,
                flagged.Name == alone.Name ? new Symbol(SymbolKind.Option, alone.Name, layer.Name) : new Symbol(SymbolKind.Word, alone.Name, flagged.Name));
        }
        else
        {
            Read(a.Value, scope);
        }
    }

    /// <summary>Goes through a word of the language where it may stand, else a value.</summary>
    public void Word(Expr e, string setting, NameScope scope)
    {
        if (e is NameExpr n && scope.Find(n.Name) is null && defined.Find(SymbolKind.Let, n.Name) is null)
        {
            // Where a value may stand as well, it is what it stands for elsewhere.
            notes.Table.Set(n, defined.Resolve(n.Name, scope));
            notes.Note(n.Span, new Symbol(SymbolKind.Word, n.Name, setting));
        }
        else
        {
            Read(e, scope);
        }
    }

    /// <summary>Goes through first values of a tensor.</summary>
    public void Initializer(Expr e, NameScope scope)
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

        notes.Note(name.Span, new Symbol(SymbolKind.Word, name.Name, "init"));
        foreach (Argument a in arguments)
        {
            if (a.Value is NameExpr { Name: "normal" or "uniform" } draw) notes.Note(draw.Span, new Symbol(SymbolKind.Word, draw.Name, "init"));
            else Read(a.Value, scope);
        }
    }
}
