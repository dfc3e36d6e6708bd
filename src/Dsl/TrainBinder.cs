using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns a <c>train</c> block into a training definition.</summary>
internal sealed class TrainBinder(TrainStatement train, Definitions definitions, DataInfo data, Action<BindError> report)
{
    private static readonly string[] Settings = ["loss", "optimizer", "schedule", "epochs", "batch", "metrics", "early_stop", "clip", "seed", "checkpoint"];
    private static readonly string[] MetricNames = ["loss", "accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2", "perplexity"];

    private readonly Env _env = new(null, definitions);

    public TrainingDefinition? Bind(IReadOnlyList<ModelBinding> models)
    {
        Item[] steps = [.. train.Settings.Where(s => s.Head.Name == "step")];
        foreach (Item step in steps) report(BindError.ComesLater(step.Span, "training several models in steps"));
        if (steps.Length > 0) return null;
        var r = new SettingReader("train", train.Settings, Settings, _env, report);
        if (r.Find("loss") is not { } lossItem) throw BindError.Missing(train.Name.Span, "the loss", "write: loss cross_entropy");
        if (lossItem.Arguments is not [{ Name: null } lossArgument]) throw BindError.TooManyArguments(lossItem.Span, "loss", 1);
        Expr lossExpr = lossArgument.Value;
        ModelBinding[] named = [.. models.Where(m => Mentions(lossExpr, m.Name))];
        ModelBinding? main = named.Length > 0 ? null : Main(models);
        // Models in the expression take their shapes from their first use there.
        main?.Bind(data.Input, main.NameSyntax.Span, data.InputType);
        Func<BuildScope, Node, Node, Node> loss = Loss(lossExpr, main, named);
        Probe(loss, lossExpr, main);

        Model[] trained = [.. (main is not null ? [main] : named).Select(m => m.Model!)];
        Model? predictor = main?.Model ?? Predictor(lossExpr);
        var step0 = new TrainingStep(
            main?.Name ?? string.Join("_", named.Select(m => m.Name)), loss, trained, Optimizer(r), Schedule(r), Clip(r));
        return new TrainingDefinition
        {
            Name = step0.Name,
            Steps = [step0],
            Models = trained,
            Predictor = predictor,
            Input = (data.Input, data.InputType),
            Target = (data.Target, data.TargetType),
            Metrics = r.Find("metrics") is { } metrics ? [.. metrics.Arguments.Select(Metric).Where(m => m != "loss")] : [],
            Epochs = One(r, "epochs") is { } e ? Evaluator.Whole(e is DurationExpr d ? new NumberExpr(d.Span, d.Count, "") : e, _env, "epochs", 0) : 1,
            Batch = One(r, "batch") is { } b ? b is NameExpr { Name: "all" } ? 0 : Evaluator.Whole(b, _env, "batch") : 32,
            Seed = One(r, "seed") is { } s ? (uint)Evaluator.Whole(s, _env, "seed", 0) : 0,
            EarlyStop = r.Find("early_stop") is { } stop ? EarlyStopping(stop) : null,
            Checkpoint = One(r, "checkpoint") is { } c ? c is StringExpr f ? f.Value : throw BindError.UnexpectedArgument(c.Span, "checkpoint", SyntaxText.Of(c), "write: checkpoint \"model.safetensors\"") : null,
        };
    }

    private ModelBinding Main(IReadOnlyList<ModelBinding> models)
    {
        if (train.Model is { } name) return models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        return models.Count switch
        {
            1 => models[0],
            0 => throw BindError.Missing(train.Name.Span, "a model to train", "define it: model net { dense 10, softmax }"),
            _ => throw BindError.Ambiguous(train.Name.Span, "model is trained", models.Select(m => m.Name), $"name it: train {models[0].Name} {{ … }}"),
        };
    }

    private Expr? One(SettingReader r, string name)
    {
        if (r.Find(name) is not { } item) return null;
        return item.Arguments is [{ Name: null } a] ? a.Value
            : item.Arguments.Count == 0 ? throw BindError.MissingArgument(item.Span, name, "a value")
            : throw BindError.TooManyArguments(item.Span, name, 1);
    }

    private Func<BuildScope, Node, Node, Node> Loss(Expr expr, ModelBinding? main, ModelBinding[] named) => (scope, x, y) =>
    {
        Parameter[] weights = [.. (main is not null ? [main] : named).Where(m => m.Model is not null).SelectMany(m => m.Model!.Parameters)];
        var context = new LossContext(main is null ? null : () => new TensorValue(main.Apply(scope, x, expr.Span)), new TensorValue(y), weights);
        var env = new Env(null, definitions) { Build = scope, Loss = context };
        env.Set("x", new TensorValue(x));
        env.Set("y", new TensorValue(y));
        Value value = Evaluator.Evaluate(expr, env);
        if (value is FunctionValue && context.Prediction is null) throw BindError.LossNotScalar(expr.Span, value.Describe());
        if (value is ModelValue or NumberValue) throw BindError.LossNotScalar(expr.Span, value.Describe());
        Node loss = Evaluator.Tensor(value, expr.Span, env, "the loss");
        GraphBuilder g = scope.Graph;
        return g.Reshape(g.Mean(loss, new Shape([.. Enumerable.Range(0, loss.Shape.Rank)])), Shape.Scalar);
    };

