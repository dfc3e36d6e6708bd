using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A training compiled to a plan. Entries: <c>train</c> (one step on a full batch), <c>train_tail</c> (the smaller last batch, where there is
/// one), <c>evaluate</c> and <c>evaluate_tail</c> (one batch of the validation part), <c>predict</c>, and, if asked for,
/// <c>sample</c>.
/// </summary>
public sealed class TrainingPlan
{
    private readonly TrainingDefinition _definition;
    private readonly TrainingSizes _sizes;
    private readonly StepSamples _samples;
    private readonly WeightUpdates _updates;
    private readonly StepForms _forms;
    private readonly BatchSums _sums;
    private readonly Lazy<Plan> _plan;

    private TrainingPlan(TrainingDefinition definition, TrainingSizes sizes)
    {
        (_definition, _sizes) = (definition, sizes);
        MetricRules.Check(definition, sizes);
        if (ShortestSequences.Refusal(definition.Models, sizes.Shortest) is { } why)
            throw new NnException(ExitCode.Script, why + "; leave shorter ones out, or use a smaller window or padding: same");
        var plan = new PlanBuilder();
        Source = new ResidentSource(sizes.TrainingSamples, definition.Batch, sizes.Buckets);
        // A sequence counts as many samples as it has targets, so that evaluation needs no more memory than training.
        long places = definition.Schema.Targets.Where(t => t.Form.IsSymbols).Select(t => t.Form.Shape.Count).DefaultIfEmpty(1).Max();
        int sequences = places > 1 ? (int)Math.Max(Math.Min(Batch, sizes.MaxEvaluationBatch), sizes.MaxEvaluationBatch / places) : sizes.MaxEvaluationBatch;
        EvaluationBatch = Math.Min(sizes.ValidationSamples, sequences);
        EvaluationTail = EvaluationBatch == 0 ? 0 : sizes.ValidationSamples % EvaluationBatch;

        Slots = new TrainingSlots(plan, definition, sizes, Source);
        _samples = new StepSamples(definition, sizes.Schema, Slots, Source);
        _forms = sizes.Extras.Only?.Forms ?? new StepForms(definition, StepsPerEpoch);
        _updates = new WeightUpdates(definition, Slots, StepsPerEpoch, _forms);
        _sums = new BatchSums(definition, sizes.Schema, Slots);
        AddSums(plan);
        StepTrace? trace = sizes.Extras.Trace ? new StepTrace(plan, definition.Steps.SelectMany(s => new[] { s.Name, s.Optimizer.Name }).ToHashSet()) : null;
        AddSteps(plan, trace);
        if (Slots.Lbfgs is { } lbfgs)
        {
            plan.Entry("direction", lbfgs.FindDirection());
            plan.Entry("point", Look(lbfgs));
            plan.Entry("go", lbfgs.Go());
        }

        if (EvaluationBatch > 0) plan.Entry("evaluate", Evaluate(EvaluationBatch));
        if (EvaluationTail > 0) plan.Entry("evaluate_tail", Evaluate(EvaluationTail));
        if (definition.Predictor is not null) plan.Entry("predict", Predict());
        if (sizes.Extras.Samples is { } samples) plan.Entry("sample", Sample(plan, samples.Model, samples.Count));
        _plan = new Lazy<Plan>(plan.Build);
    }

    /// <summary>The plan.</summary>
    public Plan Plan => _plan.Value;

    /// <summary>Its slots by meaning.</summary>
    public TrainingSlots Slots { get; }

    /// <summary>Where the samples of its steps come from.</summary>
    public IBatchSource Source { get; }

    /// <summary>Samples of a full step.</summary>
    public int Batch => Source.Batch;

    /// <summary>Samples of the last step of an epoch, 0 where it is full.</summary>
    public int TailBatch => Source.TailBatch;

    /// <summary>Steps of an epoch, the smaller last one included.</summary>
    public int StepsPerEpoch => Source.StepsPerEpoch;

    /// <summary>Samples of an evaluation step.</summary>
    public int EvaluationBatch { get; }

    /// <summary>Samples of the last evaluation step, 0 where it is full.</summary>
    public int EvaluationTail { get; }

    /// <summary>For each output of the predictor, whether its elements are labels of their own, which metrics compare one by one.</summary>
    public IReadOnlyList<bool> SeveralLabels => _sums.SeveralLabels;

    /// <summary>Metrics that are summed on the device; the others need all outputs.</summary>
    public static IReadOnlyList<string> DeviceMetrics { get; } = ["accuracy", "exact", "mae", "mse"];

    /// <summary>Compiles a training.</summary>
    /// <exception cref="NnException">Its parts do not fit together, or it is too large to be addressed.</exception>
    public static TrainingPlan Compile(TrainingDefinition definition, TrainingSizes sizes) => Told(definition, () =>
    {
        var plan = new TrainingPlan(definition, sizes);
        _ = plan.Plan;
        return plan;
    });

    /// <summary>Demands that the parts of a training fit together, as <see cref="Compile"/> does, but plans no kernels and no memory.</summary>
    /// <exception cref="NnException">As <see cref="Compile"/>.</exception>
    public static void Check(TrainingDefinition definition, TrainingSizes sizes) => Told(definition, () => new TrainingPlan(definition, sizes));

    private static TrainingPlan Told(TrainingDefinition definition, Func<TrainingPlan> make)
    {
        try
        {
            return make();
        }
        catch (ShapeException e)
        {
            throw new NnException(ExitCode.Script, $"{definition.Name} cannot be trained: {e.Message}", e);
        }
        catch (OverflowException e)
        {
            throw new NnException(ExitCode.OutOfMemory,
                $"{definition.Name} is too large: a value of one step has more than 2^31 elements; use a smaller batch or smaller layers", e);
        }
    }

    // The usual step first: of what layers give and of the way to the loss, its own is kept.
    private void AddSteps(PlanBuilder plan, StepTrace? trace)
    {
        int longest = _sizes.Buckets.Count - 1;
        StepForm usual = _sizes.Extras.Only?.Form ?? _forms.Usual;
        Graph train = Train(Batch, longest, usual, trace);
        Slots.Traced = trace?.Values ?? [];
        plan.Entry("train", _sizes.Extras.Observe ? Observed(plan, train) : train);
        for (int b = 0; b < longest; b++) plan.Entry(Bucketed(b), Train(Batch, b, usual));
        if (TailBatch > 0) plan.Entry("train_tail", Train(TailBatch, longest, usual));
        if (_sizes.Extras.Only is not null) return;
        foreach (StepForm form in _forms.OfFull.Where(f => f != usual))
        {
            for (int b = 0; b <= longest; b++) plan.Entry(_forms.Name(Bucketed(b), form), Train(Batch, b, form));
        }

        if (TailBatch == 0) return;
        foreach (StepForm form in _forms.OfTail.Where(f => f != usual)) plan.Entry(_forms.Name("train_tail", form), Train(TailBatch, longest, form));
    }

    private void AddSums(PlanBuilder plan)
    {
        List<Slot> Losses(string prefix) =>
            [.. _definition.Steps.Select(s => plan.Slot("control", $"{prefix}loss_sum.{s.Name}", Shape.Scalar, DType.F32))];
        string[] known = _definition.Predictor is null ? []
            : [.. _definition.Metrics.Select(Summed).Where(m => DeviceMetrics.Contains(MetricRules.Of(_definition, m).Kind)).Distinct()];
        string[] metrics = [.. known, .. _definition.OwnMetrics.Select(m => m.Name)];
        Dictionary<string, Slot> Metrics(string prefix) =>
            metrics.ToDictionary(m => m, m => plan.Slot("control", $"{prefix}{m}_sum", Shape.Scalar, DType.F32));

        Slots.LossSums = Losses("");
        Slots.MetricSums = Metrics("");
        if (EvaluationBatch > 0)
        {
            Slots.EvaluationLossSums = Losses("eval_");
            Slots.EvaluationMetricSums = Metrics("eval_");
        }

        if (_definition.Predictor is not { } predictor) return;
        Slots.PredictOutputs = [.. predictor.Outputs.Select(o => plan.Slot("data", $"predict_{(predictor.Outputs.Count == 1 ? Schema.Y : "output." + o.Name)}",
            new Shape(_sizes.Extras.PredictBatch).Concat(_sizes.Schema.Longest(o.Shape)), DType.F32))];
        if (EvaluationBatch == 0) return;
        Slots.EvaluationOutputs = [.. predictor.Outputs.Select(o => plan.Slot("data", predictor.Outputs.Count == 1 ? "eval_output" : $"eval_output.{o.Name}",
            new Shape(EvaluationBatch).Concat(_sizes.Schema.Longest(o.Shape)), DType.F32))];
    }

    // The root is taken of the mean, at the end.
    private static string Summed(string metric) => metric.EndsWith("rmse", StringComparison.Ordinal) ? metric[..^"rmse".Length] + "mse" : metric;

    /// <summary>The entry that takes a step of the training.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="stepInEpoch">From 0; the source knows the samples of its epoch.</param>
    public string TrainEntry(int epoch, int stepInEpoch)
    {
        string entry = TailBatch > 0 && stepInEpoch == StepsPerEpoch - 1 ? "train_tail" : Bucketed(Source.Bucket(stepInEpoch));
        return _sizes.Extras.Only is null ? _forms.Name(entry, FormOf(epoch, stepInEpoch)) : entry;
    }

    /// <summary>What a step of the training does.</summary>
    internal StepForm FormOf(int epoch, int stepInEpoch) => _forms.Of((long)epoch * StepsPerEpoch + stepInEpoch, stepInEpoch);

    /// <summary>Which steps do what.</summary>
    internal StepForms Forms => _forms;

    private string Bucketed(int bucket) => bucket == _sizes.Buckets.Count - 1 ? "train" : $"train_{_sizes.Buckets.Describe(bucket)}";

    private Graph Train(int batch, int bucket, StepForm form, StepTrace? trace = null)
    {
        var scope = new TrainingScope(Slots, training: true, still: _updates.Still(form));
        GraphBuilder g = scope.Graph;
        g.Label = "batch";
        Node cursor = g.Read(Slots.Cursor);
        SampleNodes samples = _samples.Of(scope, cursor, batch, bucket);
        Node rates = g.Gather(g.Read(Slots.Rates), cursor);
        for (int i = 0; i < _definition.Steps.Count; i++)
        {
            TrainingStep step = _definition.Steps[i];
            g.Label = step.Name;
            int streams = scope.Streams;
            Node Loss() => step.MeanLoss(scope, samples).Mean;
            (Node loss, Node? places) = step.MeanLoss(scope, samples);
            _sums.Accumulate(g, Slots.LossSums[i], loss, places, batch);
            if (i == _definition.Steps.Count - 1) _sums.Metrics(scope, samples, Slots.MetricSums, batch);
            trace?.Keep(g, step.Name, samples.Input, loss, batch, scope.Updated);
            Node Elsewhere(Node weights) => scope.Elsewhere(Slots.Rows[i], weights, streams, Loss);
            _updates.Apply(scope, new UpdateStep(i, form, loss, places ?? g.Constant(batch), Elsewhere, Scalar(g, g.Slice(rates, 1, i, 1))));
        }

        if (form.Updates) _updates.Count(scope);

        g.Label = "counters";
        g.Assign(Slots.Step, g.Add(scope.Step, g.Constant(1, DType.I32)));
        Node next = g.Add(cursor, g.Constant(1, DType.I32));
        g.Assign(Slots.Cursor, g.Select(g.Equal(next, g.Constant(StepsPerEpoch, DType.I32)), g.Constant(0, DType.I32), next));
        return g.Build();
    }

    // Loss and gradient of the step just counted, at a point along the direction: the same samples and the same random numbers.
    private Graph Look(Lbfgs lbfgs)
    {
        var scope = new TrainingScope(Slots, training: true, back: 1);
        GraphBuilder g = scope.Graph;
        g.Label = "batch";
        Node next = g.Read(Slots.Cursor);
        Node cursor = g.Select(g.Equal(next, g.Constant(0, DType.I32)), g.Constant(StepsPerEpoch - 1, DType.I32), g.Sub(next, g.Constant(1, DType.I32)));
        SampleNodes samples = _samples.Of(scope, cursor, Batch, _sizes.Buckets.Count - 1);
        TrainingStep step = _definition.Steps[0];
        ParameterRow row = Slots.Rows[0];
        g.Label = step.Name;
        scope.Elsewhere(row, lbfgs.Point(g), scope.Streams, () =>
        {
            Node loss = step.MeanLoss(scope, samples).Mean;
            lbfgs.Found(g, loss, g.Pack(row.Layout, [.. Autodiff.Gradients(g, loss, [.. row.Parameters.Select(scope.Read)])]));
            return loss;
        });
        return g.Build();
    }

    // The last value of each layer on the way to the losses.
    private Graph Observed(PlanBuilder plan, Graph train)
    {
        var forward = new HashSet<Node>(train.Assignments.Where(a => Slots.LossSums.Contains(a.Slot)).Select(a => a.Value));
        // Inputs come before their users.
        foreach (Node n in train.Nodes.Reverse())
        {
            if (forward.Contains(n)) forward.UnionWith(n.Inputs);
        }

        Assignment[] layers =
        [
            .. train.Nodes.Where(n => forward.Contains(n) && n.Label is not null && n.Type == DType.F32 && n.Op.Class != OpClass.Leaf)
                .GroupBy(n => n.Label!).Select(l => l.Last()).OrderBy(n => n.Id)
                .Select(n => new Assignment(plan.Slot("observed", $"observed.{Name(n)}", n.Shape, DType.F32), n)),
        ];
        string Name(Node n) => _definition.Steps.Any(s => s.Name == n.Label) ? $"loss of {n.Label}" : n.Label!;
        Slots.Observed = [.. layers.Select(a => a.Slot)];
        return new Graph(train.Nodes, [.. train.Assignments, .. layers]);
    }

    private Graph Evaluate(int batch)
    {
        var scope = new TrainingScope(Slots, training: false);
        GraphBuilder g = scope.Graph;
        g.Label = "batch";
        Node cursor = g.Read(Slots.EvaluationCursor!);
        Node index = g.Add(g.Iota(new Shape(Dim.BatchOf(batch)), 0), cursor);
        SampleNodes samples = _samples.Gathered(scope, s => g.Gather(g.Read(s.Validation!), index), batch);
        for (int i = 0; i < _definition.Steps.Count; i++)
        {
            g.Label = _definition.Steps[i].Name;
            (Node loss, Node? places) = _definition.Steps[i].MeanLoss(scope, samples);
            _sums.Accumulate(g, Slots.EvaluationLossSums[i], loss, places, batch);
        }

        _sums.Metrics(scope, samples, Slots.EvaluationMetricSums, batch);
        if (_definition.Predictor is { } predictor)
        {
            IReadOnlyList<Node> outputs = _sums.Predicted(scope, predictor, samples);
            for (int o = 0; o < outputs.Count; o++)
            {
                (Node output, Slot slot) = (outputs[o], Slots.EvaluationOutputs[o]);
                // The smaller last batch fills the front of the slot.
                if (batch < EvaluationBatch)
                {
                    var zeros = new Shape(new int[output.Shape.Rank]);
                    var ones = new Shape([.. Enumerable.Repeat(1, output.Shape.Rank)]);
                    output = g.Place(output, new SliceAttributes(zeros, ones, slot.Shape));
                }

                g.Assign(slot, output);
            }
        }

        g.Assign(Slots.EvaluationCursor!, g.Add(cursor, g.Constant(batch, DType.I32)));
        return g.Build();
    }

    private Graph Predict()
    {
        var scope = new TrainingScope(Slots, training: false);
        scope.Graph.Label = "predict";
        GraphBuilder g = scope.Graph;
        Node[] inputs = [.. _definition.Prediction!.Taken.Select(name => Slots.Fields.Single(s => s.Field.Name == name))
            .Select(s => s.Taken(scope, g.Read(s.Predict!)))];
        IReadOnlyList<Node> outputs = scope.Apply(_definition.Predictor!, inputs);
        for (int o = 0; o < outputs.Count; o++) g.Assign(Slots.PredictOutputs[o], outputs[o]);
        return g.Build();
    }

    // The noise is the same each time: pictures of several epochs show how the same samples change.
    private Graph Sample(PlanBuilder plan, Model model, int count)
    {
        Slots.SampleOutput = plan.Slot("data", "samples", new Shape(count).Concat(model.Output), DType.F32);
        var scope = new TrainingScope(Slots, training: false);
        GraphBuilder g = scope.Graph;
        g.Label = "sample";
        Node noise = g.Normal(scope.Seed, g.Constant(0, DType.I32), scope.NextStream(), new Shape(Dim.BatchOf(count)).Concat(model.Input));
        g.Assign(Slots.SampleOutput, scope.Apply(model, noise));
        return g.Build();
    }

    private static Node Scalar(GraphBuilder g, Node value) => value.Shape.Count == 1
        ? g.Reshape(value, Shape.Scalar)
        : throw new ShapeException($"a loss must come to one number, not {value.Shape}");
}
