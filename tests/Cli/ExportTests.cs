using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Cli;

[Collection(nameof(OwnConsole))]
public sealed class ExportTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_becomes_onnx_and_bare_weights()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m.safetensors").Good();
        string told = _folder.Run("export", "a.nn", "--model", "m.safetensors", "--to", "a.onnx").Good().Out;
        Assert.Contains("input: batchx2 f32", told);
        Assert.Contains("output: batchx1 f32", told);
        // The checkpoint knows its script.
        _folder.Run("export", "m.safetensors", "--to", "b.onnx").Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("a.onnx")), File.ReadAllBytes(_folder.File("b.onnx")));
        OnnxModel model = OnnxReader.Load(_folder.File("a.onnx"));
        Assert.Equal(["Gemm", "Tanh", "Gemm", "Sigmoid"], model.Graph.Nodes.Select(n => n.Type).SkipWhile(t => t != "Gemm"));
        Assert.Equal(ScriptFolder.Small, model.Metadata["script"]);

        Safetensors checkpoint = Safetensors.Load(_folder.File("m.safetensors"));
        _folder.Run("export", "m.safetensors", "--to", "w.safetensors").Good();
        Safetensors weights = Safetensors.Load(_folder.File("w.safetensors"));
        Assert.Equal(["m.dense_1.bias", "m.dense_1.weight", "m.dense_2.bias", "m.dense_2.weight"], weights.Tensors.Keys);
        Assert.All(weights.Tensors, t => Assert.Equal(checkpoint.Tensors[t.Key].Bytes, t.Value.Bytes));
        _folder.Run("export", "m.safetensors", "--to", "w.npz", "--quiet").Good();
        SortedDictionary<string, NumpyArray> arrays = Npz.Load(_folder.File("w.npz"));
        Assert.Equal(weights.Tensors.Keys, arrays.Keys);
        Assert.Equal(new Shape(2, 4), arrays["m.dense_1.weight"].Shape);
        Assert.Equal(checkpoint.Tensors["m.dense_1.weight"].Bytes, arrays["m.dense_1.weight"].Bytes);
    }

    [Fact]
    public void Mistakes_are_explained()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--epochs", "0", "--save", "m").Good();
        _folder.Run("export", "a.nn", "--model", "m").Fails(ExitCode.Usage, "--to model.onnx");
        _folder.Run("export", "a.nn", "--model", "m", "--to", "m.pt").Fails(ExitCode.Usage, "the ending says what is written");
        _folder.Run("export", "a.nn", "--to", "m.onnx").Fails(ExitCode.Usage, "nn export needs a trained model");
        _folder.Run("export", "a.nn", "--model", "m", "--to", "none.onnx", "--set", "width=5")
            .Fails(ExitCode.BadFile, "'m.dense_1.weight' is f32 2x4 in the model file, f32 2x5 in this script");
        Assert.False(File.Exists(_folder.File("none.onnx")));
        _folder.Run("export", "a.nn", "--model", "m", "--to", "m.onnx", "--part", "n").Fails(ExitCode.Usage, "--part n: there is m");
        _folder.Write("b.nn", "model m { r = dense 3; dense 1 }\ndata d { builtin linear, samples: 20 }\nfn noisy(x) = x + normal(1)\n"
            + "model n { dense 2, noisy; dense 1 }\ntrain n { loss mse; optimizer adam }");
        _folder.Run("train", "b.nn", "--quiet", "--epochs", "0", "--save", "n").Good();
        _folder.Run("export", "b.nn", "--model", "n", "--to", "none.onnx").Fails(ExitCode.Script, "cannot be written as ONNX", "it draws random numbers");
    }
}
