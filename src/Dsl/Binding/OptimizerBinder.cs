using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns an <c>optimizer</c> definition and its arguments into an update rule.</summary>
internal static class OptimizerBinder
{
    /// <summary>The optimizer that is no formula.</summary>
    public static WordEntry Lbfgs { get; } = new(
        "optimizer", "lbfgs",
        "limited-memory BFGS: steps by the curvature that the last ones showed, each as long as a search for the strong Wolfe conditions says; with batch all",
        "optimizer lbfgs(history: 10)",
        new OptionRow("history", OptionKind.Whole, "10", "steps from which the curvature is known") { Positional = true });

    /// <summary>What the line says.</summary>
    /// <param name="c">The line.</param>
    /// <param name="owner">The model of a step, where there are several.</param>
    /// <param name="batch">The batch of the training, as written.</param>
    public static Optimizer Bind(SettingCall c, string? owner, Expr? batch)
    {
        Expr e = c.One();
        (NameExpr name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr call => (call.Function, call.Arguments),
            _ => throw BindError.UnexpectedArgument(e.Span, "optimizer", SyntaxText.Of(e), "write: optimizer adam(lr: 1e-3)"),
        };
        Definitions d = c.Env.Definitions;
        if (d.Optimizers.TryGetValue(name.Name, out var found)) return Bind(found.Definition, found.Prelude, name, arguments, c.Env, owner);
        if (name.Name != Lbfgs.Name) throw BindError.UnknownOptimizer(name, d.Optimizers.Keys.Append(Lbfgs.Name));
        // Its searches need the same loss at several points: the whole training part, and no other step between.
        if (owner is not null) throw BindError.TrainsAlone(name.Span, name.Name);
        if (batch is not NameExpr { Name: "all" }) throw BindError.NeedsWholeBatch((batch ?? name).Span, name.Name);
        var options = new SettingCall(Lbfgs, name.Span, arguments, c.Env);
        int history = options.Find("history") is { } h ? Evaluator.Whole(h.Value, c.Env, "lbfgs: history", new WholeRange(1, 100)) : 10;
        return new Optimizer(name.Name, new Hyperparameter("lbfgs.lr", 0), [], [], i => new OptimizerOutputs(i.Weight, i.States))
        {
            HasRate = false,
            History = history
        };
    }

    /// <summary>The update rule of a definition; its numbers are named after <paramref name="owner"/>, the model of a step, where there are several.</summary>
    public static Optimizer Bind(DefinitionStatement definition, bool prelude, NameExpr use, IReadOnlyList<Argument> arguments, Env env, string? owner)
    {
        string name = definition.Name.Name, prefix = owner is null ? name : $"{owner}.{name}";
        var row = new WordEntry("optimizer", name, "", "", [.. definition.Parameters.Select(p =>
            new OptionRow(p.Name, OptionKind.Number, "", "") { Positional = true })]);
        var options = new SettingCall(row, use.Span, arguments, env);
        var numbers = new Dictionary<string, Hyperparameter>();
        foreach (ParameterSyntax p in definition.Parameters)
        {
            Expr? value = options.Find(p.Name) is { } a ? a.Value : p.Default;
            if (value is null) throw BindError.MissingArgument(use.Span, name, $"'{p.Name}'");
            // a -> b: swept from the first step to the last.
            (Expr from, Expr? to) = value is BinaryExpr { Operator: "->" } sweep ? (sweep.Left, sweep.Right) : (value, null);
            double number = Evaluator.Number(from, env, $"{name}: {p.Name}");
            double? end = to is null ? null : Evaluator.Number(to, env, $"{name}: {p.Name}");
            if (p.Name == "lr" && Math.Min(number, end ?? number) < 0) throw BindError.Negative(value.Span, "the learning rate",
                Math.Min(number, end ?? number));
            numbers[p.Name] = new Hyperparameter($"{prefix}.{p.Name}", number, end);
        }

        FormulaLine[] states = [.. definition.Lines.Where(l => l.Kind == FormulaKind.State)];
        var kept = states.Select(s => new OptimizerState(s.Name!, Evaluator.Number(s.Value, env, $"state {s.Name}"))).ToArray();
        if (!definition.Lines.Any(l => l.Name == "w")) throw BindError.Missing(definition.Name.Span, $"the update of w in optimizer {name}",
            "write: w -= lr * g");
        Hyperparameter rate = numbers.GetValueOrDefault("lr") ?? new Hyperparameter($"{prefix}.lr", 0);
        bool gradient = definition.Lines.SelectMany(l => ExprNames.In(l.Value)).Contains("g");
        bool loss = definition.Lines.SelectMany(l => ExprNames.Of(l.Value)).Any(n => n.Name == "loss" && env.Definitions.Names.Of(n)?.Definition is null);
        var optimizer = new Optimizer(
            name, rate, kept, [.. numbers.Where(n => n.Key != "lr").Select(n => n.Value)], inputs =>
                Update(definition, prelude, use, numbers, inputs, env.Definitions), gradient)
        {
            HasRate = numbers.ContainsKey("lr"),
            AsksForLoss = loss,
        };
        Probe(optimizer);
        return optimizer;
    }

