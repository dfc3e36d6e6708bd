using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Exchange.Weights;
using Nn.Files;
using Nn.Graphs;
using Nn.Tests.Unit.Training;
using Nn.Training;

namespace Nn.Tests.Unit.Files;

/// <summary>Weights of PyTorch (tests/golden/pytorch/make_imports.py) give PyTorch's outputs here.</summary>
public class WeightImportTests
{
    private const string Digits = """
        model m {
          conv 3, 5x5, padding: 2
          batchnorm
          relu
          maxpool 2x2
          conv 4, 5x5, relu
          maxpool 2x2
          flatten
          dense 6, tanh
          dense 6, tanh
          dropout 0.5
          dense 6, tanh
          dense classes, softmax
        }
        data d { builtin digits, samples: 20 }
        train { loss cross_entropy; optimizer adam }
        """;

    private const string Numbers = "\ndata d { builtin linear, samples: 20; normalize none }\ntrain { loss mse; optimizer adam }";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", "pytorch", "imports.json"))).RootElement;

    public static TheoryData<string, string> Cases => new()
    {
        { "digits", Digits },
        { "decoder", "model m { dense 48, relu; reshape 4x4x3; conv_transpose 2, 2x2, stride: 2, sigmoid }\ndata d { builtin linear, samples: 20; normalize none }\ntrain { loss mse(m(x), m(x)); optimizer adam }" },
        { "sequential", "model m { dense 5, tanh; dense 5; layernorm; dense 5, sigmoid; dense 1 }" + Numbers },
        { "lstm", "model m { reshape 2x1; lstm 3, last; dense 1 }" + Numbers },
        { "gru", "model m { reshape 2x1; gru 3, last, bidirectional; dense 1 }" + Numbers },
        { "rnn", "model m { reshape 2x1; rnn 3, last; dense 1 }" + Numbers },
        { "encoder", "model m { dense 12; reshape 3x4; repeat 2 { transformer 2 }; flatten; dense 1 }" + Numbers },
        { "encoder", "model m { dense 12; reshape 3x4; repeat 2 { residual { layernorm; attention 2 }; residual { layernorm; dense 16, gelu; dense 4 } }; flatten; dense 1 }" + Numbers },
        { "gpt", "model m { embed 4; positions; transformer 2, causal; transformer 2, causal; layernorm; dense classes, bias: false; softmax }" + Text },
        { "gpt", Blocks + Text },
    };

    private const string Text = "\ndata d { text \"data.csv\", context: 5 }\ntrain { loss cross_entropy; optimizer adam }";

    private const string Blocks = """
        block unit {
          residual { layernorm; attention 2, causal }
          residual { layernorm; dense 16, gelu; dense 4 }
        }
        model m { embed 4; positions 5; repeat 2 { unit }; layernorm; dense classes, bias: false; softmax }
        """;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Imported_weights_give_the_outputs_they_gave_there(string name, string script) => Check(name, script, []);

    // Neither name comes first.
    [Fact]
    public void Attention_of_three_projections_and_without_biases_is_read()
    {
        const string script = "model m { dense 12; reshape 3x4; attention; attention 2; flatten; dense 1 }" + Numbers;
        Assert.Contains("attention, mha could each be attention_1", Assert.Throws<NnException>(() => Check("attention", script, [])).Message);
        Check("attention", script, [("mha", "attention_2")]);
        Assert.Contains("the tensors of 'stem' (stem.bias 12, stem.weight 12x2) do not become those of attention_1", Assert.Throws<NnException>(() => Check("attention", script, [("stem", "attention_1")])).Message);
    }

    // As GPT-2 is published: products inside of the blocks are inputs × outputs, without the name of the model around.
    [Fact]
    public void Weights_of_gpt_2_as_published_are_read()
    {
        ForeignTensor[] published = [.. Tensors("gpt").Select(t =>
        {
            string name = t.Name.Replace("transformer.", "");
            if (!t.Name.Contains(".c_") || t.Shape.Rank != 2) return t with { Name = name };
            (int rows, int columns) = (t.Shape[0], t.Shape[1]);
            return new ForeignTensor(name, new Shape(columns, rows), [.. Enumerable.Range(0, rows * columns).Select(i => t.Values[i % rows * columns + i / rows])]);
        })];
        Check("gpt", Blocks + Text, [], published);
    }

