using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>The steps of a training: begins its epochs, takes their steps, and reads what they came to.</summary>
internal sealed class TrainingSteps
{
    private readonly TrainingSession _session;
    private readonly Entry _train;
    private readonly LineSearchStep? _search;

    public TrainingSteps(TrainingSession session)
    {
        TrainingPlan plan = session.Plan;
        _session = session;
        _train = plan.Plan.Entry("train");
        if (plan.Slots.Lbfgs is { } lbfgs) _search = new LineSearchStep(session, lbfgs);
    }

    /// <summary>Whether the host decides on the length of each step.</summary>
    public bool Searches => _search is not null;

    /// <summary>Starts the epoch under way: its order of samples, its learning rates; sums are cleared unless it is resumed.</summary>
    public void BeginEpoch(bool clearSums)
    {
        TrainingPlan plan = _session.Plan;
        _session.Redraw();
        plan.Source.BeginEpoch(_session.Program, _session.Data, _session.Definition.Seed, _session.Epoch);
        _session.Numbers.WriteRows();
        _session.Write<int>(plan.Slots.Cursor, [_session.StepInEpoch]);
        if (!clearSums) return;
        SampleMeans.Clear(_session, plan.Slots.LossSums.Concat(plan.Slots.MetricSums.Values));
    }

    /// <summary>Runs up to so many steps of the epoch under way; how many.</summary>
    public int Run(int steps)
    {
        TrainingPlan plan = _session.Plan;
        int all = plan.StepsPerEpoch, full = all - (plan.TailBatch == 0 ? 0 : 1);
        int now = Math.Min(steps, full - _session.StepInEpoch);
        if (now > 0)
        {
            if (_search is not null) Repeat(now = 1);
            else RunFull(now);
        }
        else if (plan.TailBatch > 0 && _session.StepInEpoch < all)
        {
            _session.Program.Run(plan.Plan.Entry(plan.TrainEntry(_session.Epoch, _session.StepInEpoch)), now = 1);
        }

        _session.StepInEpoch += Math.Max(0, now);
        return Math.Max(0, now);
    }

    /// <summary>Runs so many full steps, whatever is left of the epoch.</summary>
    public void Repeat(int steps)
    {
        if (_search is null)
        {
            _session.Program.Run(_train, steps);
            return;
        }

        for (int i = 0; i < steps; i++)
        {
            _session.Program.Run(_train, 1);
            _search.Run();
        }
    }

    // Steps of one entry that follow each other go to the device together.
    private void RunFull(int steps)
    {
        TrainingPlan plan = _session.Plan;
        int first = _session.StepInEpoch;
        for (int done = 0, end; done < steps; done = end)
        {
            int bucket = plan.Source.Bucket(first + done);
            StepForm form = plan.FormOf(_session.Epoch, first + done);
            for (end = done + 1; end < steps && plan.Source.Bucket(first + end) == bucket && plan.FormOf(_session.Epoch, first + end) == form; end++)
            {
            }

            _session.Program.Run(plan.Plan.Entry(plan.TrainEntry(_session.Epoch, first + done)), end - done);
        }
    }

    /// <summary>Mean loss and metrics of the epoch so far, by name.</summary>
    public Dictionary<string, double> Metrics()
    {
        TrainingPlan plan = _session.Plan;
        long samples = _session.EpochDone ? _session.Data.Training.Samples : (long)_session.StepInEpoch * plan.Batch;
        return SampleMeans.Read(_session, plan.Slots.LossSums, plan.Slots.MetricSums, Math.Max(1, samples), "");
    }

    /// <summary>The loss of one step on the reference backend, unrounded; the step is taken.</summary>
    public double LossInDouble(int update)
    {
        if (_session.Program is not ReferenceProgram reference) throw new InvalidOperationException("only the reference computes in double precision");
        Slot sum = _session.Plan.Slots.LossSums[update];
        // Of sequences that differ in length the places count, those of this step alone.
        Slot? places = _session.Plan.Slots.Places.GetValueOrDefault(sum);
        if (places is not null) _session.Write<float>(places, [0]);
        // Dropout is drawn by the place in a tensor: another length of the padding would be another loss.
        TrainingPlan plan = _session.Plan;
        reference.Run(plan.Plan.Entry(plan.TrainEntry(_session.Epoch, _session.StepInEpoch)), 1);
        return reference.Values(sum)[0] / (places is null ? _session.Plan.Batch : reference.Values(places)[0]);
    }
}
