using Nn.Data;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>What a training begins with, on the device: data, weights, what optimizers keep; and whether another can begin in its place.</summary>
internal static class FirstValues
{
    /// <summary>Writes all of it but the <see cref="TrainingNumbers"/>.</summary>
    public static void Write(TrainingSession session)
    {
        TrainingSlots s = session.Plan.Slots;
        LoadedData data = session.Data;
        uint seed = session.Definition.Seed;
        Write(session, s.Inputs, data.Schema.Inputs, data.Training.Inputs, data.Validation.Inputs);
        Write(session, s.Targets, data.Schema.Targets, data.Training.Targets, data.Validation.Targets);
        session.Write<int>(s.Seed, [(int)seed]);
        foreach ((Parameter p, Slot slot) in s.Parameters)
            session.Write<float>(slot, p.Initializer.FromData ? DataInitialValues.Draw(p, seed, data) : InitialValues.Draw(p, seed));
        foreach ((Parameter p, Slot average) in s.Averages) session.Write<float>(average, session.Read<float>(s.Parameters[p]));
        for (int i = 0; i < s.Rows.Count; i++)
        {
            if (s.PartNumbers[i] is { } parts) session.Write<int>(parts, s.Rows[i].Numbered(session.Definition.Steps[i].Parts));
        }

        foreach (ParameterRow row in s.Rows.Where(r => r.Segments is not null)) session.Write<int>(row.Segments!, row.SegmentNumbers());
        for (int i = 0; i < session.Definition.Steps.Count; i++)
        {
            for (int k = 0; k < s.States[i].Count; k++)
            {
                var values = new float[s.States[i][k].Shape.Count];
                Array.Fill(values, (float)session.Definition.Steps[i].Optimizer.States[k].Initial);
                session.Write<float>(s.States[i][k], values);
            }
        }
    }

    /// <summary>
    /// Whether two trainings differ in numbers of their optimizers and schedules, their seed and their epochs only. What is not compared is either a number
    /// that is written anew, or made by
    /// the same formulas.
    /// </summary>
    public static bool SameForm(TrainingDefinition a, TrainingDefinition b)
    {
        if (ReferenceEquals(a, b)) return true;
        bool around = a with
        {
            Steps = b.Steps,
            Models = b.Models,
            Prediction = b.Prediction,
            Schema = b.Schema,
            Metrics = b.Metrics,
            OwnMetrics = b.OwnMetrics,
            Epochs = b.Epochs,
            Seed = b.Seed,
            EarlyStop = b.EarlyStop,
            OnDivergence = b.OnDivergence,
        } == b;
        return around && a.Schema.HasFormOf(b.Schema) && ModelPrediction.HaveSameFields(a.Prediction, b.Prediction) && a.Metrics.SequenceEqual(b.Metrics)
            && a.OwnMetrics.Select(m => m.Name).SequenceEqual(b.OwnMetrics.Select(m => m.Name))
            && a.Steps.Count == b.Steps.Count && a.Steps.Zip(b.Steps).All(s => SameForm(s.First, s.Second));
    }

    private static bool SameForm(TrainingStep a, TrainingStep b)
    {
        Optimizer x = a.Optimizer, y = b.Optimizer;
        return a with { Loss = b.Loss, Models = b.Models, Optimizer = y, Schedule = b.Schedule, Parts = b.Parts, Weights = b.Weights } == b
            && a.Weights is null == b.Weights is null
            && a.Parts.Count == b.Parts.Count && a.Parts.Zip(b.Parts).All(p => p.First.HasFormOf(p.Second))
            && x with { Rate = y.Rate, States = y.States, Numbers = y.Numbers, Update = y.Update } == y
            && x.States.Select(s => s.Name).SequenceEqual(y.States.Select(s => s.Name))
            && x.Numbers.Select(n => n.Name).SequenceEqual(y.Numbers.Select(n => n.Name))
            && !x.Swept.Any() && !y.Swept.Any();
    }

    private static void Write(
        TrainingSession session, IReadOnlyList<FieldSlots> slots, IReadOnlyList<Field> fields, IReadOnlyList<byte[]> training, IReadOnlyList<byte[]> validation)
    {
        for (int f = 0; f < slots.Count; f++)
        {
            session.Program.Write(slots[f].Train, training[f]);
            if (slots[f].Validation is { } part) session.Program.Write(part, validation[f]);
            if (fields[f].Form.Scaling is not { } scaling) continue;
            session.Write<float>(slots[f].Scale!, scaling.Scale);
            session.Write<float>(slots[f].Shift!, scaling.Shift);
        }
    }
}