    private static void Check(string name, string script, IReadOnlyList<(string, string)> pairs, ForeignTensor[]? tensors = null)
    {
        JsonElement golden = Golden.GetProperty(name);
        var bound = new Script(script, string.Concat(Enumerable.Repeat("abcdefg", 20)));
        float[] input = Floats(golden.GetProperty("input")), expected = Floats(golden.GetProperty("output"));
        int samples = input.Length / (int)bound.Training.Schema.Input.Shape.Count;
        using var session = new TrainingSession(Script.OneThread, bound.Training, bound.Data, new TrainingExtras { PredictBatch = samples });
        WeightImport import = WeightMap.Match(bound.Training.Models, tensors ?? Tensors(name), pairs);
        Assert.Empty(import.Unused);
        foreach (WeightMatch m in import.Matches) session.Write<float>(session.Plan.Slots.Parameters[m.Ours], m.Values);
        byte[] bytes = bound.Data.Input.Stored == DType.I32 ? MemoryMarshal.AsBytes(Array.ConvertAll(input, v => (int)v).AsSpan()).ToArray()
            : bound.Data.Input.Stored == DType.U8 ? Array.ConvertAll(input, v => (byte)MathF.Round(v * 255)) : MemoryMarshal.AsBytes(input.AsSpan()).ToArray();
        Assert.All(expected.Zip(session.Predict(bytes)), p => Assert.Equal(p.First, p.Second, 5));
    }

