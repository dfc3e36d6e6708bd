using System.Runtime.InteropServices;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Ops;
using Nn.Tests.Unit.Training;
using Nn.Training;

namespace Nn.Tests.Unit.Onnx;

/// <summary>Exported graphs, run by <see cref="OnnxEvaluator"/>, give what the session predicts.</summary>
public class OnnxExportTests
{
    public static TheoryData<string, string> Models => new()
    {
        { "layers of an image", "model m { conv 3, 3x3, same, relu; maxpool 2x2; conv 4, 3x3, stride: 2, padding: 1, tanh; avgpool 2x2; flatten; dense classes, softmax }" },
        { "groups and dilation", "model m { conv 4, 3x3, same; conv 6, 3x3, groups: 2, dilation: 2, gelu; avgpool global; dense classes, softmax }" },
        { "padded pools", "model m { conv 2, 3x3, same; maxpool 3x3, stride: 2, padding: 1; avgpool 3x3, stride: 2, padding: 1; flatten; dense classes, softmax }" },
        { "norms", "model m { conv 4, 3x3, same, relu; batchnorm; layernorm; flatten; dense 8, elu; layernorm; batchnorm; dense classes, softmax }" },
        { "branches", "model m { conv 4, 3x3, same; residual { conv 4, 3x3, same, silu; batchnorm }; concat { conv 2, 1x1 } { maxpool 3x3, stride: 1, padding: 1 }; flatten; dense classes, softmax }" },
        { "channels in the middle of a formula", "model m { a = conv 3, 3x3, same; b = conv 3, 1x1; add a, b; softmax; leaky_relu; flatten; dense classes, log_softmax }" },
        { "activations", "model m { flatten; dense 9, mish; dense 9, hard_sigmoid; dense 9, selu; dense 9, softsign; dense 9, softplus; dropout 0.3; gaussian_noise 0.1; dense classes, sigmoid }" },
        { "maxout and reshape", "model m { flatten; maxout 12, pieces: 3; dense 48; reshape 4x4x3; conv 2, 3x3; flatten; dense classes, softmax }" },
        { "pixels between pixels", "model m { conv 3, 3x3, stride: 4, relu; upsample 2, bilinear; conv 2, 3x3; upsample 1x3, bilinear; maxpool 4x4; flatten; dense classes, softmax }" },
        { "transposed convolutions", "model m { conv 4, 3x3, stride: 2, padding: 1, relu; groupnorm 2; conv_transpose 3, 3x3, stride: 2, padding: 1, relu; upsample 2; maxpool 4x4; flatten; dense classes, softmax }" },
        {
            "places that stand several times",
            "model m { conv 3, 3x3, stride: 4; upsample 2; flatten; dense 12; reshape 6x2; upsample 3; flatten; dense classes, softmax }"
        },
        { "rows that stand several times", "model m { conv 2, 3x3, stride: 4; upsample 3x1; upsample 1x2; flatten; dense classes, softmax }" },
        {
            "running sums",
            "fn rising(x) = cumsum(x)\nfn along(x) = cumsum(x, over: time)\n"
            + "model m { conv 3, 3x3, same; rising; avgpool 7x7; reshape 16x3; along; flatten; dense classes, softmax }"
        },
        { "attention", "model m { reshape 28x28; dense 8; positions; attention 2, causal; transformer 2; layernorm; conv 3, 3, padding: same, relu; flatten; dense classes, softmax }" },
        { "lstm", "model m { reshape 28x28; lstm 5; flatten; dense classes, softmax }" },
        { "gru of both directions", "model m { reshape 28x28; gru 4, bidirectional; flatten; dense classes, softmax }" },
        { "last states", "model m { reshape 28x28; rnn 6; lstm 3, bidirectional, last; dense 7; reshape 7x1; rnn 5, last, relu; dense classes, softmax }" },
        { "sounds", "model m { flatten; spectrogram 64, hop: 24; mel 8, rate: 8000; conv 4, 3x3, relu; avgpool global; dense classes, softmax }" },
        { "slices", "fn halves(x) = x[.., 0..3] * sigmoid(x[.., 3..6])\nmodel m { flatten; dense 6; halves; dense classes, softmax }" },
        { "a batch norm of one's own", $"{File.ReadAllText(Checkout.File("examples", "batchnorm.nn")).Split("model net")[0]}model m {{ flatten; dense 6; norm_of_batch; tanh; dense classes, softmax }}" },
        { "sorted out", "fn step(x) = if x > 0.1 then 1 else if x <= -0.1 then x ^ 2 else floor(3 * x) + sign(x) * abs(sin(x))\nmodel m { flatten; dense 7, step; dense classes, softmax }" },
    };

    /// <summary>Those that are read again: a spectrogram goes out as the formulas that it is, of which no layer is made when they are read.</summary>
    public static IEnumerable<object[]> Returning => Models.Where(m => (string)m[0] != "sounds");

