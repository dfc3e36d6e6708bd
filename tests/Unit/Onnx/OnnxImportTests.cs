using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Training;
using Nn.Training;


namespace Nn.Tests.Unit.Onnx;

public class OnnxImportTests
{
    private const string Data =
        "\ndata d { builtin digits, samples: 40; split 80/20; normalize none }\ntrain { loss mse(imported(x), imported(x)); optimizer adam }";

    private static readonly JsonElement Golden = JsonDocument.Parse(
        System.IO.File.ReadAllText(Checkout.File("tests", "golden", "pytorch", "onnx_imports.json"))).RootElement;

    public static TheoryData<string> Exported => [.. Golden.EnumerateObject().Select(p => p.Name)];

    /// <summary>Files of PyTorch's exporter, with the outputs of the model (tests/golden/pytorch/make_onnx_imports.py).</summary>
    [Theory]
    [MemberData(nameof(Exported))]
    public void Models_of_PyTorch_give_the_outputs_they_gave_there(string name)
    {
        OnnxImported imported = OnnxImport.Convert(File(name), name);
        ImportedScript.Bind(imported, name);
        AssertOutputs(name, imported);
    }

    /// <summary>A model of PyTorch's exporter as it was written.</summary>
    internal static OnnxModel File(string name) => OnnxReader.Read(Golden.GetProperty(name).GetProperty("onnx").GetBytesFromBase64(), name);

