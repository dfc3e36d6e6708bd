using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Evaluates expressions: numbers and shapes at once, tensors by building their graph.</summary>
internal static class Evaluator
{
    private const int MaxCalls = 64;

    [ThreadStatic]
    private static int _depth;

    public static Value Evaluate(Expr expr, Env env) => env.Loop?.Ahead(expr) ?? expr switch
    {
        NumberExpr n => new NumberValue(n.Value),
        ShapeExpr s => new ShapeValue(ParseShape(s)),
        StringExpr s => new TextValue(s.Value),
        ListExpr l => new ListValue([.. l.Items.Select(i => Evaluate(i, env))]),
        NameExpr n => NamedValues.Of(n, env),
        NegateExpr n => Negate(n, env),
        BinaryExpr b => Binary(b, env),
        IfExpr i => Conditional(i, env),
        CallExpr c => Call(c, env),
        MemberExpr m => Member(m, env),
        IndexExpr i => Indexing.Evaluate(i, env),
        ScanExpr s => ScanLoop.Evaluate(s, env),
        DurationExpr d => throw BindError.UnexpectedArgument(d.Span, "an expression", "a duration", "epochs and steps belong into settings"),
        _ => throw BindError.UnexpectedArgument(expr.Span, "an expression", "a range", "ranges belong into slices x[.., 0..3], searches and settings"),
    };

    /// <summary>A number known now.</summary>
    public static double Number(Expr expr, Env env, string what) => Evaluate(expr, env) is NumberValue n
        ? n.Number
        : throw BindError.NotANumber(expr.Span, what, Evaluate(expr, env).Describe());

    /// <summary>A whole number known now, of at least 1.</summary>
    public static int Whole(Expr expr, Env env, string what) => Whole(expr, env, what, WholeRange.Positive);

    /// <summary>A whole number known now.</summary>
    public static int Whole(Expr expr, Env env, string what, WholeRange range)
    {
        double value = Number(expr, env, what);
        return range.Contains(value) ? (int)value : throw BindError.NotWhole(expr.Span, what, value, range);
    }

    /// <summary>A value of the graph; numbers become constants, bare losses are applied.</summary>
    public static Node Tensor(Value value, TextSpan span, Env env, string what) => value switch
    {
        TensorValue t => t.Node,
        NumberValue n => env.Scope(span).Graph.Constant(n.Number),
        ListValue list => Arrangements.Listed(env.Scope(span).Graph, list, span),
        FunctionValue f when env.Loss is { Prediction: { } prediction } about => Tensor(
            CallFunction(f, [prediction(), about.Target ?? throw DrawErrors.NoTarget(span, what)], [], span, env), span, env, what),
        _ => throw BindError.NotATensor(span, what, value.Describe()),
    };

    /// <summary>Runs something that makes nodes; shapes that do not fit become a mistake at the place.</summary>
    public static Value Make(TextSpan span, Func<Node> make)
    {
        try
        {
            return new TensorValue(make());
        }
        catch (ShapeException e)
        {
            throw BindError.Misfit(span, e.Message);
        }
        catch (OverflowException)
        {
            throw BindError.NumberTooBig(span, "this");
        }
    }

    /// <summary>The numbers of a shape as written, none smaller than <paramref name="least"/>.</summary>
    public static Shape ParseShape(ShapeExpr s, int least = 1)
    {
        var range = new WholeRange(least);
        var dims = new List<int>();
        foreach (string part in s.Text.Split('x'))
        {
            double extent = double.Parse(part, System.Globalization.CultureInfo.InvariantCulture);
            if (!range.Contains(extent)) throw BindError.NotWhole(s.Span, "an extent", extent, range);
            dims.Add((int)extent);
        }

        return new Shape([.. dims]);
    }

    private static Value Negate(NegateExpr n, Env env)
    {
        Value v = Evaluate(n.Operand, env);
        if (v is NumberValue number) return new NumberValue(-number.Number);
        return Make(n.Span, () => env.Scope(n.Span).Graph.Neg(Tensor(v, n.Operand.Span, env, "-")));
    }

