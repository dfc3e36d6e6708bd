using System.Runtime.InteropServices;
using Nn.Exchange.Onnx;


namespace Nn.Tests.Unit.Onnx;

/// <summary>Dropout of a file is a line of the script, which changes nothing in prediction, or the user is told.</summary>
public class OnnxDropoutTests
{
    // Whole layers: what follows them is no part of a larger one.
    private static readonly string[] Layers = ["Relu", "Softmax", "LayerNormalization", "MaxPool", "Tanh"];

    [Theory]
    [InlineData(11, 0.2f, null, null, "dropout 0.2")]
    [InlineData(11, 0f, null, null, null)]
    [InlineData(11, null, null, null, "dropout 0.5")]
    [InlineData(12, null, 0.25f, null, "dropout 0.25")]
    [InlineData(17, null, 0.25f, false, "dropout 0.25")]
    [InlineData(17, null, 0.25f, true, "dropout 0.25")]
    [InlineData(17, null, 0f, true, null)]
    [InlineData(17, null, null, null, "dropout 0.5")]
    public void The_rate_is_that_of_the_attribute_or_the_operand(int opset, float? attribute, float? operand, bool? training, string? line)
    {
        OnnxImported imported = Imported(opset, Node("h", "d", attribute, operand, training), operand, training);
        Assert.Equal(line, imported.Script.Split('\n').SingleOrDefault(l => l.Contains("dropout"))?.Trim());
        // Behind the first layer and its activation.
        if (line is not null) Assert.Matches($@"dense 3[^\n]*\n  relu\n  {line}\n", imported.Script);
        Assert.Equal(
            training == true && line is not null ? ["it is exported for training; here dropout is in force while training, and never in prediction"] : [],
            imported.Notes);
        // relu of the sum of two ones and twos.
        Assert.Equal([3f, 3, 3], ImportedModel.Run(imported, new Tensor([1, 2], [1, 2]), symbols: false).Values);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(-0.5f)]
    public void A_rate_that_is_none_is_left_out_and_told(float rate)
    {
        OnnxImported imported = Imported(11, Node("h", "d", rate, null, null), null, null);
        Assert.DoesNotContain("dropout", imported.Script);
        Assert.Equal(["'drop' is left out: its rate is no stored number from 0 to below 1. It changes no prediction; who trains on may add `dropout` by hand"],
            imported.Notes);
    }

    [Theory]
    [MemberData(nameof(OnnxImportTests.Exported), MemberType = typeof(OnnxImportTests))]
    public void Behind_any_layer_of_a_model_it_changes_no_output(string name)
    {
        OnnxModel model = OnnxImportTests.File(name);
        string before = OnnxImport.Convert(model, name).Script;
        int inserted = Insert(model, n => Layers.Contains(n.Type));
        OnnxImported imported = OnnxImport.Convert(model, name);
        ImportedScript.Bind(imported, name);
        int said = imported.Script.Split("dropout").Length - before.Split("dropout").Length;
        Assert.True(said == inserted || imported.Notes.Count > 0, $"{said} of {inserted} are in the script, and nothing is told:\n{imported.Script}");
        OnnxImportTests.AssertOutputs(name, imported);
    }

    [Theory]
    [InlineData("multi-head attention")]
    [InlineData("gpt")]
    [InlineData("encoder")]
    public void On_the_weights_of_attention_it_is_an_option_of_the_layer(string name)
    {
        OnnxModel model = OnnxImportTests.File(name);
        int layers = OnnxImport.Convert(model, "m").Script.Split("attention ").Length;
        Insert(model, n => n.Type == "Softmax");
        OnnxImported imported = OnnxImport.Convert(model, "m");
        Assert.Equal(layers, imported.Script.Split("attention ").Length);
        Assert.Equal(layers - 1, imported.Script.Split(", dropout: 0.125").Length - 1);
        OnnxImportTests.AssertOutputs(name, imported);
    }