    [Theory]
    [MemberData(nameof(Models))]
    public void Outputs_are_those_of_the_session(string name, string model)
    {
        using TrainingSession session = Trained($"{model}\ndata d {{ builtin digits, samples: 40; split 80/20; normalize standard }}\ntrain {{ loss mse; optimizer adam; batch 16; epochs 1 }}");
        OnnxExported exported = Export(session);
        Assert.Equal(["batch", null, null, null], exported.Model.Graph.Inputs[0].Dims!.Select(d => d.Name));
        byte[] inputs = session.Data.Validation.Input;
        int samples = session.Data.Validation.Samples;
        float[] expected = session.ValidationOutputs();
        Tensor output = OnnxEvaluator.Run(exported.Model, new Tensor([samples, .. session.Data.Input.Shape], Array.ConvertAll(inputs, b => (double)b)))[0];
        Assert.Equal([samples, .. session.Definition.Predictor!.Output], output.Dims);
        double scale = expected.Max(v => Math.Abs(v));
        Assert.All(expected.Zip(output.Data), p => Assert.True(Math.Abs(p.First - p.Second) < 2e-5 * scale, $"{name}: {p.First} is {p.Second} in ONNX"));
    }

    [Fact]
    public void Axes_are_permuted_where_an_image_enters_and_leaves_not_at_each_layer()
    {
        using TrainingSession session = Trained("""
            model m { conv 3, 3x3, same; batchnorm; relu; residual { conv 3, 3x3, same, gelu; conv 3, 3x3, same }; concat { conv 2, 1x1 } { maxpool 3x3, stride: 1, padding: 1 }; softmax; avgpool 2x2; flatten; dense classes, softmax }
            data d { builtin digits, samples: 40; split 80/20 }
            train { loss mse; optimizer adam }
            """);
        Assert.Equal(2, Export(session).Model.Graph.Nodes.Count(n => n.Type == "Transpose"));
    }

    [Fact]
    public void Several_inputs_and_outputs_have_the_names_of_their_fields()
    {
        using TrainingSession session = Trained(File.ReadAllText(Checkout.File("examples", "digit-pairs.nn")).Replace("samples: 6000", "samples: 60").Replace("epochs     8", "epochs     1"));
        OnnxModel model = Export(session).Model;
        Assert.Equal(["left", "right"], model.Graph.Inputs.Select(i => i.Name));
        Assert.Equal(["sum", "larger"], model.Graph.Outputs.Select(o => o.Name));
        Assert.Equal("""{"larger":["left","right","same"]}""", model.Metadata["classes"]);
        int samples = session.Data.Validation.Samples;
        Tensor[] given = [.. session.Data.Validation.Inputs.Select(i => new Tensor([samples, 28, 28, 1], Array.ConvertAll(i, b => (double)b)))];
        Tensor[] outputs = OnnxEvaluator.Run(model, given);
        IReadOnlyList<float[]> expected = session.AllValidationOutputs();
        for (int o = 0; o < 2; o++)
        {
            double scale = expected[o].Max(Math.Abs);
            Assert.Equal(expected[o].Length, outputs[o].Data.Length);
            Assert.All(expected[o].Zip(outputs[o].Data), p => Assert.True(Math.Abs(p.First - p.Second) < 2e-5 * scale, $"{p.First} is {p.Second} in ONNX"));
        }
    }

    // A file holds sequences of the longest length; shorter ones have padding at their end, as they are stored.
    [Fact]
    public void Sequences_of_different_lengths_give_what_the_session_gives_at_their_places()
    {
        using TrainingSession session = Trained("""
            model m { embed 4; attention 2; conv 3, 3, same, tanh; batchnorm; lstm 5, bidirectional; dense classes, softmax }
            data d { builtin sentences, samples: 30; split 50/50 }
            train { loss cross_entropy; optimizer adam; batch 5; epochs 1 }
            """);
        byte[] inputs = session.Data.Validation.Input;
        double[] symbols = [.. MemoryMarshal.Cast<byte, int>(inputs).ToArray().Select(i => (double)i)];
        Tensor output = OnnxEvaluator.Run(Export(session).Model, new Tensor([session.Data.Validation.Samples, session.Data.Input.Shape[0]], symbols))[0];
        float[] expected = session.ValidationOutputs();
        double[] given = session.Data.Input.WithoutPadding(output.Data, inputs);
        Assert.Equal(expected.Length, given.Length);
        Assert.All(expected.Zip(given), p => Assert.True(Math.Abs(p.First - p.Second) < 2e-5, $"{p.First} is {p.Second} in ONNX"));
    }

