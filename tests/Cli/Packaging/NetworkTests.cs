using System.Globalization;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Networks;
using Nn.Training;

namespace Nn.Tests.Cli.Packaging;

/// <summary>Networks in C# programs.</summary>
public sealed class NetworkTests : IDisposable
{
    private static readonly NetworkOptions OnCpu = new() { Device = "cpu" };

    private readonly ScriptFolder _folder = new();

    [Fact]
    public void Xor_is_learned()
    {
        using var net = Network.Load(Nn.Example("xor.nn"), OnCpu);
        Assert.Equal(TrainingEnd.Finished, net.Train());
        float[] y = net.Predict(0, 0, 0, 1, 1, 0, 1, 1);
        Assert.Equal(4, y.Length);
        for (int i = 0; i < 4; i++) Assert.Equal(i is 1 or 2 ? 1 : 0, y[i], 0.2);
        Assert.Equal(17, net.ParameterCount);
    }

    [Fact]
    public void A_network_is_what_the_program_trains_and_predicts_alike()
    {
        string script = _folder.Write("s.nn", ScriptFolder.Small), theirs = _folder.File("theirs.safetensors"), ours = _folder.File("ours.safetensors");
        _folder.Run("train", script, "--save", theirs, "--device", "cpu", "--set", "width=6", "--seed", "5", "--quiet").Good();
        using var net = Network.Load(script, OnCpu with { Seed = 5, Set = new Dictionary<string, string> { ["width"] = "6" } });
        net.Train();
        net.Save(ours);
        Same(Safetensors.Load(theirs), Safetensors.Load(ours));
        string shown = _folder.Run("predict", script, "--model", ours, "--device", "cpu", "--set", "width=6", "0.5", "-1").Good().Out;
        Assert.Equal(double.Parse(shown, CultureInfo.InvariantCulture), net.Predict(0.5f, -1)[0], 1e-4);
        double loss = double.Parse(_folder.Run("eval", script, "--model", ours, "--device", "cpu", "--set", "width=6", "--quiet")
            .Good().Lines.Single(l => l.StartsWith("val_loss")).Split(' ')[^1], CultureInfo.InvariantCulture);
        Assert.Equal(loss, net.Evaluate()["val_loss"], 1e-4);
    }

    [Fact]
    public void Fields_go_in_and_come_out_by_their_names()
    {
        const string Script = """
            model net(place, size) { e = embed 3, symbols: 4; flatten; c = dense 2; from size; d = dense 2; add c, d; h = tanh; price = dense 1; from h; kind = dense classes(kind), softmax; outputs price, kind }
            train net { out = net(place, size); loss mse(out.price, price) + cross_entropy(out.kind, kind); optimizer adam(lr: 0.01); epochs 2; batch 4 }
            """;
        Samples samples = Samples.Of(
            [SampleField.Numbers("size", new Shape(2), [.. Enumerable.Range(0, 16).Select(i => i / 16f)]),
                SampleField.Symbols("place", new Shape(1), [0, 1, 2, 3, 0, 1, 2, 3])],
            [SampleField.Numbers("price", new Shape(1), [1, 2, 3, 4, 5, 6, 7, 8]), SampleField.Classes("kind", [0, 1, 0, 1, 0, 1, 0, 1], ["flat", "house"])]);
        using var net = Network.Parse(Script, OnCpu with { Data = samples });
        net.Train();
        var asked = new Dictionary<string, float[]> { ["size"] = [0.5f, 0.25f, 0, 1], ["place"] = [2, 0] };
        IReadOnlyDictionary<string, float[]> outputs = net.Predict(asked);
        Assert.Equal((2, 4), (outputs["price"].Length, outputs["kind"].Length));
        Assert.Equal(1, outputs["kind"][0] + outputs["kind"][1], 1e-6);
        Assert.Equal(["flat", "house"], net.Schema.Targets[1].Form.Names);

        // One sample alone gives what it gives beside another, and so does the checkpoint without data.
        string saved = _folder.File("fields.safetensors");
        net.Save(saved);
        using var opened = Network.Open(saved, OnCpu);
        IReadOnlyDictionary<string, float[]> one = opened.Predict(new Dictionary<string, float[]> { ["place"] = [0], ["size"] = [0, 1] });
        Assert.Equal(outputs["price"][1], one["price"][0], 1e-6);
        Assert.Contains("trained on samples of a program", Assert.Throws<NnException>(() => opened.Evaluate()).Message);
        Assert.Contains("'place' is missing",
            Assert.Throws<ArgumentException>(() => net.Predict(new Dictionary<string, float[]> { ["size"] = [1, 2] })).Message);
        Assert.Contains("'plaze' is no input",
            Assert.Throws<ArgumentException>(() => net.Predict(new Dictionary<string, float[]> { ["plaze"] = [1] })).Message);
        Assert.Contains("1 sample of size and 2 samples of place",
            Assert.Throws<ArgumentException>(() => net.Predict(new Dictionary<string, float[]> { ["size"] = [1, 2], ["place"] = [1, 2] })).Message.Replace(
                "2 samples of place and 1 sample of size", "1 sample of size and 2 samples of place"));
        Assert.Contains("by these names", Assert.Throws<ArgumentException>(() => net.Predict(1, 2)).Message);
    }

