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
        // What a step states is stated there, and the rest of the block is common to all.
        var r = new SettingReader("train", [.. train.Settings.Except(steps).Except(values)], steps.Length > 0 ? TrainSettings.Common : TrainSettings.Names,
            _env, report);
        BoundUpdate?[] parts = steps.Length == 0
            ? [Part(r, train.Name.Span, null, models, values)]
            : [.. steps.Select(i => Try(() => Step(i, models, values)))];
        TrainingNumbers numbers = Bound(TrainSettings.Rows, r, new TrainingNumbers());
        if (_failed || data is null || parts.Any(p => p is null)) return null;
        if (numbers.Batch == 1 && BatchRules.NormedOverSamples(parts.SelectMany(p => p!.Models).Select(m => m.Model!)) is { } normed)
        {
            report(BindError.NormedOverOne(r.Find("batch")!.Arguments[0].Value.Span, normed));
            return null;
        }

        if (data.Target.Unlabelled
            && !parts.Any(p => SymbolsIn(p!.Loss, p.Values).Any(s => s is { IsLocal: true, Name: GivenName.Labelled, Definition: null })))
            definitions.Warn?.Invoke(BindError.IgnoresUnlabelled(train.Settings.FirstOrDefault(i => i.Head.Name == "loss")?.Span ?? train.Name.Span));
        ModelPrediction? predictor = Predictor([.. parts.OfType<BoundUpdate>()], models);
        string[]? metrics = Try(() => MetricBinder.Qualified(numbers.Metrics, predictor));
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
            Epochs = numbers.Epochs,
            Batch = numbers.Batch,
            Seed = (uint)numbers.Seed,
            EarlyStop = numbers.EarlyStop,
            Checkpoint = numbers.Checkpoint,
        };
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
        return Try(() => Frozen(step, stated.Frozen, models)) is { } frozen
            ? new BoundUpdate(step with { Frozen = frozen }, all, o.Expr, values, definitions)
            : null;
    }

    // Of these models each is part of what the step trains, and something else is left to train.
    private static Model[] Frozen(TrainingStep step, IReadOnlyList<NameExpr> names, IReadOnlyList<ModelBinding> models)
    {
        var trained = step.Trained.ToHashSet();
        var frozen = new List<Model>();
        foreach (NameExpr name in names)
        {
            Model? model = (models.FirstOrDefault(m => m.Name == name.Name) ?? throw BindError.UnknownModel(name, models.Select(m => m.Name))).Model;
            if (model?.Parameters.Any(trained.Contains) != true) throw BindError.FreezesAnother(name.Span, name.Name);
            frozen.Add(model);
        }

        return names.Count == 0 || (step with { Frozen = frozen }).Trained.Any() ? [.. frozen] : throw BindError.FreezesAll(names[0].Span, names[0].Name);
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
            if (r.Call(row) is { } call) start = Try(() => row.Bind(call, start)) ?? start;
        }

        return start;
    }

    private (ModelBinding? Main, ModelBinding[] Named, Expr Expr, Func<BuildScope, SampleNodes, Node> Loss)? Objective(
        Expr? expr, SettingReader r, TextSpan place, ModelBinding? updated, IReadOnlyList<ModelBinding> models, IReadOnlyList<Item> values)
    {
        if (r.Find("loss") is null) throw BindError.Missing(place, "the loss", "write: loss cross_entropy");
        // Its mistake has been told.
        if (expr is null) return null;
        HashSet<Symbol> symbols = SymbolsIn(expr, values);
        bool derives = symbols.Any(s => s.Kind == SymbolKind.Function && Derivatives.Names.Contains(s.Name));
        ModelBinding[] named = [.. models.Where(m => IsIn(m, symbols))];
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
        IReadOnlyList<Field> fields = FieldsOf(main, data, main.NameSyntax.Span);
        return main.Bind([.. fields.Select(f => (f.Form.Shape, f.Form.Type))], main.NameSyntax.Span);
    }

    private static IReadOnlyList<Field> FieldsOf(ModelBinding model, Schema data, TextSpan place) => model.InputNames is not { } names ? data.Inputs.Count == 1
        ? data.Inputs : throw BindError.SeveralInputs(place, model.Name, [.. data.Inputs.Select(f => f.Name)])
        : names.Count == 1 && data.Inputs.Count == 1 ? data.Inputs
        : [.. names.Select(n => data.Inputs.FirstOrDefault(f => f.Name == n)
            ?? throw BindError.NoField(place, model.Name, n, data.Inputs.Select(f => f.Name)))];

    private Func<BuildScope, SampleNodes, Node> Loss(Expr expr, ModelBinding? main, ModelBinding[] named, IReadOnlyList<Item> values, bool derives) =>
        (scope, samples) =>
    {
        ModelBinding[] about = main is not null ? [main] : named;
        // A loss may name weights before the models that make them: they are known when it is built again.
        Parameter[]? weights = Array.TrueForAll(about, m => m.Model is not null) ? [.. about.SelectMany(m => m.Model!.Parameters).Distinct()] : null;
        Value Prediction() => main!.Apply(scope, [.. FieldsOf(main, samples.Schema, expr.Span).Select(f => samples[f.Name])],
            expr.Span) is var made and not OutputsValue ? made
            : throw BindError.SeveralOutputs(expr.Span, main.Name, [.. main.Model!.Outputs.Select(o => o.Name)]);
        if (main is not null && samples.Schema.Targets.Count > 1)
            throw BindError.SeveralTargets(expr.Span, SyntaxText.Of(expr), main.Name, [.. samples.Schema.Targets.Select(t => t.Name)]);
        scope.HasDerivatives |= derives;
        var context = new LossContext(main is null ? null : Prediction, new TensorValue(samples.Target), weights);
        var env = new Env(null, definitions) { Build = scope, Loss = context };
        IReadOnlyDictionary<string, Symbol> fields = definitions.Names.Given(train);
        foreach (Field f in samples.Schema.Fields.Where(f => fields.ContainsKey(f.Name))) env.Set(fields[f.Name], new TensorValue(samples[f.Name]));
        if (fields.TryGetValue(GivenName.Labelled, out Symbol? labelled) && env.Find(labelled) is null
            && samples.Schema.Target is { IsSymbols: true, Shape.Rank: 0 } form)
            env.Set(labelled, new TensorValue(form.Labelled(scope.Graph, samples.Target)));
        foreach (Item line in values) env.Set(definitions.Names.Defined(line), Evaluator.Evaluate(line.Value!, env));
        Value value = Evaluator.Evaluate(expr, env);
        if (value is FunctionValue && context.Prediction is null) throw BindError.LossNotScalar(expr.Span, value.Describe());
        if (value is ModelValue or NumberValue) throw BindError.LossNotScalar(expr.Span, value.Describe());
        return Evaluator.Tensor(value, expr.Span, env, "the loss");
    };

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
            if (!bound.Inputs[i].Shape.Admits(fields[i].Form.Shape))
                throw BindError.PredictsFromOthers(name.Span, named.Name, bound.Inputs[i].Shape, fields[i].Form.Shape, found is not null);
        }

        return Prediction(bound, named.Name, [.. fields.Select(f => f.Name)], parts);
    }

    private ModelPrediction? Predictor(BoundUpdate[] parts)
    {
        if (parts is not [{ } only]) return null;
        bool bare = only.Models is [{ } main] && !IsIn(main, SymbolsIn(only.Loss, only.Values));
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
            _ => update.Compared,
        };
        while (first is MemberExpr member) first = update.Resolved(member.Target);
        if (first is not CallExpr outer || definitions.ModelOf(outer) is not { } last) return null;
        if (FieldsOf(outer) is { } fields) return Prediction(last.Model!, last.Name, fields, [update]);
        var chain = new List<Model>();
        for (Expr e = outer; update.Resolved(e) is CallExpr { Arguments: [{ Value: var inner }] } call && definitions.ModelOf(call) is { } m; e = inner)
        {
            if (m.Model!.Outputs.Count > 1 && call != outer) return null;
            chain.Insert(0, m.Model!);
            if (InputOf(inner) is not { } field) continue;
            var whole = new Model(
                string.Join("_", chain.Select(c => c.Name)), [chain[0].Inputs[0] with { Name = field }], last.Model!.Outputs,
                    [.. chain.SelectMany(c => c.Parameters).Distinct()],
                [.. chain.SelectMany(c => c.Layers)], (scope, nodes) => chain.Aggregate(nodes, (v, c) => scope.Apply(c, v)));
            return Prediction(whole, last.Name, [field], [update]);
        }

        return null;
    }

    // Each output is held against the target that a loss compares it with, else against that of its name, or the only one with the only one.
    private ModelPrediction Prediction(Model model, string name, IReadOnlyList<string> fields, IEnumerable<BoundUpdate> updates)
    {
        var compared = new Dictionary<string, string>();
        foreach ((CallExpr call, string? output, Expr with) in updates.SelectMany(u => u.Comparisons))
        {
            if (definitions.ModelOf(call)?.Name == name && FieldOf(with) is { } target) compared.TryAdd(output ?? model.Outputs[0].Name, target);
        }

        Field? Target(NamedShape output) => Named(compared.GetValueOrDefault(output.Name)) ?? Named(output.Name)
            ?? (model.Outputs.Count == 1 && data!.Targets is [{ } only] ? only : null);
        Field? Named(string? target) => data!.Targets.FirstOrDefault(t => t.Name == target);
        return new ModelPrediction(model, fields, [.. model.Outputs.Select(Target)]);
    }

    // The fields that a model is applied to, where it is applied to nothing else.
    private string[]? FieldsOf(CallExpr call)
    {
        string?[] fields = [.. call.Arguments.Select(a => a.Name is null ? InputOf(a.Value) : null)];
        return fields.Length > 0 && Array.TrueForAll(fields, f => f is not null) ? [.. fields.OfType<string>()] : null;
    }

    // The field of the data that a name stands for.
    private string? FieldOf(Expr e) => e is NameExpr n && definitions.Names.Of(n) is { } symbol
        && definitions.Names.Given(train).GetValueOrDefault(n.Name) == symbol ? n.Name : null;

    private string? InputOf(Expr e) => FieldOf(e) is { } field && data!.Inputs.Any(f => f.Name == field) ? field : null;

    private bool IsIn(ModelBinding model, HashSet<Symbol> symbols) => definitions.Names.Of(model.NameSyntax) is { } symbol && symbols.Contains(symbol);

    // What the names of a loss stand for.
    private HashSet<Symbol> SymbolsIn(Expr loss, IReadOnlyList<Item> values)
    {
        HashSet<Symbol> symbols = new(ReferenceEqualityComparer.Instance);
        Collect(loss, symbols);
        foreach (Item value in values) Collect(value.Value!, symbols);
        return symbols;
    }

    // Those of the functions that it calls, too.
    private void Collect(Expr e, HashSet<Symbol> seen)
    {
        foreach (NameExpr name in ExprNames.Of(e))
        {
            if (definitions.Names.Of(name) is not { } symbol || !seen.Add(symbol) || symbol.Kind != SymbolKind.Function) continue;
            if (definitions.Function(symbol.Name)?.Definition is not { } function) continue;
            foreach (FormulaLine line in function.Lines) Collect(line.Value, seen);
        }
    }
}
