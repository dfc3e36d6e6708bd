using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks;

/// <summary>
/// What callers give a model, as it takes it, and what it gives back. Callers give numbers or symbols: pixels are numbers from 0 to 1 however the data store
/// them.
/// </summary>
/// <param name="name">Of the script, for messages.</param>
/// <param name="definition">Whose predictor is asked.</param>
/// <param name="schema">What the fields are.</param>
internal sealed class PredictionCodec(string name, TrainingDefinition definition, Schema schema)
{
    // Larger sets are predicted in pieces of this size.
    private const int ManySamples = 64;

    /// <summary>Whose predictor is asked.</summary>
    public TrainingDefinition Definition => definition;

    /// <summary>What the fields are, as the data have them.</summary>
    public Schema Schema => schema;

    /// <summary>The fields that the model takes, in its order, as callers give them.</summary>
    public IReadOnlyList<Field> Fields { get; } =
    [
        .. definition.PredictedFrom.Select(from => schema.Inputs.Single(f => f.Name == from)).Select(f => f with
        {
            Form = new FieldForm(f.Form.Shape, f.Form.Type) { Names = f.Form.Names, Symbols = f.Form.Symbols, Means = f.Form.Means, Unit = f.Form.Unit },
        }),
    ];

    /// <summary>The target that the model writes place by place; null where it says all at once.</summary>
    public Field? Written => definition.Prediction?.Written;

    /// <summary>Names of the classes of the target that the first output is held against; empty where that is no class.</summary>
    public IReadOnlyList<string> ClassNames => definition.PredictedTargets is [{ Form: { IsSymbols: true } target }, ..] ? target.Names : [];

    /// <summary>The model that is asked.</summary>
    /// <exception cref="NnException">There is none.</exception>
    public Model Model => definition.Predictor ?? throw NothingToPredict();

    /// <summary>Numbers of the only input.</summary>
    /// <exception cref="ArgumentException">They are no whole samples, or nothing that the input can be.</exception>
    public byte[][] Store(ReadOnlySpan<float> numbers) => Checked([Single().Form.Store(numbers)]);

    /// <summary>Pixels of the only input, or symbols.</summary>
    /// <inheritdoc cref="Store(ReadOnlySpan{float})"/>
    public byte[][] StoreBytes(ReadOnlySpan<byte> pixels) => Checked([Single().Form.StoreBytes(pixels)]);

    /// <summary>Numbers of each input by its name.</summary>
    /// <exception cref="ArgumentException">A field is missing or not known, or they are not as many samples of each.</exception>
    public byte[][] Store(IReadOnlyDictionary<string, float[]> inputs)
    {
        string names = string.Join(" and ", Fields.Select(f => f.Name));
        if (inputs.Keys.FirstOrDefault(k => Fields.All(f => f.Name != k)) is { } strange)
            throw new ArgumentException($"'{strange}' is no input of the model, which takes {names}", nameof(inputs));
        byte[][] stored = [.. Fields.Select(f => f.Form.Store(inputs.TryGetValue(f.Name, out float[]? numbers)
            ? numbers
            : throw new ArgumentException($"the model takes {names}; '{f.Name}' is missing", nameof(inputs))))];
        int[] samples = [.. Fields.Select((f, i) => stored[i].Length / f.Form.Bytes)];
        if (samples.Distinct().Count() > 1)
        {
            string counts = string.Join(" and ", Fields.Select((f, i) => $"{Plural.Of(samples[i], "sample")} of {f.Name}"));
            throw new ArgumentException($"there are {counts}", nameof(inputs));
        }

        return Checked(stored);
    }

    /// <summary>A text of the only input.</summary>
    /// <exception cref="ArgumentException">The input is no text, or the model does not write one.</exception>
    /// <exception cref="NnException">It is too long, or empty.</exception>
    public byte[][] StoreText(string text) => Single().Form is { Unit: not null } form && Written?.Form.Unit is not null ? Checked([form.Parse([text]).Stored])
        : throw new ArgumentException($"the model of {name} does not write a text for a text", nameof(text));

    /// <summary>The text that is written for the only sample.</summary>
    public string Text(float[] output) => Written!.Form.Text(SequenceWriter.Symbols(Written.Form, output));

    /// <summary>A row of a table: an object with a property for each column, or a dictionary by column.</summary>
    /// <exception cref="ArgumentException">What a <see cref="RowForm"/> refuses, or the model takes no rows of a table.</exception>
    public byte[][] StoreRow(object row)
    {
        Field only = Single();
        RowForm form = RowForm.Of(only.Form)
            ?? throw new ArgumentException($"the model takes {only.Form.Describe()} without names of columns; give the numbers in their order", nameof(row));
        return [only.Form.Store(form.Features(row as IReadOnlyDictionary<string, object?> ?? form.Row(row)))];
    }