    private void Probe(Func<BuildScope, Node, Node, Node> loss, Expr expr, ModelBinding? main)
    {
        var scope = new ProbeScope();
        Node x = scope.Input(new Shape(2).Concat(data.Input), data.InputType), y = scope.Input(new Shape(2).Concat(data.Target), data.TargetType);
        if (main?.Model is { } model && data.Classes is { } classes && expr is NameExpr { Name: "cross_entropy" or "nll" or "focal" } && model.Output[-1] != classes)
            throw BindError.TargetMismatch(main.NameSyntax.Span, new Shape(1).Concat(model.Output), data.Target, classes);
        loss(scope, x, y);
    }

    // In loss(decoder(encoder(x)), …) the outermost model makes the prediction, if it is applied to x alone.
    private Model? Predictor(Expr loss)
    {
        if (loss is not CallExpr { Arguments: [{ Value: CallExpr outer }, ..] } || !definitions.Models.TryGetValue(outer.Function.Name, out ModelBinding? last)) return null;
        var chain = new List<Model>();
        for (Expr e = outer; e is CallExpr { Arguments: [{ Value: var inner }] } call && definitions.Models.TryGetValue(call.Function.Name, out ModelBinding? m); e = inner)
        {
            chain.Insert(0, m.Model!);
            if (inner is not NameExpr { Name: "x" }) continue;
            if (chain.Count == 1) return chain[0];
            return new Model(
                string.Join("_", chain.Select(c => c.Name)), chain[0].Input, last.Model!.Output, [.. chain.SelectMany(c => c.Parameters).Distinct()],
                [.. chain.SelectMany(c => c.Layers)], (scope, node) => chain.Aggregate(node, (v, c) => scope.Apply(c, v)));
        }

        return null;
    }

    private static bool Mentions(Expr e, string name) => e switch
    {
        CallExpr c => c.Function.Name == name || c.Arguments.Any(a => Mentions(a.Value, name)),
        BinaryExpr b => Mentions(b.Left, name) || Mentions(b.Right, name),
        NegateExpr n => Mentions(n.Operand, name),
        IfExpr i => Mentions(i.Condition, name) || Mentions(i.Then, name) || Mentions(i.Else, name),
        IndexExpr i => Mentions(i.Target, name),
        MemberExpr m => Mentions(m.Target, name),
        _ => false,
    };

    private Optimizer Optimizer(SettingReader r)
    {
        Expr e = One(r, "optimizer") ?? throw BindError.Missing(train.Name.Span, "the optimizer", "write: optimizer adam(lr: 1e-3)");
        (NameExpr name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            _ => throw BindError.UnexpectedArgument(e.Span, "optimizer", SyntaxText.Of(e), "write: optimizer adam(lr: 1e-3)"),
        };
        if (!definitions.Optimizers.TryGetValue(name.Name, out var found)) throw BindError.UnknownOptimizer(name, definitions.Optimizers.Keys);
        return OptimizerBinder.Bind(found.Definition, found.Prelude, name, arguments, _env);
    }

    private Schedule Schedule(SettingReader r)
    {
        if (r.Find("schedule") is not { } item) return new ConstantSchedule();
        return ScheduleBinder.Bind(item, r, _env);
    }

    private Clip? Clip(SettingReader r)
    {
        if (r.Find("clip") is not { } item) return null;
        Dictionary<string, Argument> o = SettingReader.Options(item, ["value"], ["norm"]);
        double? Positive(string name)
        {
            if (!o.TryGetValue(name, out Argument? a)) return null;
            double v = Evaluator.Number(a.Value, _env, $"clip {name}");
            return v > 0 ? v : throw BindError.OutOfRange(a.Value.Span, $"clip {name}", v, "above 0");
        }

        return o.Count > 0 ? new Clip(Positive("value"), Positive("norm")) : throw BindError.MissingArgument(item.Span, "clip", "norm: 1 or value: 0.5");
    }

    private static string Metric(Argument a)
    {
        string name = SettingReader.Word(a, "metric");
        bool top = name.StartsWith("top_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4), out int k) && k > 0;
        return top || MetricNames.Contains(name) ? name : throw BindError.UnknownChoice(a.Span, "metric", name, MetricNames.Append("top_5"));
    }

    private EarlyStop EarlyStopping(Item item)
    {
        Dictionary<string, Argument> o = SettingReader.Options(item, ["metric"], ["patience", "min_delta"]);
        string metric = o.TryGetValue("metric", out Argument? m) ? SettingReader.Word(m, "metric") : "val_loss";
        string bare = metric.StartsWith("val_", StringComparison.Ordinal) ? metric[4..] : metric;
        if (!MetricNames.Contains(bare) && !bare.StartsWith("top_", StringComparison.Ordinal))
            throw BindError.UnknownChoice(m!.Span, "metric", metric, MetricNames.Select(n => "val_" + n));
        int patience = o.TryGetValue("patience", out Argument? p) ? Evaluator.Whole(p.Value is DurationExpr d ? new NumberExpr(d.Span, d.Count, "") : p.Value, _env, "patience", 0) : 5;
        double delta = o.TryGetValue("min_delta", out Argument? x) ? Evaluator.Number(x.Value, _env, "min_delta") : 0;
        return new EarlyStop(metric, patience, delta, Maximize: bare is not ("loss" or "mae" or "rmse" or "perplexity"));
    }
}
