using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>
/// A loop of formulas: <c>scan h = zeros(units) over time { … }</c>. Within it, a value that has as many places as the loop is its value at the present
/// place; all others are the same at each. What does not depend on a carried value is computed for all places at once, before the loop: a product with
/// weights then is one large product instead of many small ones.
/// </summary>
internal sealed class ScanLoop
{
    /// <summary>The word for the places of the value before.</summary>
    public const string Time = "time";

    private const int MaxSteps = 100_000;
    private const string Last = "last", Reverse = "reverse";

    private static readonly string[] Words = [Last, Reverse];

    private readonly ScanExpr _loop;
    private readonly Env _outer;
    private readonly Dim _steps;
    private readonly Dim _samples;
    private readonly LoopPlaces _places;
    private readonly ScanBuilder _scan;
    private readonly Node? _within;
    private readonly LoopDependence _names;

    // What lines of the body give: the same at every place; at all places at once, as if each were a sample; at the present place.
    private readonly Env _fixed;
    private readonly Env _all;
    private readonly Env _here;

    private ScanLoop(ScanExpr loop, Env env)
    {
        (_loop, _outer) = (loop, env);
        BuildScope scope = env.Scope(loop.Span);
        (_steps, _samples, bool overPlaces) = Extent();
        _scan = new ScanBuilder(scope.Graph, _steps, Has(Reverse), keep: scope.Differentiated);
        _places = new LoopPlaces(scope.Graph, _scan, _steps, _samples, overPlaces);
        _fixed = new Env(env, env.Definitions) { Loop = null };
        _all = new Env(_fixed, env.Definitions) { Import = _places.All, It = env.It is { } before ? _places.All(before) : null, Samples = _steps * _samples };
        _here = new Env(_fixed, env.Definitions)
        {
            Build = new ScanScope(scope, _scan),
            Import = _places.Here,
            It = env.It is { } value ? _places.Here(value) : null,
            Samples = _samples,
            Loop = this,
        };
        _names = new LoopDependence(env.Definitions, s => s.IsFlowing && env.It is { } it ? _places.Has(it) : _fixed.Find(s) is { } v && _places.Has(v));
        // 1 at the places that a sequence has, where sequences differ in length.
        _within = MaskedReductions.Mask(scope, new Shape(_steps, _samples, 1)) is { } mask ? _scan.Sequence(mask) : null;
    }

    /// <summary>What a loop gives: its value at all places, [batch, places, …], or with <c>last</c> after the last.</summary>
    public static Value Evaluate(ScanExpr loop, Env env)
    {
        foreach (NameExpr word in loop.Words)
        {
            if (!Words.Contains(word.Name)) throw BindError.UnknownOption(word.Span, word.Name, Grammar.ScanWord, Words);
        }

        return Evaluator.Make(loop.Span, () => new ScanLoop(loop, env).Run());
    }

    /// <summary>The value of an expression of the body that depends on no carried value, at the present place; null where it must be computed there.</summary>
    // Names and numbers alone cost nothing.
    public Value? Ahead(Expr expr) =>
        expr is BinaryExpr or CallExpr or IfExpr or NegateExpr or IndexExpr or ScanExpr && _names.IsFree(expr) ? Free(expr).Here : null;

    // What depends on no carried value: as it is for all places, and at the present one.
    private (Value All, Value Here, bool Placed) Free(Expr expr)
    {
        bool placed = _names.IsPlaced(expr);
        Value all = Evaluator.Evaluate(expr, placed ? _all : _fixed);
        return (all, placed ? _places.OfPlace(all) : _places.Here(all), placed);
    }

    private bool Has(string word) => _loop.Words.Any(w => w.Name == word);

    private (Dim Steps, Dim Samples, bool OverPlaces) Extent()
    {
        if (_loop.Over is DurationExpr { Unit: "step" } d) return (Steps(d.Count), _outer.Samples, false);
        bool time = _loop.Over is NameExpr { Name: Time } name && _outer.Definitions.Names.Of(name) is null;
        if (time && _outer.It is null)
            throw BindError.UnexpectedArgument(_loop.Over.Span, Grammar.ScanWord, "'time' where there is no value before", "name a sequence: over x");
        Value value = time ? _outer.It! : Evaluator.Evaluate(_loop.Over, _outer);
        if (value is NumberValue n) return (Steps(n.Number), _outer.Samples, false);
        Shape x = Evaluator.Tensor(value, _loop.Over.Span, _outer, Grammar.ScanWord).Shape;
        return x.Rank >= 3 ? (x[1], x[0], true) : throw BindError.WantsSequence(_loop.Over.Span, Grammar.ScanWord, x);
    }

    private Dim Steps(double count)
    {
        var range = new WholeRange(1, MaxSteps);
        return range.Contains(count) ? (int)count : throw BindError.NotWhole(_loop.Over.Span, "the number of steps of a loop", count, range);
    }

