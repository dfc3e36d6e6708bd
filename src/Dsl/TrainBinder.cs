using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns a <c>train</c> block into a training definition.</summary>
internal sealed class TrainBinder(TrainStatement train, Definitions definitions, DataInfo? data, Action<BindError> report)
{
    internal static readonly string[] Settings = ["loss", "optimizer", "schedule", "epochs", "batch", "metrics", "early_stop", "clip", "seed", "checkpoint"];
    internal static readonly string[] StepSettings = ["loss", "optimizer", "schedule", "clip", "every", "after", "until"];
    internal static readonly string[] MetricNames = ["loss", "accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2", "perplexity"];

    private readonly Env _env = new(null, definitions);
    private bool _failed;

    /// <summary>The training; null where mistakes have been reported, or the data are not known.</summary>
    public TrainingDefinition? Bind(IReadOnlyList<ModelBinding> models)
    {
        Item[] steps = [.. train.Settings.Where(i => i.Head.Name == "step")];
        // What a step states is stated there, and the rest of the block is common to all.
        var r = new SettingReader("train", [.. train.Settings.Except(steps)], steps.Length > 0 ? [.. Settings.Except(StepSettings)] : Settings, _env, report);
        (TrainingStep Step, ModelBinding[] Models, Expr Loss)?[] parts = steps.Length == 0
            ? [Part(r, train.Name.Span, null, models)]
            : [.. steps.Select(i => Try(() => Step(i, models)))];
        string[]? metrics = Try(() => r.Find("metrics") is { } m ? [.. m.Arguments.Select(Metric).Where(name => name != "loss")] : Array.Empty<string>());
        int epochs = Try(() => One(r, "epochs") is { } e ? Evaluator.Whole(Count(e), _env, "epochs", WholeRange.FromZero) : 1);
        int batch = Try(() => One(r, "batch") is { } b ? b is NameExpr { Name: "all" } ? 0 : Evaluator.Whole(b, _env, "batch") : 32);
        int seed = Try(() => One(r, "seed") is { } s ? Evaluator.Whole(s, _env, "seed", WholeRange.FromZero) : 0);
        EarlyStop? earlyStop = Try(() => r.Find("early_stop") is { } stop ? EarlyStopping(stop) : null);
        string? checkpoint = Try(() => One(r, "checkpoint") switch
        {
            null => null,
            StringExpr f => f.Value,
            { } c => throw BindError.UnexpectedArgument(c.Span, "checkpoint", SyntaxText.Of(c), "write: checkpoint \"model.safetensors\""),
        });
        if (_failed || data is null || parts.Any(p => p is null)) return null;
        if (batch == 1 && BatchRules.NormedOverSamples(parts.SelectMany(p => p!.Value.Models).Select(m => m.Model!)) is { } normed)
        {
            report(BindError.NormedOverOne(One(r, "batch")!.Span, normed));
            return null;
        }

        TrainingStep[] updates = [.. parts.Select(p => p!.Value.Step)];
        return new TrainingDefinition
        {
            Name = string.Join("_", updates.Select(u => u.Name)),
            Steps = updates,
            Models = [.. parts.SelectMany(p => p!.Value.Models).Select(m => m.Model!).Distinct()],
            Predictor = Predictor(parts, models),
            Input = (data.Input, data.InputType),
            Target = (data.Target, data.TargetType),
            Metrics = metrics!,
            Epochs = epochs,
            Batch = batch,
            Seed = (uint)seed,
            EarlyStop = earlyStop,
            Checkpoint = checkpoint,
        };
    }

    // step MODEL { … }: one update, of that model alone.
    private (TrainingStep Step, ModelBinding[] Models, Expr Loss)? Step(Item item, IReadOnlyList<ModelBinding> models)
    {
        if (item.Arguments is not [{ Name: null, Value: NameExpr name }]) throw BindError.MissingArgument(item.Span, "step", "the model that it updates", "step net { loss mse; optimizer adam }");
        if (item.Blocks is not [{ } settings]) throw BindError.NeedsBody(item.Span, "step", $"step {name.Name} {{ loss mse; optimizer adam }}");
        ModelBinding updated = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        return Part(new SettingReader("step", settings, StepSettings, _env, report), item.Head.Span, updated, models);
    }

