using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Exchange.Weights;

/// <summary>A tensor of another program, as 32-bit floating-point numbers.</summary>
/// <param name="Name">As the file has it: <c>layers.0.weight</c>.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Values">Row-major; empty where the type is not read.</param>
/// <param name="Unread">Its type, such as <c>I8</c>, where that is not read; else null.</param>
public sealed record ForeignTensor(string Name, Shape Shape, float[] Values, string? Unread = null)
{
    /// <summary>What comes before the last dot: the tensors of a layer share it.</summary>
    public string Module => Name.LastIndexOf('.') is > 0 and var dot ? Name[..dot] : "";

    /// <summary>What comes after it.</summary>
    public string Role => Name[(Name.LastIndexOf('.') + 1)..];
}

/// <summary>The tensors of a safetensors or npz file, or of several safetensors files with an index.</summary>
public static class ForeignWeights
{
    /// <summary>Reads a file, in the order of the names, numbers within them counting as numbers.</summary>
    /// <exception cref="NnException">It is missing, damaged, or of another kind.</exception>
    public static IReadOnlyList<ForeignTensor> Load(string path)
    {
        IEnumerable<ForeignTensor> tensors = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".safetensors" => OfSafetensors(Safetensors.Load(path)),
            ".json" when path.EndsWith(SafetensorsIndex.Ending, StringComparison.OrdinalIgnoreCase) => SafetensorsIndex.Load(path).SelectMany(OfSafetensors),
            ".npz" => Npz.Load(path).Select(a => new ForeignTensor(a.Key, a.Value.Shape, a.Value.ToFloats())),
            ".pt" or ".pth" or ".bin" or ".ckpt" or ".pkl" or ".pickle" =>
                throw new NnException(ExitCode.BadFile, $"{path}: that is the ending of a pickle of Python. {Safetensors.PickleAdvice}"),
            _ => throw new NnException(
                ExitCode.Usage, $"{path}: the ending says how it is read; weights are read from .safetensors and .npz, "
                    + "those in several files from .safetensors.index.json, models from .onnx"),
        };
        return [.. tensors.OrderBy(t => t.Name, NaturalOrder.Instance)];
    }

    private static IEnumerable<ForeignTensor> OfSafetensors(Safetensors file) =>
        file.Tensors.Select(t => new ForeignTensor(t.Key, t.Value.Shape, Floats(t.Value)))
            .Concat(file.Unread.Select(t => new ForeignTensor(t.Key, new Shape(0), [], t.Value)));

    private static float[] Floats(StoredTensor t) => t.Type switch
    {
        DType.F32 => MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray(),
        DType.I32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(t.Bytes).ToArray(), v => (float)v),
        _ => Array.ConvertAll(t.Bytes, v => (float)v),
    };
}

/// <summary>Names in the order of people: <c>fc2</c> before <c>fc10</c>.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    /// <summary>The order.</summary>
    public static NaturalOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        (string a, string b) = (x ?? "", y ?? "");
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                (string p, string q) = (Digits(a, ref i), Digits(b, ref j));
                int order = p.Length != q.Length ? p.Length.CompareTo(q.Length) : string.CompareOrdinal(p, q);
                if (order != 0) return order;
                continue;
            }

            if (a[i] != b[j]) return a[i].CompareTo(b[j]);
            (i, j) = (i + 1, j + 1);
        }

        return (a.Length - i).CompareTo(b.Length - j) is not 0 and var rest ? rest : string.CompareOrdinal(a, b);
    }

    private static string Digits(string s, ref int at)
    {
        int start = at;
        while (at < s.Length && char.IsAsciiDigit(s[at])) at++;
        string digits = s[start..at].TrimStart('0');
        return digits;
    }
}
