using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns an <c>optimizer</c> definition and its arguments into an update rule.</summary>
internal static class OptimizerBinder
{
    /// <summary>The update rule; its numbers are named after <paramref name="owner"/>, the model of a step, where there are several.</summary>
    public static Optimizer Bind(DefinitionStatement definition, bool prelude, NameExpr use, IReadOnlyList<Argument> arguments, Env env, string? owner)
    {
        string name = definition.Name.Name, prefix = owner is null ? name : $"{owner}.{name}";
        Dictionary<string, Argument> options = SettingReader.Options(name, arguments, [.. definition.Parameters.Select(p => p.Name)], []);
        var numbers = new Dictionary<string, Hyperparameter>();
        foreach (ParameterSyntax p in definition.Parameters)
        {
            Expr? value = options.TryGetValue(p.Name, out Argument? a) ? a.Value : p.Default;
            if (value is null) throw BindError.MissingArgument(use.Span, name, $"'{p.Name}'");
            // a -> b: swept from the first step to the last.
            (Expr from, Expr? to) = value is BinaryExpr { Operator: "->" } sweep ? (sweep.Left, sweep.Right) : (value, null);
            double number = Evaluator.Number(from, env, $"{name}: {p.Name}");
            double? end = to is null ? null : Evaluator.Number(to, env, $"{name}: {p.Name}");
            if (p.Name == "lr" && Math.Min(number, end ?? number) < 0) throw BindError.Negative(value.Span, "the learning rate", Math.Min(number, end ?? number));
            numbers[p.Name] = new Hyperparameter($"{prefix}.{p.Name}", number, end);
        }

        FormulaLine[] states = [.. definition.Lines.Where(l => l.Kind == FormulaKind.State)];
        var kept = states.Select(s => new OptimizerState(s.Name!, Evaluator.Number(s.Value, env, $"state {s.Name}"))).ToArray();
        if (!definition.Lines.Any(l => l.Name == "w")) throw BindError.Missing(definition.Name.Span, $"the update of w in optimizer {name}", "write: w -= lr * g");
        Hyperparameter rate = numbers.GetValueOrDefault("lr") ?? new Hyperparameter($"{prefix}.lr", 0);
        bool gradient = definition.Lines.SelectMany(l => ExprNames.In(l.Value)).Contains("g");
        var optimizer = new Optimizer(
            name, rate, kept, [.. numbers.Where(n => n.Key != "lr").Select(n => n.Value)], inputs => Update(definition, prelude, use, numbers, inputs, env.Definitions), gradient)
        {
            HasRate = numbers.ContainsKey("lr"),
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
        foreach ((string name, Hyperparameter n) in numbers) env.Set(name, new TensorValue(inputs.Scope.Number(n)));
        env.Set("lr", new TensorValue(inputs.Rate));
        env.Set("w", new TensorValue(inputs.Weight));
        if (inputs.Gradient is not null) env.Set("g", new TensorValue(inputs.Gradient));
        env.Set("t", new TensorValue(inputs.Time));
        foreach ((string name, Node state) in inputs.States) env.Set(name, new TensorValue(state));
        GraphBuilder g = inputs.Scope.Graph;
        try
        {
            foreach (FormulaLine line in definition.Lines.Where(l => l.Kind == FormulaKind.Value))
            {
                if (line.Name is null) throw BindError.UnexpectedArgument(line.Span, $"optimizer {definition.Name.Name}", "a value without a name", "write: w -= lr * g");
                Node value = Evaluator.Tensor(Evaluator.Evaluate(line.Value, env), line.Span, env, line.Name);
                if (line.Operator != "=")
                {
                    Node old = Evaluator.Tensor(env.Find(line.Name) ?? throw BindError.UnknownName(new NameExpr(line.Span, line.Name), env.Names), line.Span, env, line.Name);
                    value = line.Operator switch { "-=" => g.Sub(old, value), "+=" => g.Add(old, value), _ => g.Mul(old, value) };
                }

                env.Set(line.Name, new TensorValue(value));
            }
        }
        catch (BindError e) when (prelude)
        {
            throw e.At(use.Span);
        }

        Node Final(string name) => ((TensorValue)env.Find(name)!).Node;
        return new OptimizerOutputs(Final("w"), inputs.States.Keys.ToDictionary(n => n, Final));
    }
}
