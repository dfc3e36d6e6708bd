using System.Runtime.InteropServices;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Numbers that stand for a batch that a file leaves open, while its shapes are computed. None of them goes into a number of the file, so no product and no
/// part of one can be taken for the batch. A sum still can, such as the size of what a convolution gives: so a model counts as read when two of these numbers
/// make the same of it.
/// </summary>
internal static class OnnxBatch
{
    private const int MostNumbers = 1 << 16;

    /// <summary>How many are tried before two must agree.</summary>
    public const int Tries = 5;

    /// <summary>Whether the file leaves the batch open, which is the first axis of its input, or the second where the first is known.</summary>
    public static bool IsOpen(OnnxModel model)
    {
        HashSet<string> stored = [.. model.Graph.Initializers.Select(t => t.Name)];
        return model.Graph.Inputs.FirstOrDefault(i => !stored.Contains(i.Name))?.Dims is { Count: > 0 } dims && dims.Take(2).Any(d => d.Size is null);
    }

    /// <summary>The first <see cref="Tries"/> of them.</summary>
    public static IEnumerable<int> StandIns(OnnxModel model)
    {
        var numbers = new HashSet<long>();
        foreach (OnnxValue v in model.Graph.Inputs.Concat(model.Graph.Outputs)) numbers.UnionWith(v.Dims?.Select(d => d.Size ?? 1) ?? []);
        Collect(model.Graph, numbers);
        return Primes().Where(p => numbers.All(n => n == 0 || n % p != 0)).Take(Tries);
    }

    private static void Collect(OnnxGraph graph, HashSet<long> numbers)
    {
        foreach (OnnxTensor t in graph.Initializers) Collect(t, numbers);
        foreach (object? value in graph.Nodes.SelectMany(n => n.Attributes.Values))
        {
            switch (value)
            {
                case long whole: numbers.Add(whole); break;
                case long[] all: numbers.UnionWith(all); break;
                case OnnxTensor tensor: Collect(tensor, numbers); break;
                case OnnxGraph body: Collect(body, numbers); break;
            }
        }
    }

    private static void Collect(OnnxTensor t, HashSet<long> numbers)
    {
        numbers.UnionWith(t.Dims);
        if (t.Type == OnnxType.Int64 && t.Bytes.Length <= MostNumbers * sizeof(long)) numbers.UnionWith(MemoryMarshal.Cast<byte, long>(t.Bytes).ToArray());
        if (t.Type == OnnxType.Int32 && t.Bytes.Length <= MostNumbers * sizeof(int))
            numbers.UnionWith(MemoryMarshal.Cast<byte, int>(t.Bytes).ToArray().Select(v => (long)v));
    }

    // Few sizes of layers are near the first; larger ones cost more where masks are computed.
    private static IEnumerable<int> Primes()
    {
        for (int n = 11; ; n += 2)
        {
            bool prime = true;
            for (int d = 3; prime && d * d <= n; d += 2) prime = n % d != 0;
            if (prime) yield return n;
        }
    }
}
