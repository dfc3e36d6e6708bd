using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class EvaluationReportTests
{
    // True class 0 0 0 1 1 3, predicted 0 0 1 1 0 3; class 2 does not occur.
    private static readonly Confusion Counted = new([0, 0, 0, 1, 1, 3], [0, 0, 1, 1, 0, 3], 4);

    [Fact]
    public void Pairs_are_counted_by_true_and_predicted_class()
    {
        Assert.Equal([2L, 1, 0, 0], Enumerable.Range(0, 4).Select(p => Counted[0, p]));
        Assert.Equal([1L, 1, 0, 0], Enumerable.Range(0, 4).Select(p => Counted[1, p]));
        Assert.Equal([(0, 1, 1L), (1, 0, 1L)], Counted.Mistakes);
        Assert.Equal(4.0 / 6, Counted.Accuracy, 12);
    }

    [Fact]
    public void Scores_are_means_over_the_classes_that_occur()
    {
        Assert.Equal([3L, 2, 0, 1], Counted.Scores.Select(s => s.Support));
        Assert.Equal([2.0 / 3, 0.5, 0, 1], Counted.Scores.Select(s => s.Precision));
        Assert.Equal([2.0 / 3, 0.5, 0, 1], Counted.Scores.Select(s => s.Recall));
        Assert.Equal((2.0 / 3 + 0.5 + 1) / 3, Counted.Macro(s => s.F1), 12);
        Assert.Equal((3 * 2.0 / 3 + 2 * 0.5 + 1) / 6, Counted.Weighted(s => s.F1), 12);
    }

    // 0 is taken for 2 three times, 2 for 1 and 1 for 0 twice each, 2 for 0 twice, 0 for 1 once.
    [Fact]
    public void The_pairs_most_often_confused_come_first_and_equal_ones_in_the_order_of_the_classes()
    {
        var counted = new Confusion([0, 0, 0, 2, 2, 1, 1, 2, 2, 0, 1], [2, 2, 2, 1, 1, 0, 0, 0, 0, 1, 1], 3);
        Assert.Equal([(0, 2, 3L), (1, 0, 2), (2, 0, 2), (2, 1, 2), (0, 1, 1)], counted.Mistakes);
    }

    [Fact]
    public void Of_nothing_no_share_is_known()
    {
        var none = new Confusion([], [], 2);
        Assert.Equal([double.NaN, double.NaN, double.NaN], [none.Accuracy, none.Macro(s => s.F1), none.Weighted(s => s.F1)]);
        Assert.Empty(none.Mistakes);
    }

    // Targets of 0 and 1 are classes, unless only metrics of numbers are asked for; accuracy beside them makes them classes again.
    [Theory]
    [InlineData("", true)]
    [InlineData("metrics accuracy", true)]
    [InlineData("metrics mae", false)]
    [InlineData("metrics r2", false)]
    [InlineData("metrics mae, rmse", false)]
    [InlineData("metrics mae, accuracy", true)]
    public void Metrics_say_whether_zeros_and_ones_are_numbers(string metrics, bool classes)
    {
        using TrainingSession session = new Script($$"""
            model net { dense 1, sigmoid }
            data d { csv "data.csv"; target y; types y: number; split 50/50; normalize mean: 0, std: 1 }
            train { loss mse; optimizer sgd; epochs 1; {{metrics}} }
            """, "x,y\n0.5,1\n0.1,0\n0.6,1\n0.2,0\n0.7,1\n0.3,0\n0.8,1\n0.4,0\n").Load();
        session.Evaluate();
        EvaluationReport report = EvaluationReport.Of(session)!;
        Assert.Equal((classes, !classes), (report.Classes is not null, report.Numbers is not null));
    }

    [Fact]
    public void A_label_beyond_the_outputs_is_a_class_that_is_never_predicted()
    {
        EvaluationReport report = EvaluationReport.Of([0.9f, 0.1f, 0.2f, 0.8f], 2, [0, 5], null, 2);
        Assert.Equal(6, report.Classes!.Classes);
        Assert.Equal(1, report.Classes[5, 1]);
        Assert.True(HostMetrics.Compute("perplexity", [0.9f, 0.1f, 0.2f, 0.8f], 2, [0, 5], null) > 1e10);
    }

    [Fact]
    public void Zeros_and_ones_are_classes_unless_they_are_asked_for_as_numbers()
    {
        float[] outputs = [0.9f, 0.2f, 0.7f], values = [1, 0, 0];
        Assert.Equal(1, EvaluationReport.Of(outputs, 1, null, values, 3).Classes![0, 1]);
        Assert.NotNull(EvaluationReport.Of(outputs, 1, null, values, 3, asNumbers: true).Numbers);
        // Two ones in a row are no class.
        Assert.NotNull(EvaluationReport.Of(outputs.Concat(outputs).ToArray(), 2, null, [1, 1, 0, 1, 1, 0], 3).Numbers);
    }

    [Fact]
    public void The_largest_misses_come_first_and_say_where_they_are()
    {
        float[] targets = [.. Enumerable.Range(0, 20).Select(i => (float)i)], outputs = [.. targets];
        (outputs[7], outputs[12]) = (10, 8);
        Regression r = EvaluationReport.Of(outputs, 2, null, targets, 10).Numbers!;
        Assert.Equal(EvaluationReport.MaxMisses, r.Misses.Count);
        Assert.Equal(new Miss(6, 0, 12, 8), r.Misses[0]);
        Assert.Equal(new Miss(3, 1, 7, 10), r.Misses[1]);
        Assert.Equal((7.0 / 20, Math.Sqrt(25.0 / 20)), (r.Mae, r.Rmse));
        // Per output: 0, 2 … 18 and 1, 3 … 19, each with a sum of squares of 330.
        Assert.Equal(1 - 25.0 / 660, r.R2, 12);
    }

    [Fact]
    public void Every_step_of_a_sequence_counts()
    {
        // Two samples of three steps; the model says class 1 where the input is positive.
        var steepness = new Parameter("m.steepness", new Shape(1), ParameterKind.Weight, new Initializer(InitializerKind.Constant, 10), 1, 1);
        var model = new Model("m", new Shape(3, 1), new Shape(3, 2), [steepness], [], (scope, x) =>
        {
            GraphBuilder g = scope.Graph;
            Node p = g.Sigmoid(g.Mul(x, scope.Read(steepness)));
            return g.Concat(2, g.Sub(g.Constant(1), p), p);
        });
        float[] inputs = [1, -1, 1, -1, 1, 1];
        int[] labels = [1, 0, 0, 0, 1, 1];
        Part part = new(2, Bytes(inputs), Bytes(labels));
        var data = new LoadedData
        {
            Schema = OneField.Of(new Shape(3, 1), DType.F32, new Shape(3), DType.I32, 2),
            Training = part,
            Validation = part,
            Notes = [],
        };
        var none = new Optimizer("none", new Hyperparameter("lr", 0), [], [], i => new OptimizerOutputs(i.Weight, i.States));
        var step = new TrainingStep("m", (scope, samples) =>
            scope.Graph.Reshape(scope.Graph.Mean(scope.Apply(model, samples.Inputs[0]), new Shape(0, 1, 2)), Shape.Scalar),
            [model], none, new ConstantSchedule());
        var definition = new TrainingDefinition
        {
            Name = "m",
            Steps = [step],
            Models = [model],
            Prediction = ModelPrediction.OfFirst(model, data.Schema),
            Schema = data.Schema,
            Metrics = ["accuracy", "recall", "auc"],
        };
        using var session = new TrainingSession(new ReferenceBackend(), definition, data);
        Dictionary<string, double> metrics = session.Evaluate();
        Assert.Equal(5.0 / 6, metrics["val_accuracy"], 6);
        Assert.Equal((2.0 / 3 + 1) / 2, metrics["val_recall"], 6);
        // Three positives, all at the top score that one of three negatives shares.
        Assert.Equal((6 + 3 * 0.5) / 9, metrics["val_auc"], 6);
        Confusion counted = EvaluationReport.Of(session)!.Classes!;
        Assert.Equal((6L, 1L), (counted.Total, counted[0, 1]));
    }

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
