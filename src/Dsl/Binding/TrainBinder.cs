using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns a <c>train</c> block into a training definition.</summary>
internal sealed class TrainBinder(TrainStatement train, Definitions definitions, Schema? data, Action<BindError> report)
{
    /// <summary>The optimizer that is no formula.</summary>
    internal const string LbfgsName = "lbfgs";

    internal static readonly string[] Settings = ["loss", "optimizer", "schedule", "epochs", "batch", "metrics", "early_stop", "clip", "seed", "checkpoint"];
    internal static readonly string[] StepSettings = ["loss", "optimizer", "schedule", "clip", "every", "after", "until"];
    internal static readonly string[] MetricNames = ["loss", "accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2", "perplexity"];

    private readonly Env _env = new(null, definitions);
    private bool _failed;

    /// <summary>The training; null where mistakes have been reported, or the data are not known.</summary>
    public TrainingDefinition? Bind(IReadOnlyList<ModelBinding> models)
    {
        Item[] steps = [.. train.Settings.Where(i => i.Head.Name == "step" && i.Value is null)];
        Item[] values = [.. train.Settings.Where(i => i.Value is not null)];
        // What a step states is stated there, and the rest of the block is common to all.
        var r = new SettingReader("train", [.. train.Settings.Except(steps).Except(values)], steps.Length > 0 ? [.. Settings.Except(StepSettings)] : Settings, _env, report);
        BoundUpdate?[] parts = steps.Length == 0
            ? [Part(r, train.Name.Span, null, models, values)]
            : [.. steps.Select(i => Try(() => Step(i, models, values)))];
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
        if (batch == 1 && BatchRules.NormedOverSamples(parts.SelectMany(p => p!.Models).Select(m => m.Model!)) is { } normed)
        {
            report(BindError.NormedOverOne(One(r, "batch")!.Span, normed));
            return null;
        }

        ModelPrediction? predictor = Predictor([.. parts.OfType<BoundUpdate>()], models);
        metrics = Try(() => r.Find("metrics") is { } m ? Qualified(m, predictor) : metrics!);
        if (_failed) return null;
        TrainingStep[] updates = [.. parts.Select(p => p!.Step)];
        return new TrainingDefinition
        {
            Name = string.Join("_", updates.Select(u => u.Name)),
            Steps = updates,
            Models = [.. parts.SelectMany(p => p!.Models).Select(m => m.Model!).Distinct()],
            Prediction = predictor,
            Schema = data,
            Metrics = metrics!,
            Epochs = epochs,
            Batch = batch,
            Seed = (uint)seed,
            EarlyStop = earlyStop,
            Checkpoint = checkpoint,
        };
    }

    // step MODEL { … }: one update, of that model alone.
    private BoundUpdate? Step(Item item, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        if (item.Arguments is not [{ Name: null, Value: NameExpr name }]) throw BindError.MissingArgument(item.Span, "step", "the model that it updates", "step net { loss mse; optimizer adam }");
        if (item.Blocks is not [{ } settings]) throw BindError.NeedsBody(item.Span, "step", $"step {name.Name} {{ loss mse; optimizer adam }}");
        ModelBinding updated = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        Item[] own = [.. settings.Where(i => i.Value is not null)];
        return Part(new SettingReader("step", [.. settings.Except(own)], StepSettings, _env, report), item.Head.Span, updated, models, [.. values, .. own]);
    }