    /// <summary>Samples of one of <see cref="Fields"/> as callers give them, of what the data store.</summary>
    public byte[] Presented(int field, byte[] stored)
    {
        FieldForm form = Schema.Inputs.Single(f => f.Name == Fields[field].Name).Form;
        return form.Stored == Fields[field].Form.Stored ? stored : MemoryMarshal.AsBytes(form.Numbers(stored).AsSpan()).ToArray();
    }

    /// <summary>Why these samples are too short a sequence for the model; null where they are not.</summary>
    public string? TooShort(IReadOnlyList<byte[]> stored) => ShortestSequences.Refusal([Model], ShortestSequences.Among(Fields, stored));

    /// <summary>How many samples a plan is made for that is to predict so many.</summary>
    public static int Batch(int samples) => samples == 1 ? 1 : ManySamples;

    /// <summary>How many samples there are.</summary>
    public int Samples(byte[][] stored) => stored[0].Length / Fields[0].Form.Bytes;

    /// <summary>Room for each output of so many samples.</summary>
    public float[][] Room(int samples) => [.. Model.Outputs.Select(o => new float[samples * definition.Schema.Longest(o.Shape).Count])];

    /// <summary>Asks for as many samples as a plan is made for, from one of them on.</summary>
    /// <param name="stored">All samples, of each field.</param>
    /// <param name="outputs">Takes what the plan gives, for each output.</param>
    /// <param name="first">The first sample of this piece.</param>
    /// <param name="inference">The plan.</param>
    public void Ask(byte[][] stored, float[][] outputs, int first, Inference inference)
    {
        int samples = Samples(stored), batch = Batch(samples), now = Math.Min(batch, samples - first);
        var piece = new byte[stored.Length][];
        for (int i = 0; i < piece.Length; i++)
        {
            int width = Fields[i].Form.Bytes;
            piece[i] = new byte[batch * width];
            stored[i].AsSpan(first * width, now * width).CopyTo(piece[i]);
        }

        IReadOnlyList<float[]> made = [];
        if (Written is { } written) SequenceWriter.Write(written.Form, batch, symbols => (made = inference.Run([.. piece, symbols]))[0]);
        else made = inference.Run(piece);
        for (int o = 0; o < outputs.Length; o++)
        {
            int each = made[o].Length / batch;
            made[o].AsSpan(0, now * each).CopyTo(outputs[o].AsSpan(first * each));
        }
    }

    /// <summary>Outputs by their names.</summary>
    public IReadOnlyDictionary<string, float[]> Named(IReadOnlyList<float[]> outputs) =>
        Model.Outputs.Zip(outputs).ToDictionary(o => o.First.Name, o => o.Second);

    /// <summary>The name of the likeliest class.</summary>
    /// <exception cref="NnException">The first output is no probability for each class.</exception>
    public string Class(float[] outputs) => outputs.Length == ClassNames.Count
        ? ClassNames[Array.IndexOf(outputs, outputs.Max())]
        : throw new NnException(ExitCode.Usage, $"{name} gives {outputs.Length} numbers, not one for each of {ClassNames.Count} classes");

    /// <summary>Outputs without what stands behind the end of a sequence, where there is one sample.</summary>
    public float[][] WithoutPadding(float[][] outputs, byte[][] stored)
    {
        if (Samples(stored) != 1) return outputs;
        IReadOnlyDictionary<string, int> places = ShortestSequences.Among(Fields, stored);
        return [.. Model.Outputs.Zip(outputs, (o, values) => EndsEarlier(o.Shape) ? values[..(int)o.Shape.Bound(n => places[n]).Count] : values)];

        bool EndsEarlier(Shape shape) => shape.HasLength && shape.Skip(1).All(d => !d.IsLength) && shape[0].Names.All(places.ContainsKey);
    }

    private byte[][] Checked(byte[][] stored) => TooShort(stored) is { } why ? throw new ArgumentException(why) : stored;

    private NnException NothingToPredict() =>
        new(ExitCode.Usage, $"the loss of {name} does not compare a model's output with the target, so there is nothing to predict");

    private Field Single() => Fields is [{ } only] ? only
        : definition.Predictor is null ? throw NothingToPredict()
        : throw new ArgumentException($"the model takes {string.Join(" and ", definition.PredictedFrom)}; give their numbers by these names");
}