    private Node Run()
    {
        if (_loop.Body.Count == 0 || _loop.Body[^1].Name is not null) throw BindError.NoValue(_loop.Span, Grammar.ScanWord);
        (CarriedSyntax Syntax, Symbol Symbol, Node State)[] carried = [.. _loop.States.Select(Carried)];
        Node? result = null;
        foreach (FormulaLine line in _loop.Body) result = Line(line);
        bool assigned = _loop.Body.Any(l => l.Name is not null && carried.Any(c => c.Symbol == Defined(l)));
        if (!assigned && carried.Length > 1) throw BindError.NotAssigned(_loop.Span, [.. carried.Select(c => c.Syntax.Name)]);
        // A body that assigns nothing says with its last line what is carried on.
        if (!assigned) _here.Set(carried[0].Symbol, new TensorValue(result!));
        foreach ((CarriedSyntax syntax, Symbol symbol, Node state) in carried) Next(syntax, symbol, state);
        Node given = !assigned ? carried[0].State : Has(Last) ? LastOf(result!) : result!;
        if (assigned && !Has(Last)) _scan.Output(given);
        ScanValue value = _scan.Build();
        if (Has(Last)) return value.Last(given);
        Node all = assigned ? value.Sequence(given) : value.After(given);
        return _outer.Build!.Graph.Permute(all, new Shape([1, 0, .. Enumerable.Range(2, all.Shape.Rank - 2)]));
    }

    private Symbol Defined(Syntax syntax) => _outer.Definitions.Names.Defined(syntax);

    private (CarriedSyntax Syntax, Symbol Symbol, Node State) Carried(CarriedSyntax syntax)
    {
        Node first = _places.Whole(Evaluator.Tensor(Evaluator.Evaluate(syntax.First, _outer), syntax.First.Span, _outer, syntax.Name));
        if (first.Shape.Rank == 0)
        {
            throw BindError.UnexpectedArgument(
                syntax.First.Span, Grammar.ScanWord, "one number", $"a value for each sample is carried: {syntax.Name} = zeros(8)");
        }

        Shape sample = first.Shape.Rank > 1 && (first.Shape[0] == _samples || first.Shape[0] == 1) ? first.Shape.Range(1, first.Shape.Rank) : first.Shape;
        GraphBuilder g = _outer.Build!.Graph;
        Node state = _scan.StateFrom(g.BroadcastTo(g.Cast(first, DType.F32), new Shape(_samples).Concat(sample)), kept: !Has(Last));
        Symbol symbol = Defined(syntax);
        _names.Carry(symbol);
        _here.Set(symbol, new TensorValue(state));
        return (syntax, symbol, state);
    }

    private Node Line(FormulaLine line)
    {
        if (line.Kind != FormulaKind.Value)
            throw BindError.UnexpectedArgument(line.Span, Grammar.ScanWord, "param or state", "weights and states belong before the loop");
        (Value All, Value Here, bool Placed)? free = _names.IsFree(line.Value) ? Free(line.Value) : null;
        Value here = free?.Here ?? Evaluator.Evaluate(line.Value, _here);
        if (line.Name is not null)
        {
            Symbol symbol = Defined(line);
            _names.Assign(symbol, free is not null, free?.Placed == true);
            if (free is { } known) (known.Placed ? _all : _fixed).Set(symbol, known.All);
            _here.Set(symbol, here);
        }

        return Evaluator.Tensor(here, line.Value.Span, _here, Grammar.ScanWord);
    }

    private void Next(CarriedSyntax syntax, Symbol symbol, Node state)
    {
        TextSpan place = _loop.Body.LastOrDefault(l => l.Name is not null && Defined(l) == symbol)?.Span ?? _loop.Body[^1].Value.Span;
        Node value = Evaluator.Tensor(_here.Find(symbol)!, place, _here, syntax.Name);
        if (!value.Shape.BroadcastsTo(state.Shape))
        {
            throw BindError.ShapesDiffer(
                place, $"what '{syntax.Name}' becomes has another shape than it has", state.Shape, value.Shape, $"it begins as {SyntaxText.Of(syntax.First)}");
        }

        _scan.Next(state, Kept(_scan.Body.BroadcastTo(value, state.Shape), state));
    }

    // At padding a carried value stays as it is.
    private Node Kept(Node value, Node state) => _within is null ? value
        : _scan.Body.Select(_scan.Body.Reshape(_within, new Shape([state.Shape[0], .. Enumerable.Repeat((Dim)1, state.Shape.Rank - 1)])), value, state);

    // Carried along, so that after the last place of a shorter sequence it stays.
    private Node LastOf(Node value)
    {
        GraphBuilder g = _outer.Build!.Graph;
        Node state = _scan.StateFrom(g.BroadcastTo(g.Constant(0), value.Shape));
        _scan.Next(state, Kept(value, state));
        return state;
    }
}
