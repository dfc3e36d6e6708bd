using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>A tensor's numbers.</summary>
public sealed record TensorNumbers(Shape Shape, float[] Values)
{
    /// <summary>Root of the mean square.</summary>
    public double Size => Math.Sqrt(Values.Average(v => (double)v * v));
}

/// <summary>A value on the way to the loss, and the loss's gradient there.</summary>
public sealed record WalkedValue(TracedKind Kind, string Layer, TensorNumbers Value, TensorNumbers? Gradient);

/// <summary>A weight tensor in the step.</summary>
/// <param name="Parameter">Which.</param>
/// <param name="Old">Before.</param>
/// <param name="Gradient">Of the loss, before it is clipped.</param>
/// <param name="States">What the optimizer keeps of it, before and after.</param>
/// <param name="New">After.</param>
public sealed record WalkedWeight(Parameter Parameter, float[] Old, float[] Gradient, IReadOnlyList<(string Name, float[] Old, float[] New)> States,
    float[] New);

/// <summary>One update of the step.</summary>
/// <param name="Step">Its definition.</param>
/// <param name="Values">What was computed, in order.</param>
/// <param name="Weights">What was changed.</param>
/// <param name="Constants">The optimizer's numbers by the names in its definition, with its rate lr and count t.</param>
/// <param name="Due">Whether the update happens in this step.</param>
public sealed record WalkedUpdate(TrainingStep Step, IReadOnlyList<WalkedValue> Values, IReadOnlyList<WalkedWeight> Weights,
    IReadOnlyDictionary<string, double> Constants, bool Due);

/// <summary>
/// The step to come of a training with all its numbers. A copy of the training takes it on the same device, with kernels that also store what lies between; the
/// training itself stays as it is.
/// </summary>
/// <param name="Number">Steps done before it.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="Samples">Numbers of its training samples.</param>
/// <param name="Targets">Their targets as stored.</param>
/// <param name="Updates">In order.</param>
public sealed record StepWalk(long Number, int Epoch, int[] Samples, byte[] Targets, IReadOnlyList<WalkedUpdate> Updates)
{
    /// <summary>Takes it.</summary>
    public static StepWalk Of(TrainingSession session)
    {
        if (session.Plan.Slots.Lbfgs is not null)
            throw new NnException(
                ExitCode.Usage, "lbfgs looks along a line before each step, which is no single formula; steps of the other optimizers can be shown");
        using TrainingSession copy = NextStep.Of(session, session.Backend, trace: true);
        TrainingSlots slots = copy.Plan.Slots;
        float[][] weights = [.. slots.Rows.Select(r => copy.Read<float>(r.Slot))];
        float[][][] states = [.. slots.States.Select(s => s.Select(copy.Read<float>).ToArray())];
        copy.Run(1);
        var updates = new List<WalkedUpdate>();
        for (int u = 0; u < copy.Definition.Steps.Count; u++)
        {
            TrainingStep step = copy.Definition.Steps[u];
            WalkedValue[] values =
            [
                .. slots.Traced.Where(t => t.Update == step.Name || u == 0 && t.Kind == TracedKind.Input)
                    .Select(t => new WalkedValue(t.Kind, t.Layer, Read(copy, t.Value), t.Gradient is { } g ? Read(copy, g) : null)),
            ];
            updates.Add(new WalkedUpdate(step, values, [.. Weights(copy, u, weights[u], states[u])], Constants(session, step, out bool due), due));
        }

        return new StepWalk(session.Step, session.Epoch, NextStep.Samples(session), copy.Data.Training.Target, updates);
    }

    private static IEnumerable<WalkedWeight> Weights(TrainingSession copy, int update, float[] old, float[][] states)
    {
        ParameterRow row = copy.Plan.Slots.Rows[update];
        float[] gradients = copy.Read<float>(row.Gradients!), now = copy.Read<float>(row.Slot);
        float[][] statesNow = [.. copy.Plan.Slots.States[update].Select(copy.Read<float>)];
        for (int i = 0; i < row.Parameters.Count; i++)
        {
            int from = row.Offsets[i], count = (int)row.Parameters[i].Shape.Count;
            float[] Piece(float[] all) => all[from..(from + count)];
            yield return new WalkedWeight(
                row.Parameters[i], Piece(old), Piece(gradients),
                [.. copy.Definition.Steps[update].Optimizer.States.Select((s, k) => (s.Name, Piece(states[k]), Piece(statesNow[k])))], Piece(now));
        }
    }

    // As the step sees them.
    private static Dictionary<string, double> Constants(TrainingSession session, TrainingStep update, out bool due)
    {
        long step = session.Step;
        Dictionary<string, double> all = session.Numbers.Where(n => n.Update == update.Name).OrderBy(n => n.IsRate)
            .ToDictionary(n => n.Name[(n.Name.LastIndexOf('.') + 1)..], n => (double)(float)n.At(step));
        double after = update.After?.Count ?? 0;
        all["t"] = Math.Floor((step - after) / update.Every) + 1;
        due = step >= after && (update.Until is not { } until || step < until.Count) && step % update.Every == 0;
        return all;
    }

    private static TensorNumbers Read(TrainingSession session, Slot slot) => new(slot.Shape, session.Read<float>(slot));
}
