using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>The persistent slots of a training plan, by what they hold.</summary>
public sealed class TrainingSlots
{
    private readonly PlanBuilder _plan;
    private readonly int _firstSwept;
    private readonly Dictionary<Parameter, Slot> _parameters = [];
    private readonly Dictionary<Hyperparameter, Slot> _numbers = [];
    private readonly Dictionary<Parameter, Slot> _averages = [];

    internal TrainingSlots(PlanBuilder plan, TrainingDefinition definition, TrainingSizes sizes, IBatchSource source)
    {
        _plan = plan;
        Seed = plan.Slot("control", "seed", Shape.Scalar, DType.I32);
        Step = plan.Slot("control", "step", Shape.Scalar, DType.I32);
        Cursor = plan.Slot("control", "cursor", new Shape(1), DType.I32);
        Swept = [.. definition.Steps.SelectMany(s => s.Optimizer.Swept)];
        Rates = plan.Slot("control", "rates", new Shape(source.StepsPerEpoch, definition.Steps.Count + Swept.Count
            + (definition.Augment is { Mixes: true } ? BatchMixing.Numbers : 0)), DType.F32);
        _firstSwept = definition.Steps.Count;
        source.Reserve(plan);
        Inputs = [.. sizes.Schema.Inputs.Select(f => new FieldSlots(plan, f, sizes, definition.PredictedFrom.Contains(f.Name)))];
        Targets = [.. sizes.Schema.Targets.Select(f => new FieldSlots(plan, f, sizes, f.Name == definition.Prediction?.Written?.Name))];
        if (sizes.ValidationSamples > 0) EvaluationCursor = plan.Slot("control", "eval_cursor", Shape.Scalar, DType.I32);
        Rows = Distribute(definition, sizes.Extras.Observe || sizes.Extras.Trace);
        States = [.. definition.Steps.Select((s, i) => (IReadOnlyList<Slot>)
            [.. s.Optimizer.States.Select(state => plan.Slot("optimizer", $"{s.Optimizer.Name}.{state.Name}.{s.Name}", Rows[i].Slot.Shape, DType.F32))])];
        PartNumbers = [.. definition.Steps.Select((s, i) => s.Parts.Count == 0 ? null
            : plan.Slot("control", $"parts.{s.Name}", Rows[i].Slot.Shape, DType.I32))];
        if (definition.Accumulate > 1)
        {
            Accumulated = [.. Rows.Zip(definition.Steps).Select(r =>
                (plan.Slot("gradients", $"accumulated.{r.Second.Name}", r.First.Slot.Shape, DType.F32),
                plan.Slot("control", $"accumulated_samples.{r.Second.Name}", Shape.Scalar, DType.F32)))];
            Updates = plan.Slot("control", "updates", Shape.Scalar, DType.I32);
        }

        if (definition.Average is not null) AddAverages(definition);
        if (definition.Steps is [{ Optimizer.History: > 0 } step]) Lbfgs = new Lbfgs(plan, Rows[0], step.Name, step.Optimizer.History);
        foreach (Hyperparameter n in definition.Steps.SelectMany(s => s.Numbers).Except(Swept)) Number(n);
    }

    /// <summary>The seed of everything random, i32.</summary>
    public Slot Seed { get; }

    /// <summary>Training steps done, i32; advances by itself.</summary>
    public Slot Step { get; }

    /// <summary>Number of the next step in its epoch, which is its row of <see cref="Rates"/>, i32; advances by itself and wraps.</summary>
    public Slot Cursor { get; }

    /// <summary>
    /// Learning rate of each step of the epoch and each update, then the values of <see cref="Swept"/>, f32 [steps per epoch, updates + swept];
    /// behind them what <see cref="BatchMixing"/> draws, where the training mixes samples.
    /// </summary>
    public Slot Rates { get; }

    /// <summary>The numbers that change from step to step.</summary>
    public IReadOnlyList<Hyperparameter> Swept { get; }

