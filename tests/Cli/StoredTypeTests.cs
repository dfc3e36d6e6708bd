using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Networks;
using Nn.Repl.Serve.Views;
using Nn.Tests.Unit.Onnx;
using Nn.Training;

namespace Nn.Tests.Cli;

/// <summary>
/// Whichever way a trained model is asked, and however its inputs are stored, the answer is that of its formulas: bytes are 0 to 1, numbers are scaled, symbols
/// are rows of a table. The truth is computed here, in double precision, from the tensors of the checkpoint.
/// </summary>
public sealed class StoredTypeTests(StoredTypeTests.TrainedModels models) : IClassFixture<StoredTypeTests.TrainedModels>
{
    private const int Width = 4, Hidden = 3, Classes = 2, Samples = 60, Held = 12;

    public static TheoryData<DType> Stored => [DType.U8, DType.F32, DType.I32];

    /// <summary>One model for each stored type, trained by the program.</summary>
    public sealed class TrainedModels : IDisposable
    {
        public ScriptFolder Folder { get; } = new();

        public Dictionary<DType, Trained> All { get; } = [];

        public TrainedModels()
        {
            foreach (DType stored in new[] { DType.U8, DType.F32, DType.I32 }) All[stored] = new Trained(Folder, stored);
        }

        public void Dispose() => Folder.Dispose();
    }

    /// <summary>A model, its data, and what it must say of them.</summary>
    public sealed class Trained
    {
        private readonly Safetensors _file;

        public Trained(ScriptFolder folder, DType stored)
        {
            Stored = stored;
            var random = new Random(7);
            // The first element decides the class. Half of the numbers are no whole ones, and large enough to matter unscaled.
            Inputs = [.. Enumerable.Range(0, Samples * Width).Select(_ => stored switch
            {
                DType.U8 => random.Next(256),
                DType.I32 => random.Next(5),
                _ => random.Next(-40, 40) / 2f,
            })];
            Targets = [.. Enumerable.Range(0, Samples).Select(i => Inputs[i * Width] > stored switch { DType.U8 => 127, DType.I32 => 2, _ => 0 } ? 1 : 0)];
            NumpyArray x = stored switch
            {
                DType.U8 => new NumpyArray(new Shape(Samples, 2, 2), NumpyType.U1, [.. Inputs.Select(v => (byte)v)]),
                DType.I32 => NumpyArray.Of(new Shape(Samples, Width), [.. Inputs.Select(v => (int)v)]),
                _ => NumpyArray.Of(new Shape(Samples, Width), Inputs),
            };
            string name = stored.Name();
            Npz.Save(folder.File($"{name}.npz"), new Dictionary<string, NumpyArray> { ["x"] = x, ["y"] = NumpyArray.Of(new Shape(Samples), Targets) });
            // Nothing says how many symbols there are but the data: there are more of them than classes.
            Script = folder.Write($"{name}.nn", $$"""
                model m { {{(stored == DType.I32 ? "embed 2; flatten" : "flatten")}}; dense {{Hidden}}, tanh; dense classes, softmax }
                data d { npz "{{name}}.npz"{{(stored == DType.I32 ? ", symbols: true" : "")}}; split 80/20, shuffle: false; {{(stored == DType.I32 ? ""
                    : "normalize standard")}} }
                train { loss cross_entropy; optimizer adam(lr: 0.05); epochs 15; batch 8; metrics accuracy }
                """);
            Model = folder.File($"{name}.safetensors");
            folder.Run("train", Script, "--save", Model, "--quiet").Good();
            _file = Safetensors.Load(Model);
        }

        public DType Stored { get; }

        public string Script { get; }

        public string Model { get; }

        public float[] Inputs { get; }

        public int[] Targets { get; }

        public float[] Sample(int i) => Inputs[(i * Width)..((i + 1) * Width)];

