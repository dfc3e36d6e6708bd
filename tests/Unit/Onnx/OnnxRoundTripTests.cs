using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Nn.Data;
using Nn.Dsl;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Onnx;

/// <summary>The examples go out as ONNX and come back as scripts that give the same outputs.</summary>
public partial class OnnxRoundTripTests
{
    [SkippableTheory]
    [InlineData("admitted", null)]
    [InlineData("annealing", null)]
    [InlineData("char-gpt", "tinyshakespeare.txt")]
    [InlineData("char-lstm", "tinyshakespeare.txt")]
    [InlineData("custom", null)]
    [InlineData("digits", null)]
    [InlineData("distillation", null)]
    [InlineData("iris", "iris.csv")]
    [InlineData("kmeans", null)]
    [InlineData("linear-regression", null)]
    [InlineData("logistic-regression", null)]
    [InlineData("mnist-lenet", "mnist")]
    [InlineData("mnist-mlp", "mnist")]
    [InlineData("mpg", "mpg.csv")]
    [InlineData("pca", null)]
    [InlineData("resnet", "mnist")]
    [InlineData("spirals", null)]
    [InlineData("titanic", "titanic.csv")]
    [InlineData("unet", null)]
    [InlineData("wavenet", null)]
    [InlineData("xor", null)]
    public void An_example_comes_back(string example, string? data)
    {
        string? folder = data is null ? null : Path.GetDirectoryName(Checkout.DataOrSkip(data));
        string text = Short(File.ReadAllText(Checkout.File("examples", example + ".nn")));
        (TrainingDefinition definition, LoadedData loaded) = Bind(text, folder);
        const int Samples = 4;
        using var session = new TrainingSession(Training.Script.OneThread, definition, loaded, new Nn.Training.TrainingExtras { PredictBatch = Samples });
        OnnxImported imported = Returned(OnnxExport.Convert(definition, loaded, Checkpoint.Capture(session, new TrainerState(), "").Tensors, ""), example);
        string source = Source().Match(text).Value;
        (TrainingDefinition again, LoadedData raw) = Bind(
            $"{string.Join('\n', text.Split('\n').Where(l => l.StartsWith("let ", StringComparison.Ordinal)))}\n{imported.Script}\n"
                + $"{Normalize().Replace(source, "").TrimEnd('}', ' ', '\n')}\n  {(data == "tinyshakespeare.txt" ? "" : "normalize none")}\n}}\ntrain {{ "
                + $"loss mse(imported(x), imported(x)); optimizer adam }}", folder);
        byte[] inputs = loaded.Training.Input[..(Samples * (loaded.Training.Input.Length / loaded.Training.Samples))];
        using var returned = new TrainingSession(Training.Script.OneThread, again, raw, new Nn.Training.TrainingExtras { PredictBatch = Samples });
        foreach ((Parameter p, Slot slot) in returned.Plan.Slots.Parameters)
            returned.Write<float>(slot, MemoryMarshal.Cast<byte, float>(imported.Weights.Tensors[p.Name].Bytes));
        float[] expected = session.Predict(inputs), given = returned.Predict(inputs);
        double scale = expected.Max(v => Math.Abs(v));
        Assert.Equal(expected.Length, given.Length);
        Assert.All(expected.Zip(given), p => Assert.True(Math.Abs(p.First - p.Second) <= 1e-4 * scale, $"{p.First} came back as {p.Second}"));
    }

    /// <summary>Models that are parts of a larger training, from numbers of their own: compared by running both files.</summary>
    [SkippableTheory]
    [InlineData("autoencoder", "decoder", "mnist")]
    [InlineData("gan", "generator", "mnist")]
    [InlineData("gan", "discriminator", "mnist")]
    [InlineData("vae", "decoder", null)]
    [InlineData("flights", "forecast", "flights.csv")]
    public void A_part_of_an_example_comes_back(string example, string part, string? data)
    {
        (TrainingDefinition definition, LoadedData loaded) = Bind(Short(File.ReadAllText(Checkout.File("examples", example + ".nn"))),
            data is null ? null : Path.GetDirectoryName(Checkout.DataOrSkip(data)));
        using var session = new TrainingSession(Training.Script.OneThread, definition, loaded);
        Model model = definition.Models.Single(m => m.Name == part);
        OnnxExported exported = OnnxExport.Convert(definition, loaded, Checkpoint.Capture(session, new TrainerState(), "").Tensors, "", model);
        OnnxImported imported = Returned(exported, example);
        string noise = $"normal({model.Input.Count})", shaped = model.Input.Rank > 1 ? $"reshape({noise}, {model.Input})" : noise;
        (TrainingDefinition again, LoadedData some) = Bind(
            $"{imported.Script}\ndata d {{ builtin xor }}\ntrain {{ loss mse(imported({shaped}), imported({shaped})); optimizer adam }}", null);
        OnnxModel twice = OnnxExport.Convert(again, some, imported.Weights.Tensors, "", again.Models.Single()).Model;
        var random = new Random(3);
        Tensor input = Tensor.Make([2, .. model.Input], _ => random.NextDouble() * 2 - 1);
        Tensor expected = OnnxEvaluator.Run(exported.Model, input)[0], given = OnnxEvaluator.Run(twice, input)[0];
        Assert.Equal(expected.Dims, given.Dims);
        Assert.All(expected.Data.Zip(given.Data), p => Assert.Equal(p.First, p.Second, 6));
    }

    private static OnnxImported Returned(OnnxExported exported, string name)
    {
        using var stream = new MemoryStream();
        OnnxWriter.Write(exported.Model, stream);
        return OnnxImport.Convert(OnnxReader.Read(stream.ToArray(), name), name);
    }

    // A few samples are enough.
    private static string Short(string text) => Source().Replace(Builtin().Replace(text, "samples: 60"),
        m => m.Value.Contains("builtin", StringComparison.Ordinal) ? m.Value : m.Value.TrimEnd('}') + "\n  limit 120\n}");

    private static (TrainingDefinition Definition, LoadedData Data) Bind(string text, string? folder)
    {
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(new SourceText("test.nn", text), BindOptions.None, spec =>
        {
            data = DataLoader.Load(spec, folder is null ? [] : [folder]);
            return data.Schema;
        });
        return (bound.Training!, data!);
    }

    [GeneratedRegex(@"data \w+ \{[^}]*\}")]
    private static partial Regex Source();

    [GeneratedRegex(@"samples: \d+")]
    private static partial Regex Builtin();

    [GeneratedRegex(@"normalize [^\n}]*")]
    private static partial Regex Normalize();
}
