namespace Nn.Training;

/// <summary>
/// Which forms the steps of a training have: with parts that stand still at first, and with gradients of several batches added up, not all steps do the same.
/// Each form has an entry of its own.
/// </summary>
internal sealed class StepForms
{
    private readonly int _stepsPerEpoch;
    private readonly int _accumulate;
    private readonly int[] _ends;

    public StepForms(TrainingDefinition definition, int stepsPerEpoch)
    {
        (_stepsPerEpoch, _accumulate) = (stepsPerEpoch, definition.Accumulate);
        _ends = [.. definition.Steps.SelectMany(s => s.Parts).Select(EndOf).Where(e => e > 0).Distinct().Order()];
    }

    /// <summary>That of an update with nothing frozen.</summary>
    public StepForm Usual => new(_ends.Length, true);

    /// <summary>Those of full steps, the usual one last.</summary>
    public IEnumerable<StepForm> OfFull =>
        Enumerable.Range(0, _ends.Length + 1).SelectMany(p => new[] { false, true }.Where(u => u || _accumulate > 1).Select(u => new StepForm(p, u)));

    /// <summary>Those of the smaller last step of an epoch, which always updates.</summary>
    public IEnumerable<StepForm> OfTail => Enumerable.Range(0, _ends.Length + 1).Select(p => new StepForm(p, true));

    /// <summary>That of a step.</summary>
    /// <param name="step">From the first of the training.</param>
    /// <param name="stepInEpoch">From the first of its epoch. At the end of an epoch gradients are not kept for the next.</param>
    public StepForm Of(long step, int stepInEpoch) =>
        new(_ends.Count(e => e <= step), (stepInEpoch + 1) % _accumulate == 0 || stepInEpoch + 1 >= _stepsPerEpoch);

    /// <summary>Whether a part stands still in steps of a form.</summary>
    public bool IsStill(TrainedPart part, StepForm form) => form.Phase < _ends.Length && EndOf(part) > (form.Phase == 0 ? 0 : _ends[form.Phase - 1]);

    /// <summary>Updates of the training before a part begins to learn.</summary>
    public int UpdatesBefore(TrainedPart part)
    {
        (int epochs, int steps) = Math.DivRem(EndOf(part), _stepsPerEpoch);
        return epochs * ((_stepsPerEpoch + _accumulate - 1) / _accumulate) + steps / _accumulate;
    }

    /// <summary>The name of an entry in a form: <c>train_frozen</c>, <c>train_tail</c>, <c>train_add</c>.</summary>
    public string Name(string entry, StepForm form)
    {
        string frozen = form.Phase == _ends.Length ? "" : _ends.Length == 1 ? "_frozen" : $"_frozen_{form.Phase + 1}";
        return entry + frozen + (form.Updates ? "" : "_add");
    }

    private int EndOf(TrainedPart part) => part.Freeze is { } d ? d.WholeSteps(_stepsPerEpoch) : 0;
}
