namespace Nn.Training;

/// <summary>
/// A number that may change while a training goes on: the learning rate of an update, or another number of an optimizer. What the script states holds, by its
/// schedule or sweep, until
/// somebody sets the number.
/// </summary>
public sealed class TrainingNumber
{
    private readonly Hyperparameter _stated;
    private readonly Schedule? _schedule;
    private readonly Func<TrainingLength> _length;

    internal TrainingNumber(Hyperparameter stated, string update, Schedule? schedule, Func<TrainingLength> length) =>
        (_stated, Update, _schedule, _length) = (stated, update, schedule, length);

    /// <summary>As shown and set: <c>adam.lr</c>, <c>adam.beta1</c>; where there are several updates, <c>critic.adam.lr</c>.</summary>
    public string Name => _stated.Name;

    /// <summary>The update that it is of.</summary>
    public string Update { get; }

    /// <summary>Whether it is a learning rate, which a schedule changes.</summary>
    public bool IsRate => _schedule is not null;

    /// <summary>What the script states, as written there: <c>0.001</c>, <c>1 -&gt; 0.01</c>.</summary>
    public string Stated => _stated.ToString();

    /// <summary>What somebody set it to; null while the script's word holds.</summary>
    public double? Held { get; internal set; }

    /// <summary>The value before any schedule or sweep.</summary>
    public double Base => Held ?? _stated.Value;

    /// <summary>What <c>reduce_on_plateau</c> has come to, by which a learning rate is multiplied; 1 for others.</summary>
    public double Factor { get; internal set; } = 1;

    /// <summary>Its value in a step, 0 being the first of the training, if nobody sets it before.</summary>
    public double At(long step)
    {
        TrainingLength length = _length();
        // A number that was set ends its sweep, and rates that the schedule states one by one.
        double value = Held ?? _stated.At(step, length);
        return (_schedule is null || Held is not null && _schedule.StatesRates ? value : _schedule.Rate(value, step, length)) * Factor;
    }

    /// <summary>Who gives it the value that it has.</summary>
    public NumberSource Source =>
        _schedule is not (null or ConstantSchedule) && !(Held is not null && _schedule.StatesRates) ? NumberSource.Schedule
        : Held is not null ? NumberSource.Hand
        : _stated.End is not null ? NumberSource.Sweep
        : NumberSource.Script;

    /// <summary>The schedule of a learning rate as written in a script; null for other numbers.</summary>
    public string? ScheduleText => _schedule?.Text;

    /// <summary>
    /// Whether a name means it: its own, the end of it (<c>beta1</c>), or <c>UPDATE.lr</c> for the learning rate of an update.
    /// </summary>
    public bool IsCalled(string name) => Name == name || Name.EndsWith("." + name, StringComparison.Ordinal) || IsRate && name == Update + ".lr";
}
