using System.Diagnostics;
using Nn.Backends;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>
/// Finds the operation that made a training diverge. As every run gives the same bits, the epoch is replayed step by step; the step that went wrong is then
/// computed once more by the reference, which shows every value on the way.
/// </summary>
internal static class Divergence
{
    private const long MostFlops = 2_000_000_000;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Such as <c>epoch 1, step 3: mul in dense_2 (64x10) became infinite</c>, with what to do where the slope of a formula is to blame; null where it cannot
    /// be found in short time. The session is left somewhere within the epoch.
    /// </summary>
    /// <param name="session">The session, as it was at <paramref name="start"/>.</param>
    /// <param name="start">The last state known to be good.</param>
    /// <param name="reached">Steps of the epoch done when it was noticed.</param>
    public static (string Place, string? Advice)? Find(TrainingSession session, SessionSnapshot start, int reached)
    {
        if (session.Plan.Plan.Entry("train").Flops > MostFlops) return null;
        int first = session.StepInEpoch, bad = FirstBadStep(session, reached);
        // A loss that is no number is often due to weights that the step before made so.
        for (int step = Math.Max(first, bad - 1); step <= bad; step++)
        {
            start.Restore();
            Begin(session);
            while (session.StepInEpoch < step) session.Run(step - session.StepInEpoch);
            if (Culprit(session) is var (place, advice)) return ($"epoch {session.Epoch + 1}, step {step + 1}: {place}", advice);
        }

        return null;
    }

    private static void Begin(TrainingSession session) => session.BeginEpoch(clearSums: session.StepInEpoch == 0);

    private static int FirstBadStep(TrainingSession session, int reached)
    {
        var watch = Stopwatch.StartNew();
        Begin(session);
        while (session.StepInEpoch < reached && watch.Elapsed < MostTime)
        {
            session.Run(1);
            if (session.Plan.Slots.LossSums.Any(s => !float.IsFinite(session.Read<float>(s)[0]))) return session.StepInEpoch - 1;
        }

        return -1;
    }

    private static (string Place, string? Advice)? Culprit(TrainingSession session)
    {
        using TrainingSession oracle = NextStep.Of(session, new ReferenceBackend());
        Entry train = oracle.Plan.Plan.Entry("train");
        Dictionary<Node, double[]> values = ((ReferenceProgram)oracle.Program).Evaluate(train.Graph);
        bool Finite(Node n) => n.Type != DType.F32 || Array.TrueForAll(values[n], v => float.IsFinite((float)v));
        // From a result that is no number back to where all operands still were: an infinity that a later op takes back harms nobody.
        Node? node = train.Graph.Assignments.Select(a => a.Value).FirstOrDefault(n => !Finite(n));
        while (node?.Inputs.FirstOrDefault(i => !Finite(i)) is { } cause) node = cause;
        if (node is null) return null;
        string where = (node.GradientOf ?? node).Label is { } label ? $" in {label}" : "";
        string became = values[node].Any(double.IsNaN) ? "NaN" : "infinite";
        if (node.Op == LeafOps.Read) return ($"{node.Slot.Name} became {became}", null);
        if (node.GradientOf is not { } forward || !Finite(forward)) return ($"{node.Op.Name}{where} ({node.Shape}) became {became}", null);
        // All values are finite, and so are the gradients that came in: no rate is too large, the formula has no slope there.
        return (
            $"the gradient of {forward.Op.Name}{where} ({forward.Shape}) became {became}",
            $"The formula has no finite slope at a value that it met: keep the argument of {forward.Op.Name} away from there, such as by {Remedy(forward.Op)}");
    }

    private static string Remedy(Op op) =>
        op == ElementwiseOps.Sqrt ? "sqrt(x + 1e-12)"
            : op == ElementwiseOps.Log ? "log(max(x, 1e-12))"
            : op == ElementwiseOps.Pow ? "max(x, 1e-12) ^ p"
            : "a bound with max or min";
}
