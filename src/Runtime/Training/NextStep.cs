using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>The step to come, to be looked at before it is taken.</summary>
public static class NextStep
{
    /// <summary>
    /// A session that takes the step to come of another, which stays as it is: the samples of that batch alone, the same weights, optimizer state, rates and
    /// random
    /// numbers. With <paramref name="trace"/> it keeps the way to each loss and back.
    /// </summary>
    public static TrainingSession Of(TrainingSession session, IBackend backend, bool trace = false)
    {
        TrainingPlan plan = session.Plan;
        int step = session.StepInEpoch;
        int[] samples = Samples(session);
        LoadedData data = session.Data;
        var small = new LoadedData
        {
            Schema = data.Schema,
            Training = data.Training.Select(data.Schema, samples),
            Validation = Part.Empty(data.Schema),
            Notes = [],
        };
        // An epoch of the copy is one step: what begins or ends after some epochs does so after their steps.
        Duration? InSteps(Duration? d) => d is { } own ? new Duration(own.Epochs ? Math.Round(own.Count * plan.StepsPerEpoch) : own.Count, Epochs: false)
            : null;
        TrainingDefinition definition = session.Definition with
        {
            Batch = samples.Length,
            Metrics = [],
            EarlyStop = null,
            Steps = [.. session.Definition.Steps.Select(s => s with { Schedule = new ConstantSchedule(), After = InSteps(s.After), Until = InSteps(s.Until) })],
        };
        var copy = new TrainingSession(backend, definition, small, new TrainingExtras
        {
            Trace = trace,
            Only = (plan.Forms, plan.FormOf(session.Epoch, step)),
        });
        foreach (Slot slot in copy.StateSlots.Concat(copy.Plan.Slots.Numbers.Values))
        {
            var bytes = new byte[slot.Bytes];
            session.Program.Read(plan.Plan.Slot(slot.Name), bytes);
            copy.Program.Write(slot, bytes);
        }

        var rates = new float[plan.Slots.Rates.Shape[1]];
        session.Numbers.Row(step, rates);
        // Wherever the training has its samples from, its copy has those of the step, in their order.
        ((ResidentSource)copy.Plan.Source).Write(copy.Program, [.. Enumerable.Range(0, samples.Length)]);
        copy.Write<float>(copy.Plan.Slots.Rates, rates);
        return copy;
    }

    /// <summary>The numbers of the training samples that the step to come is about.</summary>
    public static int[] Samples(TrainingSession session) =>
        session.Plan.Source.Samples(session.Data, session.Definition.Seed, session.Epoch, session.StepInEpoch);
}
