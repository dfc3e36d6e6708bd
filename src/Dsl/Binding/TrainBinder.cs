using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Dsl;

/// <summary>Turns a <c>train</c> block into a training definition.</summary>
internal sealed class TrainBinder(TrainStatement train, Definitions definitions, Schema? data, Action<BindError> report)
{
    private readonly Env _env = new(null, definitions);
    private bool _failed;

    /// <summary>The training; null where mistakes have been reported, or the data are not known.</summary>
    public TrainingDefinition? Bind(IReadOnlyList<ModelBinding> models)
    {
        Item[] steps = [.. train.Settings.Where(i => i.Head.Name == "step" && i.Value is null)];
        Item[] values = [.. train.Settings.Where(i => i.Value is not null)];
        definitions.OwnMetrics.UnionWith(
            train.Settings.Where(i => i.Head.Name == "metrics" && i.Value is null).SelectMany(i => i.Arguments).Select(a => a.Name).OfType<string>());
        // What a step states is stated there, and the rest of the block is common to all.
        var r = new SettingReader("train", [.. train.Settings.Except(steps).Except(values)], steps.Length > 0 ? TrainSettings.Common : TrainSettings.Names,
            _env, report);
        BoundUpdate?[] parts = steps.Length == 0
            ? [Part(r, train.Name.Span, null, models, values)]
            : [.. steps.Select(i => Try(() => Step(i, models, values)))];
        TrainingNumbers numbers = Bound(TrainSettings.Rows, r, new TrainingNumbers());
        if (_failed || data is null || parts.Any(p => p is null)) return null;
        int? drawnSteps = Try(() => DrawnSteps(r, numbers));
        if (_failed) return null;
        if (drawnSteps is { } each && numbers.Steps is { } all) numbers = numbers with { Epochs = all / each };
        // Where nothing is looked at, one sample is as good as many.
        if (data.Inputs.Count == 0 && r.Find("batch") is null) numbers = numbers with { Batch = 1 };
        if (numbers.Batch == 1 && BatchRules.NormedOverSamples(parts.SelectMany(p => p!.Models).Select(m => m.Model!)) is { } normed)
        {
            report(BindError.NormedOverOne(r.Find("batch")!.Arguments[0].Value.Span, normed));
            return null;
        }

        IEnumerable<Symbol> named = parts.SelectMany(p => LossNames.Of(p!.Loss, p.Values, definitions));
        if (data.Target.Unlabelled && !named.Any(s => s is { IsLocal: true, Name: GivenName.Labelled, Definition: null }))
            definitions.Warn?.Invoke(BindError.IgnoresUnlabelled(train.Settings.FirstOrDefault(i => i.Head.Name == "loss")?.Span ?? train.Name.Span));
        ModelPrediction? predictor = new PredictionBinder(train, definitions, data).Bind([.. parts.OfType<BoundUpdate>()], models);
        string[]? metrics = Try(() => MetricBinder.Qualified([.. numbers.Metrics.Where(a => a.Name is null)], predictor));
        OwnMetric[] own = [.. numbers.Metrics.Where(a => a.Name is not null).Select(a => Try(() => Own(a, parts!, values))).OfType<OwnMetric>()];
        Model? shown = numbers.Shown is { } picture ? Try(() => Shown(picture, models)) : null;
        if (_failed) return null;
        TrainingStep[] updates = [.. parts.Select(p => p!.Step)];
        Try(() => LearningSettings.Check(numbers, updates, r));
        if (_failed) return null;
        return new TrainingDefinition
        {
            Name = string.Join("_", updates.Select(u => u.Name)),
            Steps = updates,
            Models = [.. parts.SelectMany(p => p!.Models).Select(m => m.Model!).Distinct()],
            Prediction = predictor,
            Shown = shown,
            Schema = data,
            Metrics = metrics!,
            OwnMetrics = own,
            Epochs = numbers.Epochs,
            Batch = numbers.Batch,
            DrawnSteps = drawnSteps ?? DrawnData.EpochSteps,
            Accumulate = numbers.Accumulate,
            Average = numbers.Average,
            OnDivergence = numbers.OnDivergence,
            Seed = (uint)numbers.Seed,
            EarlyStop = numbers.EarlyStop,
            Checkpoint = numbers.Checkpoint,
        };
    }

    // Steps of an epoch, where samples are drawn: so many that all of them are whole epochs, of which there are enough to see how it goes.
    private int? DrawnSteps(SettingReader r, TrainingNumbers numbers)
    {
        const int Wanted = 40, Most = 100;
        if (data!.Targets.Count > 0)
            return r.Find(TrainSettings.StepsWord) is { } steps ? throw DrawErrors.StepsOfSamples(steps.Span) : null;
        if (numbers.Batch == 0) throw DrawErrors.NoWholeBatch(r.Find("batch")!.Span);
        if (numbers.Steps is not { } all) return null;
        if (r.Find("epochs") is { } epochs) throw DrawErrors.StepsAndEpochs(epochs.Span);
        return all / Enumerable.Range(1, Math.Min(all, Most)).Where(n => all % n == 0).MinBy(n => Math.Abs(n - Wanted));
    }

