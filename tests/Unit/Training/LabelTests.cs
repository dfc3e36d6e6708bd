using System.Text.Json;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Metrics of a whole training whose targets are several labels, beside the golden numbers of make_metrics.py.</summary>
public class LabelTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", "metrics", "metrics.json"))).RootElement;

    // The model gives back its input, so that the outputs are the golden ones.
    [Theory]
    [InlineData("three labels")]
    [InlineData("five labels")]
    public void Labels_are_counted_one_by_one(string name)
    {
        JsonElement c = Golden.GetProperty(name), expected = c.GetProperty("expected");
        int width = c.GetProperty("width").GetInt32();
        float[] outputs = Floats(c.GetProperty("outputs")), values = Floats(c.GetProperty("values"));
        using TrainingSession session = Session(outputs, values, width, (_, x) => x, "accuracy", "precision", "recall", "f1", "auc");
        Dictionary<string, double> metrics = session.Evaluate();
        foreach (JsonProperty m in expected.EnumerateObject()) Assert.Equal(m.Value.GetDouble(), metrics["val_" + m.Name], 5);
        IReadOnlyList<ClassScore> labels = EvaluationReport.Of(session)!.Labels!;
        Assert.Equal(width, labels.Count);
        Assert.Equal(expected.GetProperty("f1").GetDouble(), labels.Average(l => l.F1), 6);
    }

    [Fact]
    public void Sigmoids_are_labels_even_where_each_row_has_one_of_them_and_others_choose()
    {
        // In both rows a wrong one is above ½ and the right one below: one label of three is right, and of two classes none.
        float[] values = [1, 0, 0, 0, 1, 0], inputs = [-9, 9, -9, 9, -9, -9];
        using TrainingSession labels = Session(inputs, values, 3, (g, x) => g.Sigmoid(x), "accuracy");
        Assert.Equal(2.0 / 6, labels.Evaluate()["val_accuracy"], 6);
        using TrainingSession classes = Session(inputs, values, 3, (g, x) => g.Exp(x), "accuracy");
        Assert.Equal(0, classes.Evaluate()["val_accuracy"], 6);
        Assert.Null(EvaluationReport.Of(classes)!.Labels);
    }

    [Theory]
    [InlineData("top_2")]
    [InlineData("perplexity")]
    public void What_asks_for_one_class_is_refused_where_several_may_be_right(string metric)
    {
        NnException e = Assert.Throws<NnException>(() => Session([1, 2, 3, 4, 5, 6], [1, 1, 0, 0, 0, 0], 3, (g, x) => g.Sigmoid(x), metric));
        Assert.Equal(ExitCode.Script, e.Code);
        Assert.Contains("several labels may be right", e.Message);
    }

    // Trained on and validated with the same samples; the outputs are a function of the inputs.
    private static TrainingSession Session(float[] inputs, float[] values, int width, Func<GraphBuilder, Node, Node> outputs, params string[] metrics)
    {
        Samples samples = Samples.Of([.. inputs, .. inputs], new Shape(width), [.. values, .. values], new Shape(width));
        string text = $"model m {{ dense {width} }}\ndata d {{ builtin moons }}\ntrain {{ loss mse; optimizer sgd(lr: 0.1); batch all }}";
        var info = OneField.Of(new Shape(width), DType.F32, new Shape(width), DType.F32, null);
        TrainingDefinition bound = Binder.Bind(new SourceText("l.nn", text), BindOptions.None, _ => info).Training!;
        LoadedData data = DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Memory, Path = "", Split = [0.5, 0.5], Shuffle = false }, samples);
        var predictor = new Model("m", new Shape(width), new Shape(width), [], [], (scope, x) => outputs(scope.Graph, x));
        return new TrainingSession(Script.OneThread, bound with { Prediction = ModelPrediction.OfFirst(predictor, bound.Schema), Metrics = metrics }, data);
    }

    private static float[] Floats(JsonElement e) => [.. e.EnumerateArray().Select(v => (float)v.GetDouble())];
}
