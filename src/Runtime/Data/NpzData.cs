using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Two arrays of NumPy, samples along their first axis: inputs (<c>x</c> unless named) and targets (<c>y</c>). Bytes are read as 0 to 1, as those of images;
/// whole numbers as targets are classes.
/// </summary>
internal static class NpzData
{
    public static RawData Read(string path, DataSpec spec)
    {
        if (spec.Inputs.Count > 1) throw new NnException(ExitCode.BadFile, $"{path}: inputs are one array, not {spec.Inputs.Count}; join them when they are saved");
        string inputName = spec.Inputs.Count > 0 ? spec.Inputs[0] : "x", targetName = spec.Target ?? "y";
        IReadOnlyList<string> names = Npz.Names(path);
        foreach ((string name, string use) in new[] { (inputName, "inputs"), (targetName, "target") })
        {
            if (!names.Contains(name)) throw Bad(path, $"has no array '{name}'; it has {string.Join(", ", names.Take(30))}. Say which: {use} {names[0]}");
        }

        SortedDictionary<string, NumpyArray> arrays = Npz.Load(path, [.. new[] { inputName, targetName }.Distinct()]);
        NumpyArray x = arrays[inputName], y = arrays[targetName];
        if (x.Shape.Rank == 0 || y.Shape.Rank == 0) throw Bad(path, "has arrays without samples: their first axis must be the samples");
        if (x.Shape[0] != y.Shape[0]) throw Bad(path, $"has {x.Shape[0]:N0} samples in '{inputName}' and {y.Shape[0]:N0} in '{targetName}'");
        int samples = x.Shape[0];
        if (x.Count == 0 || y.Count == 0) throw Bad(path, $"has nothing in '{(x.Count == 0 ? inputName : targetName)}'");
        (Shape input, DType inputType, DType stored, byte[] inputs) = Inputs(x, spec.Symbols, $"{path}: '{inputName}'");
        (Shape target, DType targetType, byte[] targets, int? classes) = Targets(y, $"{path}: '{targetName}'");
        RawData.CheckSize(samples, input.Count * stored.Size(), path);
        int? symbols = inputType == DType.I32 ? MemoryMarshal.Cast<byte, int>(inputs).ToArray().Max() + 1 : null;
        int[] labels = targetType == DType.I32 && target.Rank == 0 ? y.ToInts() : [];
        return new RawData
        {
            Info = new DataInfo(input, inputType, target, targetType, classes, symbols),
            StoredInput = stored,
            Samples = samples,
            Input = inputs,
            Target = targets,
            Strata = labels,
            ClassNames = classes is { } n and <= 1000 ? [.. Enumerable.Range(0, n).Select(c => c.ToString())] : [],
            Warnings = classes is { } all ? Missing(labels.Length > 0 ? labels : y.ToInts(), all, $"{path}: '{targetName}'") : [],
            Notes = [Describe(inputName, x, input) + (symbols is { } s ? $", {Plural.Of(s, "symbol")}" : ""), Describe(targetName, y, target) + (classes is { } k ? $", {k} classes" : "")],
        };
    }

    // A number by mistake among classes makes an output for each below it.
    private static List<string> Missing(int[] labels, int classes, string name)
    {
        const int Few = 20;
        int present = labels.Distinct().Count();
        return classes <= Few || classes < 2L * present ? [] : [$"{name} has numbers of classes up to {classes - 1:N0}, so there are {classes:N0} classes, of which {present:N0} occur; number them from 0 without gaps"];
    }

    private static string Describe(string name, NumpyArray a, Shape sample) => $"{name}: {a.Type.ToString().ToLowerInvariant()} {a.Shape}, a sample is {(sample.Rank == 0 ? "one number" : sample)}";

    private static (Shape Shape, DType Type, DType Stored, byte[] Bytes) Inputs(NumpyArray x, bool symbols, string name)
    {
        Shape shape = x.Shape.Range(1, x.Shape.Rank);
        if (symbols)
        {
            if (!x.IsWhole || shape.Rank != 1) throw new NnException(ExitCode.BadFile, $"{name} is {x.Type.ToString().ToLowerInvariant()} {x.Shape}; symbols are whole numbers of samples x length");
            return (shape, DType.I32, DType.I32, RawData.Bytes(Whole(x, name)));
        }

        if (shape.Rank == 0) shape = new Shape(1);
        if (x.Type != NumpyType.U1) return (shape, DType.F32, DType.F32, RawData.Bytes(Finite(x, name)));
        // Images without an axis of channels are grey.
        return (shape.Rank == 2 ? shape.Concat(new Shape(1)) : shape, DType.F32, DType.U8, x.Bytes);
    }

    private static (Shape Shape, DType Type, byte[] Bytes, int? Classes) Targets(NumpyArray y, string name)
    {
        Shape shape = y.Shape.Range(1, y.Shape.Rank);
        if (!y.IsWhole) return (shape.Rank == 0 ? new Shape(1) : shape, DType.F32, RawData.Bytes(Finite(y, name)), null);
        int[] labels = Whole(y, name);
        return (shape.Count == 1 ? Shape.Scalar : shape, DType.I32, RawData.Bytes(labels), labels.Max() + 1);
    }

    private static float[] Finite(NumpyArray a, string name)
    {
        float[] values = a.ToFloats();
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0 ? values : throw new NnException(ExitCode.BadFile, $"{name} has {values[bad]} in sample {bad / Math.Max(1, values.Length / a.Shape[0]):N0}; every element must be a number that 32 bits hold");
    }

    private static int[] Whole(NumpyArray a, string name)
    {
        try
        {
            int[] values = a.ToInts();
            int low = values.Length == 0 ? 0 : values.Min(), high = values.Length == 0 ? 0 : values.Max();
            return low >= 0 && high < int.MaxValue ? values : throw new OverflowException($"they reach from {low} to {high}");
        }
        catch (OverflowException e)
        {
            throw new NnException(ExitCode.BadFile, $"{name}: numbers of classes and symbols start at 0 and stay below 2^31 − 1; save other numbers as float32", e);
        }
    }

    private static NnException Bad(string path, string why) => new(ExitCode.BadFile, $"{path} {why}");
}
