using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Prediction;

/// <summary>What the numbers of one output of a model say: a probability for each class, a class for each place of a sequence, or just numbers.</summary>
public sealed class OutputForm
{
    private OutputForm(string name, Shape shape, Field? target)
    {
        (Name, Shape, Target) = (name, shape, target);
        int width = checked((int)shape.Count);
        if (target is not { Form: { IsSymbols: true, Names.Count: > 1 } form }) return;
        if (form.Names.Count == width) Classes = form.Names;
        if (form.Length is null || shape.Rank == 0) return;
        if (shape[-1] == form.Names.Count) PlaceClasses = form.Names;
        if (shape.Rank == 2 && shape[-1] == form.Names.Count + 1) ToldSymbols = form.Names;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The name of the length of its sequences, where they differ in length: it has as many places as an input of that length; else null.</summary>
    public string? Length => Shape.HasLength ? Shape[0].Names.FirstOrDefault() : null;

    /// <summary>What the sequences are that the model writes place by place; null where it says all at once.</summary>
    public FieldForm? Written { get; private init; }

    /// <summary>What the model writes for a sample, up to its end, as people read it.</summary>
    /// <exception cref="InvalidOperationException">It writes nothing.</exception>
    public string TextOf(ReadOnlySpan<float> sample) => Written is { } written ? written.Text(SequenceWriter.Symbols(written, sample))
        : throw new InvalidOperationException($"{Name} is not written place by place");

    /// <summary>The shape of a sample's numbers; of sequences that differ in length that of the longest.</summary>
    public Shape Shape { get; }

    /// <summary>The target that it is held against; null where it is none of the data.</summary>
    public Field? Target { get; }

    /// <summary>The classes of which it gives each a number; empty where its numbers are none of classes.</summary>
    public IReadOnlyList<string> Classes { get; } = [];

    /// <summary>The classes of which it gives each a number for each place of a sequence; empty where it does not.</summary>
    public IReadOnlyList<string> PlaceClasses { get; } = [];

    /// <summary>
    /// The symbols of which it gives each a number for each place, and the blank one behind them, so that it tells a sequence without an alignment; empty where
    /// it does not.
    /// </summary>
    public IReadOnlyList<string> ToldSymbols { get; } = [];

    /// <summary>The outputs of the model that a training's predictions come from, in its order.</summary>
    public static IReadOnlyList<OutputForm> Of(TrainingDefinition training) =>
        [.. (training.Predictor?.Outputs ?? []).Select((o, i) => new OutputForm(o.Name, training.Schema.Longest(o.Shape), training.PredictedTargets[i])
        {
            Written = training.Prediction!.Written?.Form,
        })];

    /// <summary>What the numbers are of: classes by their names, else their places from 0 on.</summary>
    public string NameOf(int number) => Classes.Count > 0 ? Classes[number] : number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The likeliest class of a sample; null where the numbers are none of classes.</summary>
    public string? ClassOf(ReadOnlySpan<float> sample) => Classes.Count > 0 ? Classes[Largest(sample)] : null;

    /// <summary>The likeliest class of each of so many places.</summary>
    public string[] ClassesOf(ReadOnlySpan<float> sample, int places)
    {
        var classes = new string[places];
        for (int p = 0; p < places; p++) classes[p] = PlaceClasses[Largest(sample.Slice(p * PlaceClasses.Count, PlaceClasses.Count))];
        return classes;
    }

    /// <summary>
    /// The sequence that the likeliest symbol of each place tells: places in a row with one symbol are one, and blanks are left out (the best path of Graves et
    /// al. 2006).
    /// </summary>
    public string[] ToldBy(ReadOnlySpan<float> sample)
    {
        int width = ToldSymbols.Count + 1, before = ToldSymbols.Count;
        var told = new List<string>();
        for (int p = 0; p < sample.Length / width; p++)
        {
            int symbol = Largest(sample.Slice(p * width, width));
            if (symbol != before && symbol < ToldSymbols.Count) told.Add(ToldSymbols[symbol]);
            before = symbol;
        }

        return [.. told];
    }

    // The first of several that are the largest, as everywhere.
    private static int Largest(ReadOnlySpan<float> numbers)
    {
        int best = 0;
        for (int i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] > numbers[best]) best = i;
        }

        return best;
    }
}
