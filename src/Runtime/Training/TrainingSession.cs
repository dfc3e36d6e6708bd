using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;
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
    private readonly TrainingSteps _steps;
    private readonly ValidationPass _validation;
    private readonly SessionPredictor _predictor;
    private LoadedData _data;

    /// <summary>Compiles, loads and initialises a training.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="definition">What is trained.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="extras">What the plan has beside the training; null: nothing.</param>
    /// <exception cref="NnException">Its parts do not fit together, or the device cannot run it.</exception>
    public TrainingSession(IBackend backend, TrainingDefinition definition, LoadedData data, TrainingExtras? extras = null)
    {
        (Backend, Definition, _data) = (backend, definition, Prepared(definition, data));
        _sizes = TrainingSizes.Of(data, definition) with { Extras = extras ?? TrainingExtras.None };
        Plan = TrainingPlan.Compile(definition, _sizes);
        _program = backend.Load(Plan.Plan);
        (_steps, _validation, _predictor) = (new TrainingSteps(this), new ValidationPass(this), new SessionPredictor(this));
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
    /// What the fields are, scaled as the device has it: weights that were restored keep the scaling that they were trained with, whatever the data have
    /// become.
    /// </summary>
    public Schema Schema => Data.Schema with
    {
        Inputs = [.. Plan.Slots.Inputs.Select((s, i) => Data.Schema.Inputs[i] with { Form = Scaled(Data.Schema.Inputs[i].Form, s) })],
    };

    /// <summary>The first input of <see cref="Schema"/>.</summary>
    public FieldForm Input => Plan.Slots.Inputs.Count > 0 ? Scaled(Data.Input, Plan.Slots.Inputs[0]) : Data.Input;

    private FieldForm Scaled(FieldForm form, FieldSlots slots) =>
        slots.Scale is { } scale ? form with { Scaling = new Scaling(scale.Shape, Read<float>(scale), Read<float>(slots.Shift!)) } : form;

    /// <summary>Weights of models that an earlier training of the script made and this one does not use, by name: kept in its checkpoints.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Carried { get; set; } = new Dictionary<string, StoredTensor>();

    /// <summary>Epochs and steps in all.</summary>
    public TrainingLength Length => new(Plan.StepsPerEpoch, (long)Plan.StepsPerEpoch * Definition.Epochs);

    /// <summary>The epoch under way or next, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>Steps of that epoch already done.</summary>
    public int StepInEpoch { get; internal set; }

    /// <summary>Steps done in all.</summary>
    public long Step => (long)Epoch * Plan.StepsPerEpoch + StepInEpoch;

    /// <summary>The numbers that may change while it goes on: learning rates, and others of the optimizers.</summary>
    public TrainingNumbers Numbers { get; private set; }

    /// <summary>
    /// Everything that training changes, and how inputs are scaled; without the data, what each epoch writes anew, and the numbers that the script states.
    /// </summary>
    public IEnumerable<Slot> StateSlots
    {
        get
        {
            TrainingSlots s = Plan.Slots;
            return s.Parameters.Values.Concat(s.States.SelectMany(x => x)).Concat(s.Lbfgs?.States ?? []).Concat(s.Kept)
                .Concat(s.LossSums).Concat(s.MetricSums.Values)
                .Concat(s.LossSums.Concat(s.MetricSums.Values).Select(sum => s.Places.GetValueOrDefault(sum)).OfType<Slot>())
                .Concat([s.Step, s.Seed]).Concat(s.Scalings);
        }
    }

    /// <summary>Counts on from an epoch, at its start.</summary>
    public void StartAt(int epoch) => (Epoch, StepInEpoch) = (epoch, 0);

    /// <summary>
    /// Begins anew, with the kernels and the memory that are there, a training that differs in numbers of its optimizers and schedules, its seed, its epochs
    /// and its data only. Models and losses must be made by the same formulas, which the caller knows. False where more differs: then nothing has changed.
    /// </summary>
    public bool Restart(TrainingDefinition definition, LoadedData data)
    {
        // What a line search remembers is not in slots.
        if (_steps.Searches || !(TrainingSizes.Of(data, definition) with { Extras = _sizes.Extras }).HasPlanOf(_sizes)) return false;
        if (!FirstValues.SameForm(Definition, definition)) return false;
        (Definition, _data) = (definition, Prepared(definition, data));
        (Epoch, StepInEpoch) = (0, 0);
        // As after loading; the data are written in any case.
        TrainingSlots s = Plan.Slots;
        foreach (Slot slot in Plan.Plan.Slots.Except(s.Fields.SelectMany(f => new[] { f.Train, f.Validation }).OfType<Slot>()))
            _program.Write(slot, new byte[slot.Bytes]);
        Initialize();
        return true;
    }

    // Of samples that are drawn, those of the first epoch.
    private static LoadedData Prepared(TrainingDefinition definition, LoadedData data) =>
        data.Drawn is { } drawn ? drawn.Load(definition.DrawnSamples, definition.Seed) : data;

    /// <summary>Draws the samples of the epoch under way, where samples are drawn.</summary>
    internal void Redraw()
    {
        if (_data.Drawn is not { } drawn) return;
        _data = _data.With(drawn.Epoch(_data.Training.Samples, Definition.Seed, Epoch));
        for (int f = 0; f < Plan.Slots.Inputs.Count; f++) _program.Write(Plan.Slots.Inputs[f].Train, _data.Training.Inputs[f]);
    }

    /// <summary>Starts the epoch under way: its order of samples, its learning rates; sums are cleared unless it is resumed.</summary>
    public void BeginEpoch(bool clearSums = true) => _steps.BeginEpoch(clearSums);

    /// <summary>The learning rate of the last update in a step of the epoch under way.</summary>
    public double Rate(int stepInEpoch) => Numbers.Rates[^1].At((long)Epoch * Plan.StepsPerEpoch + stepInEpoch);

    /// <summary>Runs up to <paramref name="steps"/> steps of the epoch under way; returns how many.</summary>
    public int Run(int steps) => _steps.Run(steps);

    /// <summary>Runs so many full steps, whatever is left of the epoch: for timing. What counts steps begins anew at its end.</summary>
    public void Repeat(int steps) => _steps.Repeat(steps);

    /// <summary>Whether all steps of the epoch are done.</summary>
    public bool EpochDone => StepInEpoch >= Plan.StepsPerEpoch;

    /// <summary>Mean loss and metrics of the epoch so far, by name.</summary>
    public Dictionary<string, double> TrainingMetrics() => _steps.Metrics();

    /// <summary>Loss and metrics of the validation part; empty without one.</summary>
    public Dictionary<string, double> Evaluate() => _validation.Evaluate();

    /// <summary>
    /// The targets that an output of the predictor is held against, of the whole validation part: class numbers or values; neither where it has no target.
    /// </summary>
    public (int[]? Classes, float[]? Values) ValidationTargets(int output) => _validation.Targets(output);

    /// <summary>The predictor's first output for the whole validation part, sample after sample.</summary>
    public float[] ValidationOutputs() => _validation.Outputs()[0];

    /// <summary>Each of the predictor's outputs for the whole validation part, sample after sample.</summary>
    public IReadOnlyList<float[]> AllValidationOutputs() => _validation.Outputs();

    /// <summary>Predictions for inputs in the stored type, as many as the plan was made for.</summary>
    /// <exception cref="NnException">There is no predictor, or it takes several inputs.</exception>
    public float[] Predict(ReadOnlySpan<byte> inputs) => _predictor.Predict(inputs);

    /// <summary>
    /// The predictor's outputs for its inputs in the stored type, in the order of <see cref="TrainingDefinition.PredictedFrom"/>, as many samples as the plan
    /// was made for.
    /// </summary>
    /// <exception cref="NnException">There is no predictor.</exception>
    public IReadOnlyList<float[]> Predict(IReadOnlyList<byte[]> inputs) => _predictor.Predict(inputs);

    /// <summary>What the model of <see cref="TrainingExtras.Samples"/> makes of normal noise now, sample after sample; the same noise each time.</summary>
    public float[] Samples() => _predictor.Samples();

    /// <summary>Reads a slot.</summary>
    public T[] Read<T>(Slot slot) where T : unmanaged
    {
        var values = new T[slot.Shape.Count];
        _program.Read(slot, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Writes a slot.</summary>
    public void Write<T>(Slot slot, ReadOnlySpan<T> values) where T : unmanaged => _program.Write(slot, MemoryMarshal.AsBytes(values));

    /// <summary>Gives a parameter other values, with which its average begins, where there is one.</summary>
    /// <param name="parameter">One of <see cref="TrainingSlots.Parameters"/>.</param>
    /// <param name="values">As the device stores them.</param>
    public void Replace(Parameter parameter, ReadOnlySpan<byte> values)
    {
        _program.Write(Plan.Slots.Parameters[parameter], values);
        if (Plan.Slots.Averages.TryGetValue(parameter, out Slot? average)) _program.Write(average, values);
    }

    /// <summary>
    /// The loss of one step from the present weights on the reference backend, unrounded; the step is taken.
    /// </summary>
    public double LossInDouble(int update) => _steps.LossInDouble(update);

    /// <summary>The first parameter that is not finite, or null.</summary>
    public Parameter? FirstNonFinite() => Plan.Slots.Parameters
        .FirstOrDefault(p => Read<float>(p.Value).Any(v => !float.IsFinite(v))).Key;

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    [MemberNotNull(nameof(Numbers))]
    private void Initialize()
    {
        FirstValues.Write(this);
        Numbers = new TrainingNumbers(this);
        Numbers.Write();
    }
}
