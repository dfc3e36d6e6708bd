using Nn.Ops;
using Nn.Planning;
using Nn.Tests.Unit.Training;
using Nn.Training;

namespace Nn.Tests.Unit.Planning;

/// <summary>Operations and bytes of steps against formulas by hand.</summary>
public class CostTests
{
    [Fact]
    public void Products_cost_two_operations_a_term()
    {
        // 5 samples, 2 → 7 → 3: forward 5·2·7 and 5·7·3 terms; backward both weight gradients and one input gradient.
        IReadOnlyList<PlanStep> steps = Train("""
            layer plain(n) { w = param [it.features, n]; it @ w }
            model m { plain 7; plain 3; softmax }
            data d { builtin blobs, samples: 5 }
            train { loss cross_entropy; optimizer sgd(lr: 0.1); batch all }
            """);
        long first = 2 * 5 * 2 * 7, second = 2 * 5 * 7 * 3;
        Assert.Equal([first, first, second, second, second], steps.OfType<MatMulStep>().Select(m => m.Flops).Order());
    }

    [Fact]
    public void Convolutions_cost_two_operations_a_tap()
    {
        // 4 images of 28×28×1, 5 filters of 3×3, then 2 of 5×5 over 26×26×5: 26² and 22² places.
        IReadOnlyList<PlanStep> steps = Train("""
            model m { input 28x28x1; conv 5, 3x3, bias: false; conv 2, 5x5, bias: false; avgpool global; flatten }
            data d { builtin digits, samples: 4 }
            train { loss mse(mean(m(x)), 0); optimizer sgd(lr: 0.1); batch all }
            """);
        long first = 2L * 4 * 26 * 26 * 5 * 9, second = 2L * 4 * 22 * 22 * 2 * 25 * 5;
        ConvStep[] convolutions = [.. steps.OfType<ConvStep>()];
        Assert.Equal([first, second], convolutions.Where(c => c.Geometry.Pass == ConvPass.Forward).Select(c => c.Flops));
        Assert.Equal([second, first], convolutions.Where(c => c.Geometry.Pass == ConvPass.WeightGradient).Select(c => c.Flops));
        // The images themselves need no gradient.
        Assert.Equal([second], convolutions.Where(c => c.Geometry.Pass == ConvPass.InputGradient).Select(c => c.Flops));
    }

    [Fact]
    public void A_batch_moves_its_own_rows_and_not_the_whole_data_set()
    {
        IReadOnlyList<PlanStep> steps = Train("""
            model m { input 28x28x1; flatten; dense 10, softmax }
            data d { builtin digits, samples: 1000 }
            train { loss cross_entropy; optimizer sgd(lr: 0.1); batch 8 }
            """);
        GatherStep images = steps.OfType<GatherStep>().Single(g => g.Table.Name == "x_train");
        // 8 row numbers, 8 images read, 8 written.
        Assert.Equal(8 * 4 + 2 * 8 * 784, images.Bytes);
    }

    [Fact]
    public void A_product_that_its_epilogue_takes_over_is_not_moved()
    {
        IReadOnlyList<PlanStep> steps = Train("""
            model m { dense 16, relu; dense 1 }
            data d { builtin sine, samples: 32 }
            train { loss mse; optimizer sgd(lr: 0.1); batch all }
            """, "predict");
        MatMulStep first = steps.OfType<MatMulStep>().First();
        // 1×1 input, 1×16 weights, 16 biases, 16 outputs.
        Assert.Equal(4 * (1 + 16 + 16 + 16), first.Bytes);
        Assert.Equal(first.Epilogue!.Writes, first.Results);
    }

    [Fact]
    public void An_optimizer_step_is_one_kernel_over_all_weights()
    {
        foreach (string optimizer in new[] { "sgd(lr: 0.1)", "sgd(lr: 0.1, momentum: 0.9)", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax",
            "nadam", "lion" })
        {
            IReadOnlyList<PlanStep> steps = Train($$"""
                model m { dense 40, tanh; dense 50, tanh; dense 1 }
                data d { builtin sine, samples: 32 }
                train { loss mse; optimizer {{optimizer}}; batch all }
                """);
            string name = optimizer.Split('(')[0];
            Assert.True(steps.Count(s => s.Label == name) == 1, $"{optimizer}: {string.Join(", ", steps.Select(s => s.Label))}");
        }
    }

    private static IReadOnlyList<PlanStep> Train(string text, string entry = "train")
    {
        using TrainingSession session = new Script(text).Load();
        return session.Plan.Plan.Entry(entry).Steps;
    }
}
