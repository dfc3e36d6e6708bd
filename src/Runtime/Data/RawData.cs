using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>A data set as read or made, before it is split and normalised.</summary>
internal sealed record RawData
{
    public required DataInfo Info { get; init; }

    public required DType StoredInput { get; init; }

    public required int Samples { get; init; }

    public required byte[] Input { get; init; }

    public required byte[] Target { get; init; }

    /// <summary>Groups for stratified splits: a number a sample; empty where there are none.</summary>
    public int[] Strata { get; init; } = [];

    /// <summary>A validation part that the source itself sets apart.</summary>
    public DataPart? Given { get; init; }

    public IReadOnlyList<string> ClassNames { get; init; } = [];

    public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>How characters are numbered, where the data are text.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>The columns of a table.</summary>
    public IReadOnlyList<DataColumn> Columns { get; init; } = [];

    /// <summary>Which features standardising leaves alone: one-hot columns.</summary>
    public bool[] Categorical { get; init; } = [];

    /// <summary>Gaps to be filled with the training part's mean: (feature, sample), stored as NaN.</summary>
    public bool HasGaps { get; init; }

    public List<string> Notes { get; init; } = [];

    /// <summary>What who uses the data must know, though they can be used.</summary>
    public List<string> Warnings { get; init; } = [];

    /// <summary>What the bytes of <see cref="Input"/> mean, before anything is scaled.</summary>
    public FieldForm Form => new(Info.Input, StoredInput) { Names = FeatureNames, Symbols = Info.Symbols };

    public int TargetBytes => checked((int)(Info.Target.Count * Info.TargetType.Size()));

    /// <summary>The samples of the given numbers.</summary>
    public DataPart Select(ReadOnlySpan<int> indices)
    {
        int inputBytes = Form.Bytes;
        byte[] input = new byte[(long)indices.Length * inputBytes], target = new byte[(long)indices.Length * TargetBytes];
        for (int i = 0; i < indices.Length; i++)
        {
            Input.AsSpan(indices[i] * inputBytes, inputBytes).CopyTo(input.AsSpan(i * inputBytes));
            Target.AsSpan(indices[i] * TargetBytes, TargetBytes).CopyTo(target.AsSpan(i * TargetBytes));
        }

        return new DataPart(indices.Length, input, target);
    }

    /// <summary>Refuses what an array of bytes cannot hold, before any of it is made.</summary>
    public static void CheckSize(long samples, long bytesPerSample, string name)
    {
        if (samples * (double)bytesPerSample <= Array.MaxLength) return;
        throw new NnException(
            ExitCode.OutOfMemory,
            $"{name}: {samples:N0} samples of {bytesPerSample:N0} bytes each are {samples * (double)bytesPerSample / 1e9:N1} GB; at most 2 GB are held. Use fewer samples or columns");
    }

    public static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
