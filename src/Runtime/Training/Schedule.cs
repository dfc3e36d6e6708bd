namespace Nn.Training;

/// <summary>How long training is, in the units that schedules need.</summary>
/// <param name="StepsPerEpoch">Steps of one epoch, the smaller last batch included.</param>
/// <param name="TotalSteps">Steps of all epochs.</param>
public readonly record struct TrainingLength(long StepsPerEpoch, long TotalSteps);

/// <summary>The learning rate as a function of the step.</summary>
public abstract record Schedule
{
    /// <summary>The rate of a step (0 is the first), given the optimizer's rate.</summary>
    public abstract double Rate(double rate, long step, TrainingLength length);

    /// <summary>Whether it says each rate itself, whatever the optimizer's is.</summary>
    public virtual bool StatesRates => false;

    /// <summary>What the trainer has to watch, if anything.</summary>
    public virtual PlateauSchedule? Plateau => null;

    /// <summary>As written in a script.</summary>
    public abstract string Text { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Text;
}

/// <summary>Always the optimizer's rate.</summary>
public sealed record ConstantSchedule : Schedule
{
    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => rate;

    /// <inheritdoc/>
    public override string Text => "constant";
}