    [Fact]
    public void Weights_in_several_files_are_read_by_their_index()
    {
        using var folder = new TemporaryFolder();
        void Part(string name, params (string Name, float[] Values)[] tensors)
        {
            var file = new Safetensors();
            foreach ((string tensor, float[] values) in tensors)
                file.Tensors[tensor] = new StoredTensor(new Shape(values.Length), DType.F32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
            file.Save(folder.File(name));
        }

        string Index(string content)
        {
            File.WriteAllText(folder.File("m.safetensors.index.json"), content);
            return folder.File("m.safetensors.index.json");
        }

        Part("m-1.safetensors", ("a.weight", [1, 2]), ("b.weight", [9]));
        Part("m-2.safetensors", ("b.weight", [3]), ("a.bias", [4, 5]));
        IReadOnlyList<ForeignTensor> all = ForeignWeights.Load(
            Index("""{"metadata": {}, "weight_map": {"b.weight": "m-2.safetensors", "a.weight": "m-1.safetensors", "a.bias": "m-2.safetensors"}}"""));
        Assert.Equal(["a.bias 4 5", "a.weight 1 2", "b.weight 3"], all.Select(t => $"{t.Name} {string.Join(' ', t.Values)}"));

        string Refused(string content) => Assert.Throws<NnException>(() => ForeignWeights.Load(Index(content))).Message;
        Assert.Contains("'c' is not in m-1.safetensors", Refused("""{"weight_map": {"c": "m-1.safetensors"}}"""));
        Assert.Contains("m-3.safetensors: there is no such file", Refused("""{"weight_map": {"c": "m-3.safetensors"}}"""));
        Assert.Contains("'../m-1.safetensors' is no safetensors file beside it", Refused("""{"weight_map": {"a.weight": "../m-1.safetensors"}}"""));
        Assert.Contains("is no safetensors file beside it", Refused("""{"weight_map": {"a.weight": 1.5}}""".Replace("1.5", "null")));
        Assert.Contains("it names no tensor", Refused("""{"weight_map": {}}"""));
        foreach (string other in new[] { "[1]", "{}", "{\"weight_map\": [1]}", "{\"weight_map\"", "{\"weight_map\": {\"a\": 1}}" })
            Assert.Contains("a JSON object with a weight_map is wanted", Refused(other));
    }

    [Fact]
    public void The_table_says_what_came_from_where_and_how()
    {
        WeightImport import = Import(Digits, Tensors("digits"));
        Dictionary<string, (string Theirs, string How)> rows = import.Matches.ToDictionary(m => m.Ours.Name, m => (m.Theirs.Single().Name, m.How));
        Assert.Equal(("conv1.weight", "channels last"), rows["m.conv_1.weight"]);
        Assert.Equal(("norm.running_var", ""), rows["m.batchnorm_1.running_variance"]);
        Assert.Equal(("fc1.weight", "transposed, pixels"), rows["m.dense_1.weight"]);
        // Ten comes after two.
        Assert.Equal(("fc2.weight", "transposed"), rows["m.dense_2.weight"]);
        Assert.Equal(("fc10.weight", "transposed"), rows["m.dense_3.weight"]);
    }

    [Fact]
    public void Names_that_say_no_order_are_asked_for()
    {
        const string script = "model m { dense 5, tanh; dense 5, tanh; dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";
        ForeignTensor[] tensors = [.. Linear("alpha", 5, 2), .. Linear("gamma", 5, 5), .. Linear("head", 1, 5), .. Linear("spare", 5, 5)];
        NnException e = Assert.Throws<NnException>(() => Import(script, tensors));
        Assert.Contains("gamma, spare could each be dense_2; say which, as gamma=dense_2 does", e.Message);
        Assert.Equal(new Remedy(RemedyKind.PairNames, "gamma=dense_2"), e.Remedy);
        WeightImport import = Import(script, tensors, "gamma=dense_2");
        Assert.Equal("gamma.weight", import.Matches.Single(m => m.Ours.Name == "m.dense_2.weight").Theirs[0].Name);
        Assert.Equal(["spare.weight", "spare.bias"], import.Unused);
        Assert.Equal("spare.weight", Import(script, tensors, "spare.weight = m.dense_2.weight, spare.bias=dense_2.bias").Matches[2].Theirs[0].Name);
    }

    [Theory]
    [InlineData("nothing=dense_1", "the file has no layer 'nothing'")]
    [InlineData("a.weight=dense_9.weight", "the script has no 'dense_9.weight'")]
    [InlineData("b.weight=dense_1.weight", "'b.weight' is 1x5, which does not become dense_1.weight of 2x5")]
    [InlineData("b=dense_1", "do not become those of dense_1 (weight 2x5, bias 5)")]
    public void Wrong_pairs_are_explained(string map, string message)
    {
        const string script = "model m { dense 5, tanh; dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";
        Assert.Contains(message, Assert.Throws<NnException>(() => Import(script, [.. Linear("a", 5, 2), .. Linear("b", 1, 5)], map)).Message);
    }

    [Fact]
    public void What_does_not_fit_is_named_with_what_is_left()
    {
        const string script = "model m { dense 6, tanh; dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";
        string message = Assert.Throws<NnException>(() => Import(script, [.. Linear("a", 5, 2), .. Linear("b", 1, 5)])).Message;
        Assert.Contains("no tensor of the file fits m.dense_1.weight of 2x6; left are a.weight 5x2, a.bias 5", message);
    }

    [Fact]
    public void Weights_of_inputs_by_outputs_are_recognised_by_their_shapes_and_own_files_by_their_names()
    {
        const string script = "model m { dense 5, tanh; dense 5, tanh; dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";
        // As Keras has them; the square one follows the others.
        ForeignTensor[] keras = [.. Linear("layer_1", 2, 5, 5, "kernel"), .. Linear("layer_2", 5, 5, 5, "kernel"), .. Linear("layer_3", 5, 1, 1, "kernel")];
        WeightImport import = Import(script, keras);
        Assert.Equal(WeightConvention.ChannelsLast, import.Convention);
        Assert.Equal(keras[2].Values, import.Matches[2].Values);
        var own = new Safetensors();
        foreach (WeightMatch m in import.Matches) own.Tensors[m.Ours.Name] = new StoredTensor(m.Ours.Shape, DType.F32, MemoryMarshal.AsBytes(m.Values.AsSpan()).ToArray());
        WeightImport again = Import(script, [.. own.Tensors.Select(t => new ForeignTensor(t.Key, t.Value.Shape, MemoryMarshal.Cast<byte, float>(t.Value.Bytes).ToArray()))]);
        Assert.Equal(import.Matches.Select(m => m.Values), again.Matches.Select(m => m.Values));
    }

    [Fact]
    public void Files_of_other_element_types_are_read()
    {
        using var folder = new TemporaryFolder();
        byte[] halves = [.. new[] { (Half)1.5, (Half)(-2) }.SelectMany(BitConverter.GetBytes)], brains = [0xc0, 0x3f, 0x00, 0xc0], longs = [.. BitConverter.GetBytes(7L)];
        string header = """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"n10":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"n9":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}""";
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. header.Select(c => (byte)c), .. halves, .. brains, .. longs, .. BitConverter.GetBytes(0.5)];
        string path = Path.Combine(folder.Path, "w.safetensors");
        File.WriteAllBytes(path, file);
        IReadOnlyList<ForeignTensor> read = ForeignWeights.Load(path);
        Assert.Equal(["a", "b", "n9", "n10"], read.Select(t => t.Name));
        Assert.Equal([1.5f, -2, 1.5f, -2, 0.5f, 7], read.SelectMany(t => t.Values));
    }

