using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>The validation part through the model of a training as it is now: loss, metrics, outputs.</summary>
internal sealed class ValidationPass(TrainingSession session)
{
    private readonly TrainingPlan _plan = session.Plan;

    /// <summary>Loss and metrics; empty without a validation part.</summary>
    public Dictionary<string, double> Evaluate()
    {
        if (_plan.EvaluationBatch == 0) return [];
        TrainingSlots slots = _plan.Slots;
        SampleMeans.Clear(session, slots.EvaluationLossSums.Concat(slots.EvaluationMetricSums.Values));
        session.Write<int>(slots.EvaluationCursor!, [0]);
        string[] host = [.. session.Definition.Metrics.Where(HostMetrics.Needed)];
        int samples = session.Data.Validation.Samples, batches = samples / _plan.EvaluationBatch;
        if (host.Length == 0 || session.Definition.Predictor is not { } predictor)
        {
            session.Program.Run(_plan.Plan.Entry("evaluate"), batches);
            if (_plan.EvaluationTail > 0) session.Program.Run(_plan.Plan.Entry("evaluate_tail"), 1);
            return Means();
        }

        float[][] outputs = Outputs(batches);
        Dictionary<string, double> all = Means();
        foreach (string m in host)
        {
            (int o, string kind) = MetricRules.Of(session.Definition, m);
            (int[]? labels, float[]? values) = Targets(o);
            Shape shape = predictor.Outputs[o].Shape;
            all["val_" + m] = HostMetrics.Compute(kind, outputs[o], shape.Rank == 0 ? 1 : shape[-1], labels, values, _plan.SeveralLabels[o]);
        }

        return all;

        Dictionary<string, double> Means() => SampleMeans.Read(session, slots.EvaluationLossSums, slots.EvaluationMetricSums, samples, "val_");
    }

    /// <summary>The targets that an output of the predictor is held against: class numbers or values; neither where it has no target.</summary>
    public (int[]? Classes, float[]? Values) Targets(int output)
    {
        if (session.Definition.PredictedTargets[output] is not { } target) return (null, null);
        byte[] stored = Stored(target);
        return target.Form.IsSymbols
            ? (target.Form.WithoutPadding(MemoryMarshal.Cast<byte, int>(stored).ToArray(), stored), null)
            : (null, target.Form.WithoutPadding(target.Form.Numbers(stored), stored));
    }

    private byte[] Stored(Field target) => session.Data.Validation.Targets[session.Data.Schema.Targets.TakeWhile(t => t.Name != target.Name).Count()];

    /// <summary>Each of the predictor's outputs, sample after sample.</summary>
    public float[][] Outputs()
    {
        session.Write<int>(_plan.Slots.EvaluationCursor!, [0]);
        return Outputs(session.Data.Validation.Samples / _plan.EvaluationBatch);
    }

    private float[][] Outputs(int batches)
    {
        IReadOnlyList<Slot> slots = _plan.Slots.EvaluationOutputs;
        int all = session.Data.Validation.Samples;
        float[][] outputs = [.. slots.Select(s => new float[all * (s.Shape.Count / s.Shape[0])])];
        for (int b = 0; b * _plan.EvaluationBatch < all; b++)
        {
            session.Program.Run(_plan.Plan.Entry(b < batches ? "evaluate" : "evaluate_tail"), 1);
            int samples = b < batches ? _plan.EvaluationBatch : _plan.EvaluationTail;
            for (int o = 0; o < outputs.Length; o++)
            {
                long width = slots[o].Shape.Count / slots[o].Shape[0];
                session.Read<float>(slots[o]).AsSpan(0, (int)(samples * width)).CopyTo(outputs[o].AsSpan((int)(b * _plan.EvaluationBatch * width)));
            }
        }

        // Places that a target has, where it has the length of the output.
        for (int o = 0; o < outputs.Length; o++)
        {
            if (session.Definition.PredictedTargets[o] is { Form.Length: not null } target && slots[o].Shape.HasLength)
                outputs[o] = target.Form.WithoutPadding(outputs[o], Stored(target));
        }

        return outputs;
    }
}
