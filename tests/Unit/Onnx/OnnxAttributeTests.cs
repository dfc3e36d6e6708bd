using System.Text.Json;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

/// <summary>
/// What an operator says beyond its defaults counts, or is refused: small graphs with the outputs of PyTorch, or of the operators' descriptions in numpy
/// (tests/golden/pytorch/make_onnx_attributes.py) and in plain Python (tests/golden/onnx/make_onnx_operators.py).
/// </summary>
public class OnnxAttributeTests
{
    private static readonly Dictionary<string, JsonElement> Golden = Read("pytorch", "onnx_attributes.json").Concat(Read("onnx", "onnx_operators.json"))
        .ToDictionary(p => p.Name, p => p.Value);

    // The loops of recurrent layers are written and read here alone; tests of what was exported hold them.
    private static readonly string[] HeldElsewhere = ["Scan"];

    public static TheoryData<string> Cases => [.. Golden.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_attribute_gives_right_numbers_or_is_refused(string name)
    {
        if (Imported(name) is not { } imported) return;
        JsonElement golden = Golden[name];
        (int[] shape, float[] values) = ImportedModel.Run(imported, Tensor(golden, "shape", "input"), symbols: false);
        Assert.True(golden.GetProperty("expected").ValueKind != JsonValueKind.Null, $"nothing that comes out of this is right:\n{imported.Script}");
        Tensor expected = Tensor(golden, "expectedShape", "expected");
        Assert.True(ImportedModel.Agrees(shape, values, expected, golden.GetProperty("tolerance").GetDouble(), 1e-6), $"{string.Join(' ', values.Take(8))} instead of {string.Join(' ', expected.Data.Take(8))} from\n{imported.Script}");
    }

    [Fact]
    public void Most_of_them_come_in()
    {
        int accepted = Golden.Keys.Count(n => Imported(n) is not null);
        Assert.True(accepted >= 351, $"{accepted} of {Golden.Count} come in");
    }

    [Fact]
    public void Every_attribute_and_operand_has_a_case()
    {
        OnnxNode[] nodes = [.. Golden.SelectMany(p => OnnxReader.Read(p.Value.GetProperty("onnx").GetBytesFromBase64(), p.Key).Graph.Nodes)];
        string[] missing =
        [
            .. OnnxSchema.Operators.Except(HeldElsewhere).SelectMany(type => OnnxSchema.Attributes(type).Where(a => !nodes.Any(n => n.Type == type && n.Attributes.ContainsKey(a))).Select(a => $"{type}.{a}")),
        ];
        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("LSTM")]
    [InlineData("GRU")]
    [InlineData("RNN")]
    public void A_layer_that_goes_backwards_alone_is_refused_with_that_reason(string type)
    {
        string name = Golden.Keys.First(k => k.StartsWith(type, StringComparison.Ordinal) && k.Contains("reverse", StringComparison.Ordinal));
        OnnxModel model = OnnxReader.Read(Golden[name].GetProperty("onnx").GetBytesFromBase64(), name);
        NnException e = Assert.Throws<NnException>(() => OnnxImport.Convert(model, name));
        Assert.Contains("goes backwards alone is none here; forwards, or both ways", e.Message);
    }

    /// <summary>An attribute that nobody knows is no default.</summary>
    [Fact]
    public void What_is_not_known_is_refused()
    {
        foreach (string type in OnnxSchema.Operators)
        {
            var node = new OnnxNode(type, "", ["x"], ["y"]);
            node.Attributes["sideways"] = 1L;
            Assert.Equal("its attribute 'sideways' is not read", OnnxSchema.Complaint(node));
            if (OnnxSchema.Attributes(type).FirstOrDefault() is not { } known) continue;
            node.Attributes.Clear();
            node.Attributes[known] = null;
            Assert.Contains("is not of the kind", OnnxSchema.Complaint(node));
        }
    }

    /// <summary>What is computed here in plain Python is what people meet; it comes in as a whole.</summary>
    [Fact]
    public void Operators_of_the_newer_opsets_come_in() =>
        Assert.Empty(Read("onnx", "onnx_operators.json").Where(p => Imported(p.Name) is null).Select(p => p.Name));

    private static IEnumerable<JsonProperty> Read(string folder, string file) =>
        JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", folder, file))).RootElement.EnumerateObject();

    private static OnnxImported? Imported(string name)
    {
        try
        {
            return OnnxImport.Convert(OnnxReader.Read(Golden[name].GetProperty("onnx").GetBytesFromBase64(), name), name);
        }
        catch (NnException e) when (e.Code == ExitCode.BadFile)
        {
            return null;
        }
    }

    private static Tensor Tensor(JsonElement golden, string shape, string values) =>
        new([.. golden.GetProperty(shape).EnumerateArray().Select(d => d.GetInt32())], [.. golden.GetProperty(values).EnumerateArray().Select(v => v.GetDouble())]);
}