    private static Value Binary(BinaryExpr e, Env env)
    {
        if (e.Operator == "->") throw BindError.UnexpectedArgument(e.Span, "an expression", "a sweep", "write a -> b in settings that change while training");
        Value left = Evaluate(e.Left, env), right = Evaluate(e.Right, env);
        if (left is NumberValue a && right is NumberValue b) return new NumberValue(Fold(e.Operator, a.Number, b.Number, e.Span));
        Node x = Tensor(left, e.Left.Span, env, $"'{e.Operator}'"), y = Tensor(right, e.Right.Span, env, $"'{e.Operator}'");
        GraphBuilder g = env.Scope(e.Span).Graph;
        if (e.Operator != "@") (x, y) = (OfPlaces(g, x, y), OfPlaces(g, y, x));
        if (x.Type != y.Type) (x, y) = (g.Cast(x, DType.F32), g.Cast(y, DType.F32));
        if (e.Operator == "@" && (x.Shape.Rank < 2 || y.Shape.Rank < 2 || x.Shape[-1] != y.Shape[-2]))
            throw BindError.ShapesDiffer(e.Span, "'@' multiplies rows by columns", x.Shape, y.Shape,
                "the last size of the left side must be the last but one of the right");
        if (e.Operator != "@" && !Shape.TryAlign(x.Shape, y.Shape, out _))
            throw BindError.ShapesDiffer(e.Span, $"'{e.Operator}' needs shapes that agree", x.Shape, y.Shape, "make the last sizes equal, or reshape one side");
        return Make(e.Span, () => e.Operator switch
        {
            "+" => g.Add(x, y),
            "-" => g.Sub(x, y),
            "*" => g.Mul(x, y),
            "/" => g.Div(x, y),
            "^" => g.Pow(x, y),
            "@" => g.MatMul(x, y),
            "<" => g.Less(x, y),
            ">" => g.Less(y, x),
            "<=" => g.LessEqual(x, y),
            ">=" => g.LessEqual(y, x),
            "==" => g.Equal(x, y),
            _ => g.Sub(g.Constant(1), g.Equal(x, y)),
        });
    }

    // Classes of places, [batch, time], beside a value with one number for each place, [batch, time, 1], are one for each place, too: their last axis must not
    // meet that of the features.
    private static Node OfPlaces(GraphBuilder g, Node classes, Node other) =>
        classes.Type == DType.I32 && classes.Shape.BatchAxis == 0 && other.Shape.Rank == classes.Shape.Rank + 1 && other.Shape[-1] == 1
            && other.Shape.Range(0, classes.Shape.Rank) == classes.Shape
            ? g.Reshape(classes, other.Shape) : classes;