    [Fact]
    public void Where_no_layer_can_stand_it_is_told()
    {
        OnnxModel model = OnnxImportTests.File("multi-head attention");
        // The scores before softmax.
        var softmax = model.Graph.Nodes.Where(n => n.Type == "Softmax").Select(n => n.Inputs[0]).ToHashSet();
        int inserted = Insert(model, n => softmax.Contains(n.Outputs[0]));
        OnnxImported imported = OnnxImport.Convert(model, "m");
        Assert.DoesNotContain("dropout", imported.Script);
        Assert.Equal(inserted, imported.Notes.Count);
        Assert.All(imported.Notes, n => Assert.Contains("within attention there is one of its weights alone, after softmax", n));
        OnnxImportTests.AssertOutputs("multi-head attention", imported);
    }

    // Behind each such node, before all that read it.
    private static int Insert(OnnxModel model, Func<OnnxNode, bool> behind)
    {
        OnnxNode[] nodes = [.. model.Graph.Nodes];
        model.Graph.Nodes.Clear();
        model.Graph.Initializers.Add(new OnnxTensor("rate", OnnxType.Float, [], BitConverter.GetBytes(0.125f)));
        bool old = model.Opsets[""] < 12;
        int count = 0;
        foreach (OnnxNode node in nodes)
        {
            if (!behind(node))
            {
                model.Graph.Nodes.Add(node);
                continue;
            }

            string made = $"{node.Outputs[0]}/kept";
            model.Graph.Nodes.Add(node with { Outputs = [made, .. node.Outputs.Skip(1)] });
            var drop = new OnnxNode("Dropout", $"drop {count++}", old ? [made] : [made, "rate"], [node.Outputs[0]]);
            if (old) drop.Attributes["ratio"] = 0.125f;
            model.Graph.Nodes.Add(drop);
        }

        return count;
    }

    private static OnnxNode Node(string from, string to, float? attribute, float? operand, bool? training)
    {
        var node = new OnnxNode("Dropout", "drop",
            training is not null ? [from, operand is null ? "" : "rate", "training"] : operand is not null ? [from, "rate"] : [from], [to]);
        if (attribute is { } rate) node.Attributes["ratio"] = rate;
        return node;
    }

    // x of two numbers, a product with ones, relu, the dropout, and a product with the identity.
    private static OnnxImported Imported(int opset, OnnxNode dropout, float? rate, bool? training)
    {
        var model = new OnnxModel { Producer = "test" };
        model.Opsets[""] = opset;
        OnnxGraph graph = model.Graph;
        graph.Inputs.Add(new OnnxValue("x", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(2)]));
        graph.Outputs.Add(new OnnxValue("y", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(3)]));
        graph.Initializers.Add(Stored("w", [2, 3], 1, 1, 1, 1, 1, 1));
        graph.Initializers.Add(Stored("v", [3, 3], 1, 0, 0, 0, 1, 0, 0, 0, 1));
        if (rate is { } r) graph.Initializers.Add(Stored("rate", [], r));
        if (training is { } t) graph.Initializers.Add(new OnnxTensor("training", OnnxType.Bool, [], new[] { t ? (byte)1 : (byte)0 }));
        graph.Nodes.Add(new OnnxNode("MatMul", "", ["x", "w"], ["p"]));
        graph.Nodes.Add(new OnnxNode("Relu", "", ["p"], ["h"]));
        graph.Nodes.Add(dropout);
        graph.Nodes.Add(new OnnxNode("MatMul", "", ["d", "v"], ["y"]));
        using var stream = new MemoryStream();
        OnnxWriter.Write(model, stream);
        return OnnxImport.Convert(OnnxReader.Read(stream.ToArray(), "m.onnx"), "m.onnx");
    }

    private static OnnxTensor Stored(string name, long[] dims, params float[] values) =>
        new(name, OnnxType.Float, dims, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