    [Fact]
    public void Tensors_of_types_that_are_not_read_are_unused_or_named_where_they_are_missed()
    {
        const string script = "model m { dense 5, tanh; dense 1 }\ndata d { builtin linear, samples: 20 }\ntrain { loss mse; optimizer adam }";
        ForeignTensor ids = new("ids", new Shape(0), [], "I16"), quantized = new("b.weight", new Shape(0), [], "I8");
        ForeignTensor[] whole = [.. Linear("a", 5, 2), .. Linear("b", 1, 5)];
        Assert.Equal(["ids (I16)"], Import(script, [.. whole, ids]).Unused);
        Assert.Equal(["a.spare (I8)"], Import(script, [.. whole, new("a.spare", new Shape(0), [], "I8")]).Unused);
        ForeignTensor[] missing = [.. whole.Where(t => t.Name != "b.weight"), quantized];
        foreach (string? map in new[] { null, "b.weight=dense_2.weight" })
        {
            Assert.Contains(
                "'b.weight' has type I8: that is not read, but F32, I32, U8, BOOL, F64, F16, BF16, I64 are; save quantized weights as floats where they were made",
                Assert.Throws<NnException>(() => Import(script, missing, map)).Message);
        }
    }

    [Theory]
    [InlineData("w.pt")]
    [InlineData("pytorch_model.bin")]
    [InlineData("w.CKPT")]
    public void Pickles_are_refused_with_what_to_do(string path)
    {
        NnException e = Assert.Throws<NnException>(() => ForeignWeights.Load(path));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")", e.Message);
    }

    private static WeightImport Import(string script, IReadOnlyList<ForeignTensor> tensors, string? map = null) =>
        WeightMap.Match(new Script(script).Training.Models, tensors, map is null ? [] : WeightMap.ReadPairs(map));

    private static ForeignTensor[] Linear(string name, int rows, int columns, int? bias = null, string weight = "weight") =>
    [
        new($"{name}.{weight}", new Shape(rows, columns), [.. Enumerable.Range(0, rows * columns).Select(i => i * 0.1f)]),
        new($"{name}.bias", new Shape(bias ?? rows), new float[bias ?? rows]),
    ];

    private static ForeignTensor[] Tensors(string name) => [.. Golden.GetProperty(name).GetProperty("weights").EnumerateObject()
        .Select(t => new ForeignTensor(t.Name, new Shape([.. t.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())]), Floats(t.Value.GetProperty("values"))))
        .OrderBy(t => t.Name, NaturalOrder.Instance)];

    private static float[] Floats(JsonElement e) => [.. e.EnumerateArray().Select(v => (float)v.GetDouble())];
}
