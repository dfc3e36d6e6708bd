using Nn.Backends;
using Nn.Data;

namespace Nn.Training;

/// <summary>A step of a <see cref="RateTest"/>.</summary>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Loss">Of its batch, before the step.</param>
/// <param name="Smoothed">A moving average of the losses so far, corrected for its beginning.</param>
public readonly record struct RatePoint(double Rate, double Loss, double Smoothed);

/// <summary>
/// Which learning rates suit a training (Smith 2017, the range test): from its first weights it takes steps whose rate grows by equal ratios, until the loss
/// explodes. The weights are not kept.
/// </summary>
/// <param name="Points">The steps.</param>
/// <param name="Exploded">Whether it ended because the loss did, before the last rate.</param>
public sealed record RateTest(IReadOnlyList<RatePoint> Points, bool Exploded)
{
    private const double Keep = 0.9, Explodes = 4;

    // Before, an average of a few losses is mostly chance.
    private const int Least = 10, Around = 5;

    /// <summary>The rate at which the smoothed loss is smallest; null where no step was taken.</summary>
    public double? Smallest => Points.Count == 0 ? null : Points.MinBy(p => p.Smoothed).Rate;

    /// <summary>The rate at which the smoothed loss falls fastest, by equal ratios of rates; null where it does not fall.</summary>
    public double? Suggested
    {
        get
        {
            int end = Points.Count == 0 ? 0 : Points.ToList().FindIndex(p => p.Rate == Smallest), steepest = -1;
            double slope = 0;
            // Over several steps: of one batch to the next, losses differ by chance.
            for (int i = Least + Around; i <= end - Around; i++)
            {
                double fall = Points[i + Around].Smoothed - Points[i - Around].Smoothed;
                if (fall < slope) (slope, steepest) = (fall, i);
            }

            return steepest < 0 ? null : Points[steepest].Rate;
        }
    }

    /// <summary>Takes the steps.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="definition">The training; its schedules do not count.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="from">The first rate, above 0.</param>
    /// <param name="to">The last, above <paramref name="from"/>.</param>
    /// <param name="steps">How many steps, at least 2.</param>
    /// <exception cref="NnException">It has no learning rate, or the device cannot run it.</exception>
    public static RateTest Measure(IBackend backend, TrainingDefinition definition, LoadedData data, double from, double to, int steps)
    {
        if (definition.Steps.All(s => !s.Optimizer.HasRate))
            throw new NnException(ExitCode.Script, $"{definition.Steps[0].Optimizer.Name} has no learning rate to look for");
        var rising = new StagesSchedule(
            [(new SweepSchedule(from, to), new Duration(steps, Epochs: false)), (new RateSchedule(to), new Duration(1, Epochs: false))]);
        using var session = new TrainingSession(backend, definition with
        {
            Metrics = [],
            OwnMetrics = [],
            Epochs = steps,
            Steps = [.. definition.Steps.Select(s => s with { Schedule = rising })],
        }, data);
        var points = new List<RatePoint>();
        double average = 0, best = double.PositiveInfinity;
        for (int done = 0; done < steps; done++)
        {
            if (session.EpochDone) (session.Epoch, session.StepInEpoch) = (session.Epoch + 1, 0);
            if (session.StepInEpoch == 0) session.BeginEpoch();
            int batch = session.Plan.TailBatch > 0 && session.StepInEpoch == session.Plan.StepsPerEpoch - 1 ? session.Plan.TailBatch : session.Plan.Batch;
            double rate = session.Rate(session.StepInEpoch);
            SampleMeans.Clear(session, session.Plan.Slots.LossSums);
            session.Run(1);
            double loss = SampleMeans.Read(session, session.Plan.Slots.LossSums, session.Plan.Slots.MetricSums, batch, "").Values
                .Take(session.Plan.Slots.LossSums.Count).Sum();
            average = Keep * average + (1 - Keep) * loss;
            double smoothed = average / (1 - Math.Pow(Keep, done + 1));
            if (!double.IsFinite(smoothed) || (done >= Least && smoothed > best + (Explodes - 1) * Math.Abs(best))) return new RateTest(points, true);
            points.Add(new RatePoint(rate, loss, smoothed));
            best = Math.Min(best, smoothed);
        }

        return new RateTest(points, false);
    }
}
