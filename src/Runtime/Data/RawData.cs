using System.Runtime.InteropServices;

namespace Nn.Data;

/// <summary>A data set as read or made, before it is split and normalised.</summary>
internal sealed record RawData
{
    /// <summary>What the fields are; nothing is scaled yet.</summary>
    public required Schema Schema { get; init; }

    /// <summary>All samples, but for those of <see cref="Given"/>.</summary>
    public required Part All { get; init; }

    /// <summary>Groups for stratified splits: a number a sample; empty where there are none.</summary>
    public int[] Strata { get; init; } = [];

    /// <summary>A validation part that the source itself sets apart.</summary>
    public Part? Given { get; init; }

    /// <summary>How characters are numbered, where the data are text.</summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>The columns of a table.</summary>
    public IReadOnlyList<DataColumn> Columns { get; init; } = [];

    /// <summary>Which features of the inputs standardising leaves alone, by the name of the field: one-hot columns.</summary>
    public IReadOnlyDictionary<string, bool[]> Categorical { get; init; } = new Dictionary<string, bool[]>();

    /// <summary>Whether there are gaps to be filled with the training part's mean, stored as NaN.</summary>
    public bool HasGaps { get; init; }

    public List<string> Notes { get; init; } = [];

    /// <summary>What who uses the data must know, though they can be used.</summary>
    public List<string> Warnings { get; init; } = [];

    /// <summary>Refuses what an array of bytes cannot hold, before any of it is made.</summary>
    public static void CheckSize(long samples, long bytesPerSample, string name)
    {
        if (samples * (double)bytesPerSample <= Array.MaxLength) return;
        throw new NnException(
            ExitCode.OutOfMemory,
            $"{name}: {samples:N0} samples of {bytesPerSample:N0} bytes each are {samples * (double)bytesPerSample / 1e9:N1} GB; at most 2 GB are held. "
                + "Use fewer samples or columns");
    }

    public static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
