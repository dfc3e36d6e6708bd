using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Nn.Data;

namespace Nn.Training;

/// <summary>Tells whether data are those that a checkpoint was trained on: how many samples each part has, and a hash of them all.</summary>
/// <param name="Training">Samples to train on.</param>
/// <param name="Validation">Samples to validate with.</param>
/// <param name="Test">Samples kept for the end.</param>
/// <param name="Hash">SHA-256 of the samples of all parts in their order, as hexadecimal digits.</param>
public sealed record DataFingerprint(int Training, int Validation, int Test, string Hash)
{
    private const string PartsKey = "data_samples", HashKey = "data_sha256";

    // A training is captured many times, its data never change.
    private static readonly ConditionalWeakTable<LoadedData, DataFingerprint> Known = [];

    /// <summary>That of loaded data.</summary>
    public static DataFingerprint Of(LoadedData data) => Known.GetValue(data, Compute);

    /// <summary>That of the data of a checkpoint; null in those of earlier versions, or where it is damaged.</summary>
    /// <param name="metadata">Of the checkpoint.</param>
    public static DataFingerprint? Read(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(PartsKey, out string? parts) || !metadata.TryGetValue(HashKey, out string? hash)) return null;
        int[] counts = [.. parts.Split(' ').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1)];
        return counts.Length == 3 && counts.All(n => n >= 0) ? new DataFingerprint(counts[0], counts[1], counts[2], hash) : null;
    }

    /// <summary>Notes it in a checkpoint.</summary>
    /// <param name="metadata">Of the checkpoint.</param>
    internal void Write(IDictionary<string, string> metadata)
    {
        metadata[PartsKey] = string.Create(CultureInfo.InvariantCulture, $"{Training} {Validation} {Test}");
        metadata[HashKey] = Hash;
    }

    private static DataFingerprint Compute(LoadedData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // What is drawn is another each time; what judges it is drawn alike.
        foreach (Part part in data.Drawn is null ? new[] { data.Training, data.Validation, data.Test } : [data.Validation])
        {
            foreach (byte[] stored in part.Inputs.Concat(part.Targets)) hash.AppendData(stored);
        }

        string sha = Convert.ToHexStringLower(hash.GetHashAndReset());
        return new DataFingerprint(data.Drawn is null ? data.Training.Samples : 0, data.Validation.Samples, data.Test.Samples, sha);
    }
}
