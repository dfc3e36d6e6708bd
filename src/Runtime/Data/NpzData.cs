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
        if (spec.Inputs.Count > 1)
            throw new NnException(ExitCode.BadFile, $"{path}: inputs are one array, not {spec.Inputs.Count}; join them when they are saved");
        FieldSpec[] inputs = spec.Fields.Count > 0
            ? [.. spec.Fields]
            : [new FieldSpec(Schema.X) { Array = spec.Inputs.Count > 0 ? spec.Inputs[0] : "x", Symbols = spec.Symbols }];
        string[] targets = spec.Targets.Count > 0 ? [.. spec.Targets] : ["y"];
        IReadOnlyList<string> names = Npz.Names(path);
        IEnumerable<(string, string)> uses = inputs.Select(i => (i.Array!, spec.Fields.Count > 0 ? $"field {i.Name}, array:" : "inputs"));
        foreach ((string name, string use) in uses.Concat(targets.Select(t => (t, "target"))))
        {
            if (!names.Contains(name)) throw Bad(path, $"has no array '{name}'; it has {string.Join(", ", names.Take(30))}. Say which: {use} {names[0]}");
        }

        string[] used = [.. inputs.Select(i => i.Array!).Concat(targets).Distinct()];
        SortedDictionary<string, NumpyArray> arrays = Npz.Load(path, used);
        if (arrays.Values.Any(a => a.Shape.Rank == 0)) throw Bad(path, "has arrays without samples: their first axis must be the samples");
        string first = used[0];
        int samples = arrays[first].Shape[0];
        if (used.FirstOrDefault(u => arrays[u].Shape[0] != samples) is { } other)
            throw Bad(path, $"has {samples:N0} samples in '{first}' and {arrays[other].Shape[0]:N0} in '{other}'");
        if (used.FirstOrDefault(u => arrays[u].Count == 0) is { } empty) throw Bad(path, $"has nothing in '{empty}'");
        (FieldForm Form, byte[] Bytes)[] given = [.. inputs.Select(i => Input(arrays[i.Array!], i.Symbols, $"{path}: '{i.Array}'"))];
        (FieldForm Form, byte[] Bytes)[] wanted = [.. targets.Select(t => Target(arrays[t], $"{path}: '{t}'"))];
        foreach ((FieldForm form, _) in given) RawData.CheckSize(samples, form.Bytes, path);
        int strata = Array.FindIndex(wanted, t => t.Form.IsSymbols && t.Form.Shape.Rank == 0);
        return new RawData
        {
            Schema = new Schema(
                [.. inputs.Select((f, i) => new Field(f.Name, given[i].Form))],
                [.. targets.Select((name, i) => new Field(spec.NamesTargets ? name : Schema.Y, wanted[i].Form))]),
            All = new Part(samples, [.. given.Select(g => g.Bytes)], [.. wanted.Select(w => w.Bytes)]),
            Strata = strata < 0 ? [] : arrays[targets[strata]].ToInts(),
            Warnings = [.. wanted.SelectMany((w, i) => w.Form.Symbols is { } all ? Missing(arrays[targets[i]].ToInts(), all, $"{path}: '{targets[i]}'") : [])],
            Notes =
            [
                .. inputs.Select((f, i) =>
                    Describe(f.Array!, arrays[f.Array!], given[i].Form.Shape) + (given[i].Form.Symbols is { } s ? $", {Plural.Of(s, "symbol")}" : "")),
                .. targets.Select((t, i) => Describe(t, arrays[t], wanted[i].Form.Shape) + (wanted[i].Form.Symbols is { } k ? $", {k} classes" : "")),
            ],
        };
    }

    // A number by mistake among classes makes an output for each below it.
    private static List<string> Missing(int[] labels, int classes, string name)
    {
        const int Few = 20;
        int present = labels.Distinct().Count();
        return classes <= Few || classes < 2L * present
            ? []
            : [$"{name} has numbers of classes up to {classes - 1:N0}, so there are {classes:N0} classes, of which {present:N0} occur; "
                + "number them from 0 without gaps"];
    }

    private static string Describe(string name, NumpyArray a, Shape sample) =>
        $"{name}: {a.Type.ToString().ToLowerInvariant()} {a.Shape}, a sample is {(sample.Rank == 0 ? "one number" : sample)}";

    private static (FieldForm Form, byte[] Bytes) Input(NumpyArray x, bool symbols, string name)
    {
        Shape shape = x.Shape.Range(1, x.Shape.Rank);
        if (symbols)
        {
            if (!x.IsWhole || shape.Rank != 1)
                throw new NnException(
                    ExitCode.BadFile, $"{name} is {x.Type.ToString().ToLowerInvariant()} {x.Shape}; symbols are whole numbers of samples x length");
            int[] numbers = Whole(x, name);
            return (new FieldForm(shape, DType.I32) { Symbols = numbers.Max() + 1 }, RawData.Bytes(numbers));
        }

        if (shape.Rank == 0) shape = new Shape(1);
        if (x.Type != NumpyType.U1) return (new FieldForm(shape, DType.F32), RawData.Bytes(Finite(x, name)));
        // Images without an axis of channels are grey.
        return (new FieldForm(shape.Rank == 2 ? shape.Concat(new Shape(1)) : shape, DType.U8), x.Bytes);
    }

    private static (FieldForm Form, byte[] Bytes) Target(NumpyArray y, string name)
    {
        Shape shape = y.Shape.Range(1, y.Shape.Rank);
        if (!y.IsWhole) return (new FieldForm(shape.Rank == 0 ? new Shape(1) : shape, DType.F32), RawData.Bytes(Finite(y, name)));
        int[] labels = Whole(y, name);
        return (FieldForm.Numbered(labels.Max() + 1, shape.Count == 1 ? null : shape), RawData.Bytes(labels));
    }

    private static float[] Finite(NumpyArray a, string name)
    {
        float[] values = a.ToFloats();
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0 ? values : throw new NnException(
            ExitCode.BadFile,
            $"{name} has {values[bad]} in sample {bad / Math.Max(1, values.Length / a.Shape[0]):N0}; every element must be a number that 32 bits hold");
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
            throw new NnException(
                ExitCode.BadFile, $"{name}: numbers of classes and symbols start at 0 and stay below 2^31 − 1; save other numbers as float32", e);
        }
    }

    private static NnException Bad(string path, string why) => new(ExitCode.BadFile, $"{path} {why}");
}