    /// <summary>Where the input fields are, in the order of the schema.</summary>
    public IReadOnlyList<FieldSlots> Inputs { get; }

    /// <summary>Where the target fields are, in the order of the schema.</summary>
    public IReadOnlyList<FieldSlots> Targets { get; }

    /// <summary>Where all fields are.</summary>
    public IEnumerable<FieldSlots> Fields => Inputs.Concat(Targets);

    /// <summary>The slots of the numbers that fields are scaled by.</summary>
    public IEnumerable<Slot> Scalings => Fields.SelectMany(f => new[] { f.Scale, f.Shift }).OfType<Slot>();

    /// <summary>First sample of the next evaluation, i32; advances by itself.</summary>
    public Slot? EvaluationCursor { get; }

    /// <summary>The predictions, one slot an output of the predictor.</summary>
    public IReadOnlyList<Slot> PredictOutputs { get; internal set; } = [];

    /// <summary>The outputs of the last evaluation step, each [evaluation batch, output].</summary>
    public IReadOnlyList<Slot> EvaluationOutputs { get; internal set; } = [];

    /// <summary>What the entry <c>sample</c> makes of noise, [samples, output], where there is one.</summary>
    public Slot? SampleOutput { get; internal set; }

    /// <summary>The weights of each update.</summary>
    public IReadOnlyList<ParameterRow> Rows { get; }

    /// <summary>The optimizer's tensors of each update, in the order of <see cref="Optimizer.States"/>.</summary>
    public IReadOnlyList<IReadOnlyList<Slot>> States { get; }

    /// <summary>For each element of a row of <see cref="Rows"/> its part of the update's, i32; null where the update has none.</summary>
    internal IReadOnlyList<Slot?> PartNumbers { get; }

    /// <summary>Of each update Σ gradient × samples since weights changed, laid out as its row, and Σ samples; empty where each step changes weights.</summary>
    internal IReadOnlyList<(Slot Sum, Slot Samples)> Accumulated { get; } = [];

    /// <summary>How often weights have changed, i32; null where each step changes them.</summary>
    internal Slot? Updates { get; }

    /// <summary>The moving averages of what training changes, where it keeps some; others have none.</summary>
    public IReadOnlyDictionary<Parameter, Slot> Averages => _averages;

    /// <summary>The averages of the weights of each update, laid out as <see cref="Rows"/>; empty without averages.</summary>
    internal IReadOnlyList<Slot> AverageRows { get; private set; } = [];

    /// <summary>Where evaluation and predictions find a parameter: its average, where there is one.</summary>
    public Slot InForce(Parameter parameter) => _averages.TryGetValue(parameter, out Slot? average) ? average : Parameter(parameter);

    /// <summary>What training goes on from beside weights and states of optimizers, where it has any.</summary>
    internal IEnumerable<Slot> Kept =>
        Accumulated.SelectMany(a => new[] { a.Sum, a.Samples }).Concat(Updates is null ? [] : [Updates]).Concat(_averages.Values);

    /// <summary>Σ loss × samples of each update since the host cleared it, f32 scalars.</summary>
    public IReadOnlyList<Slot> LossSums { get; internal set; } = [];

    /// <summary>Σ metric × samples of training by name (accuracy, mae, mse), f32 scalars.</summary>
    public IReadOnlyDictionary<string, Slot> MetricSums { get; internal set; } = new Dictionary<string, Slot>();

    /// <summary>Of sums that count the places of sequences instead of samples, how many these were since the host cleared it, f32 scalars.</summary>
    public Dictionary<Slot, Slot> Places { get; } = [];

    /// <summary><see cref="LossSums"/> of evaluation.</summary>
    public IReadOnlyList<Slot> EvaluationLossSums { get; internal set; } = [];

    /// <summary><see cref="MetricSums"/> of evaluation.</summary>
    public IReadOnlyDictionary<string, Slot> EvaluationMetricSums { get; internal set; } = new Dictionary<string, Slot>();