    private BoundUpdate? Part(SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        // Each setting on its own: a mistake in one does not hide those in the others.
        Optimizer? optimizer = Try(() => Optimizer(r, place, updated?.Name));
        Schedule? schedule = Try(() => Schedule(r, optimizer));
        Clip? clip = Try(() => Clip(r, optimizer));
        int every = Try(() => One(r, "every") is { } e ? Evaluator.Whole(e, _env, "every") : 1);
        Duration? after = Try(() => One(r, "after") is { } e ? r.Duration(e) : (Duration?)null), until = Try(() => One(r, "until") is { } e ? r.Duration(e) : (Duration?)null);
        var objective = Try(() => Objective(r, place, updated, models, values));
        if (_failed || objective is not { } o) return null;
        ModelBinding[] all = o.Main is not null ? [o.Main] : o.Named;
        Model[] trained = updated is null ? [.. all.Select(m => m.Model!)] : [updated.Model!];
        string name = updated?.Name ?? string.Join("_", all.Select(m => m.Name));
        return new BoundUpdate(new TrainingStep(name, o.Loss, trained, optimizer!, schedule!, clip, every, after, until), all, o.Expr, values);
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

    private (ModelBinding? Main, ModelBinding[] Named, Expr Expr, Func<BuildScope, SampleNodes, Node> Loss)? Objective(
        SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        if (r.Find("loss") is not { } item) throw BindError.Missing(place, "the loss", "write: loss cross_entropy");
        if (item.Arguments is not [{ Name: null } argument]) throw BindError.TooManyArguments(item.Span, "loss", 1);
        Expr expr = argument.Value;
        HashSet<string> names = NamesIn(expr, values);
        ModelBinding[] named = [.. models.Where(m => names.Contains(m.Name))];
        ModelBinding? main = named.Length > 0 ? null : updated ?? Main(models);
        if (main is null && updated is not null && !named.Any(m => m == updated || m.Uses(updated.Name))) throw BindError.UpdatesAnother(expr.Span, updated.Name);
        if (data is null) return null;
        // Models in the expression take their shapes from their first use there.
        if (main is not null) BindMain(main, data);
        Func<BuildScope, SampleNodes, Node> loss = Loss(expr, main, updated is null ? named : [updated], values, Derivatives.Names.Any(names.Contains));
        Probe(loss, expr, main, data, Derivatives.Names.Any(names.Contains));
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

    // To the inputs of the data: those of the names of its own, or the first.
    private static Model BindMain(ModelBinding main, Schema data)
    {
        IReadOnlyList<Field> fields = FieldsOf(main, data, main.NameSyntax.Span);
        return main.Bind([.. fields.Select(f => (f.Form.Shape, f.Form.Type))], main.NameSyntax.Span);
    }

    private static IReadOnlyList<Field> FieldsOf(ModelBinding model, Schema data, TextSpan place) => model.InputNames is not { } names ? data.Inputs.Count == 1 ? data.Inputs : throw BindError.SeveralInputs(place, model.Name, [.. data.Inputs.Select(f => f.Name)])
        : names.Count == 1 && data.Inputs.Count == 1 ? data.Inputs
        : [.. names.Select(n => data.Inputs.FirstOrDefault(f => f.Name == n) ?? throw BindError.NoField(place, model.Name, n, data.Inputs.Select(f => f.Name)))];

    private Func<BuildScope, SampleNodes, Node> Loss(Expr expr, ModelBinding? main, ModelBinding[] named, IReadOnlyList<Item> values, bool derives) => (scope, samples) =>
    {
        ModelBinding[] about = main is not null ? [main] : named;
        // A loss may name weights before the models that make them: they are known when it is built again.
        Parameter[]? weights = Array.TrueForAll(about, m => m.Model is not null) ? [.. about.SelectMany(m => m.Model!.Parameters).Distinct()] : null;
        Value Prediction() => main!.Apply(scope, [.. FieldsOf(main, samples.Schema, expr.Span).Select(f => samples[f.Name])], expr.Span) is var made and not OutputsValue ? made
            : throw BindError.SeveralOutputs(expr.Span, main.Name, [.. main.Model!.Outputs.Select(o => o.Name)]);
        if (main is not null && samples.Schema.Targets.Count > 1)
            throw BindError.SeveralTargets(expr.Span, SyntaxText.Of(expr), main.Name, [.. samples.Schema.Targets.Select(t => t.Name)]);
        scope.HasDerivatives |= derives;
        var context = new LossContext(main is null ? null : Prediction, new TensorValue(samples.Target), weights);
        var env = new Env(null, definitions) { Build = scope, Loss = context };
        foreach (Field f in samples.Schema.Fields) env.Set(f.Name, new TensorValue(samples[f.Name]));
        foreach (Item line in values) env.Set(line.Label!, Evaluator.Evaluate(line.Value!, env));
        Value value = Evaluator.Evaluate(expr, env);
        if (value is FunctionValue && context.Prediction is null) throw BindError.LossNotScalar(expr.Span, value.Describe());
        if (value is ModelValue or NumberValue) throw BindError.LossNotScalar(expr.Span, value.Describe());
        Node loss = Evaluator.Tensor(value, expr.Span, env, "the loss");
        GraphBuilder g = scope.Graph;
        return g.Reshape(g.Mean(loss, new Shape([.. Enumerable.Range(0, loss.Shape.Rank)])), Shape.Scalar);
    };

    private void Probe(Func<BuildScope, SampleNodes, Node> loss, Expr expr, ModelBinding? main, Schema data, bool derives)
    {
        var scope = new ProbeScope();
        SampleNodes samples = scope.Samples(data);
        if (main?.Model is { } model && data.Target.Symbols is { } classes && expr is NameExpr { Name: "cross_entropy" or "nll" or "focal" } && model.Output[-1] != classes)
            throw BindError.TargetMismatch(main.NameSyntax.Span, new Shape(Dim.Batch).Concat(model.Output), new Shape(Dim.Batch).Concat(data.Target.Shape), classes);
        bool named = definitions.Models.Values.Any(m => m.Model is null);
        loss(scope, samples);
        // Models are bound at their first use; what the loss says of their weights is checked now.
        if (named) loss(scope, samples);
        if (!derives) return;
        try
        {
            Autodiff.Gradients(scope.Graph, loss(scope, samples), [.. scope.Trained]);
        }
        catch (MissingGradientException e)
        {
            throw BindError.NotTwice(expr.Span, e.Op);
        }
    }

    // The model that the block names; else the only one, or what the loss compares with the target.
    private ModelPrediction? Predictor(BoundUpdate[] parts, IReadOnlyList<ModelBinding> models)
    {
        ModelPrediction? found = Predictor(parts);
        if (train.Model is not { } name) return found;
        ModelBinding named = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        // The loss says which fields it takes.
        if (found is not null && found.Model == named.Model) return found;
        IReadOnlyList<Field> fields = FieldsOf(named, data!, name.Span);
        Model bound = named.Bind([.. fields.Select(f => (f.Form.Shape, f.Form.Type))], name.Span);
        for (int i = 0; i < fields.Count; i++)
        {
            if (bound.Inputs[i].Shape != fields[i].Form.Shape)
                throw BindError.PredictsFromOthers(name.Span, named.Name, bound.Inputs[i].Shape, fields[i].Form.Shape, found is not null);
        }

        return Prediction(bound, named.Name, [.. fields.Select(f => f.Name)], parts);
    }

    private ModelPrediction? Predictor(BoundUpdate[] parts)
    {
        if (parts is not [{ } only]) return null;
        bool bare = only.Models is [{ } main] && !NamesIn(only.Loss, only.Values).Contains(main.Name);
        if (!bare) return Predictor(only);
        ModelBinding single = only.Models[0];
        return Prediction(single.Model!, single.Name, [.. FieldsOf(single, data!, single.NameSyntax.Span).Select(f => f.Name)], parts);
    }

    // In loss(decoder(encoder(x)), …) the outermost model makes the prediction, if it is applied to inputs of the data alone.
    private ModelPrediction? Predictor(BoundUpdate update)
    {
        Expr? first = update.Loss switch
        {
            CallExpr { Arguments: [{ Value: var compared }, ..] } => update.Resolved(compared),
            // All terms of a sum of losses must compare outputs of one model.
            _ => update.Compared(definitions),
        };
        while (first is MemberExpr member) first = update.Resolved(member.Target);
        if (first is not CallExpr outer || !definitions.Models.TryGetValue(outer.Function.Name, out ModelBinding? last)) return null;
        if (FieldsOf(outer) is { } fields) return Prediction(last.Model!, last.Name, fields, [update]);
        var chain = new List<Model>();
        for (Expr e = outer; update.Resolved(e) is CallExpr { Arguments: [{ Value: var inner }] } call && definitions.Models.TryGetValue(call.Function.Name, out ModelBinding? m); e = inner)
        {
            if (m.Model!.Outputs.Count > 1 && call != outer) return null;
            chain.Insert(0, m.Model!);
            if (inner is not NameExpr name || data!.Inputs.All(f => f.Name != name.Name)) continue;
            var whole = new Model(
                string.Join("_", chain.Select(c => c.Name)), [chain[0].Inputs[0] with { Name = name.Name }], last.Model!.Outputs, [.. chain.SelectMany(c => c.Parameters).Distinct()],
                [.. chain.SelectMany(c => c.Layers)], (scope, nodes) => chain.Aggregate(nodes, (v, c) => scope.Apply(c, v)));
            return Prediction(whole, last.Name, [name.Name], [update]);
        }

        return null;
    }

    // Each output is held against the target that a loss compares it with, else against that of its name, or the only one with the only one.
    private ModelPrediction Prediction(Model model, string name, IReadOnlyList<string> fields, IEnumerable<BoundUpdate> updates)
    {
        var compared = new Dictionary<string, string>();
        foreach ((CallExpr call, string? output, Expr with) in updates.SelectMany(u => u.Comparisons(definitions)))
        {
            if (call.Function.Name == name && with is NameExpr target) compared.TryAdd(output ?? model.Outputs[0].Name, target.Name);
        }

        Field? Target(NamedShape output) => Named(compared.GetValueOrDefault(output.Name)) ?? Named(output.Name) ?? (model.Outputs.Count == 1 && data!.Targets is [{ } only] ? only : null);
        Field? Named(string? target) => data!.Targets.FirstOrDefault(t => t.Name == target);
        return new ModelPrediction(model, fields, [.. model.Outputs.Select(Target)]);
    }

    // The fields that a model is applied to, where it is applied to nothing else.
    private string[]? FieldsOf(CallExpr call)
    {
        string?[] fields = [.. call.Arguments.Select(a => a is { Name: null, Value: NameExpr n } && data!.Inputs.Any(f => f.Name == n.Name) ? n.Name : null)];
        return fields.Length > 0 && Array.TrueForAll(fields, f => f is not null) ? [.. fields.OfType<string>()] : null;
    }

    private HashSet<string> NamesIn(Expr loss, IReadOnlyList<Item> values)
    {
        HashSet<string> names = Names(loss, []);
        foreach (Item value in values) Names(value.Value!, names);
        return names;
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
            return name.Name == LbfgsName ? Lbfgs(name, arguments, owner) : throw BindError.UnknownOptimizer(name, definitions.Optimizers.Keys.Append(LbfgsName));
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
        // Of several outputs: kind.accuracy.
        string name = a.Value is MemberExpr { Target: NameExpr } m ? m.Name : SettingReader.Word(a, "metric");
        bool top = name.StartsWith("top_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4), out int k) && k > 0;
        return top || MetricNames.Contains(name) ? name : throw BindError.UnknownChoice(a.Span, "metric", name, MetricNames.Append("top_5"));
    }

    // The metrics with the outputs that they are about, where there are several.
    private string[] Qualified(Item line, ModelPrediction? predictor)
    {
        return [.. line.Arguments.Where(a => Metric(a) != "loss").Select(Of)];

        string Of(Argument a)
        {
            string metric = Metric(a);
            string? stated = a.Value is MemberExpr { Target: NameExpr output } ? output.Name : null;
            IReadOnlyList<NamedShape> outputs = predictor?.Model.Outputs ?? [];
            if (stated is not null && outputs.All(o => o.Name != stated)) throw BindError.NoOutput(a.Span, predictor?.Model.Name ?? "the loss", stated, outputs.Select(o => o.Name));
            if (outputs.Count < 2) return metric;
            if (stated is not null) return $"{stated}.{metric}";
            // A metric of classes is about the output that gives classes, where there is one; one of numbers about the other.
            bool ofNumbers = metric is "mae" or "rmse" or "r2";
            NamedShape[] fitting = [.. outputs.Where((_, o) => predictor!.Targets[o] is { } target && target.Form.IsSymbols != ofNumbers)];
            return fitting is [{ } only] ? $"{only.Name}.{metric}" : throw BindError.MetricOfWhich(a.Span, metric, (fitting.Length > 0 ? fitting : outputs).Select(o => o.Name));
        }
    }

    private EarlyStop EarlyStopping(Item item)
    {
        Dictionary<string, Argument> o = SettingReader.Options(item, ["metric"], ["patience", "min_delta"]);
        string metric = !o.TryGetValue("metric", out Argument? m) ? "val_loss" : m.Value is MemberExpr { Target: NameExpr output } ? $"{output.Name}.{((MemberExpr)m.Value).Name}" : SettingReader.Word(m, "metric");
        string bare = metric.StartsWith("val_", StringComparison.Ordinal) ? metric[4..] : metric;
        bare = bare[(bare.IndexOf('.') + 1)..];
        if (!MetricNames.Contains(bare) && !bare.StartsWith("top_", StringComparison.Ordinal))
            throw BindError.UnknownChoice(m!.Span, "metric", metric, MetricNames.Select(n => "val_" + n));
        int patience = o.TryGetValue("patience", out Argument? p) ? Evaluator.Whole(Count(p.Value), _env, "patience", WholeRange.FromZero) : 5;
        double delta = o.TryGetValue("min_delta", out Argument? x) ? Evaluator.Number(x.Value, _env, "min_delta") : 0;
        return new EarlyStop(metric, patience, delta, Maximize: bare is not ("loss" or "mae" or "rmse" or "perplexity"));
    }
}