    [Fact]
    public void One_model_of_several_goes_out_alone()
    {
        using TrainingSession session = Trained("""
            model encoder { flatten; dense 3 }
            model decoder { dense 12, relu; reshape 2x2x3; conv_transpose 2, 2x2, stride: 2 }
            data d { builtin digits, samples: 40; split 80/20; normalize standard }
            train { loss mse(decoder(encoder(x)), decoder(encoder(x)) * 2); optimizer adam }
            """);
        OnnxModel model = OnnxExport.Convert(session.Definition, session.Data, Weights(session), "", session.Definition.Models.Single(m => m.Name == "decoder")).Model;
        OnnxValue input = model.Graph.Inputs.Single();
        Assert.Equal((OnnxType.Float, 3L), (input.Type, input.Dims![1].Size));
        Assert.Equal(["batch", null, null, null], model.Graph.Outputs.Single().Dims!.Select(d => d.Name));
        Tensor zero = OnnxEvaluator.Run(model, new Tensor([1, 3], [0, 0, 0]))[0];
        // From nothing: relu of the dense bias, through a convolution whose windows do not overlap.
        float[] Read(string name) => MemoryMarshal.Cast<byte, float>(Weights(session)[name].Bytes).ToArray();
        float[] hidden = [.. Read("decoder.dense_1.bias").Select(v => Math.Max(0, v))], w = Read("decoder.conv_transpose_1.weight"), bias = Read("decoder.conv_transpose_1.bias");
        // Weights are window × window × outputs × inputs: output (row 3, column 0, channel 1) comes from pixel (1, 0) by the window's (1, 0).
        double expected = bias[1] + Enumerable.Range(0, 3).Sum(i => (double)hidden[2 * 3 + i] * w[(2 * 2 + 1) * 3 + i]);
        Assert.Equal(expected, zero[0, 3, 0, 1], 5);
    }

    [Fact]
    public void Numbers_of_a_table_go_in_as_they_are_in_the_table()
    {
        using TrainingSession session = Trained("model m { dense 5, tanh; dense 1 }\ndata d { builtin sine, samples: 30; split 80/20; normalize standard }\ntrain { loss mse; optimizer adam; epochs 3 }");
        float[] inputs = MemoryMarshal.Cast<byte, float>(session.Data.Validation.Input).ToArray();
        Tensor output = OnnxEvaluator.Run(Export(session).Model, new Tensor([inputs.Length, 1], Array.ConvertAll(inputs, v => (double)v)))[0];
        Assert.All(session.ValidationOutputs().Zip(output.Data), p => Assert.Equal(p.First, p.Second, 5));
    }

    [Fact]
    public void A_file_reads_back_as_it_was_written()
    {
        using TrainingSession session = Trained("model m { conv 3, 3x3, relu; flatten; dense classes, softmax }\ndata d { builtin digits, samples: 40; split 80/20 }\ntrain { loss mse; optimizer adam }");
        OnnxModel model = Export(session).Model;
        using var stream = new MemoryStream();
        OnnxWriter.Write(model, stream);
        OnnxModel read = OnnxReader.Read(stream.ToArray(), "m.onnx");
        Assert.Equal((model.IrVersion, "nn", 17L), (read.IrVersion, read.Producer, read.Opsets[""]));
        Assert.Equal(model.Metadata, read.Metadata);
        Assert.Equal(model.Graph.Nodes.Select(Text), read.Graph.Nodes.Select(Text));
        Assert.Equal(model.Graph.Initializers.Select(t => (t.Name, t.Type, string.Join('x', t.Dims), Convert.ToHexString(t.Bytes.Span))), read.Graph.Initializers.Select(t => (t.Name, t.Type, string.Join('x', t.Dims), Convert.ToHexString(t.Bytes.Span))));
        Assert.Equal(model.Graph.Inputs[0].Dims!, read.Graph.Inputs[0].Dims!);
        Assert.Equal((OnnxType.UInt8, OnnxType.Float), (read.Graph.Inputs[0].Type, read.Graph.Outputs[0].Type));
        Assert.Contains("\"9\"", read.Metadata["classes"]);
    }

    [Fact]
    public void Every_op_has_a_row()
    {
        Assert.All(OpTable.All, op => Assert.True(OnnxRows.All.ContainsKey(op), $"say in OnnxRows how {op.Name} is written, or why it cannot be"));
    }

    private static string Text(OnnxNode n) => $"{n.Type} {n.Name} ({string.Join(' ', n.Inputs)}) → {string.Join(' ', n.Outputs)} "
        + string.Join(' ', n.Attributes.Select(a => $"{a.Key}={(a.Value is long[] all ? string.Join(',', all) : a.Value)}"));

    internal static TrainingSession Trained(string script)
    {
        TrainingSession session = new Script(script).Load();
        new Trainer(session).Run(default);
        return session;
    }

    private static OnnxExported Export(TrainingSession session) =>
        OnnxExport.Convert(session.Definition, session.Data, Weights(session), "");

    private static SortedDictionary<string, StoredTensor> Weights(TrainingSession session) => Checkpoint.Capture(session, new TrainerState(), "").Tensors;
}