    /// <summary>What was made of it gives the outputs that it gave in PyTorch.</summary>
    internal static void AssertOutputs(string name, OnnxImported imported)
    {
        JsonElement golden = Golden.GetProperty(name);
        float[] expected = [.. golden.GetProperty("output").EnumerateArray().Select(v => (float)v.GetDouble())];
        float[] given = golden.TryGetProperty("pixels", out JsonElement pixels) ? Predict(imported, [.. pixels.EnumerateArray().Select(v => v.GetByte())])
            : Spell(imported, [.. golden.GetProperty("tokens").EnumerateArray().Select(v => v.GetInt32())], golden.GetProperty("time").GetInt32());
        Assert.Equal(expected.Length, given.Length);
        Assert.All(expected.Zip(given), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    /// <summary>Script → ONNX → script: loops, embeddings, attention and all.</summary>
    [Theory]
    [MemberData(nameof(OnnxExportTests.Returning), MemberType = typeof(OnnxExportTests))]
    public void What_was_exported_comes_back(string name, string model)
    {
        using TrainingSession session = OnnxExportTests.Trained(
            $"{model}\ndata d {{ builtin digits, samples: 40; split 80/20; normalize standard }}\ntrain {{ loss mse; optimizer adam; batch 16; epochs 1 }}");
        float[] given = Predict(ThroughFile(session, name), session.Data.Validation.Input);
        Assert.All(session.ValidationOutputs().Zip(given), p => Assert.Equal(p.First, p.Second, 5e-5f));
    }

    [Theory]
    [InlineData("embed 6; positions; transformer 2, causal; layernorm; dense classes, softmax")]
    [InlineData("embed 5; lstm 4; gru 3, bidirectional; dense classes, softmax")]
    public void Models_of_symbols_come_back(string layers)
    {
        using TrainingSession session = new Script(
            $"model m {{ {layers} }}\ndata d {{ text \"data.csv\", context: 8; split 80/20 }}\ntrain {{ loss cross_entropy; optimizer adam; batch 4; epochs "
                + $"1 }}", string.Concat(Enumerable.Repeat("to be or not to be, ", 20))).Load();
        new Trainer(session).Run(default);
        float[] given = Spell(ThroughFile(session, "m"), [.. MemoryMarshal.Cast<byte, int>(session.Data.Validation.Input)], 8);
        Assert.All(session.ValidationOutputs().Zip(given), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    private static OnnxImported ThroughFile(TrainingSession session, string name)
    {
        using var stream = new MemoryStream();
        OnnxWriter.Write(OnnxExport.Convert(session.Definition, session.Data, Checkpoint.Capture(session, new TrainerState(), "").Tensors, "").Model, stream);
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Read(stream.ToArray(), name), name);
        ImportedScript.Bind(imported, name);
        return imported;
    }

    /// <summary>What a script advises fits how its model ends, and binds.</summary>
    [Theory]
    [InlineData("flatten; dense 6, relu; dense classes", "cross_entropy(softmax(imported(x)), y)")]
    [InlineData("flatten; dense classes, softmax", "cross_entropy")]
    [InlineData("conv 10, 3x3, stride: 2; avgpool global", "cross_entropy(softmax(imported(x)), y)")]
    [InlineData("flatten; dense 1, sigmoid", "bce")]
    [InlineData("flatten; dense 3, sigmoid", "bce")]
    [InlineData("flatten; dense 1", "mse")]
    [InlineData("flatten; dense 3, tanh", "mse")]
    [InlineData("conv 2, 3x3, same; conv_transpose 1, 3x3, same", "mse")]
    public void The_loss_fits_how_the_model_ends(string layers, string loss)
    {
        using TrainingSession session = new Script(
            $"model m {{ {layers} }}\nfn none(p, t) = sum(p)\ndata d {{ builtin digits, samples: 20; split 80/20; normalize none }}\ntrain {{ loss "
                + $"none(m(x), y); optimizer adam; batch 4; epochs 1 }}").Load();
        using var stream = new MemoryStream();
        OnnxWriter.Write(OnnxExport.Convert(session.Definition, session.Data, Checkpoint.Capture(session, new TrainerState(), "").Tensors, "",
            session.Definition.Models[0]).Model, stream);
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Read(stream.ToArray(), "m"), "m");
        ImportedScript.Bind(imported, "m");
        Assert.Contains($"train {{ loss {loss}; ", imported.Training);
        Assert.Contains($"#   {imported.Training}\n", imported.Script);
    }

    [Fact]
    public void Logarithms_of_probabilities_are_trained_with_nll()
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(3)]));
        model.Graph.Nodes.Add(new OnnxNode("LogSoftmax", "", ["x"], ["y"]));
        model.Graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, null));
        OnnxImported imported = OnnxImport.Convert(model, "m");
        ImportedScript.Bind(imported, "m");
        Assert.Equal("train { loss nll; optimizer adam; metrics accuracy }", imported.Training);
    }

    /// <summary>Models of tools that have channels last turn the axes first, or have extents that only colours have.</summary>
    [Theory]
    [InlineData("tf2onnx", new long[] { 0, 3, 1, 2 }, new[] { 7, 8, 3 })]
    [InlineData("", new long[] { 0, 3, 1, 2 }, new[] { 7, 8, 3 })]
    [InlineData("pytorch", null, new[] { 8, 3, 7 })]
    public void Images_with_channels_last_come_in_whoever_wrote_them(string producer, long[]? turned, int[] input)
    {
        var model = new OnnxModel { Producer = producer };
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(7), new OnnxDim(8), new OnnxDim(3)]));
        model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["x"], ["r"]));
        int channels = turned is null ? 7 : 3;
        if (turned is not null)
        {
            var transpose = new OnnxNode("Transpose", "", ["r"], ["t"]);
            transpose.Attributes["perm"] = turned;
            model.Graph.Nodes.Add(transpose);
        }

        float[] kernel = [.. Enumerable.Range(0, 2 * channels * 9).Select(i => (i * 37 % 19 - 9) / 10f)];
        model.Graph.Initializers.Add(new OnnxTensor("w", OnnxType.Float, [2, channels, 3, 3], MemoryMarshal.AsBytes(kernel.AsSpan()).ToArray()));
        model.Graph.Nodes.Add(new OnnxNode("Conv", "", [turned is null ? "r" : "t", "w"], ["y"]));
        model.Graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, null));
        var given = Tensor.Make([2, 7, 8, 3], at => Math.Sin(at[0] + 2 * at[1] + 3 * at[2] + 5 * at[3]));
        if (turned is null) model.Graph.Nodes[^1].Attributes["pads"] = new long[] { 0, 1, 0, 1 };
        OnnxImported imported = OnnxImport.Convert(model, "m");
        Assert.Contains($"input {string.Join('x', input)}\n", imported.Script);
        (int[] shape, float[] values) = ImportedModel.Run(imported, given, symbols: false);
        Assert.True(ImportedModel.Agrees(shape, values, OnnxEvaluator.Run(model, given).Single()), imported.Script);
    }

    /// <summary>A model that is refused says how many of what it has, in English.</summary>
    [Fact]
    public void One_input_is_one_input()
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(3)]));
        foreach (string output in new[] { "y", "z" })
        {
            model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["x"], [output]));
            model.Graph.Outputs.Add(new OnnxValue(output, OnnxType.Float, null));
        }

        Assert.Contains("it has 1 input and 2 outputs (x, y, z)", Assert.Throws<NnException>(() => OnnxImport.Convert(model, "m")).Message);
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_but_never_crash()
    {
        var random = new Random(9);
        foreach (JsonProperty golden in Golden.EnumerateObject())
        {
            byte[] bytes = golden.Value.GetProperty("onnx").GetBytesFromBase64();
            for (int i = 0; i < 100; i++)
            {
                byte[] mutated = [.. bytes];
                for (int k = random.Next(1, 6); k > 0; k--) mutated[random.Next(bytes.Length)] = (byte)random.Next(256);
                try
                {
                    OnnxImport.Convert(OnnxReader.Read(mutated, "m"), "m");
                }
                catch (NnException e)
                {
                    Assert.Equal(ExitCode.BadFile, e.Code);
                }
            }
        }
    }

    [Fact]
    public void Everything_that_is_no_layer_is_named_at_once()
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(3)]));
        model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["x"], ["a"]));
        model.Graph.Nodes.Add(new OnnxNode("TopK", "", ["a"], ["b"]));
        model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["b"], ["c"]));
        model.Graph.Nodes.Add(new OnnxNode("Loop", "", ["a"], ["d"]));
        model.Graph.Nodes.Add(new OnnxNode("Loop", "", ["a"], ["e"]));
        model.Graph.Outputs.Add(new OnnxValue("c", OnnxType.Float, null));
        NnException e = Assert.Throws<NnException>(() => OnnxImport.Convert(model, "m.onnx"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("m.onnx cannot be imported: it has operations that are no layers here: Loop (2 times), TopK", e.Message);
    }

    private static float[] Predict(OnnxImported imported, byte[] pixels)
    {
        // The rows of an image as a sequence.
        var script = new Script(imported.Script.Replace("input 28x28\n", "reshape 28x28\n") + Data);
        return Predict(imported, script, pixels, pixels.Length / 784);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(2000, false)]
    [InlineData(float.MaxValue, true)]
    public void A_clipped_activation_is_not_taken_for_the_plain_one(float most, bool plain)
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(3)]));
        var clip = new OnnxNode("Clip", "", ["x"], ["y"]);
        (clip.Attributes["min"], clip.Attributes["max"]) = (0f, most);
        model.Graph.Nodes.Add(clip);
        model.Graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, null));
        string script = OnnxImport.Convert(model, "m").Script;
        Assert.Contains(plain ? "\n  relu\n" : $"= min(max(x, 0), {most})\n", script);
    }

    /// <summary>What has no counterpart is named, with the reason and, where there is one, a way out.</summary>
    [Theory]
    [InlineData("Softmax", new[] { "x" }, "axis=1", "'node': it goes over another axis than the features")]
    [InlineData("MatMul", new[] { "x", "x" }, "", "a product of two values is read in attention alone")]
    [InlineData("Concat", new[] { "x", "row" }, "axis=1", "a stored tensor is joined to the value (a class token, for example)")]
    [InlineData("Resize", new[] { "x", "", "twice" }, "mode=cubic", "cubic with half_pixel pixels is no upsampling here: nearest, or bilinear")]
    [InlineData("GRU", new[] { "x", "cube", "cube" }, "hidden_size=1", "linear_before_reset=1")]
    [InlineData("LSTM", new[] { "x", "cube", "cube", "", "", "cube" }, "hidden_size=1", "it starts from a state that is not zero")]
    [InlineData("RNN", new[] { "x", "cube", "cube" }, "hidden_size=1;activations=Affine", "its activations are affine")]
    [InlineData("RNN", new[] { "x", "cube", "cube" }, "hidden_size=1;direction=sideways", "its direction 'sideways' is unknown")]
    [InlineData("Gemm", new[] { "x", "row" }, "alpha=2", "its second operand is no stored table of weights")]
    [InlineData("Reshape", new[] { "x", "five" }, "", "from batchx4x6 it takes or joins elements in a way that no layer does")]
    [InlineData("Gather", new[] { "square", "x" }, "", "they must be the model's input, of type int32 or int64")]
    [InlineData("Scan", new[] { "square", "x" }, "num_scan_inputs=1", "only the loops of rnn, gru and lstm layers are read")]
    [InlineData("Pad", new[] { "x", "around" }, "mode=reflect", "only zeros are put around a value")]
    [InlineData("Cast", new[] { "y0" }, "to=7", "it casts Float to Int64, which changes numbers")]
    [InlineData("Expand", new[] { "row", "endless" }, "", "has too many elements")]
    [InlineData("Einsum", new[] { "x", "x" }, "equation=btf,bsf->btsf", "attention and dense layers written as einsum are")]
    public void What_is_refused_is_told_why(string type, string[] inputs, string attributes, string message)
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(4), new OnnxDim(6)]));
        void Stored(string name, OnnxType kind, long[] dims, byte[] bytes) => model.Graph.Initializers.Add(new OnnxTensor(name, kind, dims, bytes));
        void Floats(string name, params long[] dims) =>
            Stored(name, OnnxType.Float, dims, [.. Enumerable.Range(1, (int)dims.Aggregate((a, b) => a * b)).SelectMany(i => BitConverter.GetBytes((float)i))]);
        void Wholes(string name, params long[] values) => Stored(name, OnnxType.Int64, [values.Length], [.. values.SelectMany(BitConverter.GetBytes)]);
        Floats("row", 1, 1, 6);
        Floats("square", 6, 6);
        Floats("cube", 1, 1, 1);
        Floats("twice", 1, 1, 2);
        Wholes("five", 5, -1);
        Wholes("around", 0, 0, 1, 0, 0, 1);
        Wholes("endless", 1 << 20, 1 << 20, 6);
        model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["x"], ["y0"]));
        var node = new OnnxNode(type, "node", inputs, ["y"]);
        foreach (string[] pair in attributes.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Split('=', 2)))
            node.Attributes[pair[0]] = pair[0] switch
            {
                "activations" => new[] { pair[1] },
                "alpha" => float.Parse(pair[1]),
                _ => long.TryParse(pair[1], out long whole) ? (object)whole : pair[1]
            };
        model.Graph.Nodes.Add(node);
        model.Graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, null));
        NnException e = Assert.Throws<NnException>(() => OnnxImport.Convert(model, "m.onnx"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(message, e.Message);
        Assert.Contains(type, e.Message);
    }

    [Theory]
    [InlineData("2, 3", "sizes but that of the batch must be known; export it for a fixed size")]
    [InlineData("", "is no batch of vectors, sequences or images")]
    public void Inputs_of_open_size_are_refused(string named, string message)
    {
        var model = new OnnxModel();
        model.Graph.Inputs.Add(
            new OnnxValue("x", OnnxType.Float, named.Length == 0 ? null : [new OnnxDim(null, "n"), new OnnxDim(null, "time"), new OnnxDim(3)]));
        model.Graph.Nodes.Add(new OnnxNode("Relu", "", ["x"], ["y"]));
        model.Graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, null));
        Assert.Contains(message, Assert.Throws<NnException>(() => OnnxImport.Convert(model, "m.onnx")).Message);
    }

    // Symbols by number; the text is there for the length of its windows alone.
    private static float[] Spell(OnnxImported imported, int[] tokens, int time)
    {
        var script = new Script(
            $"{imported.Script}\ndata d {{ text \"data.csv\", context: {time} }}\ntrain {{ loss mse(imported(x), imported(x)); optimizer adam }}",
            string.Concat(Enumerable.Repeat("ab", 100)));
        return Predict(imported, script, MemoryMarshal.AsBytes(tokens.AsSpan()), tokens.Length / time);
    }

    private static float[] Predict(OnnxImported imported, Script script, ReadOnlySpan<byte> inputs, int samples)
    {
        using var session = new TrainingSession(Script.OneThread, script.Training, script.Data, new TrainingExtras { PredictBatch = samples });
        foreach ((Parameter p, Slot slot) in session.Plan.Slots.Parameters)
        {
            StoredTensor t = imported.Weights.Tensors[p.Name];
            Assert.Equal(p.Shape, t.Shape);
            session.Write<float>(slot, MemoryMarshal.Cast<byte, float>(t.Bytes));
        }

        return session.Predict(inputs);
    }
}
