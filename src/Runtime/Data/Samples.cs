using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>Samples that a program has in memory: numbers as inputs, and numbers or classes as targets.</summary>
public sealed class Samples
{
    private readonly float[] _inputs;
    private readonly byte[] _targets;
    private readonly int[] _classes;

    private Samples(Schema schema, float[] inputs, byte[] targets, int[] classes) => (Schema, _inputs, _targets, _classes) = (schema, inputs, targets, classes);

    /// <summary>What the fields of a sample are.</summary>
    public Schema Schema { get; }

    /// <summary>Number of samples.</summary>
    public int Count => _inputs.Length / Schema.Input.Width;

    /// <summary>Samples with a row of numbers as input and another as target.</summary>
    /// <exception cref="ArgumentException">The rows differ in length, or there are not as many targets as inputs.</exception>
    public static Samples Of(IReadOnlyList<float[]> inputs, IReadOnlyList<float[]> targets) =>
        Of(Join(inputs, nameof(inputs)), new Shape(inputs[0].Length), Join(targets, nameof(targets)), new Shape(targets[0].Length));

    /// <summary>Samples with a row of numbers as input and a class, from 0, as target.</summary>
    /// <exception cref="ArgumentException">The rows differ in length, a class is negative, or there are not as many classes as inputs.</exception>
    public static Samples Of(IReadOnlyList<float[]> inputs, IReadOnlyList<int> classes) => Of(Join(inputs, nameof(inputs)), new Shape(inputs[0].Length), classes);

    /// <summary>Samples of any shape, one after the other: images as height × width × channels, sequences as time × features.</summary>
    /// <exception cref="ArgumentException">There are not as many targets as inputs, or a number is not finite.</exception>
    public static Samples Of(float[] inputs, Shape input, float[] targets, Shape target)
    {
        Check(inputs, input, targets.Length, target.Count);
        if (Array.Exists(targets, t => !float.IsFinite(t))) throw new ArgumentException("a target is NaN or infinite", nameof(targets));
        return new Samples(new Schema(new FieldForm(input, DType.F32), new FieldForm(target, DType.F32)), inputs, RawData.Bytes(targets), []);
    }

    /// <summary>As the others, with a class as target.</summary>
    /// <exception cref="ArgumentException">There are not as many classes as inputs, a class is negative, or a number is not finite.</exception>
    public static Samples Of(float[] inputs, Shape input, IReadOnlyList<int> classes)
    {
        Check(inputs, input, classes.Count, 1);
        if (classes.Min() < 0) throw new ArgumentException("classes are numbered from 0", nameof(classes));
        int[] labels = [.. classes];
        return new Samples(new Schema(new FieldForm(input, DType.F32), FieldForm.Numbered(labels.Max() + 1)), inputs, RawData.Bytes(labels), labels);
    }

    internal RawData Raw() => new()
    {
        Schema = Schema,
        All = new Part(Count, RawData.Bytes(_inputs), _targets),
        Strata = _classes,
        Notes = [$"{Count:N0} samples given by the program, each {Schema.Input.Shape}"],
    };

    private static float[] Join(IReadOnlyList<float[]> rows, string name)
    {
        if (rows.Count == 0 || rows[0].Length == 0) throw new ArgumentException("there are no numbers", name);
        for (int i = 1; i < rows.Count; i++)
        {
            if (rows[i].Length != rows[0].Length) throw new ArgumentException($"row {i} has {rows[i].Length} numbers, the first one {rows[0].Length}", name);
        }

        return [.. rows.SelectMany(r => r)];
    }

    private static void Check(float[] inputs, Shape input, int targets, long perTarget)
    {
        if (inputs.Length == 0 || input.Count == 0 || inputs.Length % input.Count != 0) throw new ArgumentException($"{inputs.Length} numbers are not samples of {input}", nameof(inputs));
        if (perTarget == 0 || targets % perTarget != 0 || inputs.Length / input.Count != targets / perTarget)
            throw new ArgumentException($"there are {inputs.Length / input.Count} inputs, but {(perTarget == 0 ? 0 : (double)targets / perTarget)} targets", nameof(targets));
        if (Array.Exists(inputs, x => !float.IsFinite(x))) throw new ArgumentException("an input is NaN or infinite", nameof(inputs));
    }
}
