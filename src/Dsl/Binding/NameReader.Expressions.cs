namespace Nn.Dsl;

internal sealed partial class NameReader
{
    private void Read(Expr? e, NameScope scope)
    {
        switch (e)
        {
            case NameExpr n:
                if (Resolve(n.Name, scope) is { } symbol) Note(n, symbol);
                else if (_inFormula) _unknown.Add(BindError.UnknownName(n, scope.Names.Concat(Defined(SymbolKind.Let, SymbolKind.Model)).Concat(Functions)));
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
                Note(new TextSpan(m.Span.End - m.Name.Length, m.Name.Length),
                    _labels.TryGetValue(m.Name, out Symbol? output) ? output : new Symbol(SymbolKind.Size, m.Name, "it"));
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
        Note(new TextSpan(s.Span.Start, Grammar.ScanWord.Length), new Symbol(SymbolKind.Keyword, Grammar.ScanWord, ""));
        foreach (CarriedSyntax c in s.States) Read(c.First, scope);
        if (IndexOf(s.Over.Span.Start) is > 0 and var at) Note(Tokens[at - 1].Span, new Symbol(SymbolKind.Keyword, Tokens[at - 1].Text, Grammar.ScanWord));
        if (s.Over is NameExpr { Name: ScanLoop.Time } time && scope.Find(time.Name) is null) Note(time.Span, new Symbol(SymbolKind.Word, time.Name, "over"));
        else Read(s.Over, scope);
        foreach (NameExpr w in s.Words) Note(w.Span, new Symbol(SymbolKind.Word, w.Name, Grammar.ScanWord));
        var inner = new NameScope(scope);
        foreach (CarriedSyntax c in s.States)
        {
            var place = new TextSpan(c.Span.Start, c.Name.Length);
            Symbol state = inner.Add(new Symbol(SymbolKind.Local, c.Name, Grammar.ScanWord, place, c));
            _table.Set(c, state);
            _uses.Add(new NameUse(place, state, true));
        }

        foreach (FormulaLine line in s.Body) Formula(line, inner, Grammar.ScanWord);
    }

    private void Call(CallExpr c, NameScope scope)
    {
        string name = c.Function.Name;
        bool layer = StandardLayers.All.TryGetValue(name, out StandardLayer? standard) && standard.InExpressions
            && !_defined.ContainsKey((SymbolKind.Function, name)) && scope.Find(name) is null;
        Symbol? target = layer ? new Symbol(SymbolKind.Layer, name, "") : Resolve(name, scope);
        if (target is not null) Note(c.Function, target);
        else if (_inFormula) _unknown.Add(BindError.UnknownFunction(c.Function, scope.Names.Concat(Defined(SymbolKind.Model)).Concat(Functions)));
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
            Note(field.Span, _fields.TryGetValue(field.Name, out Symbol? defined) ? defined : new Symbol(SymbolKind.Column, field.Name, ""));
        else if (e is ListExpr list) foreach (Expr i in list.Items) Fields(i);
    }

    // What l1 and l2 sum over: layers, models, or all.
    private void Weights(IReadOnlyList<Argument> arguments)
    {
        foreach (NameExpr n in arguments.Select(a => a.Value).OfType<NameExpr>())
        {
            if (_labels.TryGetValue(n.Name, out Symbol? label)) Note(n.Span, label);
            else if (!Use(SymbolKind.Model, n)) Note(n.Span, new Symbol(SymbolKind.Word, n.Name, "loss"));
        }
    }

    private void Arguments(IReadOnlyList<Argument> arguments, Symbol? of, NameScope scope)
    {
        foreach (Argument a in arguments) Argument(a, of, scope);
    }

    // The named arguments of a definition of the script are its parameters.
    private void Argument(Argument a, Symbol? of, NameScope scope)
    {
        if (a.Name is not null)
        {
            Symbol named = of is not null && _parameters.TryGetValue(of, out Dictionary<string, Symbol>? own) && own.TryGetValue(a.Name, out Symbol? parameter)
                ? parameter
                : new Symbol(SymbolKind.Option, a.Name, of?.Name ?? "");
            Note(a.NameSpan, named);
        }

        if (a is not { Name: { } option, Value: NameExpr axis }
            || !(option == "over" || of is { Kind: SymbolKind.Function } && Arrangements.IsWord(of.Name, option)))
        {
            Read(a.Value, scope);
            return;
        }

        // A definition may have a parameter of that name.
        _table.Set(axis, Resolve(axis.Name, scope));
        Note(axis.Span, new Symbol(SymbolKind.Word, axis.Name, a.Name!));
    }

    private Symbol? Resolve(string name, NameScope scope)
    {
        if (name is "true" or "false") return new Symbol(SymbolKind.Keyword, name, "");
        if (scope.Find(name) is { } local) return local;
        if (_defined.TryGetValue((SymbolKind.Let, name), out Symbol? let)) return let;
        // Regularizers; what a script calls by these names stands behind them.
        if (name is "l1" or "l2" && scope.IsLoss) return new Symbol(SymbolKind.Word, name, "loss");
        if (_defined.TryGetValue((SymbolKind.Model, name), out Symbol? model)) return model;
        if (_defined.TryGetValue((SymbolKind.Function, name), out Symbol? own)) return own;
        if (name is "classes" or "features" or "symbols") return new Symbol(SymbolKind.Size, name, "");
        if (Function(name) is { } function) return function;
        return name == Symbol.Training.Name ? Symbol.Training
            : name == Symbol.Pi.Name ? Symbol.Pi
            : name == "it" ? new Symbol(SymbolKind.Local, name, "model") : null;
    }

    private IEnumerable<string> Functions => Defined(SymbolKind.Function)
        .Concat(PreludeScript.Statements.OfType<DefinitionStatement>().Where(d => d.Kind == "fn").Select(d => d.Name.Name)).Concat(Builtins.Functions.Keys);

    private IEnumerable<string> Defined(params SymbolKind[] kinds) => _defined.Keys.Where(k => kinds.Contains(k.Kind)).Select(k => k.Name);

    private Symbol? Function(string name)
    {
        if (_defined.TryGetValue((SymbolKind.Function, name), out Symbol? own)) return own;
        return Builtins.Functions.ContainsKey(name) || PreludeScript.Find(name) is { Kind: "fn" } ? new Symbol(SymbolKind.Function, name, "") : null;
    }
}