    private (TrainingStep Step, ModelBinding[] Models, Expr Loss)? Part(SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models)
    {
        // Each setting on its own: a mistake in one does not hide those in the others.
        Optimizer? optimizer = Try(() => Optimizer(r, place, updated?.Name));
        Schedule? schedule = Try(() => Schedule(r, optimizer));
        Clip? clip = Try(() => Clip(r, optimizer));
        int every = Try(() => One(r, "every") is { } e ? Evaluator.Whole(e, _env, "every") : 1);
        Duration? after = Try(() => One(r, "after") is { } e ? r.Duration(e) : (Duration?)null), until = Try(() => One(r, "until") is { } e ? r.Duration(e) : (Duration?)null);
        var objective = Try(() => Objective(r, place, updated, models));
        if (_failed || objective is not { } o) return null;
        ModelBinding[] all = o.Main is not null ? [o.Main] : o.Named;
        Model[] trained = updated is null ? [.. all.Select(m => m.Model!)] : [updated.Model!];
        string name = updated?.Name ?? string.Join("_", all.Select(m => m.Name));
        return (new TrainingStep(name, o.Loss, trained, optimizer!, schedule!, clip, every, after, until), all, o.Expr);
    }

    private T? Try<T>(Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (BindError e)
        {
            _failed = true;
            report(e);
            return default;
        }
    }

    private (ModelBinding? Main, ModelBinding[] Named, Expr Expr, Func<BuildScope, Node, Node, Node> Loss)? Objective(
        SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models)
    {
        if (r.Find("loss") is not { } item) throw BindError.Missing(place, "the loss", "write: loss cross_entropy");
        if (item.Arguments is not [{ Name: null } argument]) throw BindError.TooManyArguments(item.Span, "loss", 1);
        Expr expr = argument.Value;
        HashSet<string> names = Names(expr, []);
        ModelBinding[] named = [.. models.Where(m => names.Contains(m.Name))];
        ModelBinding? main = named.Length > 0 ? null : updated ?? Main(models);
        if (main is null && updated is not null && !named.Any(m => m == updated || m.Uses(updated.Name))) throw BindError.UpdatesAnother(expr.Span, updated.Name);
        if (data is null) return null;
        // Models in the expression take their shapes from their first use there.
        main?.Bind(data.Input, main.NameSyntax.Span, data.InputType);
        Func<BuildScope, Node, Node, Node> loss = Loss(expr, main, updated is null ? named : [updated]);
        Probe(loss, expr, main, data);
        return (main, named, expr, loss);
    }

    // "5 epochs" is as good as 5.
    private static Expr Count(Expr e) => e is DurationExpr d ? new NumberExpr(d.Span, d.Count, "") : e;

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

    private static Expr? One(SettingReader r, string name)
    {
        if (r.Find(name) is not { } item) return null;
        return item.Arguments is [{ Name: null } a] ? a.Value
            : item.Arguments.Count == 0 ? throw BindError.MissingArgument(item.Span, name, "a value")
            : throw BindError.TooManyArguments(item.Span, name, 1);
    }