    // Mistakes in the formulas show themselves on any weights.
    private static void Probe(Optimizer optimizer)
    {
        var scope = new ProbeScope();
        Parameter[] parameters = [.. new[] { 3, 5 }.Select((n, i) => new Parameter($"w{i}", new Shape(n), ParameterKind.Weight, Initializer.Zeros, 1, 1))];
        var row = new ParameterRow(new PlanBuilder(), "probe", parameters, gradients: true);
        Node Value(Shape shape) => scope.Input(shape, DType.F32);
        Shape all = row.Slot.Shape;
        optimizer.Update(new OptimizerInputs(
            scope, row, Value(all), Value(all), Value(Shape.Scalar), Value(Shape.Scalar), optimizer.States.ToDictionary(s => s.Name, _ => Value(all)),
            v => scope.Graph.Reshape(scope.Graph.Sum(scope.Graph.BroadcastTo(v, all), new Shape(0)), Shape.Scalar)));
    }

    private static OptimizerOutputs Update(
        DefinitionStatement definition, bool prelude, NameExpr use, Dictionary<string, Hyperparameter> numbers, OptimizerInputs inputs, Definitions definitions)
    {
        var env = new Env(null, definitions) { Build = inputs.Scope, Optimizer = inputs };
        NameTable names = definitions.Names;
        IReadOnlyDictionary<string, Symbol> given = names.Given(definition);
        // A parameter that has the name of something given is that.
        void Set(string name, Node value)
        {
            env.Set(given[name], new TensorValue(value));
            if (definition.Parameters.FirstOrDefault(p => p.Name == name) is { } same) env.Set(names.Defined(same), new TensorValue(value));
        }

        foreach (ParameterSyntax p in definition.Parameters) env.Set(names.Defined(p), new TensorValue(inputs.Scope.Number(numbers[p.Name])));
        Set("lr", inputs.Rate);
        Set("w", inputs.Weight);
        if (inputs.Gradient is not null) Set("g", inputs.Gradient);
        Set("t", inputs.Time);
        // The last line of a name says what becomes of it.
        var last = new Dictionary<string, Symbol>();
        foreach (FormulaLine state in definition.Lines.Where(l => l.Kind == FormulaKind.State))
            env.Set(last[state.Name!] = names.Defined(state), new TensorValue(inputs.States[state.Name!]));
        GraphBuilder g = inputs.Scope.Graph;
        try
        {
            foreach (FormulaLine line in definition.Lines.Where(l => l.Kind == FormulaKind.Value))
            {
                if (line.Name is null) throw BindError.UnexpectedArgument(line.Span, $"optimizer {definition.Name.Name}", "a value without a name",
                    "write: w -= lr * g");
                Node value = Evaluator.Tensor(Evaluator.Evaluate(line.Value, env), line.Span, env, line.Name);
                Symbol named = names.Defined(line);
                if (line.Operator != "=")
                {
                    Value before = env.Find(last.GetValueOrDefault(line.Name) ?? given.GetValueOrDefault(line.Name) ?? named)
                        ?? throw BindError.UnknownName(new NameExpr(line.Span, line.Name), env.Names);
                    Node old = Evaluator.Tensor(before, line.Span, env, line.Name);
                    value = line.Operator switch { "-=" => g.Sub(old, value), "+=" => g.Add(old, value), _ => g.Mul(old, value) };
                }

                env.Set(last[line.Name] = named, new TensorValue(value));
            }
        }
        catch (BindError e) when (prelude)
        {
            throw e.At(use.Span);
        }

        Node Final(string name) => ((TensorValue)env.Find(last[name])!).Node;
        return new OptimizerOutputs(Final("w"), inputs.States.Keys.ToDictionary(n => n, Final));
    }
}
