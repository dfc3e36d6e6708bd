using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// A training loaded on a device: weights, optimizer state and data live there; the host writes each epoch's order and learning rates, starts
/// stretches of steps and reads sums. The device is the caller's, who closes it after the session.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly IProgram _program;
    private readonly TrainingSizes _sizes;
    private readonly Entry _train;
    private readonly Entry? _tail;
    private readonly LineSearchStep? _search;
    private LoadedData _data;

    /// <summary>
    /// Compiles, loads and initialises a training. With <paramref name="observe"/>, full steps keep what each layer gave, with <paramref name="trace"/> the way to
    /// each loss and back; with <paramref name="samples"/>, <see cref="Samples"/> makes so many outputs of a model.
    /// </summary>
    public TrainingSession(
        IBackend backend, TrainingDefinition definition, LoadedData data, int predictBatch = 1, bool observe = false, (Model Model, int Count)? samples = null, bool trace = false)
    {
        (Backend, Definition, _data) = (backend, definition, data);
        _sizes = TrainingSizes.Of(data, definition) with { PredictBatch = predictBatch, Observe = observe, Samples = samples, Trace = trace };
        Plan = TrainingPlan.Compile(definition, _sizes);
        _program = backend.Load(Plan.Plan);
        (_train, _tail) = (Plan.Plan.Entry(Plan.TrainEntry(_sizes.Buckets.Count - 1)), Plan.TailBatch > 0 ? Plan.Plan.Entry("train_tail") : null);
        RateFactors = new double[definition.Steps.Count];
        BaseRates = new double[definition.Steps.Count];
        if (Plan.Slots.Lbfgs is { } lbfgs) _search = new LineSearchStep(this, lbfgs);
        Initialize();
    }

    /// <summary>The device.</summary>
    public IBackend Backend { get; }

    /// <summary>What is trained.</summary>
    public TrainingDefinition Definition { get; private set; }

    /// <summary>Its plan.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The program on the device, for reading and writing slots.</summary>
    public IProgram Program => _program;

    /// <summary>What it is trained on.</summary>
    public LoadedData Data => _data;

    /// <summary>
    /// What the fields are, scaled as the device has it: weights that were restored keep the scaling that they were trained with, whatever the data have become.
    /// </summary>
    public Schema Schema => Data.Schema with { Inputs = [.. Plan.Slots.Inputs.Select((s, i) => Data.Schema.Inputs[i] with { Form = Scaled(Data.Schema.Inputs[i].Form, s) })] };

    /// <summary>The first input of <see cref="Schema"/>.</summary>
    public FieldForm Input => Scaled(Data.Input, Plan.Slots.Inputs[0]);

    private FieldForm Scaled(FieldForm form, FieldSlots slots) =>
        slots.Scale is { } scale ? form with { Scaling = new Scaling(scale.Shape, Read<float>(scale), Read<float>(slots.Shift!)) } : form;

    /// <summary>Epochs and steps in all.</summary>
    public TrainingLength Length => new(Plan.StepsPerEpoch, (long)Plan.StepsPerEpoch * Definition.Epochs);

    /// <summary>The epoch under way or next, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>Steps of that epoch already done.</summary>
    public int StepInEpoch { get; internal set; }

    /// <summary>Steps done in all.</summary>
    public long Step => (long)Epoch * Plan.StepsPerEpoch + StepInEpoch;

    /// <summary>What reduce_on_plateau has come to, for each update.</summary>
    public double[] RateFactors { get; }

    /// <summary>Each update's learning rate before any schedule; a change takes effect with the next <see cref="WriteRates"/>.</summary>
    public double[] BaseRates { get; }

    /// <summary>Swept numbers that were set while training: from then on they keep that value. A change takes effect with the next <see cref="WriteRates"/>.</summary>
    public Dictionary<Hyperparameter, double> Held { get; } = [];

    /// <summary>
    /// Everything that training changes, and how inputs are scaled; without the data, what each epoch writes anew, and the numbers that the script states.
    /// </summary>
    public IEnumerable<Slot> StateSlots
    {
        get
        {
            TrainingSlots s = Plan.Slots;
            return s.Parameters.Values.Concat(s.States.SelectMany(x => x)).Concat(s.Lbfgs?.States ?? []).Concat(s.LossSums).Concat(s.MetricSums.Values)
                .Concat(s.LossSums.Concat(s.MetricSums.Values).Select(sum => s.Places.GetValueOrDefault(sum)).OfType<Slot>())
                .Concat([s.Step, s.Seed]).Concat(s.Scalings);
        }
    }

    /// <summary>Counts on from an epoch, at its start.</summary>
    public void StartAt(int epoch) => (Epoch, StepInEpoch) = (epoch, 0);

    /// <summary>
    /// Begins anew, with the kernels and the memory that are there, a training that differs in numbers of its optimizers and schedules, its seed, its epochs and its
    /// data only. Models and losses must be made by the same formulas, which the caller knows. False where more differs: then nothing has changed.
    /// </summary>
    public bool Restart(TrainingDefinition definition, LoadedData data)
    {
        // What a line search remembers is not in slots.
        TrainingSizes sizes = TrainingSizes.Of(data, definition) with { PredictBatch = _sizes.PredictBatch, Observe = _sizes.Observe, Samples = _sizes.Samples, Trace = _sizes.Trace };
        if (_search is not null || !sizes.HasPlanOf(_sizes)) return false;
        if (!SameForm(Definition, definition)) return false;
        (Definition, _data) = (definition, data);
        (Epoch, StepInEpoch) = (0, 0);
        // As after loading; the data are written in any case.
        TrainingSlots s = Plan.Slots;
        foreach (Slot slot in Plan.Plan.Slots.Except(s.Fields.SelectMany(f => new[] { f.Train, f.Validation }).OfType<Slot>()))
            _program.Write(slot, new byte[slot.Bytes]);
        Initialize();
        return true;
    }

    /// <summary>Starts the epoch under way: its order of samples, its learning rates; sums are cleared unless it is resumed.</summary>
    public void BeginEpoch(bool clearSums = true)
    {
        Plan.Source.BeginEpoch(_program, _data, Definition.Seed, Epoch);
        WriteRates();
        Write(Plan.Slots.Cursor, [StepInEpoch]);
        if (!clearSums) return;
        Clear(Plan.Slots.LossSums.Concat(Plan.Slots.MetricSums.Values));
    }

    /// <summary>Writes the learning rates of the epoch under way.</summary>
    public void WriteRates()
    {
        int columns = Plan.Slots.Rates.Shape[1];
        var rates = new float[Plan.StepsPerEpoch * columns];
        for (int s = 0; s < Plan.StepsPerEpoch; s++) Rates(s, rates.AsSpan(s * columns, columns));
        Write(Plan.Slots.Rates, rates);
    }

    /// <summary>The row of <see cref="TrainingSlots.Rates"/> for a step of the epoch under way.</summary>
    internal void Rates(int stepInEpoch, Span<float> row)
    {
        int updates = Definition.Steps.Count;
        for (int u = 0; u < updates; u++) row[u] = (float)Rate(u, stepInEpoch);
        for (int k = updates; k < row.Length; k++) row[k] = (float)Swept(Plan.Slots.Swept[k - updates], (long)Epoch * Plan.StepsPerEpoch + stepInEpoch);
    }

    private double Swept(Hyperparameter number, long step) => Held.TryGetValue(number, out double held) ? held : number.At(step, Length);

    /// <summary>The learning rate of a step of the epoch under way.</summary>
    public double Rate(int stepInEpoch) => Rate(Definition.Steps.Count - 1, stepInEpoch);

    private double Rate(int update, int stepInEpoch)
    {
        TrainingStep u = Definition.Steps[update];
        long step = (long)Epoch * Plan.StepsPerEpoch + stepInEpoch;
        // A rate set while training ends its sweep.
        Hyperparameter rate = u.Optimizer.Rate;
        return u.Schedule.Rate(BaseRates[update] == rate.Value ? rate.At(step, Length) : BaseRates[update], step, Length) * RateFactors[update];
    }

    /// <summary>Runs up to <paramref name="steps"/> steps of the epoch under way; returns how many.</summary>
    public int Run(int steps)
    {
        int full = Plan.StepsPerEpoch - (_tail is null ? 0 : 1);
        int now = Math.Min(steps, full - StepInEpoch);
        if (now > 0)
        {
            if (_search is not null) Repeat(now = 1);
            else RunFull(now);
        }
        else if (_tail is not null && StepInEpoch < Plan.StepsPerEpoch)
        {
            _program.Run(_tail, now = 1);
        }

        StepInEpoch += Math.Max(0, now);
        return Math.Max(0, now);
    }

    // Steps of one bucket that follow each other go to the device together.
    private void RunFull(int steps)
    {
        for (int done = 0, end; done < steps; done = end)
        {
            int bucket = Plan.Source.Bucket(StepInEpoch + done);
            for (end = done + 1; end < steps && Plan.Source.Bucket(StepInEpoch + end) == bucket; end++)
            {
            }

            _program.Run(Plan.Plan.Entry(Plan.TrainEntry(bucket)), end - done);
        }
    }

    private void Clear(IEnumerable<Slot> sums)
    {
        foreach (Slot s in sums)
        {
            Write(s, [0f]);
            if (Plan.Slots.Places.TryGetValue(s, out Slot? places)) Write(places, [0f]);
        }
    }

    /// <summary>Runs so many full steps, whatever is left of the epoch: for timing. What counts steps begins anew at its end.</summary>
    public void Repeat(int steps)
    {
        if (_search is null)
        {
            _program.Run(_train, steps);
            return;
        }

        for (int i = 0; i < steps; i++)
        {
            _program.Run(_train, 1);
            _search.Run();
        }
    }

    /// <summary>Whether all steps of the epoch are done.</summary>
    public bool EpochDone => StepInEpoch >= Plan.StepsPerEpoch;

    /// <summary>Mean loss and metrics of the epoch so far, by name.</summary>
    public Dictionary<string, double> TrainingMetrics()
    {
        long samples = StepInEpoch >= Plan.StepsPerEpoch ? _data.Training.Samples : (long)StepInEpoch * Plan.Batch;
        return Means(Plan.Slots.LossSums, Plan.Slots.MetricSums, Math.Max(1, samples), "");
    }

    /// <summary>Loss and metrics of the validation part; empty without one.</summary>
    public Dictionary<string, double> Evaluate()
    {
        if (Plan.EvaluationBatch == 0) return [];
        Clear(Plan.Slots.EvaluationLossSums.Concat(Plan.Slots.EvaluationMetricSums.Values));
        Write(Plan.Slots.EvaluationCursor!, [0]);
        string[] host = [.. Definition.Metrics.Where(HostMetrics.Needed)];
        int batches = _data.Validation.Samples / Plan.EvaluationBatch;
        if (host.Length == 0 || Definition.Predictor is null)
        {
            _program.Run(Plan.Plan.Entry("evaluate"), batches);
            if (Plan.EvaluationTail > 0) _program.Run(Plan.Plan.Entry("evaluate_tail"), 1);
            return Means(Plan.Slots.EvaluationLossSums, Plan.Slots.EvaluationMetricSums, _data.Validation.Samples, "val_");
        }

        IReadOnlyList<float[]> outputs = Outputs(batches);
        Dictionary<string, double> all = Means(Plan.Slots.EvaluationLossSums, Plan.Slots.EvaluationMetricSums, _data.Validation.Samples, "val_");
        foreach (string m in host)
        {
            (int o, string kind) = MetricRules.Of(Definition, m);
            (int[]? labels, float[]? values) = ValidationTargets(o);
            Shape shape = Definition.Predictor.Outputs[o].Shape;
            all["val_" + m] = HostMetrics.Compute(kind, outputs[o], shape.Rank == 0 ? 1 : shape[-1], labels, values, Plan.SeveralLabels[o]);
        }

        return all;
    }

    /// <summary>The targets that an output of the predictor is held against, of the whole validation part: class numbers or values; neither where it has no target.</summary>
    public (int[]? Classes, float[]? Values) ValidationTargets(int output)
    {
        if (Definition.PredictedTargets[output] is not { } target) return (null, null);
        byte[] stored = ValidationTarget(target);
        return target.Form.IsSymbols
            ? (target.Form.WithoutPadding(MemoryMarshal.Cast<byte, int>(stored).ToArray(), stored), null)
            : (null, target.Form.WithoutPadding(target.Form.Numbers(stored), stored));
    }

    private byte[] ValidationTarget(Field target) => _data.Validation.Targets[_data.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];

    /// <summary>The predictor's first output for the whole validation part, sample after sample.</summary>
    public float[] ValidationOutputs() => AllValidationOutputs()[0];

    /// <summary>Each of the predictor's outputs for the whole validation part, sample after sample.</summary>
    public IReadOnlyList<float[]> AllValidationOutputs()
    {
        Write(Plan.Slots.EvaluationCursor!, [0]);
        return Outputs(_data.Validation.Samples / Plan.EvaluationBatch);
    }

    /// <summary>Predictions for inputs in the stored type, as many as the plan was made for.</summary>
    /// <exception cref="NnException">There is no predictor, or it takes several inputs.</exception>
    public float[] Predict(ReadOnlySpan<byte> inputs)
    {
        if (Definition.PredictedFrom.Count > 1) throw new NnException(ExitCode.Usage, $"{Definition.Predictor!.Name} takes {string.Join(" and ", Definition.PredictedFrom)}; give all of them");
        return Predict([inputs.ToArray()])[0];
    }

    /// <summary>The predictor's outputs for its inputs in the stored type, in the order of <see cref="TrainingDefinition.PredictedFrom"/>, as many samples as the plan was made for.</summary>
    /// <exception cref="NnException">There is no predictor.</exception>
    public IReadOnlyList<float[]> Predict(IReadOnlyList<byte[]> inputs)
    {
        if (Definition.Predictor is null) throw new NnException(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
        for (int i = 0; i < Definition.PredictedFrom.Count; i++) _program.Write(Plan.Slots.Inputs.Single(s => s.Field.Name == Definition.PredictedFrom[i]).Predict!, inputs[i]);
        _program.Run(Plan.Plan.Entry("predict"), 1);
        return [.. Plan.Slots.PredictOutputs.Select(Read<float>)];
    }

    /// <summary>What the model named at the beginning makes of normal noise now, sample after sample; the same noise each time.</summary>
    public float[] Samples()
    {
        if (Plan.Slots.SampleOutput is not { } slot) throw new InvalidOperationException("this session was made without samples");
        _program.Run(Plan.Plan.Entry("sample"), 1);
        return Read<float>(slot);
    }

    /// <summary>Reads a slot.</summary>
    public T[] Read<T>(Slot slot) where T : unmanaged
    {
        var values = new T[slot.Shape.Count];
        _program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Writes a slot.</summary>
    public void Write<T>(Slot slot, ReadOnlySpan<T> values) where T : unmanaged => _program.Write(slot, MemoryMarshal.AsBytes(values));

    /// <summary>
    /// The loss of one step from the present weights on the reference backend, unrounded; the step is taken.
    /// </summary>
    public double LossInDouble(int update)
    {
        if (_program is not ReferenceProgram reference) throw new InvalidOperationException("only the reference computes in double precision");
        reference.Run(_train, 1);
        return reference.Values(Plan.Slots.LossSums[update])[0] / Plan.Batch;
    }

    /// <summary>The first parameter that is not finite, or null.</summary>
    public Parameter? FirstNonFinite() => Plan.Slots.Parameters
        .FirstOrDefault(p => Read<float>(p.Value).Any(v => !float.IsFinite(v))).Key;

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    private void Write<T>(Slot slot, T[] values) where T : unmanaged => Write<T>(slot, values.AsSpan());

    private float[][] Outputs(int batches)
    {
        IReadOnlyList<Slot> slots = Plan.Slots.EvaluationOutputs;
        float[][] outputs = [.. slots.Select(s => new float[_data.Validation.Samples * (s.Shape.Count / s.Shape[0])])];
        for (int b = 0; b * Plan.EvaluationBatch < _data.Validation.Samples; b++)
        {
            _program.Run(Plan.Plan.Entry(b < batches ? "evaluate" : "evaluate_tail"), 1);
            int samples = b < batches ? Plan.EvaluationBatch : Plan.EvaluationTail;
            for (int o = 0; o < outputs.Length; o++)
            {
                long width = slots[o].Shape.Count / slots[o].Shape[0];
                Read<float>(slots[o]).AsSpan(0, (int)(samples * width)).CopyTo(outputs[o].AsSpan((int)(b * Plan.EvaluationBatch * width)));
            }
        }

        // Places that a target has, where it has the length of the output.
        for (int o = 0; o < outputs.Length; o++)
        {
            if (Definition.PredictedTargets[o] is { Form.Length: not null } target && slots[o].Shape.HasLength) outputs[o] = target.Form.WithoutPadding(outputs[o], ValidationTarget(target));
        }

        return outputs;
    }

    private Dictionary<string, double> Means(IReadOnlyList<Slot> losses, IReadOnlyDictionary<string, Slot> metrics, long samples, string prefix)
    {
        var all = new Dictionary<string, double>();
        for (int i = 0; i < losses.Count; i++)
            all[losses.Count == 1 ? prefix + "loss" : $"{prefix}loss_{Definition.Steps[i].Name}"] = Mean(losses[i]);
        foreach ((string name, Slot slot) in metrics)
        {
            double mean = Mean(slot);
            if (!name.EndsWith("mse", StringComparison.Ordinal)) all[prefix + name] = mean;
            else all[prefix + name[..^"mse".Length] + "rmse"] = Math.Sqrt(mean);
        }

        return all;

        double Mean(Slot sum) => Read<float>(sum)[0] / (Plan.Slots.Places.TryGetValue(sum, out Slot? places) ? Math.Max(1.0, Read<float>(places)[0]) : samples);
    }

    private void Initialize()
    {
        TrainingSlots s = Plan.Slots;
        Held.Clear();
        Write(s.Inputs, _data.Schema.Inputs, _data.Training.Inputs, _data.Validation.Inputs);
        Write(s.Targets, _data.Schema.Targets, _data.Training.Targets, _data.Validation.Targets);
        Write(s.Seed, [(int)Definition.Seed]);
        foreach ((Parameter p, Slot slot) in s.Parameters) Write(slot, p.Initializer.FromData ? DataInitialValues.Draw(p, Definition.Seed, _data) : InitialValues.Draw(p, Definition.Seed));
        Dictionary<string, double> numbers = Definition.Steps.SelectMany(t => t.Optimizer.Numbers.Append(t.Optimizer.Rate)).DistinctBy(n => n.Name).ToDictionary(n => n.Name, n => n.Value);
        foreach ((Hyperparameter n, Slot slot) in s.Numbers) Write(slot, [(float)numbers[n.Name]]);
        foreach (ParameterRow row in s.Rows.Where(r => r.Segments is not null)) Write(row.Segments!, row.SegmentNumbers());
        for (int i = 0; i < Definition.Steps.Count; i++)
        {
            (RateFactors[i], BaseRates[i]) = (1, Definition.Steps[i].Optimizer.Rate.Value);
            for (int k = 0; k < s.States[i].Count; k++)
            {
                var values = new float[s.States[i][k].Shape.Count];
                Array.Fill(values, (float)Definition.Steps[i].Optimizer.States[k].Initial);
                Write(s.States[i][k], values);
            }
        }
    }

    private void Write(IReadOnlyList<FieldSlots> slots, IReadOnlyList<Field> fields, IReadOnlyList<byte[]> training, IReadOnlyList<byte[]> validation)
    {
        for (int f = 0; f < slots.Count; f++)
        {
            _program.Write(slots[f].Train, training[f]);
            if (slots[f].Validation is { } part) _program.Write(part, validation[f]);
            if (fields[f].Form.Scaling is not { } scaling) continue;
            Write(slots[f].Scale!, scaling.Scale);
            Write(slots[f].Shift!, scaling.Shift);
        }
    }

    // What is not compared is either a number that is written anew, or made by the same formulas.
    private static bool SameForm(TrainingDefinition a, TrainingDefinition b)
    {
        if (ReferenceEquals(a, b)) return true;
        bool around = a with { Steps = b.Steps, Models = b.Models, Prediction = b.Prediction, Schema = b.Schema, Metrics = b.Metrics, Epochs = b.Epochs, Seed = b.Seed, EarlyStop = b.EarlyStop } == b;
        return around && a.Schema.HasFormOf(b.Schema) && ModelPrediction.HaveSameFields(a.Prediction, b.Prediction) && a.Metrics.SequenceEqual(b.Metrics) && a.Steps.Count == b.Steps.Count && a.Steps.Zip(b.Steps).All(s => SameForm(s.First, s.Second));
    }

    private static bool SameForm(TrainingStep a, TrainingStep b)
    {
        Optimizer x = a.Optimizer, y = b.Optimizer;
        return a with { Loss = b.Loss, Models = b.Models, Optimizer = y, Schedule = b.Schedule } == b
            && x with { Rate = y.Rate, States = y.States, Numbers = y.Numbers, Update = y.Update } == y
            && x.States.Select(s => s.Name).SequenceEqual(y.States.Select(s => s.Name)) && x.Numbers.Select(n => n.Name).SequenceEqual(y.Numbers.Select(n => n.Name))
            && !x.Swept.Any() && !y.Swept.Any();
    }
}