    // A model that the losses use and that looks at nothing: its output is one picture.
    private static Model Shown(NameExpr name, IReadOnlyList<ModelBinding> models)
    {
        ModelBinding named = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        return named is { LooksAtInput: false, Model: { Outputs: [{ Shape: { Rank: 3 } shape }] } model } && shape[2].Extent is 1 or 3 ? model
            : throw DrawErrors.NoPicture(name.Span, name.Name);
    }

    // A formula like a loss; of a loss that is a bare name, a function may stand for itself as well.
    private OwnMetric Own(Argument metric, BoundUpdate[] parts, IReadOnlyList<Item> values)
    {
        if (MetricBinder.Names.Contains(metric.Name!)) throw MetricErrors.NameTaken(metric.NameSpan, metric.Name!);
        ModelBinding[] about = [.. parts.SelectMany(p => p.Models).Distinct()];
        ModelBinding? main = parts is [{ } only] ? only.Unnamed : null;
        HashSet<Symbol> symbols = LossNames.Of(metric.Value, values, definitions);
        bool derives = symbols.Any(s => s.Kind == SymbolKind.Function && Derivatives.Names.Contains(s.Name));
        Func<BuildScope, SampleNodes, Node> formula = Loss(metric.Value, main, about, values, derives);
        var scope = new ProbeScope(training: false);
        formula(scope, scope.Samples(data!));
        return new OwnMetric(metric.Name!, formula);
    }

