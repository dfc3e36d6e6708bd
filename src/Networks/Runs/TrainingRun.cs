using Nn.Backends;
using Nn.Files;
using Nn.Graphs;
using Nn.Networks.Sampling;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Runs;

/// <summary>
/// A training with the device that it runs on, which it opens and closes. It can be trained on, moved to another device, and handed to a changed script. Not
/// thread-safe:
/// <see cref="Network"/> is.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly IBackend _backend;

    private TrainingRun(Project project, DeviceRequest device, Func<IBackend, TrainingSession> begin)
    {
        (Project, Device) = (project, device);
        _backend = DeviceChoice.Open(device);
        try
        {
            Session = begin(_backend);
        }
        catch
        {
            _backend.Dispose();
            throw;
        }

        Trainer = new Trainer(Session);
    }

    /// <summary>The script and its data.</summary>
    public Project Project { get; }

    /// <summary>As asked for.</summary>
    public DeviceRequest Device { get; }

    /// <summary>On the device.</summary>
    public TrainingSession Session { get; }

    /// <summary>Runs it.</summary>
    public Trainer Trainer { get; }

    /// <summary>The numbers that may change while it goes on; set from the next step on by <see cref="TrainingNumbers.Set"/>.</summary>
    public TrainingNumbers Numbers => Session.Numbers;

    /// <summary>
    /// Every epoch since it began, or since the training began that it goes on from; <see cref="Train"/> adds to it, and whoever runs <see cref="Trainer"/> in
    /// its place.
    /// </summary>
    public IList<EpochResult> Epochs { get; } = [];

    /// <summary>Starts from first values.</summary>
    /// <exception cref="NnException">The script trains nothing, there is no such device, or it cannot run this.</exception>
    /// <param name="project">The script with its data.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="predictBatch">Samples that the session predicts at a time.</param>
    public static TrainingRun Start(Project project, DeviceRequest device, int predictBatch = 1)
    {
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        return new TrainingRun(project, device, backend => new TrainingSession(backend, training, data, new TrainingExtras { PredictBatch = predictBatch }));
    }

    /// <summary>Starts from first values, ready to make so many samples as well.</summary>
    /// <inheritdoc cref="Start(Project, DeviceRequest, int)"/>
    /// <param name="project">The script with its data.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="choice">Which model makes them.</param>
    /// <param name="count">How many.</param>
    public static TrainingRun StartSampling(Project project, DeviceRequest device, SampleChoice choice, int count) =>
        new(project, device, backend => Sampler.Session(project, choice, backend, count));

    /// <summary>
    /// Trains on: to the end that the script sets, an early stop, for some epochs or steps, or to a request to stop, after which it can go on.
    /// </summary>
    /// <param name="epochs">So many epochs more, whatever the script says; schedules keep their length.</param>
    /// <param name="steps">So many steps at most.</param>
    /// <param name="stop">The request to stop, which takes effect between two steps.</param>
    /// <exception cref="NnException">The loss is no longer a number, after which all is as it was after the last good epoch; or the device was
    /// lost.</exception>
    public TrainingEnd Train(int? epochs = null, long steps = long.MaxValue, CancellationToken stop = default)
    {
        Action<EpochResult>? told = Trainer.OnEpoch;
        Trainer.OnEpoch = e =>
        {
            Epochs.Add(e);
            told?.Invoke(e);
        };
        try
        {
            int? last = epochs is { } more ? Session.Epoch + more : steps < long.MaxValue ? int.MaxValue : null;
            return Trainer.Run(stop, last, steps);
        }
        finally
        {
            Trainer.OnEpoch = told;
        }
    }

    /// <summary>The same state on another device; this one stays as it is.</summary>
    public TrainingRun On(DeviceRequest device)
    {
        TrainingRun moved = Start(Project, device);
        Checkpoint.Restore(moved.Session, moved.Trainer.State, Capture(), "the training");
        CopyEpochs(moved);
        return moved;
    }

    /// <summary>
    /// The training of a changed script: tensors of the same name and shape keep their values and what the optimizer knows of them, all others
    /// start anew.
    /// </summary>
    /// <param name="project">The changed script.</param>
    /// <param name="kept">Names of the tensors that went over.</param>
    /// <param name="fresh">Names of those that did not.</param>
    public TrainingRun For(Project project, out IReadOnlyList<string> kept, out IReadOnlyList<string> fresh)
    {
        TrainingRun next = Start(project, Device);
        var names = Session.Plan.Slots.Parameters.ToDictionary(p => p.Key.Name, p => p.Value);
        var (over, anew) = (new List<string>(), new List<string>());
        foreach ((Parameter p, Slot slot) in next.Session.Plan.Slots.Parameters)
        {
            bool same = names.TryGetValue(p.Name, out Slot? old) && old.Shape == slot.Shape;
            (same ? over : anew).Add(p.Name);
            if (same) Copy(old!, next.Session, slot);
        }

        var averages = Session.Plan.Slots.Averages.ToDictionary(a => a.Key.Name, a => a.Value);
        foreach ((Parameter p, Slot average) in next.Session.Plan.Slots.Averages.Where(a => over.Contains(a.Key.Name)))
            Copy(averages.GetValueOrDefault(p.Name) ?? names[p.Name], next.Session, average);

        CopyOptimizers(next.Session);
        next.Session.Numbers.Take(Session.Numbers);
        CopyEpochs(next);
        (kept, fresh) = (over, anew);
        if (over.Count == 0) return next;
        Copy(Session.Plan.Slots.Step, next.Session, next.Session.Plan.Slots.Step);
        // The epoch under way was an epoch of other data or another model: the next one begins at its start.
        next.Session.StartAt(Session.Epoch);
        return next;
    }

    /// <summary>Each output of the predictor for its inputs in the stored type, sample after sample.</summary>
    public IReadOnlyList<float[]> Predict(IReadOnlyList<byte[]> inputs, int samples)
    {
        TrainingDefinition training = Session.Definition;
        int[] widths = [.. inputs.Select(i => i.Length / samples)];
        List<float>[] outputs = [.. (training.Predictor?.Outputs ?? []).Select(_ => new List<float>())];
        for (int s = 0; s < samples; s++)
        {
            IReadOnlyList<float[]> one = Session.Predict([.. inputs.Select((stored, i) => stored.AsSpan(s * widths[i], widths[i]).ToArray())]);
            for (int o = 0; o < outputs.Length; o++) outputs[o].AddRange(one[o]);
        }

        return [.. outputs.Select(o => o.ToArray())];
    }

    /// <summary>Outputs for inputs in the stored type, one row a sample.</summary>
    public float[][] Predict(ReadOnlySpan<byte> inputs, int samples)
    {
        float[] all = Predict([inputs.ToArray()], samples)[0];
        return [.. all.Chunk(all.Length / samples)];
    }

    /// <summary>The same model on the same device, ready to make so many samples.</summary>
    public TrainingSession WithSamples(SampleChoice choice, int count)
    {
        TrainingSession session = Sampler.Session(Project, choice, _backend, count);
        Checkpoint.RestoreParameters(session, Capture(), "the training");
        return session;
    }

    /// <summary>The weights as they are now, by name, with those that earlier trainings of the script left.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Weights()
    {
        var weights = new Dictionary<string, StoredTensor>(Session.Carried);
        foreach ((Parameter p, Slot slot) in Session.Plan.Slots.Parameters)
        {
            // An average that is evaluated is what is gone on with, too.
            Slot inForce = Session.Plan.Slots.InForce(p);
            var bytes = new byte[inForce.Bytes];
            Session.Program.Read(inForce, bytes);
            weights[slot.Name] = new StoredTensor(slot.Shape, slot.Type, bytes);
        }

        return weights;
    }

    /// <summary>Takes the weights that earlier trainings of the script left: what this one does not use goes along in its checkpoints.</summary>
    /// <param name="weights">As <see cref="Weights"/> gave them.</param>
    public void Take(IReadOnlyDictionary<string, StoredTensor> weights)
    {
        var own = Session.Plan.Slots.Parameters.ToDictionary(p => p.Value.Name, p => p.Key);
        foreach ((string name, StoredTensor stored) in weights)
        {
            if (own.TryGetValue(name, out Parameter? p) && p.Shape == stored.Shape) Session.Replace(p, stored.Bytes);
        }

        Session.Carried = weights.Where(w => !own.ContainsKey(w.Key)).ToDictionary(w => w.Key, w => w.Value);
    }

    /// <summary>A new training of the weights as they are now: the first epoch, an optimizer that knows nothing yet.</summary>
    public TrainingRun Again()
    {
        TrainingRun next = Start(Project, Device);
        foreach (Parameter p in Session.Plan.Slots.Parameters.Keys) next.Session.Replace(p, Bytes(Session.Plan.Slots.InForce(p)));
        return next;
    }

    /// <summary>Everything needed to go on later, with the script as it stands or another text of it.</summary>
    public Safetensors Capture(string? script = null) => Checkpoint.Capture(Session, Trainer.State, script ?? Project.Source.Text);

    /// <inheritdoc/>
    public void Dispose()
    {
        Session.Dispose();
        _backend.Dispose();
    }

    // Weights are one row for each update; what an optimizer keeps lies alike, so each parameter has its piece.
    private void CopyOptimizers(TrainingSession to)
    {
        for (int u = 0; u < to.Definition.Steps.Count; u++)
        {
            TrainingStep step = to.Definition.Steps[u];
            int from = Session.Definition.Steps.ToList().FindIndex(s => s.Name == step.Name && s.Optimizer.Name == step.Optimizer.Name);
            if (from < 0) continue;
            ParameterRow source = Session.Plan.Slots.Rows[from], target = to.Plan.Slots.Rows[u];
            for (int k = 0; k < step.Optimizer.States.Count; k++)
            {
                int state = Session.Definition.Steps[from].Optimizer.States.ToList().FindIndex(s => s.Name == step.Optimizer.States[k].Name);
                if (state < 0) continue;
                Slot old = Session.Plan.Slots.States[from][state], now = to.Plan.Slots.States[u][k];
                if (old.Shape != source.Slot.Shape || now.Shape != target.Slot.Shape) continue;
                float[] values = Session.Read<float>(old), next = to.Read<float>(now);
                for (int i = 0; i < target.Parameters.Count; i++)
                {
                    Parameter p = target.Parameters[i];
                    int at = source.Parameters.ToList().FindIndex(o => o.Name == p.Name && o.Shape == p.Shape);
                    if (at >= 0) values.AsSpan(source.Offsets[at], (int)p.Shape.Count).CopyTo(next.AsSpan(target.Offsets[i]));
                }

                to.Write<float>(now, next);
            }
        }
    }

    private void CopyEpochs(TrainingRun to)
    {
        foreach (EpochResult e in Epochs) to.Epochs.Add(e);
    }

    private void Copy(Slot from, TrainingSession to, Slot target) => to.Program.Write(target, Bytes(from));

    private byte[] Bytes(Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        Session.Program.Read(slot, bytes);
        return bytes;
    }
}
