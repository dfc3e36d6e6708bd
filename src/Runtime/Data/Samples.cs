using Nn.Graphs;

namespace Nn.Data;

/// <summary>Samples that a program has in memory: numbers as inputs, and numbers or classes as targets; or fields by their names.</summary>
public sealed class Samples
{
    private readonly SampleField[] _inputs;
    private readonly SampleField[] _targets;

    private Samples(IReadOnlyList<SampleField> inputs, IReadOnlyList<SampleField> targets)
    {
        (_inputs, _targets) = ([.. inputs], [.. targets]);
        Schema = new Schema([.. inputs.Select(f => f.Field)], [.. targets.Select(f => f.Field)]);
    }

    /// <summary>What the fields of a sample are.</summary>
    public Schema Schema { get; }

    /// <summary>Number of samples.</summary>
    public int Count => _inputs[0].Count;

    /// <summary>Samples of fields by their names, by which models and losses take them.</summary>
    /// <param name="inputs">What is known when something is to be predicted; at least one.</param>
    /// <param name="targets">What is wanted; at least one.</param>
    /// <exception cref="ArgumentException">
    /// There is no input or no target, two have one name, they are not as many samples of each, or sequences of one length differ in it.
    /// </exception>
    public static Samples Of(IReadOnlyList<SampleField> inputs, IReadOnlyList<SampleField> targets)
    {
        if (inputs.Count == 0 || targets.Count == 0)
            throw new ArgumentException("samples have at least one input and one target", inputs.Count == 0 ? nameof(inputs) : nameof(targets));
        SampleField[] all = [.. inputs, .. targets];
        if (all.CountBy(f => f.Field.Name).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
            throw new ArgumentException($"two fields are named '{twice.Key}'", nameof(inputs));
        if (Array.Find(all, f => f.Count != all[0].Count) is { } other)
            throw new ArgumentException($"there are {all[0].Count} samples of {all[0].Field.Name}, but {other.Count} of {other.Field.Name}", nameof(targets));
        foreach (IGrouping<string, SampleField> alike in all.Where(f => f.Field.Form.Length is not null).GroupBy(f => f.Field.Form.Length!))
        {
            foreach (SampleField f in alike.Skip(1)) CheckAsLong(alike.First(), f);
        }

        return new Samples(inputs, targets);
    }

    // One place of a field stands beside one of another that has the same length.
    private static void CheckAsLong(SampleField one, SampleField other)
    {
        (int[] first, int[] second) = (one.Field.Form.Lengths(one.Stored), other.Field.Form.Lengths(other.Stored));
        int differs = first.Zip(second).TakeWhile(l => l.First == l.Second).Count();
        if (differs == first.Length) return;
        throw new ArgumentException(
            $"sample {differs} has {first[differs]} places of {one.Field.Name}, but {second[differs]} of {other.Field.Name}, and both are said to have "
                + $"the length '{one.Field.Form.Length}'; where they do not go together, give each a name of its own for its length");
    }

    /// <summary>Samples with a row of numbers as input and another as target.</summary>
    /// <exception cref="ArgumentException">The rows differ in length, or there are not as many targets as inputs.</exception>
    public static Samples Of(IReadOnlyList<float[]> inputs, IReadOnlyList<float[]> targets) =>
        Of(Join(inputs, nameof(inputs)), new Shape(inputs[0].Length), Join(targets, nameof(targets)), new Shape(targets[0].Length));

    /// <summary>Samples with a row of numbers as input and a class, from 0, as target.</summary>
    /// <exception cref="ArgumentException">The rows differ in length, a class is negative, or there are not as many classes as inputs.</exception>
    public static Samples Of(IReadOnlyList<float[]> inputs, IReadOnlyList<int> classes) =>
        Of(Join(inputs, nameof(inputs)), new Shape(inputs[0].Length), classes);

    /// <summary>Samples of any shape, one after the other: images as height × width × channels, sequences as time × features.</summary>
    /// <exception cref="ArgumentException">There are not as many targets as inputs, or a number is not finite.</exception>
    public static Samples Of(float[] inputs, Shape input, float[] targets, Shape target)
    {
        Check(inputs, input, targets.Length, target.Count);
        if (Array.Exists(targets, t => !float.IsFinite(t))) throw new ArgumentException("a target is NaN or infinite", nameof(targets));
        return new Samples([SampleField.Numbers(Schema.X, input, inputs)], [SampleField.Numbers(Schema.Y, target, targets)]);
    }

    /// <summary>As the others, with a class as target.</summary>
    /// <exception cref="ArgumentException">There are not as many classes as inputs, a class is negative, or a number is not finite.</exception>
    public static Samples Of(float[] inputs, Shape input, IReadOnlyList<int> classes)
    {
        Check(inputs, input, classes.Count, 1);
        if (classes.Min() < 0) throw new ArgumentException("classes are numbered from 0", nameof(classes));
        return new Samples([SampleField.Numbers(Schema.X, input, inputs)], [SampleField.Classes(Schema.Y, [.. classes])]);
    }

    internal RawData Raw() => new()
    {
        Schema = Schema,
        All = new Part(Count, [.. _inputs.Select(f => f.Stored)], [.. _targets.Select(f => f.Stored)]),
        Strata = _targets.Select(f => f.ClassNumbers).FirstOrDefault(c => c is not null) ?? [],
        Notes =
        [
            $"{Count:N0} samples given by the program, each "
                + string.Join(", ", Schema.Inputs.Select(f => Schema.Inputs.Count == 1 ? f.Form.Shape.ToString() : $"{f.Name} {f.Form.Shape}")),
        ],
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
        if (inputs.Length == 0 || input.Count == 0 || inputs.Length % input.Count != 0)
            throw new ArgumentException($"{inputs.Length} numbers are not samples of {input}", nameof(inputs));
        if (perTarget == 0 || targets % perTarget != 0 || inputs.Length / input.Count != targets / perTarget)
            throw new ArgumentException(
                $"there are {inputs.Length / input.Count} inputs, but {(perTarget == 0 ? 0 : (double)targets / perTarget)} targets", nameof(targets));
        if (Array.Exists(inputs, x => !float.IsFinite(x))) throw new ArgumentException("an input is NaN or infinite", nameof(inputs));
    }
}