    /// <summary>What each layer gave in the last full step, in order, by the layer's name; empty unless asked for.</summary>
    public IReadOnlyList<Slot> Observed { get; internal set; } = [];

    /// <summary>The way of the last full step to each loss and back; empty unless asked for.</summary>
    public IReadOnlyList<TracedValue> Traced { get; internal set; } = [];

    /// <summary>What lbfgs works with, where it is the optimizer.</summary>
    public Lbfgs? Lbfgs { get; }

    /// <summary>Every stored tensor with its slot.</summary>
    public IReadOnlyDictionary<Parameter, Slot> Parameters => _parameters;

    /// <summary>Every number that may change while training, with its slot.</summary>
    public IReadOnlyDictionary<Hyperparameter, Slot> Numbers => _numbers;

    internal Slot Parameter(Parameter parameter) => _parameters.TryGetValue(parameter, out Slot? slot)
        ? slot
        : _parameters[parameter] = _plan.Slot("parameters", parameter.Name, parameter.Shape, DType.F32);

    /// <summary>The column of <see cref="Rates"/> that holds a swept number; null for one that stays.</summary>
    internal int? Column(Hyperparameter number)
    {
        for (int i = 0; i < Swept.Count; i++)
        {
            if (Swept[i] == number) return _firstSwept + i;
        }

        return null;
    }

    internal Slot Number(Hyperparameter number) => _numbers.TryGetValue(number, out Slot? slot)
        ? slot
        : _numbers[number] = _plan.Slot("numbers", number.Name, Shape.Scalar, DType.F32);

    /// <summary>Where the places of a sum are counted.</summary>
    internal Slot PlacesOf(Slot sum) => Places.TryGetValue(sum, out Slot? places) ? places
        : Places[sum] = _plan.Slot("control", $"{sum.Name}_places", Shape.Scalar, DType.F32);

    private void AddAverages(TrainingDefinition definition)
    {
        AverageRows = [.. Rows.Zip(definition.Steps).Select(r => _plan.Slot("averages", $"averages.{r.Second.Name}", r.First.Slot.Shape, DType.F32))];
        for (int i = 0; i < Rows.Count; i++)
        {
            for (int k = 0; k < Rows[i].Parameters.Count; k++)
            {
                Parameter p = Rows[i].Parameters[k];
                _averages[p] = _plan.Piece(AverageRows[i], AverageName(p), p.Shape, Rows[i].Offsets[k]);
            }
        }

        var learning = Rows.SelectMany(r => r.Parameters).ToHashSet();
        // Running statistics belong to the weights that they were seen with.
        foreach (Parameter p in definition.Models.Where(m => m.Parameters.Any(learning.Contains)).SelectMany(m => m.Parameters).Distinct()
            .Where(p => !p.Trained))
            _averages[p] = _plan.Slot("averages", AverageName(p), p.Shape, DType.F32);
    }

    private static string AverageName(Parameter p) => $"average/{p.Name}";

    private List<ParameterRow> Distribute(TrainingDefinition definition, bool observe)
    {
        var owner = new Dictionary<Parameter, string>();
        var rows = new List<ParameterRow>();
        foreach (TrainingStep step in definition.Steps)
        {
            var own = new List<Parameter>();
            foreach (Parameter p in step.Trained)
            {
                if (!owner.TryAdd(p, step.Name))
                    throw new NnException(ExitCode.Script, $"{p.Name} is updated by step {owner[p]} and by step {step.Name}; a weight belongs to one step");
                own.Add(p);
            }

            var row = new ParameterRow(_plan, step.Name, own, step.Optimizer.UsesGradient || observe);
            for (int i = 0; i < own.Count; i++) _parameters[own[i]] = row.Pieces[i];
            rows.Add(row);
        }

        foreach (Parameter p in definition.Models.SelectMany(m => m.Parameters)) Parameter(p);
        return rows;
    }
}
