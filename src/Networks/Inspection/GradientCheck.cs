using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>A device's gradients of the first step beside central differences of the loss, computed in double precision by the reference.</summary>
public static class GradientCheck
{
    private const int ElementsPerTensor = 5;

    /// <summary>Checks tensor after tensor; a few elements of each.</summary>
    /// <param name="project">The script with its data.</param>
    /// <param name="asked">The device.</param>
    /// <exception cref="NnException">The script trains nothing, there is no such device, or it cannot run this.</exception>
    public static IEnumerable<CheckedGradient> Of(Project project, DeviceRequest asked)
    {
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        // The oracle is slow: a few samples are enough.
        TrainingDefinition small = training with { Batch = Math.Min(training.Batch == 0 ? 8 : training.Batch, 8) };
        using IBackend backend = DeviceChoice.Open(asked);
        using var reference = new ReferenceBackend();
        // Observed, so that there are gradients even where the optimizer takes none.
        using var device = new TrainingSession(backend, small, data, new TrainingExtras { Observe = true });
        using var oracle = new TrainingSession(reference, small, data);
        foreach (TrainingSession s in new[] { device, oracle })
        {
            s.BeginEpoch();
            // Of several updates, a later one takes the weights of the earlier ones as given: they must not move with what is varied.
            if (training.Steps.Count > 1) s.Write<float>(s.Plan.Slots.Rates, new float[s.Plan.Slots.Rates.Shape.Count]);
        }

        var slots = Snapshot(oracle);
        device.Run(1);
        for (int u = 0; u < training.Steps.Count; u++)
        {
            ParameterRow row = device.Plan.Slots.Rows[u];
            float[] gradients = device.Read<float>(row.Gradients!);
            for (int i = 0; i < row.Parameters.Count; i++) yield return Check(oracle, slots, row, i, u, gradients);
        }
    }

    private static CheckedGradient Check(TrainingSession oracle, Dictionary<Slot, byte[]> slots, ParameterRow row, int i, int update, float[] gradients)
    {
        Parameter p = row.Parameters[i];
        Slot slot = oracle.Plan.Slots.Parameters[p];
        double worst = 0, ours = 0, theirs = 0;
        int count = (int)Math.Min(ElementsPerTensor, p.Shape.Count);
        for (int k = 0; k < count; k++)
        {
            int element = (int)(p.Shape.Count * (2 * k + 1) / (2 * count));
            // The step must be a number that f32 holds exactly, as weights pass through it.
            const float h = 1f / 1024;
            double high = Loss(oracle, slots, slot, element, h, update), low = Loss(oracle, slots, slot, element, -h, update);
            double expected = (high - low) / (2 * h), actual = gradients[row.Offsets[i] + element];
            double error = Math.Abs(actual - expected) / Math.Max(1e-2, Math.Max(Math.Abs(actual), Math.Abs(expected)));
            if (error >= worst) (worst, ours, theirs) = (error, actual, expected);
        }

        return new CheckedGradient(p.Name, ours, theirs, worst);
    }

    private static double Loss(TrainingSession oracle, Dictionary<Slot, byte[]> slots, Slot slot, int element, float change, int update)
    {
        foreach ((Slot s, byte[] bytes) in slots) oracle.Program.Write(s, bytes);
        float[] weights = oracle.Read<float>(slot);
        weights[element] += change;
        oracle.Write<float>(slot, weights);
        return oracle.LossInDouble(update);
    }

    private static Dictionary<Slot, byte[]> Snapshot(TrainingSession session)
    {
        TrainingSlots s = session.Plan.Slots;
        var all = new Dictionary<Slot, byte[]>();
        foreach (Slot slot in s.Rows.Select(r => r.Slot).Concat(s.Parameters.Values).Concat(s.States.SelectMany(x => x)).Concat(s.LossSums).Append(s.Step)
            .Append(s.Cursor))
        {
            all[slot] = new byte[slot.Bytes];
            session.Program.Read(slot, all[slot]);
        }

        return all;
    }
}
