using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>Losses and metrics from their sums over samples.</summary>
internal static class SampleMeans
{
    /// <summary>Has sums begin anew.</summary>
    public static void Clear(TrainingSession session, IEnumerable<Slot> sums)
    {
        foreach (Slot s in sums)
        {
            session.Write<float>(s, [0]);
            if (session.Plan.Slots.Places.TryGetValue(s, out Slot? places)) session.Write<float>(places, [0]);
        }
    }

    /// <summary>The means by name, of which a root is taken where the metric is one.</summary>
    /// <param name="session">Where the sums are.</param>
    /// <param name="losses">Of each update.</param>
    /// <param name="metrics">By name.</param>
    /// <param name="samples">How many were summed.</param>
    /// <param name="prefix">Of the names: <c>val_</c> for the validation part.</param>
    public static Dictionary<string, double> Read(
        TrainingSession session, IReadOnlyList<Slot> losses, IReadOnlyDictionary<string, Slot> metrics, long samples, string prefix)
    {
        var all = new Dictionary<string, double>();
        for (int i = 0; i < losses.Count; i++)
            all[losses.Count == 1 ? prefix + "loss" : $"{prefix}loss_{session.Definition.Steps[i].Name}"] = Mean(losses[i]);
        foreach ((string name, Slot slot) in metrics)
        {
            double mean = Mean(slot);
            bool own = session.Definition.OwnMetrics.Any(m => m.Name == name);
            if (own || !name.EndsWith("mse", StringComparison.Ordinal)) all[prefix + name] = mean;
            else all[prefix + name[..^"mse".Length] + "rmse"] = Math.Sqrt(mean);
        }

        return all;

        // Of sequences that differ in length the places count, of weighted samples their weights.
        double Mean(Slot sum) => session.Read<float>(sum)[0]
            / (session.Plan.Slots.Places.TryGetValue(sum, out Slot? places) ? session.Read<float>(places)[0] is > 0 and var n ? n : 1.0 : samples);
    }
}