        /// <summary>The probabilities of the classes.</summary>
        public double[] Expected(int sample)
        {
            double[] x = [.. Sample(sample).Select(v => (double)v)];
            if (Stored == DType.U8) x = [.. x.Select(v => v / 255)];
            if (Stored == DType.I32) x = [.. Sample(sample).SelectMany(s => Tensor("m.embed_1.weight").Skip((int)s * 2).Take(2))];
            else x = [.. x.Select((v, i) => v * At("input_scale", i) + At("input_shift", i))];
            double[] hidden = [.. Dense(x, "m.dense_1", Hidden).Select(Math.Tanh)], logits = Dense(hidden, "m.dense_2", Classes),
                e = [.. logits.Select(l => Math.Exp(l - logits.Max()))];
            return [.. e.Select(v => v / e.Sum())];
        }

        private double[] Dense(double[] x, string layer, int units)
        {
            double[] w = Tensor(layer + ".weight"), b = Tensor(layer + ".bias");
            return [.. Enumerable.Range(0, units).Select(u => b[u] + x.Select((v, i) => v * w[i * units + u]).Sum())];
        }

        // One number for each feature, or one for all pixels of a channel.
        private double At(string name, int i) => Tensor(name) is var all ? all[i % all.Length] : 0;

        private double[] Tensor(string name) => [.. MemoryMarshal.Cast<byte, float>(_file.Tensors[name].Bytes).ToArray().Select(v => (double)v)];
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_program_predicts_by_a_model_alone(DType stored)
    {
        Trained t = models.All[stored];
        foreach (int sample in new[] { 0, 50 })
            AssertSame(t, sample, Outputs(models.Folder.Run(["predict", t.Model, "--json", .. Words(t, sample)]).Good())[0]);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_program_predicts_from_what_is_typed(DType stored)
    {
        Trained t = models.All[stored];
        foreach (int sample in new[] { 0, 1, 2, 50 })
            AssertSame(t, sample, Outputs(models.Folder.Run(["predict", t.Script, "--model", t.Model, "--json", .. Words(t, sample)]).Good())[0]);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_program_predicts_the_validation_part(DType stored)
    {
        Trained t = models.All[stored];
        float[][] outputs = Outputs(models.Folder.Run("predict", t.Script, "--model", t.Model, "--json").Good());
        Assert.NotEmpty(outputs);
        for (int i = 0; i < outputs.Length; i++) AssertSame(t, Samples - Held + i, outputs[i]);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_session_predicts_from_what_is_typed(DType stored)
    {
        Trained t = models.All[stored];
        Outcome o = models.Folder.Run("repl", "--json", "-c", $":open {t.Model}", "-c", $":predict {string.Join(' ', Words(t, 1))}", "-c", ":predict").Good();
        float[][] outputs = Outputs(o);
        AssertSame(t, 1, outputs[0]);
        for (int i = 1; i < outputs.Length; i++) AssertSame(t, Samples - Held + i - 1, outputs[i]);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Programs_predict(DType stored)
    {
        Trained t = models.All[stored];
        using var net = Network.Open(t.Model, new NetworkOptions { Device = "cpu" });
        foreach (int count in new[] { 1, 5 })
        {
            // Pixels are 0 to 1 for programs.
            float[] given = [.. t.Inputs.Take(count * Width).Select(v => stored == DType.U8 ? v / 255f : v)];
            AssertAll(t, net.Predict(given));
            if (stored != DType.F32) AssertAll(t, net.Predict(t.Inputs.Take(count * Width).Select(v => (byte)v).ToArray().AsSpan()));
        }

        // With its data, as a training has it.
        net.Evaluate();
        AssertAll(t, net.Predict([.. t.Inputs.Take(3 * Width).Select(v => stored == DType.U8 ? v / 255f : v)]));
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_page_shows_what_the_model_says(DType stored)
    {
        Trained t = models.All[stored];
        using var net = Network.Open(t.Model, new NetworkOptions { Device = "cpu" });
        using var view = new OutputView(net.Session);
        Dictionary<Parameter, byte[]> weights = net.Session.Plan.Slots.Parameters.ToDictionary(p => p.Key,
            p => MemoryMarshal.AsBytes(net.Session.Read<float>(p.Value).AsSpan()).ToArray());
        AssertAll(t, (float[])view.Draw(weights), Samples - Held);
    }

    // What every picture of the page is drawn from.
    private sealed class OutputView(TrainingSession session) : InputView(session.Definition.Predictor!, session.Input, Some(session.Data, Held))
    {
        public override object Scene => "outputs";

        protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights) => outputs;
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Evaluation_counts_the_same_answers(DType stored)
    {
        Trained t = models.All[stored];
        double[][] expected = [.. Enumerable.Range(Samples - Held, Held).Select(t.Expected)];
        int[] actual = t.Targets[^Held..];
        JsonElement metrics = Json(models.Folder.Run("eval", t.Script, "--model", t.Model, "--json").Good())
            .Single(e => e.GetProperty("event").GetString() == "eval").GetProperty("metrics");
        Assert.Equal(expected.Select((p, i) => -Math.Log(p[actual[i]])).Average(), metrics.GetProperty("val_loss").GetDouble(), 1e-4);
        Assert.Equal(expected.Select((p, i) => Array.IndexOf(p, p.Max()) == actual[i] ? 1.0 : 0).Average(), metrics.GetProperty("val_accuracy").GetDouble(),
            1e-6);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_exported_graph_takes_inputs_as_they_are_stored(DType stored)
    {
        Trained t = models.All[stored];
        string file = models.Folder.File($"{stored.Name()}.onnx");
        models.Folder.Run("export", t.Model, "--to", file).Good();
        OnnxModel model = OnnxReader.Read(File.ReadAllBytes(file), file);
        Assert.Equal(stored switch { DType.U8 => OnnxType.UInt8, DType.I32 => OnnxType.Int32, _ => OnnxType.Float }, model.Graph.Inputs[0].Type);
        int[] sample = stored == DType.U8 ? [2, 2, 1] : [Width];
        Tensor output = OnnxEvaluator.Run(model, new Tensor([Samples, .. sample], [.. t.Inputs.Select(v => (double)v)]))[0];
        AssertAll(t, [.. output.Data.Select(v => (float)v)]);
    }

    [Theory]
    [InlineData(DType.I32, "1 0 2 5", "'5' is no symbol: the data have the symbols 0 to 4", "1 0 2 -1", "'-1' is no symbol", "1 0 2 0.5", "'0.5' is no symbol",
        "1 0 2", "a sample has 4 symbols; 3 were given")]
    [InlineData(DType.U8, "1 0 2 256", "'256' is no pixel: pixels are the whole numbers 0 to 255", "1 0 2 0.5", "'0.5' is no pixel", "1 0 2 -1",
        "'-1' is no pixel")]
    [InlineData(DType.F32, "1 0 2 nan", "'nan' is no number that a model can calculate with", "1 0 2 1e39", "'1e39' is no number that a model", "1 0 2 red",
        "'red' is no number")]
    public void What_no_element_can_be_is_refused(DType stored, params string[] cases)
    {
        Trained t = models.All[stored];
        models.Folder.Run(["predict", t.Script, "--model", t.Model, .. cases[0].Split(' ')]).Fails(ExitCode.Usage, cases[1]);
        string[][] wrong = [.. cases.Chunk(2)];
        string[] errors = [.. models.Folder.Run(["-c", $":open {t.Model}", .. wrong.SelectMany(w => new[] { "-c", $":predict {w[0]}" })]).Lines.Where(
            l => l.StartsWith("error:", StringComparison.Ordinal))];
        Assert.Equal(wrong.Length, errors.Length);
        Assert.All(wrong.Zip(errors), e => Assert.Contains(e.First[1], e.Second));
        using var net = Network.Open(t.Model, new NetworkOptions { Device = "cpu" });
        foreach (string[] w in wrong)
        {
            // Programs give pixels as 0 to 1, and can give no words.
            if (stored == DType.U8 || w[0].EndsWith("red", StringComparison.Ordinal)) continue;
            float[] given = [.. w[0].Split(' ').Select(v => float.Parse(v, NumberStyles.Float, CultureInfo.InvariantCulture))];
            Assert.Contains(w[1][(w[1].IndexOf("' ", StringComparison.Ordinal) + 1)..].Trim(),
                Assert.Throws<ArgumentException>(() => net.Predict(given)).Message);
        }
    }

    // As bytes, 1 would be 1/255.
    [Fact]
    public void Numbers_in_brackets_are_no_pixels()
    {
        using var net = Network.Parse(ScriptFolder.Small, new NetworkOptions { Device = "cpu" });
        Assert.Equal(net.Predict(1, 1), net.Predict([1, 1]));
    }

    [Fact]
    public void Symbols_have_rows_of_their_own_and_are_not_scaled()
    {
        string text = File.ReadAllText(models.All[DType.I32].Script);
        string Edited(string name, string from, string to) => models.Folder.Write(name, text.Replace(from, to));
        models.Folder.Run("check", Edited("scaled.nn", "shuffle: false;", "shuffle: false; normalize standard;"))
            .Fails(ExitCode.Script, "scaled.nn:2", "'normalize'", "symbols are no quantities; leave it out");
        models.Folder.Run("check", Edited("few.nn", "embed 2", "embed 2, symbols: 4"))
            .Fails(ExitCode.Script, "few.nn:1", "embed: symbols must be at least 5, as many as the data have, not 4");
        models.Folder.Run("check", Edited("many.nn", "embed 2", "embed 2, symbols: 9")).Good();
    }

    [Fact]
    public void Symbols_that_a_model_was_not_trained_on_are_refused()
    {
        Trained t = models.All[DType.I32];
        using var other = new ScriptFolder();
        string script = other.Write("i32.nn", File.ReadAllText(t.Script));
        void Data(params int[] symbols) => Npz.Save(other.File("i32.npz"), new Dictionary<string, NumpyArray>
        {
            ["x"] = NumpyArray.Of(new Shape(symbols.Length, Width), [.. symbols.SelectMany(s => new[] { s, 0, 1, 0 })]),
            ["y"] = NumpyArray.Of(new Shape(symbols.Length), [.. symbols.Select((_, i) => i % 2)]),
        });
        Data(0, 1, 2, 3, 9);
        other.Run("eval", script, "--model", t.Model).Fails(ExitCode.BadFile, "has symbols up to 9; the model was trained on the symbols 0 to 4");
        // Fewer are known, and have the rows that they had.
        Data(0, 1, 1, 0, 1);
        other.Run("eval", script, "--model", t.Model).Good();
    }

    private static string[] Words(Trained t, int sample) => [.. t.Sample(sample).Select(v => v.ToString(CultureInfo.InvariantCulture))];

    private static IEnumerable<JsonElement> Json(Outcome o) => o.Lines.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement);

    private static float[][] Outputs(Outcome o) =>
        [.. Json(o).Where(e => e.GetProperty("event").GetString() == "prediction")
            .Select(e => e.GetProperty("output").EnumerateObject().Select(p => p.Value.GetSingle()).ToArray())];

    private static void AssertAll(Trained t, float[] outputs, int first = 0)
    {
        float[][] samples = [.. outputs.Chunk(Classes)];
        Assert.NotEmpty(samples);
        for (int i = 0; i < samples.Length; i++) AssertSame(t, first + i, samples[i]);
    }

    private static void AssertSame(Trained t, int sample, float[] given)
    {
        double[] expected = t.Expected(sample);
        Assert.Equal(Classes, given.Length);
        for (int c = 0; c < Classes; c++) Assert.True(Math.Abs(expected[c] - given[c]) < 1e-4, $"sample {sample}: {given[c]}, not {expected[c]}");
    }
}
