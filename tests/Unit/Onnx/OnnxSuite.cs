using System.Diagnostics;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

/// <summary>A case of the ONNX project's own node tests: a model of one operation, with inputs and the outputs that they lead to.</summary>
internal sealed record OnnxCase(string Name, byte[] Model, IReadOnlyList<byte[]> Inputs, IReadOnlyList<byte[]> Outputs)
{
    /// <summary>What became of it.</summary>
    public enum Fate
    {
        /// <summary>The importer says that it has no counterpart.</summary>
        Refused,

        /// <summary>Its outputs are those expected.</summary>
        Agrees,

        /// <summary>It came in; its numbers are of types that cannot be compared here.</summary>
        Incomparable,

        /// <summary>It came in, and gives other outputs, or a script that is no script.</summary>
        Wrong,
    }

    /// <summary>Imports and runs it. Frozen, all inputs but the first are stored tensors, as exporters write weights.</summary>
    public (Fate Fate, string Why) Try(bool frozen)
    {
        OnnxImported imported;
        OnnxModel model;
        try
        {
            model = OnnxReader.Read(Model, "m");
            if (frozen) Freeze(model.Graph);
            imported = OnnxImport.Convert(model, "m");
        }
        catch (NnException e)
        {
            return e.Code == ExitCode.BadFile ? (Fate.Refused, e.Message) : (Fate.Wrong, $"exit code {e.Code}: {e.Message}");
        }

        if (Stored(Inputs[0]) is not { } x || Stored(Outputs[0]) is not { } y) return (Fate.Incomparable, "its numbers are of a type that is not read");
        if (x.Dims.Count == 0 || OnnxKnownValues(x) is not { } given || OnnxKnownValues(y) is not { } expected) return (Fate.Incomparable, "it has no batch");
        try
        {
            bool symbols = x.Type is OnnxType.Int32 or OnnxType.Int64;
            // Bytes are 0 to 1 in the language.
            if (x.Type == OnnxType.UInt8) given = given with { Data = Array.ConvertAll(given.Data, v => v / 255) };
            (int[] shape, float[] values) = ImportedModel.Run(imported, given, symbols);
            return ImportedModel.Agrees(shape, values, expected) ? (Fate.Agrees, "")
                : (Fate.Wrong, $"{string.Join(' ', values.Take(6))} instead of {string.Join(' ', expected.Data.Take(6))} from\n{imported.Script}");
        }
        catch (NnException e)
        {
            return (Fate.Wrong, $"{e.Message}\n{imported.Script}");
        }
    }

    private void Freeze(OnnxGraph graph)
    {
        for (int i = graph.Inputs.Count - 1; i > 0; i--)
        {
            if (i >= Inputs.Count || Stored(Inputs[i]) is not { } stored) continue;
            graph.Initializers.Add(stored with { Name = graph.Inputs[i].Name });
            graph.Inputs.RemoveAt(i);
        }
    }

    // A tensor's file is what a graph has as its stored tensors.
    private static OnnxTensor? Stored(byte[] tensor)
    {
        byte[] graph = [0x2a, .. Length(tensor.Length), .. tensor];
        try
        {
            return OnnxReader.Read([0x08, 8, 0x3a, .. Length(graph.Length), .. graph], "t").Graph.Initializers.Single();
        }
        catch (NnException)
        {
            return null;
        }
    }

    private static IEnumerable<byte> Length(int n)
    {
        for (; n > 127; n >>= 7) yield return (byte)(n | 128);
        yield return (byte)n;
    }

    private static Tensor? OnnxKnownValues(OnnxTensor t)
    {
        OnnxKnown known = OnnxKnown.Of(t);
        return new Tensor([.. known.Dims.Select(d => d.Extent)], known.Values);
    }
}

/// <summary>Where the cases lie.</summary>
internal static class OnnxSuite
{
    /// <summary>The archive: <c>$NN_ONNX_SUITE</c>, or shared/onnx-suite/node.tar.xz beside the checkout; null where there is none.</summary>
    public static string? Archive { get; } = new[] { Environment.GetEnvironmentVariable("NN_ONNX_SUITE"),
        Path.Combine(Checkout.Root, "..", "shared", "onnx-suite", "node.tar.xz") }
        .FirstOrDefault(File.Exists);

    /// <summary>All cases, by name.</summary>
    public static IReadOnlyList<OnnxCase> Read(TemporaryFolder folder)
    {
        using (Process tar = Process.Start("tar", ["-xJf", Archive!, "-C", folder.Path]))
        {
            tar.WaitForExit();
            Assert.Equal(0, tar.ExitCode);
        }

        return
        [
            .. Directory.GetFiles(folder.Path, "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(model =>
            {
                string data = Path.Combine(Path.GetDirectoryName(model)!, "test_data_set_0");
                IReadOnlyList<byte[]> All(string kind) =>
                    [.. Enumerable.Range(0, 100).Select(i => Path.Combine(data, $"{kind}_{i}.pb")).TakeWhile(File.Exists).Select(File.ReadAllBytes)];
                return new OnnxCase(Path.GetFileName(Path.GetDirectoryName(model)!), File.ReadAllBytes(model), All("input"), All("output"));
            }),
        ];
    }
}
