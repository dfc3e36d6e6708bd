using System.Collections;
using System.Globalization;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>
/// All numbers of a training that may change while it goes on, in the order of the updates: the one place where they are looked up and set. A checkpoint keeps
/// those that somebody set.
/// </summary>
public sealed class TrainingNumbers : IReadOnlyList<TrainingNumber>
{
    private const string HeldKey = "held.", InPlaceOf = " in place of ";

    private readonly TrainingSession _session;
    private readonly TrainingNumber[] _all;

    // Where the device has them: a scalar, or a column of the rates of each step.
    private readonly Dictionary<TrainingNumber, Slot> _scalars = [];
    private readonly TrainingNumber[] _columns;

    internal TrainingNumbers(TrainingSession session)
    {
        _session = session;
        IReadOnlyList<TrainingStep> steps = session.Definition.Steps;
        TrainingSlots slots = session.Plan.Slots;
        Rates = [.. steps.Select(s => new TrainingNumber(s.Optimizer.Rate, s.Name, s.Schedule, () => session.Length))];
        var swept = new List<TrainingNumber>();
        var all = new List<TrainingNumber>();
        for (int u = 0; u < steps.Count; u++)
        {
            if (steps[u].Optimizer.HasRate) all.Add(Rates[u]);
            // Formulas have the rate of their step; the slot of its name is what the script states.
            if (slots.Numbers.FirstOrDefault(n => n.Key.Name == Rates[u].Name).Value is { } own) _scalars[Rates[u]] = own;
            foreach (Hyperparameter stated in steps[u].Numbers)
            {
                var number = new TrainingNumber(stated, steps[u].Name, null, () => session.Length);
                all.Add(number);
                if (stated.End is not null) swept.Add(number);
                // A training that was begun anew has the slots of the one before, and numbers of its own.
                else _scalars[number] = slots.Numbers.First(n => n.Key.Name == stated.Name).Value;
            }
        }

        (_all, _columns) = ([.. all], [.. Rates, .. swept]);
    }

    /// <summary>The learning rate of each update, in their order; of an optimizer that has none a 0 that cannot be set.</summary>
    public IReadOnlyList<TrainingNumber> Rates { get; }

    /// <inheritdoc/>
    public int Count => _all.Length;

    /// <inheritdoc/>
    public TrainingNumber this[int index] => _all[index];

    /// <summary>Those that a name means: <c>lr</c> the learning rate of every update, <c>critic.lr</c> that of one.</summary>
    public IEnumerable<TrainingNumber> Called(string name) => _all.Where(n => n.IsCalled(name));

    /// <summary>The value of a number in the step to come.</summary>
    public double Now(TrainingNumber number) => number.At(_session.Step);

    /// <summary>Sets the numbers that a name means, from the next step on; a schedule goes on from a rate that is set, a sweep ends.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Set(string name, double value)
    {
        TrainingNumber[] meant = [.. Called(name)];
        foreach (TrainingNumber n in meant) n.Held = value;
        Write(meant);
        return meant.Length > 0;
    }

    /// <inheritdoc/>
    public IEnumerator<TrainingNumber> GetEnumerator() => ((IEnumerable<TrainingNumber>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Writes those that stay from step to step.</summary>
    internal void Write() => Write(_all);

    /// <summary>Writes those that change from step to step, for all steps of the epoch under way: the rows of <see cref="TrainingSlots.Rates"/>.</summary>
    internal void WriteRows()
    {
        int width = _session.Plan.Slots.Rates.Shape[1];
        var rows = new float[_session.Plan.StepsPerEpoch * width];
        for (int s = 0; s < _session.Plan.StepsPerEpoch; s++) Row(s, rows.AsSpan(s * width, width));
        _session.Write<float>(_session.Plan.Slots.Rates, rows);
    }

    /// <summary>The row of a step of the epoch under way.</summary>
    internal void Row(int stepInEpoch, Span<float> row)
    {
        long step = (long)_session.Epoch * _session.Plan.StepsPerEpoch + stepInEpoch;
        for (int i = 0; i < _columns.Length; i++) row[i] = (float)_columns[i].At(step);
        if (_session.Definition.Augment is not { Mixes: true } augment) return;
        Shape image = _session.Definition.Schema.Inputs.Select(f => f.Form.Shape).FirstOrDefault(s => s.Rank == 3, Shape.Scalar);
        BatchMixing.Draw(augment, image, _session.Definition.Seed, step, row[_columns.Length..]);
    }

    /// <summary>Takes what somebody set in another training, as far as the script states the same here.</summary>
    public void Take(TrainingNumbers other)
    {
        foreach (TrainingNumber n in _all) n.Held = other._all.FirstOrDefault(o => o.Name == n.Name && o.Stated == n.Stated)?.Held;
        Write(_all);
    }

    /// <summary>Tells a checkpoint what somebody set, and in place of what.</summary>
    internal void Keep(IDictionary<string, string> metadata)
    {
        foreach (TrainingNumber n in _all)
        {
            if (n.Held is { } held) metadata[HeldKey + n.Name] = held.ToString("R", CultureInfo.InvariantCulture) + InPlaceOf + n.Stated;
        }
    }

    /// <summary>Takes what a checkpoint was told; where the script states another value than then, the script's holds.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    internal void Restore(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (TrainingNumber n in _all)
        {
            n.Held = null;
            if (!metadata.TryGetValue(HeldKey + n.Name, out string? text)) continue;
            int at = text.IndexOf(InPlaceOf, StringComparison.Ordinal);
            if (at < 0) throw new FormatException($"'{HeldKey}{n.Name}' is '{text}'");
            double held = double.Parse(text.AsSpan(0, at), NumberStyles.Float, CultureInfo.InvariantCulture);
            if (text[(at + InPlaceOf.Length)..] == n.Stated) n.Held = held;
        }

        Write(_all);
    }

    private void Write(IReadOnlyList<TrainingNumber> numbers)
    {
        foreach (TrainingNumber n in numbers)
        {
            if (_scalars.TryGetValue(n, out Slot? slot)) _session.Write<float>(slot, [(float)n.Base]);
        }

        // An epoch that begins writes its rows itself.
        if (_session.StepInEpoch > 0) WriteRows();
    }
}
