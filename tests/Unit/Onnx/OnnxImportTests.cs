using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Files;
using Nn.Files.Onnx;
using Nn.Planning;
using Nn.Tests.Unit.Training;
using Nn.Training;

namespace Nn.Tests.Unit.Onnx;

public class OnnxImportTests
{
    private const string Data = "\ndata d { builtin digits, samples: 40; split 80/20; normalize none }\ntrain { loss mse(imported(x), imported(x)); optimizer adam }";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", "pytorch", "onnx_imports.json"))).RootElement;

    public static TheoryData<string> Exported => [.. Golden.EnumerateObject().Select(p => p.Name)];

    /// <summary>Files of PyTorch's exporter, with the outputs of the model (tests/golden/pytorch/make_onnx_imports.py).</summary>
    [Theory]
    [MemberData(nameof(Exported))]
    public void Models_of_PyTorch_give_the_outputs_they_gave_there(string name)
    {
        JsonElement golden = Golden.GetProperty(name);
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Read(golden.GetProperty("onnx").GetBytesFromBase64(), name), name);
        byte[] pixels = [.. golden.GetProperty("pixels").EnumerateArray().Select(v => v.GetByte())];
        float[] expected = [.. golden.GetProperty("output").EnumerateArray().Select(v => (float)v.GetDouble())];
        float[] given = Predict(imported, pixels);
        Assert.Equal(expected.Length, given.Length);
        Assert.All(expected.Zip(given), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Fact]
    public void What_was_exported_comes_back()
    {
        using TrainingSession session = new Script("""
            model m { conv 3, 3x3, same, relu; batchnorm; residual { conv 3, 3x3, same, tanh }; maxpool 2x2; conv 4, 5x5, stride: 2; concat { conv 2, 1x1 } { avgpool 3x3, stride: 1, padding: 1 }; flatten; dense 6, sigmoid; dense classes, softmax }
            data d { builtin digits, samples: 40; split 80/20; normalize none }
            train { loss cross_entropy; optimizer adam; epochs 2; batch 8 }
            """).Load();
        new Trainer(session).Run(default);
        OnnxModel model = OnnxExport.Convert(session.Definition, session.Data, Checkpoint.Capture(session, new TrainerState(), "").Tensors, "").Model;
        float[] given = Predict(OnnxImport.Convert(model, "m.onnx"), session.Data.Validation.Input);
        Assert.All(session.ValidationOutputs().Zip(given), p => Assert.Equal(p.First, p.Second, 5));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_but_never_crash()
    {
        var random = new Random(9);
        foreach (JsonProperty golden in Golden.EnumerateObject())
        {
            byte[] bytes = golden.Value.GetProperty("onnx").GetBytesFromBase64();
            for (int i = 0; i < 400; i++)
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
        using var session = new TrainingSession(Script.OneThread, script.Training, script.Data, pixels.Length / 784);
        foreach ((Parameter p, Slot slot) in session.Plan.Slots.Parameters)
        {
            StoredTensor t = imported.Weights.Tensors[p.Name];
            Assert.Equal(p.Shape, t.Shape);
            session.Write<float>(slot, MemoryMarshal.Cast<byte, float>(t.Bytes));
        }

        return session.Predict(pixels);
    }
}
