using Nn.Backends;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Repl.Commands;
using Nn.Training;

namespace Nn.Repl;

/// <summary>A training that stays alive between commands: it can be trained on, moved to another device, and handed to a changed script.</summary>
internal sealed class LiveTraining : IDisposable
{
    private readonly IBackend _backend;

    private LiveTraining(Project project, string device, int predictBatch = 1)
    {
        (Project, Device) = (project, device);
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        _backend = DeviceChoice.Open(device);
        try
        {
            Session = new TrainingSession(_backend, training, data, predictBatch);
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
    public string Device { get; }

    /// <summary>On the device.</summary>
    public TrainingSession Session { get; }

    /// <summary>Runs it.</summary>
    public Trainer Trainer { get; }

    /// <summary>Starts from first values.</summary>
    public static LiveTraining Start(Project project, string device) => new(project, device);

    /// <summary>The same state on another device; this one stays as it is.</summary>
    public LiveTraining On(string device)
    {
        var moved = new LiveTraining(Project, device);
        Checkpoint.Restore(moved.Session, moved.Trainer.State, Capture(), "the training");
        CopyNumbers(moved.Session);
        return moved;
    }

    /// <summary>
    /// The training of a changed script: tensors of the same name and shape keep their values and what the optimizer knows of them, all others
    /// start anew.
    /// </summary>
    /// <param name="project">The changed script.</param>
    /// <param name="kept">Names of the tensors that went over.</param>
    /// <param name="fresh">Names of those that did not.</param>
    public LiveTraining For(Project project, out IReadOnlyList<string> kept, out IReadOnlyList<string> fresh)
    {
        var next = new LiveTraining(project, Device);
        var names = Session.Plan.Slots.Parameters.ToDictionary(p => p.Key.Name, p => p.Value);
        var (over, anew) = (new List<string>(), new List<string>());
        foreach ((Parameter p, Slot slot) in next.Session.Plan.Slots.Parameters)
        {
            bool same = names.TryGetValue(p.Name, out Slot? old) && old.Shape == slot.Shape;
            (same ? over : anew).Add(p.Name);
            if (same) Copy(old!, next.Session, slot);
        }

        CopyOptimizers(next.Session);
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
        var outputs = new float[samples][];
        for (int s = 0; s < samples; s++) outputs[s] = Session.Predict(Session.Data.Input.Samples(inputs, s, 1));
        return outputs;
    }

    /// <summary>The same model on the same device, ready to make so many samples.</summary>
    public TrainingSession WithSamples(SampleChoice choice, int count)
    {
        TrainingSession session = SampleCommand.Session(Project, choice, _backend, count);
        Checkpoint.RestoreParameters(session, Capture(), "the training");
        return session;
    }

    /// <summary>A new training of the weights as they are now: the first epoch, an optimizer that knows nothing yet.</summary>
    public LiveTraining Again()
    {
        var next = new LiveTraining(Project, Device);
        foreach ((Parameter p, Slot slot) in Session.Plan.Slots.Parameters) Copy(slot, next.Session, next.Session.Plan.Slots.Parameters[p]);
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

    private void CopyNumbers(TrainingSession to)
    {
        Session.BaseRates.CopyTo(to.BaseRates, 0);
        foreach ((Hyperparameter n, double value) in Session.Held) to.Held[n] = value;
        foreach ((Hyperparameter n, Slot slot) in Session.Plan.Slots.Numbers) Copy(slot, to, to.Plan.Slots.Numbers[n]);
    }

    private void Copy(Slot from, TrainingSession to, Slot target)
    {
        var bytes = new byte[from.Bytes];
        Session.Program.Read(from, bytes);
        to.Program.Write(target, bytes);
    }
}