    // step MODEL { … }: one update, of that model alone.
    private BoundUpdate? Step(Item item, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        if (item.Arguments is not [{ Name: null, Value: NameExpr name }]) throw BindError.MissingArgument(item.Span, "step", "the model that it updates",
            "step net { loss mse; optimizer adam }");
        if (item.Blocks is not [{ } settings]) throw BindError.NeedsBody(item.Span, "step", $"step {name.Name} {{ loss mse; optimizer adam }}");
        ModelBinding updated = models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name));
        Item[] own = [.. settings.Where(i => i.Value is not null)];
        return Part(new SettingReader("step", [.. settings.Except(own)], StepSettings.Names, _env, report), item.Head.Span, updated, models,
            [.. values, .. own]);
    }

    private BoundUpdate? Part(SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        UpdateParts stated = Bound(StepSettings.Rows, r, new UpdateParts(updated?.Name,
            train.Settings.FirstOrDefault(i => i.Head.Name == "batch") is { Arguments: [var b, ..] } ? b.Value : null));
        if (r.Find("optimizer") is null) Fail(BindError.Missing(place, "the optimizer", "write: optimizer adam(lr: 1e-3)"));
        var objective = Try(() => Objective(stated.Loss, r, place, updated, models, values));
        if (_failed || objective is not { } o) return null;
        ModelBinding[] all = o.Main is not null ? [o.Main] : o.Named;
        Model[] trained = updated is null ? [.. all.Select(m => m.Model!)] : [updated.Model!];
        string name = updated?.Name ?? string.Join("_", all.Select(m => m.Name));
        var step = new TrainingStep(
            name, o.Loss, trained, stated.Optimizer!, stated.Schedule, stated.Clip, stated.Every, stated.After, stated.Until);
        if (stated.Weights is { } w) step = Try(() => step with
        {
            Weights = LossWeights.Bind(w, name, data!, Loss(w, null, all, values, derives: false), _env),
        }) ?? step;
        return Try(() => PartBinder.Bind(step, stated, models)) is { } bound ? new BoundUpdate(bound, all, o.Expr, values, definitions) : null;
    }

    private T? Try<T>(Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (BindError e)
        {
            Fail(e);
            return default;
        }
    }

    private void Fail(BindError e)
    {
        _failed = true;
        report(e);
    }

    // Each setting on its own: a mistake in one does not hide those in the others.
    private T Bound<T>(IEnumerable<Setting<T>> rows, SettingReader r, T start) where T : class
    {
        foreach (Setting<T> row in rows)
        {
            foreach (SettingCall call in r.Calls(row)) start = Try(() => row.Bind(call, start)) ?? start;
        }

        return start;
    }

    private (ModelBinding? Main, ModelBinding[] Named, Expr Expr, Func<BuildScope, SampleNodes, Node> Loss)? Objective(
        Expr? expr, SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        if (r.Find("loss") is null) throw BindError.Missing(place, "the loss", "write: loss cross_entropy");
        // Its mistake has been told.
        if (expr is null) return null;
        HashSet<Symbol> symbols = LossNames.Of(expr, values, definitions);
        bool derives = symbols.Any(s => s.Kind == SymbolKind.Function && Derivatives.Names.Contains(s.Name));
        ModelBinding[] named = [.. models.Where(m => LossNames.IsIn(m, symbols, definitions))];
        ModelBinding? main = named.Length > 0 ? null : updated ?? Main(models);
        if (main is null && updated is not null && !named.Any(m => m == updated || m.Uses(updated.Name))) throw BindError.UpdatesAnother(expr.Span,
            updated.Name);
        if (data is null) return null;
        // Models in the expression take their shapes from their first use there.
        if (main is not null) BindMain(main, data);
        Func<BuildScope, SampleNodes, Node> loss = Loss(expr, main, updated is null ? named : [updated], values, derives);
        Probe(loss, expr, main, data);
        return (main, named, expr, loss);
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

    // To the inputs of the data: those of the names of its own, or the first.
    private static Model BindMain(ModelBinding main, Schema data)
    {
        IReadOnlyList<Field> fields = ModelFields.Of(main, data, main.NameSyntax.Span);
        return main.Bind([.. fields.Select(f => (f.Form.Shape, f.Form.Type))], main.NameSyntax.Span, [.. fields.Select(f => f.Form)]);
    }

    private Func<BuildScope, SampleNodes, Node> Loss(Expr expr, ModelBinding? main, ModelBinding[] named, IReadOnlyList<Item> values, bool derives)
    {
        // Plans are built when another training may be bound.
        DataFacts facts = definitions.Data;
        return (scope, samples) => definitions.Under(facts, () => Built(scope, samples));

        Node Built(BuildScope scope, SampleNodes samples)
        {
            ModelBinding[] about = main is not null ? [main] : named;
            // A loss may name weights before the models that make them: they are known when it is built again.
            Parameter[]? weights = Array.TrueForAll(about, m => m.Model is not null) ? [.. about.SelectMany(m => m.Model!.Parameters).Distinct()] : null;
            Value Prediction() => main!.Apply(scope, [.. ModelFields.Of(main, samples.Schema, expr.Span).Select(f => samples[f.Name])],
                expr.Span) is var made and not OutputsValue ? made
                : throw BindError.SeveralOutputs(expr.Span, main.Name, [.. main.Model!.Outputs.Select(o => o.Name)]);
            if (main is not null && samples.Schema.Targets.Count > 1)
                throw BindError.SeveralTargets(expr.Span, SyntaxText.Of(expr), main.Name, [.. samples.Schema.Targets.Select(t => t.Name)]);
            scope.HasDerivatives |= derives;
            var context = new LossContext(main is null ? null : Prediction, samples.Target is { } y ? new TensorValue(y) : null, samples.Batch, weights);
            var env = new Env(null, definitions) { Build = scope, Loss = context };
            IReadOnlyDictionary<string, Symbol> fields = definitions.Names.Given(train);
            foreach (Field f in samples.Schema.Fields.Where(f => fields.ContainsKey(f.Name)))
                env.Set(fields[f.Name], new TensorValue(scope.Tell(samples[f.Name], f.Form)));
            if (fields.TryGetValue(GivenName.Labelled, out Symbol? labelled) && env.Find(labelled) is null
                && samples.Schema.Target is { IsSymbols: true, Shape.Rank: 0 } form)
                env.Set(labelled, new TensorValue(form.Labelled(scope.Graph, samples.Target!)));
            foreach (Item line in values) env.Set(definitions.Names.Defined(line), Evaluator.Evaluate(line.Value!, env));
            Value value = Evaluator.Evaluate(expr, env);
            if (value is FunctionValue && context.Prediction is null) throw BindError.LossNotScalar(expr.Span, value.Describe());
            if (value is ModelValue or NumberValue) throw BindError.LossNotScalar(expr.Span, value.Describe());
            return Evaluator.Tensor(value, expr.Span, env, "the loss");
        }
    }

    private void Probe(Func<BuildScope, SampleNodes, Node> loss, Expr expr, ModelBinding? main, Schema data)
    {
        var scope = new ProbeScope();
        SampleNodes samples = scope.Samples(data);
        if (main?.Model is { } model && data.Target.Symbols is { } classes && expr is NameExpr { Name: "cross_entropy" or "nll" or "focal" }
            && model.Output[-1] != classes)
            throw BindError.TargetMismatch(main.NameSyntax.Span, new Shape(Dim.Batch).Concat(model.Output), new Shape(Dim.Batch).Concat(data.Target.Shape),
                classes);
        bool named = definitions.Models.Values.Any(m => m.Model is null);
        loss(scope, samples);
        // Models are bound at their first use; what the loss says of their weights is checked now.
        if (named) loss(scope, samples);
    }
}