    private static double Fold(string op, double a, double b, TextSpan span) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b != 0 ? a / b : throw BindError.DivisionByZero(span),
        "^" => Math.Pow(a, b),
        "<" => a < b ? 1 : 0,
        ">" => a > b ? 1 : 0,
        "<=" => a <= b ? 1 : 0,
        ">=" => a >= b ? 1 : 0,
        "==" => a == b ? 1 : 0,
        "!=" => a != b ? 1 : 0,
        _ => throw BindError.Misfit(span, $"'{op}' is a product of matrices, not of numbers"),
    };

    private static Value Conditional(IfExpr e, Env env)
    {
        Value condition = Evaluate(e.Condition, env);
        if (condition is NumberValue n) return Evaluate(n.Number != 0 ? e.Then : e.Else, env);
        Node c = Tensor(condition, e.Condition.Span, env, "if");
        Node a = Tensor(Evaluate(e.Then, env), e.Then.Span, env, "then"), b = Tensor(Evaluate(e.Else, env), e.Else.Span, env, "else");
        return Make(e.Span, () => env.Scope(e.Span).Graph.Select(c, a, b));
    }

    private static Value Member(MemberExpr m, Env env)
    {
        Value target = Evaluate(m.Target, env);
        if (target is OutputsValue outputs)
            return outputs.Nodes.TryGetValue(m.Name, out Node? output) ? new TensorValue(output)
                : throw BindError.NoOutput(m.Span, outputs.Model, m.Name, outputs.Nodes.Keys);
        Shape s = target is TensorValue t ? t.Node.Shape : throw BindError.NotATensor(m.Span, $".{m.Name}", target.Describe());
        return (m.Name, s.Rank) switch
        {
            ("features" or "channels", > 0) when s[-1].IsKnown && !s[-1].IsBatch => new NumberValue(s[-1]),
            ("height", 4) => new NumberValue(s[1]),
            ("width", 4) => new NumberValue(s[2]),
            ("length", 3) when s[1].IsLength => new TensorValue(MaskedReductions.Count(env.Scope(m.Span), s, new Shape(1))!),
            ("length", 3) => new NumberValue(s[1]),
            _ => throw BindError.UnknownOption(m.Span, m.Name, target.Describe(), SizeName.Of(s.Rank)),
        };
    }

    // classes(kind), symbols(words), features(facts): a number that a field of the data has.
    private static NumberValue SizeOf(CallExpr call, Env env)
    {
        string size = call.Function.Name;
        if (call.Arguments is not [{ Name: null, Value: NameExpr name }]) throw BindError.MissingArgument(call.Span, size, "the name of a field of the data",
            $"dense {size}(y)");
        Definitions d = env.Definitions;
        if (d.Data.Schema is not { } schema) throw new BindError(call.Span, $"the data do not say '{size}({name.Name})'") { Follows = d.Data.Unknown };
        FieldForm form = schema.Fields.FirstOrDefault(f => f.Name == name.Name)?.Form ?? throw BindError.NoField(name, [.. schema.Fields.Select(f => f.Name)]);
        if (size == "features") return new NumberValue(form.Shape.Rank == 0 ? 1 : form.Shape[-1]);
        return form.Symbols is { } n ? new NumberValue(n) : throw BindError.NoSymbols(name, size, form.Describe());
    }

    private static Value Call(CallExpr call, Env env)
    {
        string name = call.Function.Name;
        Symbol? symbol = env.Definitions.Names.Of(call.Function);
        switch (symbol?.Kind)
        {
            case SymbolKind.Size: return SizeOf(call, env);
            case SymbolKind.Word when env.Loss is not null: return Regularizers.Build(name, call.Span, call.Arguments, env);
            case SymbolKind.Layer when env.Build is not null: return StandardLayers.All[name].Call(call, env);
        }

        Value target;
        try
        {
            target = NamedValues.Of(call.Function, env);
        }
        catch (BindError e) when (!e.Follows && symbol is not { IsLocal: true } and not { Kind: SymbolKind.Let })
        {
            throw BindError.UnknownFunction(call.Function, env.Definitions.Functions.Keys.Concat(Builtins.Functions.Keys).Concat(env.Definitions.Models.Keys));
        }

        return target switch
        {
            ModelValue m => Applied(m.Model, call.Arguments, call.Span, env),
            FunctionValue f => Called(f, name, null, call.Arguments, call.Span, env),
            _ => throw BindError.NotAFunction(call.Function.Span, target.Describe()),
        };
    }

    /// <summary>A call of a function, or the function with some of its options set.</summary>
    /// <param name="f">The function.</param>
    /// <param name="name">As it is called there.</param>
    /// <param name="first">The value before the arguments, where there is one.</param>
    /// <param name="arguments">As written.</param>
    /// <param name="span">The call.</param>
    /// <param name="env">What it sees.</param>
    public static Value Called(FunctionValue f, string name, Value? first, IReadOnlyList<Argument> arguments, TextSpan span, Env env)
    {
        Value[] positional = [.. first is null ? [] : new[] { first }, .. arguments.Where(a => a.Name is null).Select(a => Evaluate(a.Value, env))];
        Argument[] named = [.. arguments.Where(a => a.Name is not null)];
        // With named arguments only, a call sets options: swish(beta: 1.5) is still a function.
        bool partial = positional.Length == 0 && named.Length > 0 && f.Definition is not null;
        var options = new Dictionary<string, Value>();
        foreach (Argument a in named)
        {
            if (f.Definition is { } d && d.Parameters.All(p => p.Name != a.Name))
                throw BindError.UnknownOption(a.NameSpan, a.Name!, name, d.Parameters.Select(p => p.Name));
            bool word = f.Definition is null && (a.Name == "over" || Arrangements.IsWord(f.Name, a.Name!));
            Value option = word && a.Value is NameExpr axis ? new TextValue(axis.Name) : Evaluate(a.Value, env);
            if (!options.TryAdd(a.Name!, option)) throw BindError.GivenTwice(a.NameSpan, name, a.Name!);
        }

        return partial ? f with { Given = options } : CallFunction(f, positional, options, span, env);
    }

    /// <summary>What a model gives for the values of its inputs.</summary>
    public static Value Applied(ModelBinding model, IReadOnlyList<Argument> arguments, TextSpan span, Env env)
    {
        int wanted = model.InputNames?.Count ?? 1;
        if (arguments.Count > wanted) throw BindError.TooManyArguments(span, $"the model {model.Name}", wanted);
        var inputs = new Node?[wanted];
        int next = 0;
        foreach (Argument a in arguments)
        {
            int place = a.Name is null ? next++ : model.InputNames?.ToList().IndexOf(a.Name) ?? -1;
            if (place < 0) throw BindError.UnknownOption(a.NameSpan, a.Name!, model.Name, model.InputNames ?? []);
            if (inputs[place] is not null) throw BindError.GivenTwice(a.Span, model.Name, model.InputNames![place]);
            inputs[place] = Tensor(Evaluate(a.Value, env), a.Value.Span, env, model.Name);
        }

        if (arguments.Count == 0 && model.InputNames is null && env.Loss is not null) return Untouched(model, span, env);
        int missing = Array.IndexOf(inputs, null);
        return missing < 0 ? Applied(model, inputs!, span, env)
            : throw BindError.MissingArgument(span, $"the model {model.Name}", model.InputNames is { } names ? $"'{names[missing]}'"
                : "the value that it works on");
    }

    // A picture that is what is trained looks at no sample: what it is given does not matter, but how many are wanted.
    private static Value Untouched(ModelBinding model, TextSpan span, Env env)
    {
        GraphBuilder g = env.Scope(span).Graph;
        Value made = Applied(model, [g.BroadcastTo(g.Constant(0), new Shape(env.Samples, 1))], span, env);
        return model.LooksAtInput ? throw DrawErrors.NothingGiven(span, model.Name) : made;
    }

    /// <summary>What a model gives for its inputs.</summary>
    public static Value Applied(ModelBinding model, IReadOnlyList<Node> inputs, TextSpan span, Env env)
    {
        try
        {
            return model.Apply(env.Scope(span), inputs, span);
        }
        catch (ShapeException e)
        {
            throw BindError.Misfit(span, e.Message);
        }
        catch (OverflowException)
        {
            throw BindError.NumberTooBig(span, "this");
        }
    }

    /// <summary>
    /// A call that leaves out the flowing value, as a function: <c>leaky_relu(0.2)</c> after a layer. Null where the function has not so many arguments.
    /// </summary>
    public static FunctionValue? Partial(CallExpr call, Env env)
    {
        if (NamedValues.Of(call.Function, env) is not FunctionValue { Definition: { } d } f || call.Arguments.Any(a => a.Name is not null)
            || call.Arguments.Count >= d.Parameters.Count) return null;
        var given = new Dictionary<string, Value>(f.Given);
        for (int i = 0; i < call.Arguments.Count; i++) given[d.Parameters[i + 1].Name] = Evaluate(call.Arguments[i].Value, env);
        return f with { Given = given };
    }

    /// <summary>Calls a function; a missing first value is the flowing one.</summary>
    public static Value CallFunction(FunctionValue f, IReadOnlyList<Value> positional, Dictionary<string, Value> named, TextSpan span, Env env)
    {
        if (f.Definition is null) return Builtins.Call(f.Name, positional, named, span, env);
        DefinitionStatement d = f.Definition;
        env.CountWork(span);
        if (positional.Count > d.Parameters.Count) throw BindError.TooManyArguments(span, f.Name, d.Parameters.Count);
        if (++_depth > MaxCalls)
        {
            _depth = 0;
            throw BindError.Recursion(span, f.Name);
        }

        try
        {
            var inner = new Env(null, env.Definitions) { Build = env.Build, Optimizer = env.Optimizer, Samples = env.Samples };
            var values = new Value[d.Parameters.Count];
            for (int i = 0; i < d.Parameters.Count; i++)
            {
                ParameterSyntax p = d.Parameters[i];
                if (i < positional.Count && named.ContainsKey(p.Name)) throw BindError.GivenTwice(span, f.Name, p.Name);
                Value value = i < positional.Count ? positional[i]
                    : named.TryGetValue(p.Name, out Value? v) || f.Given.TryGetValue(p.Name, out v) ? v
                    : p.Default is not null ? Evaluate(p.Default, inner)
                    : i == 0 && env.It is not null ? env.It
                    : throw BindError.MissingArgument(span, f.Name, $"'{p.Name}'");
                inner.Set(env.Definitions.Names.Defined(p), values[i] = value);
            }

            if (f.FromPrelude) LossDomain.Check(f.Name, values, span, env);
            return Body(d, inner);
        }
        catch (BindError e) when (f.FromPrelude)
        {
            throw e.At(span);
        }
        finally
        {
            _depth = Math.Max(0, _depth - 1);
        }
    }

    private static Value Body(DefinitionStatement d, Env env)
    {
        Value? result = null;
        foreach (FormulaLine line in d.Lines)
        {
            if (line.Kind != FormulaKind.Value) throw BindError.UnexpectedArgument(line.Span, $"fn {d.Name.Name}", "param or state",
                "weights belong into a layer");
            result = Evaluate(line.Value, env);
            if (line.Name is not null) env.Set(env.Definitions.Names.Defined(line), result);
        }

        return d.Lines.Count > 0 && d.Lines[^1].Name is null ? result! : throw BindError.NoValue(d.Name.Span, d.Name.Name);
    }
}
