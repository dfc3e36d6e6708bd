namespace Nn.Data;

/// <summary>Some samples of a data set, such as those that are trained on, in the form in which a plan stores them.</summary>
/// <param name="Samples">How many.</param>
/// <param name="Inputs">Of each input field of the schema, in its order, the stored elements of all samples one after the other.</param>
/// <param name="Targets">The same of each target field.</param>
public sealed record Part(int Samples, IReadOnlyList<byte[]> Inputs, IReadOnlyList<byte[]> Targets)
{
    /// <summary>Samples of one input and one target.</summary>
    public Part(int samples, byte[] input, byte[] target) : this(samples, [input], [target])
    {
    }

    /// <summary>The first input field; empty where there is none.</summary>
    public byte[] Input => Inputs.Count > 0 ? Inputs[0] : [];

    /// <summary>The first target field; empty where there is none.</summary>
    public byte[] Target => Targets.Count > 0 ? Targets[0] : [];

    /// <summary>No samples.</summary>
    public static Part Empty(Schema schema) =>
        new(0, [.. schema.Inputs.Select(_ => Array.Empty<byte>())], [.. schema.Targets.Select(_ => Array.Empty<byte>())]);

    /// <summary>The samples of the given numbers.</summary>
    /// <param name="schema">What the fields are.</param>
    /// <param name="indices">Each from 0 to <see cref="Samples"/> − 1.</param>
    public Part Select(Schema schema, ReadOnlySpan<int> indices)
    {
        // All of them in their order are there already.
        if (indices.Length == Samples && IsInOrder(indices)) return this;
        static byte[] Rows(byte[] all, int size, ReadOnlySpan<int> indices)
        {
            var rows = new byte[(long)indices.Length * size];
            for (int i = 0; i < indices.Length; i++) all.AsSpan(indices[i] * size, size).CopyTo(rows.AsSpan(i * size));
            return rows;
        }

        var inputs = new byte[schema.Inputs.Count][];
        var targets = new byte[schema.Targets.Count][];
        for (int f = 0; f < inputs.Length; f++) inputs[f] = Rows(Inputs[f], schema.Inputs[f].Form.Bytes, indices);
        for (int f = 0; f < targets.Length; f++) targets[f] = Rows(Targets[f], schema.Targets[f].Form.Bytes, indices);
        return new Part(indices.Length, inputs, targets);
    }

    private static bool IsInOrder(ReadOnlySpan<int> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] != i) return false;
        }

        return true;
    }
}
