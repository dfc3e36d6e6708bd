using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Cli;

[Collection(nameof(OwnConsole))]
public sealed class ImportTests : IDisposable
{

    private const string Script = """
        model m { dense 1 }
        data d { builtin linear, samples: 20; split 50/50; normalize none }
        train { loss mse; optimizer adam }
        """;

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_are_shown_beside_the_scripts_and_saved_as_a_checkpoint()
    {
        _folder.Write("a.nn", Script);
        Save("w.safetensors");
        string shown = _folder.Run("import", "w.safetensors", "--into", "a.nn").Good().Out;
        Assert.Matches(@"\nfc\.weight +1x2 +m\.dense_1\.weight +2x1 +transposed\n", shown);
        Assert.Contains("nothing was written", shown);
        Assert.Contains("saved m.safetensors", _folder.Run("import", "w.safetensors", "--into", "a.nn", "--save", "m.safetensors").Good().Out);
        Assert.Equal("3.0000\n-1.2500\n", _folder.Run("predict", "a.nn", "--model", "m.safetensors", "1", "4", "-0.75", "-1").Good().Out);
        // It is a checkpoint as training makes them: training can go on from it, and weights go out again.
        _folder.Run("train", "a.nn", "--resume", "m.safetensors", "--quiet").Good();
        _folder.Run("export", "m.safetensors", "--to", "w.npz", "--quiet").Good();
        _folder.Run("import", "w.npz", "--into", "a.nn", "--save", "n.safetensors", "--quiet").Good();
        Assert.Equal(Safetensors.Load(_folder.File("m.safetensors")).Tensors["m.dense_1.weight"].Bytes,
            Safetensors.Load(_folder.File("n.safetensors")).Tensors["m.dense_1.weight"].Bytes);
    }

    [Fact]
    public void An_onnx_model_becomes_a_script_with_weights()
    {
        const string data = "\ndata d { builtin linear, samples: 20; split 50/50; normalize none }\ntrain { loss bce; optimizer adam }\n";
        _folder.Write("a.nn", "model m { dense 3, relu; dense 1, sigmoid }" + data);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        _folder.Run("export", "a.nn", "--model", "m", "--to", "m.onnx", "--quiet").Good();
        Assert.Contains("b.nn, b.safetensors: 4 tensors", _folder.Run("import", "m.onnx", "--save", "b.nn").Good().Out);
        File.AppendAllText(_folder.File("b.nn"), data);
        string[] inputs = ["0.1", "0.9", "0.7", "0.2"];
        Assert.Equal(
            _folder.Run(["predict", "a.nn", "--model", "m", .. inputs]).Good().Out,
            _folder.Run(["predict", "b.nn", "--model", "b.safetensors", .. inputs]).Good().Out);
        _folder.Write("bad.onnx", "no model at all");
        _folder.Run("import", "bad.onnx").Fails(ExitCode.BadFile, "bad.onnx is no valid ONNX file");
        _folder.Run("import", "m.onnx", "--save", "m.txt").Fails(ExitCode.Usage, "name a script, such as model.nn");
        _folder.Run("import", "m.onnx", "--into", "a.nn").Fails(ExitCode.Usage, "becomes a script of its own");
    }

    [Fact]
    public void Mistakes_are_explained()
    {
        _folder.Write("a.nn", Script);
        Save("w.safetensors");
        _folder.Run("import", "w.safetensors").Fails(ExitCode.Usage, "nn import w.safetensors --into script.nn");
        _folder.Run("import", "w.h5", "--into", "a.nn").Fails(ExitCode.Usage, "weights are read from .safetensors and .npz");
        _folder.Run("import", "none.safetensors", "--into", "a.nn").Fails(ExitCode.BadFile, "there is no such file");
        _folder.Run("import", "w.safetensors", "--into", "a.nn", "--map", "fc").Fails(ExitCode.BadFile, "cannot read the map 'fc'");
        _folder.Run("import", "w.safetensors", "--into", "a.nn", "--map", "fc=dense_2").Fails(ExitCode.BadFile, "the script has no 'dense_2'");
        _folder.Write("b.nn", Script.Replace("dense 1", "dense 3; dense 1"));
        _folder.Run("import", "w.safetensors", "--into", "b.nn")
            .Fails(ExitCode.BadFile, "no tensor of the file fits m.dense_1.weight of 2x3; left are fc.bias 1, fc.weight 1x2");
        _folder.Write("map.txt", "# theirs = ours\nfc = dense_1\n");
        _folder.Run("import", "w.safetensors", "--into", "a.nn", "--map", "map.txt").Good();
    }

    private void Save(string name)
    {
        var file = new Safetensors();
        file.Tensors["fc.weight"] = new StoredTensor(new Shape(1, 2), DType.F32, MemoryMarshal.AsBytes<float>(new float[] { 1f, 0.5f }).ToArray());
        file.Tensors["fc.bias"] = new StoredTensor(new Shape(1), DType.F32, MemoryMarshal.AsBytes<float>(new float[] { 0f }).ToArray());
        file.Save(_folder.File(name));
    }
}