    [Fact]
    public void A_checkpoint_is_asked_without_its_data()
    {
        string rows = string.Concat(Enumerable.Range(0, 40).Select(i => $"{i * 0.1:F1},{40 - i},{(i % 2 == 0 ? "even" : "odd")}\n"));
        string table = _folder.Write("t.csv", "a,b,kind\n" + rows), saved = _folder.File("m.safetensors");
        _folder.Write("s.nn",
            "model m { dense 3, tanh; dense classes, softmax }\ndata d { csv \"t.csv\"; target kind; split 80/20 }\ntrain { loss cross_entropy; optimizer "
                + "adam(lr: 0.01); epochs 3; batch 8 }");
        using var trained = Network.Load(_folder.File("s.nn"), OnCpu);
        trained.Train();
        trained.Save(saved);
        File.Delete(table);

        using var opened = Network.Open(saved, OnCpu);
        Assert.Equal(trained.Predict(1, 20), opened.Predict(1, 20));
        Assert.Equal(["even", "odd"], opened.ClassNames);
        Assert.Equal(["a", "b"], opened.Schema.Input.Names);
        Assert.Equal(trained.Classify(1, 20), opened.Classify(1, 20));
        Assert.Contains("a, b", Assert.Throws<ArgumentException>(() => opened.Predict(1)).Message);
        opened.Save(_folder.File("again.safetensors"));
        Same(Safetensors.Load(saved), Safetensors.Load(_folder.File("again.safetensors")));
        NnException missing = Assert.ThrowsAny<NnException>(() => opened.Evaluate());
        Assert.Equal(ExitCode.BadFile, missing.Code);
        Assert.Contains("t.csv", missing.Message);
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_version_is_asked_with_its_data()
    {
        using var trained = Network.Parse(ScriptFolder.Small, OnCpu);
        trained.Train(epochs: 1);
        string saved = _folder.File("m.safetensors");
        trained.Save(saved);
        Safetensors old = Safetensors.Load(saved);
        old.Metadata.Remove("data");
        old.Save(saved);
        using var opened = Network.Open(saved, OnCpu);
        Assert.Equal(trained.Predict(1, 2), opened.Predict(1, 2));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"input":[-2],"input_type":"f32","target":[1],"target_type":"f32","classes":null,"class_names":[],"features":[]}""")]
    [InlineData("""{"input":[2],"input_type":"f64","target":[1],"target_type":"f32","classes":null,"class_names":[],"features":[]}""")]
    public void What_a_checkpoint_says_of_its_data_may_be_damaged(string data)
    {
        using var trained = Network.Parse(ScriptFolder.Small, OnCpu);
        string saved = _folder.File("m.safetensors");
        trained.Save(saved);
        Safetensors damaged = Safetensors.Load(saved);
        damaged.Metadata["data"] = data;
        damaged.Save(saved);
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Network.Open(saved, OnCpu)).Code);
    }

    [Fact]
    public void Training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped()
    {
        string half = _folder.File("half.safetensors"), resumed = _folder.File("resumed.safetensors"), whole = _folder.File("whole.safetensors");
        using (var net = Network.Parse(ScriptFolder.Small, OnCpu with { Seed = 9 }))
        {
            net.Train(epochs: 2);
            Assert.Equal(2, net.Epoch);
            net.Save(half);
            net.Train();
            net.Save(whole);
        }

        using var later = Network.Open(half, OnCpu);
        later.Train();
        Assert.Equal(4, later.Epoch);
        later.Save(resumed);
        Same(Safetensors.Load(whole), Safetensors.Load(resumed));
    }

    [Fact]
    public void Epochs_are_told_and_can_be_the_last()
    {
        using var stop = new CancellationTokenSource();
        using var net = Network.Parse(ScriptFolder.Small, OnCpu);
        var epochs = new List<int>();
        net.EpochEnded += e =>
        {
            epochs.Add(e.Epoch);
            Assert.Contains("val_accuracy", e.Metrics.Keys);
            if (e.Epoch == 1) stop.Cancel();
        };
        Assert.Equal(TrainingEnd.Interrupted, net.Train(stop.Token));
        Assert.Equal([0, 1], epochs);
        Assert.Equal(TrainingEnd.Finished, net.Train());
        Assert.Equal([0, 1, 2, 3], epochs);
        Assert.Equal(TrainingEnd.Finished, net.Train(epochs: 2));
        Assert.Equal(6, net.Epoch);
    }

    [Fact]
    public void Predictions_follow_the_training()
    {
        using var net = Network.Parse(ScriptFolder.Small, OnCpu);
        var seen = new List<float>();
        net.EpochEnded += _ => seen.Add(net.Predict(1, 1)[0]);
        seen.Add(net.Predict(1, 1)[0]);
        net.Train();
        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(seen[^1], net.Predict(1, 1)[0]);
    }

    // y = 2a − 3b + 1: one neuron finds these numbers, whatever scales its inputs.
    [Theory]
    [InlineData("")]
    [InlineData("data d { builtin linear; split 50/50; normalize standard }")]
    public void Samples_in_memory_take_the_place_of_a_scripts_source(string block)
    {
        float[][] inputs = [.. Enumerable.Range(0, 64).Select(i => new[] { i % 8 - 3.5f, i / 8 - 3.5f })];
        float[][] targets = [.. inputs.Select(x => new[] { 2 * x[0] - 3 * x[1] + 1 })];
        using var net = Network.Parse($"model line {{ dense 1 }}\n{block}\ntrain {{ loss mse; optimizer adam(lr: 0.1); epochs 300; batch 16 }}",
            OnCpu with { Data = Samples.Of(inputs, targets) });
        Assert.Equal(block.Length > 0 ? 32 : 64, net.Session.Data.Training.Samples);
        Assert.Equal(block.Length > 0, net.Session.Data.Input.Scaling is not null);
        net.Train();
        Assert.Equal([1f, 3, -2], net.Predict(0, 0, 1, 0, 0, 1).Select(v => MathF.Round(v, 2)));
    }

    [Fact]
    public void Classes_in_memory_are_recognised()
    {
        float[][] inputs = [.. Enumerable.Range(0, 60).Select(i => new[] { i % 3 * 2 + 0.01f * i, 1 })];
        int[] classes = [.. Enumerable.Range(0, 60).Select(i => i % 3)];
        using var net = Network.Parse(
            "model m { dense 8, tanh; dense classes, softmax }\ntrain { loss cross_entropy; optimizer adam(lr: 0.05); epochs 60; batch 20 }",
            OnCpu with { Data = Samples.Of(inputs, classes) });
        net.Train();
        Assert.Equal(["0", "1", "2"], net.ClassNames);
        Assert.Equal("0", net.Classify(0.3f, 1));
        Assert.Equal("2", net.Classify(4.3f, 1));
    }

    [Fact]
    public void Samples_are_predicted_alike_alone_and_in_crowds()
    {
        using var net = Network.Load(Nn.Example("digits.nn"), OnCpu with { Epochs = 1 });
        byte[] pixels = net.Session.Data.Validation.Input[..(100 * 784)];
        float[] together = net.Predict(pixels), scaled = net.Predict(Array.ConvertAll(pixels, p => p / 255f));
        Assert.Equal(100 * 10, together.Length);
        for (int s = 0; s < 100; s += 33)
        {
            float[] alone = net.Predict(pixels.AsSpan(s * 784, 784));
            for (int c = 0; c < 10; c++)
            {
                Assert.Equal(alone[c], together[s * 10 + c], 1e-5f);
                Assert.Equal(alone[c], scaled[s * 10 + c], 1e-5f);
            }
        }
    }

    // The program turns cultures off; a program around the library need not.
    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void A_culture_that_writes_commas_changes_nothing(string device)
    {
        Skip.If(DeviceFamily.All().Single(f => f.Backend == device).Devices.All(d => d.Unusable is not null), $"{device} has no device here");
        const string Script = """
            let rate = 0.025
            fn bent(x, by = 0.5) = x * sigmoid(by * x) + 1e-3
            model m { dense 3, bent; dropout 0.25; dense 1, sigmoid }
            data d { builtin linear, samples: 50, noise: 0.2; split 79.5/20.5; normalize range: -0.5..0.5 }
            train { loss bce; optimizer adam(lr: rate); schedule exponential(factor: 0.9); epochs 2; batch 16; metrics accuracy }
            """;
        string[] files = [_folder.File("plain.safetensors"), _folder.File("commas.safetensors")];
        CultureInfo before = CultureInfo.CurrentCulture, commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NumberGroupSeparator, commas.NumberFormat.NegativeSign) = (",", ".", "−");
        try
        {
            foreach (string file in files)
            {
                using var net = Network.Parse(Script, new NetworkOptions { Device = device, Set = new Dictionary<string, string> { ["rate"] = "1.5e-2" } });
                net.Train();
                net.Save(file);
                CultureInfo.CurrentCulture = commas;
            }

            using var opened = Network.Open(files[1], new NetworkOptions { Device = device });
            Assert.Single(opened.Predict(0.5f, -0.5f));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));
    }

    // Each character says which one comes next.
    [Fact]
    public void A_model_of_characters_goes_on_with_a_text()
    {
        _folder.Write("t.txt", string.Concat(Enumerable.Repeat("abcdefghijklm\n", 40)));
        string script = _folder.Write("m.nn", """
            model m { embed 16; positions; transformer 2, causal; dense classes, softmax }
            data d { text "t.txt", context: 8; split 90/10, shuffle: false }
            train { loss cross_entropy; optimizer adamw(lr: 1e-2); epochs 6; batch 8 }
            """);
        using var net = Network.Load(script, OnCpu);
        net.Train();
        Assert.Equal("efghijklm\nab", string.Concat(net.Generate("cd", 12, temperature: 0)));
        net.Save(_folder.File("m.safetensors"));
        File.Delete(_folder.File("t.txt"));
        using var opened = Network.Open(_folder.File("m.safetensors"), OnCpu);
        Assert.Equal(string.Concat(net.Generate("", 30, temperature: 3, seed: 5)), string.Concat(opened.Generate("", 30, temperature: 3, seed: 5)));
        Assert.Contains("does not know Z", Assert.Throws<NnException>(() => opened.Generate("Z", 1)).Message);
        using var xor = Network.Load(Nn.Example("xor.nn"), OnCpu);
        Assert.Contains("no probability for each character", Assert.Throws<NnException>(() => xor.Generate("a", 1)).Message);
    }

    [Fact]
    public void Mistakes_are_told_as_by_the_program()
    {
        Assert.Contains("relu",
            Assert.Throws<ScriptException>(
                () => Network.Parse("model m { dense 4, rleu }\ndata d { builtin xor }\ntrain { loss mse; optimizer adam }", OnCpu)).Message);
        Assert.Contains("no train block", Assert.Throws<NnException>(() => Network.Parse("model m { input 2; dense 4 }", OnCpu)).Message);
        Assert.Contains("there are no data",
            Assert.Throws<ScriptException>(() => Network.Parse("model m { dense 4 }\ntrain { loss mse; optimizer adam }", OnCpu)).Message);
        Assert.Contains("xor.nn", Assert.Throws<NnException>(() => Network.Load(Nn.Example("xorr.nn"), OnCpu)).Message);
        using var net = Network.Load(Nn.Example("xor.nn"), new NetworkOptions { Device = "cpuu" });
        Assert.Contains("did you mean cpu?", Assert.Throws<NnException>(() => net.Train()).Message);
    }

    [Fact]
    public void Samples_that_do_not_fit_together_are_refused()
    {
        float[][] two = [[1, 2], [3, 4]];
        Assert.Throws<ArgumentException>(() => Samples.Of(two, new[] { 0 }));
        Assert.Throws<ArgumentException>(() => Samples.Of(two, new[] { 0, -1 }));
        Assert.Throws<ArgumentException>(() => Samples.Of([[1, 2], [3]], new[] { 0, 1 }));
        Assert.Throws<ArgumentException>(() => Samples.Of([], new[] { 0, 1 }));
        Assert.Throws<ArgumentException>(() => Samples.Of([[1, float.NaN]], new[] { 0 }));
        Assert.Throws<ArgumentException>(() => Samples.Of([1, 2, 3], new Shape(2), [1, 2], new Shape(1)));
        Assert.Throws<ArgumentException>(() => Samples.Of([1, 2], new Shape(2), [float.PositiveInfinity], new Shape(1)));
        Assert.Equal(2, Samples.Of([1, 2, 3, 4, 5, 6, 7, 8], new Shape(2, 2, 1), [1, 0]).Count);
    }

    public void Dispose() => _folder.Dispose();

    private static void Same(Safetensors expected, Safetensors actual)
    {
        Assert.Equal(expected.Tensors.Keys, actual.Tensors.Keys);
        foreach ((string name, StoredTensor tensor) in expected.Tensors) Assert.Equal(tensor.Bytes, actual.Tensors[name].Bytes);
    }
}