    private Func<BuildScope, Node, Node, Node> Loss(Expr expr, ModelBinding? main, ModelBinding[] named) => (scope, x, y) =>
    {
        ModelBinding[] about = main is not null ? [main] : named;
        // A loss may name weights before the models that make them: they are known when it is built again.
        Parameter[]? weights = Array.TrueForAll(about, m => m.Model is not null) ? [.. about.SelectMany(m => m.Model!.Parameters).Distinct()] : null;
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

    private void Probe(Func<BuildScope, Node, Node, Node> loss, Expr expr, ModelBinding? main, DataInfo data)
    {
        var scope = new ProbeScope();
        Node x = scope.Input(new Shape(Dim.Batch).Concat(data.Input), data.InputType), y = scope.Input(new Shape(Dim.Batch).Concat(data.Target), data.TargetType);
        if (main?.Model is { } model && data.Classes is { } classes && expr is NameExpr { Name: "cross_entropy" or "nll" or "focal" } && model.Output[-1] != classes)
            throw BindError.TargetMismatch(main.NameSyntax.Span, new Shape(Dim.Batch).Concat(model.Output), new Shape(Dim.Batch).Concat(data.Target), classes);
        bool named = definitions.Models.Values.Any(m => m.Model is null);
        loss(scope, x, y);
        // Models are bound at their first use; what the loss says of their weights is checked now.
        if (named) loss(scope, x, y);
    }

    // The model that the block names; else the only one, or what the loss compares with the target.
    private Model? Predictor((TrainingStep Step, ModelBinding[] Models, Expr Loss)?[] parts, IReadOnlyList<ModelBinding> models)
    {
        if (train.Model is { } name)
        {
            ModelBinding named = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
            Model bound = named.Bind(data!.Input, name.Span, data.InputType);
            return bound.Input == data.Input ? bound : throw BindError.PredictsFromOthers(name.Span, named.Name, bound.Input, data.Input, Predictor(parts) is not null);
        }

        return Predictor(parts);
    }

    private Model? Predictor((TrainingStep Step, ModelBinding[] Models, Expr Loss)?[] parts)
    {

        if (parts is not [{ } only]) return null;
        return only.Models is [{ } single] && !Names(only.Loss, []).Contains(single.Name) ? single.Model : Predictor(only.Loss);
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

    // Those of the functions that a loss calls, too.
    private HashSet<string> Names(Expr e, HashSet<string> seen, DefinitionStatement? within = null)
    {
        foreach (string name in ExprNames.In(e).Where(n => within?.Parameters.Any(p => p.Name == n) != true))
        {
            if (!seen.Add(name) || !definitions.Functions.TryGetValue(name, out var f)) continue;
            foreach (FormulaLine line in f.Definition.Lines) Names(line.Value, seen, f.Definition);
        }

        return seen;
    }

    private Optimizer Optimizer(SettingReader r, TextSpan place, string? owner)
    {
        Expr e = One(r, "optimizer") ?? throw BindError.Missing(place, "the optimizer", "write: optimizer adam(lr: 1e-3)");
        (NameExpr name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            _ => throw BindError.UnexpectedArgument(e.Span, "optimizer", SyntaxText.Of(e), "write: optimizer adam(lr: 1e-3)"),
        };
        if (!definitions.Optimizers.TryGetValue(name.Name, out var found))
            return name.Name == "lbfgs" ? Lbfgs(name, arguments, owner) : throw BindError.UnknownOptimizer(name, definitions.Optimizers.Keys.Append("lbfgs"));
        return OptimizerBinder.Bind(found.Definition, found.Prelude, name, arguments, _env, owner);
    }

    // Its searches need the same loss at several points: the whole training part, and no other step between.
    private Optimizer Lbfgs(NameExpr name, IReadOnlyList<Argument> arguments, string? owner)
    {
        if (owner is not null) throw BindError.TrainsAlone(name.Span, name.Name);
        Expr? batch = train.Settings.FirstOrDefault(i => i.Head.Name == "batch") is { Arguments: [var b, ..] } ? b.Value : null;
        if (batch is not NameExpr { Name: "all" }) throw BindError.NeedsWholeBatch((batch ?? name).Span, name.Name);
        Dictionary<string, Argument> o = SettingReader.Options(name.Name, arguments, ["history"], []);
        int history = o.TryGetValue("history", out Argument? h) ? Evaluator.Whole(h.Value, _env, "lbfgs: history", new WholeRange(1, 100)) : 10;
        return new Optimizer(name.Name, new Hyperparameter("lbfgs.lr", 0), [], [], i => new OptimizerOutputs(i.Weight, i.States)) { HasRate = false, History = history };
    }

    private Schedule Schedule(SettingReader r, Optimizer? optimizer)
    {
        if (r.Find("schedule") is not { } item) return new ConstantSchedule();
        if (optimizer is { HasRate: false }) throw BindError.WithoutEffect(item.Span, "schedule", optimizer.Name, "has no learning rate");
        return ScheduleBinder.Bind(item, r, _env);
    }

    private Clip? Clip(SettingReader r, Optimizer? optimizer)
    {
        if (r.Find("clip") is not { } item) return null;
        if (optimizer is { History: > 0 }) throw BindError.WithoutEffect(item.Span, "clip", optimizer.Name, "searches along its direction for the right length");
        if (optimizer is { UsesGradient: false }) throw BindError.WithoutEffect(item.Span, "clip", optimizer.Name, "takes no gradient");
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
        int patience = o.TryGetValue("patience", out Argument? p) ? Evaluator.Whole(Count(p.Value), _env, "patience", WholeRange.FromZero) : 5;
        double delta = o.TryGetValue("min_delta", out Argument? x) ? Evaluator.Number(x.Value, _env, "min_delta") : 0;
        return new EarlyStop(metric, patience, delta, Maximize: bare is not ("loss" or "mae" or "rmse" or "perplexity"));
    }
}
