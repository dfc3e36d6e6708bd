using System.Runtime.InteropServices;
using Nn.Dsl;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

/// <summary>
/// A batch that a file leaves open is told from every size in it: whichever size an axis has, a model comes in as what the file computes. The files compute
/// shapes from shapes, as PyTorch writes <c>x.reshape(x.shape[0], -1)</c>.
/// </summary>
public class OpenBatchTests
{
    // Any number may be that of the batch.
    public static TheoryData<int> Sizes => [11, 13, 17, 19, 23, 29, 31, 61, 67];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sequences_of_any_length_and_width_come_in(int n)
    {
        foreach ((int time, int features) in new[] { (n, 4), (4, n), (n, n) })
        {
            Check([time, features], m => Dense(Flat(m, "x", time * features), "flat", time * features, 3));
            Check([time, features], m => Node(m, "Softmax", ["x"], "y", ("axis", -1L)));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Images_of_any_size_come_in(int n)
    {
        foreach ((int channels, int height, int width) in new[] { (n, 3, 4), (2, n, 3), (2, 3, n), (n, n, 3) })
        {
            Check([channels, height, width], m => Dense(Flat(m, "x", channels * height * width), "flat", channels * height * width, 2));
            // What a convolution gives is a sum of sizes: two rows more than it has here.
            Check([channels, height + 2, width], m =>
            {
                Stored(m, "kernel", 5, channels, 3, 1);
                Node(m, "Conv", ["x", "kernel"], "seen");
                Dense(Flat(m, "seen", 5 * height * width), "flat", 5 * height * width, 2);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Vectors_of_any_width_come_in_and_are_joined(int n)
    {
        Check([n], m => Dense(m, "x", n, n));
        Check([5], m =>
        {
            Stored(m, "a", 5, n - 6);
            Stored(m, "b", 5, 6);
            Node(m, "MatMul", ["x", "a"], "p");
            Node(m, "MatMul", ["x", "b"], "q");
            Node(m, "Concat", ["p", "q"], "joined", ("axis", 1L));
            Dense(m, "joined", n, 2);
        });
    }

    // States that begin at zero for each sample, as PyTorch writes them where the batch is open.
    [Theory]
    [MemberData(nameof(Sizes))]
    public void States_of_as_many_zeros_as_there_are_samples_come_in(int n)
    {
        foreach ((int time, int units) in new[] { (n, 2), (3, n) })
        {
            OnnxImported imported = OnnxImport.Convert(Model([time, 2], m =>
            {
                Node(m, "Shape", ["x"], "shape");
                Wholes(m, "zero", 0);
                Wholes(m, "one", 1);
                Wholes(m, "units", units);
                Node(m, "Gather", ["shape", "zero"], "samples", ("axis", 0L));
                Node(m, "Concat", ["one", "samples", "units"], "extents", ("axis", 0L));
                Node(m, "ConstantOfShape", ["extents"], "state");
                Stored(m, "w", 1, units, 2);
                Stored(m, "r", 1, units, units);
                Node(m, "Transpose", ["x"], "steps", ("perm", new long[] { 1, 0, 2 }));
                Node(m, "RNN", ["steps", "w", "r", "", "", "state"], "states", ("hidden_size", (long)units));
                Wholes(m, "directions", 1);
                Node(m, "Squeeze", ["states", "directions"], "all");
                Node(m, "Transpose", ["all"], "y", ("perm", new long[] { 1, 0, 2 }));
            }), "m");
            Assert.Contains($"= rnn {units}\n", imported.Script);
            Assert.Equal(time, ImportedScript.Bind(imported, "m").Output[0].Extent);
        }
    }

    // A mask for each sample is the same for all; which places it hides is what the file says, whatever the sizes.
    [Theory]
    [MemberData(nameof(Sizes))]
    public void What_is_repeated_for_all_samples_is_the_same_for_each(int n)
    {
        Check([n, 3], m =>
        {
            Node(m, "Shape", ["x"], "shape");
            Stored(m, "places", 1, n, 3);
            Node(m, "Expand", ["places", "shape"], "all");
            Node(m, "Add", ["x", "all"], "y");
        });
        Check([n, 3], m =>
        {
            Node(m, "Shape", ["x"], "shape");
            Stored(m, "first", 1, 1, 1);
            Node(m, "Expand", ["first", "shape"], "zeros");
            Node(m, "Max", ["x", "zeros"], "y");
        });
    }

    // The sequences of a batch are those of another one: no layer does that, whatever the numbers.
    [Theory]
    [MemberData(nameof(Sizes))]
    public void Samples_that_meet_each_other_are_refused_and_the_batch_has_its_name(int n)
    {
        OnnxModel model = Model([n, 4], m =>
        {
            Node(m, "Transpose", ["x"], "turned", ("perm", new long[] { 1, 0, 2 }));
            Wholes(m, "joined", n, -1);
            Node(m, "Reshape", ["turned", "joined"], "flat");
            Stored(m, "w", 4, 2);
            Node(m, "MatMul", ["flat", "w"], "y");
        });
        string message = Assert.Throws<NnException>(() => OnnxImport.Convert(model, "m")).Message;
        Assert.Contains($"the value is of {n}x4·batch, the weights are for 4 features", message);
    }

    private static void Check(int[] sample, Action<OnnxModel> layers)
    {
        OnnxModel model = Model(sample, layers);
        OnnxImported imported = OnnxImport.Convert(model, "m");
        ImportedScript.Bind(imported, "m");
        var given = Tensor.Make([3, .. sample], at => Math.Sin(at.Select((a, i) => (2 * i + 1) * a).Sum()));
        (int[] shape, float[] values) = ImportedModel.Run(imported, given, symbols: false);
        Assert.True(ImportedModel.Agrees(shape, values, OnnxEvaluator.Run(model, given).Single()), imported.Script);
    }

    private static OnnxModel Model(int[] sample, Action<OnnxModel> layers)
    {
        var model = new OnnxModel { Producer = "pytorch" };
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), .. sample.Select(s => new OnnxDim(s))]));
        layers(model);
        model.Graph.Outputs.Add(new OnnxValue(model.Graph.Nodes[^1].Outputs[0], OnnxType.Float, null));
        return model;
    }

    // [shape(x)[0], all the rest].
    private static OnnxModel Flat(OnnxModel m, string value, int width)
    {
        Wholes(m, "zero", 0);
        Wholes(m, "width", width);
        Node(m, "Shape", [value], "shape");
        Node(m, "Gather", ["shape", "zero"], "samples", ("axis", 0L));
        Node(m, "Concat", ["samples", "width"], "to", ("axis", 0L));
        Node(m, "Reshape", [value, "to"], "flat");
        return m;
    }

    private static void Dense(OnnxModel m, string value, int inputs, int units)
    {
        Stored(m, "weight", inputs, units);
        Node(m, "MatMul", [value, "weight"], "y");
    }

    private static void Node(OnnxModel m, string type, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new OnnxNode(type, "", inputs, [output]);
        foreach ((string name, object value) in attributes) node.Attributes[name] = value;
        m.Graph.Nodes.Add(node);
    }

    private static void Stored(OnnxModel m, string name, params long[] dims)
    {
        float[] values = [.. Enumerable.Range(0, (int)dims.Aggregate((a, b) => a * b)).Select(i => (i * 37 % 19 - 9) / 20f)];
        m.Graph.Initializers.Add(new OnnxTensor(name, OnnxType.Float, dims, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
    }

    private static void Wholes(OnnxModel m, string name, params long[] values) =>
        m.Graph.Initializers.Add(new OnnxTensor(name, OnnxType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
}
