using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Planning;

/// <summary>Loops in plans: their size, what they keep, and that nothing is copied inside.</summary>
public class ScanPlanTests
{
    private const int Batch = 8, Features = 5, Units = 16;

    [Theory]
    [InlineData("rnn")]
    [InlineData("gru")]
    [InlineData("lstm")]
    [InlineData("lstm 16, bidirectional;")]
    public void A_plan_does_not_grow_with_the_length_of_a_sequence(string layer)
    {
        string model = layer.Contains(';') ? layer : $"{layer} {Units}";
        Plan shorter = Plan(model, 64), longer = Plan(model, 256);
        foreach ((Entry a, Entry b) in shorter.Entries.Zip(longer.Entries))
        {
            Assert.Equal(a.Steps.Select(s => s.Kind), b.Steps.Select(s => s.Kind));
            Assert.Equal(a.Steps.OfType<ScanStep>().Select(s => s.Body.Count), b.Steps.OfType<ScanStep>().Select(s => s.Body.Count));
            Assert.Equal(a.Steps.OfType<ScanStep>().Select(s => 4 * s.Flops), b.Steps.OfType<ScanStep>().Select(s => s.Flops));
        }

        Assert.Equal(PlanText.Write(shorter).Count(c => c == '\n'), PlanText.Write(longer).Count(c => c == '\n'));
    }

    [Fact]
    public void An_iteration_of_lstm_is_a_product_and_its_gates_and_nothing_is_copied()
    {
        ScanStep[] loops = [.. Plan($"lstm {Units}", 64).Entry("train").Steps.OfType<ScanStep>()];
        Assert.Equal([["matmul", "fused"], ["fused", "matmul"]], loops.Select(l => l.Body.Select(s => s.Kind).ToArray()));
        Assert.All(loops, l => Assert.Equal(64 * 2, l.Kernels.Count));
        // Forward: 4 gates of h·U. Backward: their gradient with respect to h; that of U is one product after the loop.
        long product = 2L * Batch * Units * 4 * Units;
        Assert.All(loops, l => Assert.Equal(product, l.Body.OfType<MatMulStep>().Single().Flops));
        MatMulStep weights =
            Plan($"lstm {Units}", 64).Entry("train").Steps.OfType<MatMulStep>().Single(m => m.Geometry is { M: Units, N: 4 * Units, K: 64 * Batch });
        Assert.True(weights.Geometry.TransposeA);
    }

    [Fact]
    public void Only_training_keeps_what_the_gradient_needs()
    {
        Plan plan = Plan($"lstm {Units}, last", 64);
        long Kept(string entry) => plan.Entry(entry).Steps.OfType<ScanStep>().First().Result.Bytes / sizeof(float);
        // Two states and the products with all gates; without a gradient the present and the next value of each state.
        Assert.Equal(2 * 65 * Batch * Units + 64 * Batch * 4 * Units, Kept("train"));
        Assert.Equal(2 * 2 * Batch * Units, Kept("evaluate"));
    }

    [Fact]
    public void Iterations_work_on_the_slices_that_follow_each_other()
    {
        ScanStep[] loops = [.. Plan($"rnn {Units}", 5).Entry("train").Steps.OfType<ScanStep>()];
        long slice = Batch * Units * sizeof(float);
        long[] Written(ScanStep loop) => [.. Enumerable.Range(0, 5).Select(i => loop.Iteration(i).Last().Results[^1].Offset)];
        Assert.All(Written(loops[0]).Zip(Written(loops[0]).Skip(1)), p => Assert.Equal(slice, p.Second - p.First));
        // Of the gradient of the state only two values are there, in turn.
        Assert.Equal(2, Written(loops[1]).Distinct().Count());
    }

    private static Plan Plan(string layer, int time)
    {
        string script = $$"""
            model m { {{layer}}{{(layer.EndsWith(';') ? "" : ";")}} dense classes, softmax }
            data given { builtin digits }
            train m on given { loss cross_entropy; optimizer adam; batch {{Batch}} }
            """;
        Shape target = layer.Contains("last") ? Shape.Scalar : new Shape(time);
        var info = OneField.Of(new Shape(time, Features), DType.F32, target, DType.I32, 4);
        TrainingDefinition training = Binder.Bind(new SourceText("test.nn", script), BindOptions.None, _ => info).Training!;
        return TrainingPlan.Compile(training, new TrainingSizes(5 * Batch, Batch, info)).Plan;
    }
}
