using Nn.Data;
using Nn.Dsl;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Planning;

/// <summary>
/// The plans of the examples, as <c>nn plan</c> prints them. A change to a pass or a prelude formula shows here: run with NN_UPDATE_GOLDEN=1, and read the
/// difference as a reviewer would.
/// </summary>
public class GoldenPlanTests
{
    [Theory]
    [InlineData("xor")]
    [InlineData("admitted")]
    [InlineData("digits")]
    [InlineData("custom")]
    [InlineData("annealing")]
    [InlineData("kmeans")]
    [InlineData("linear-regression")]
    public void The_plan_of_an_example_is_the_one_that_was_read(string example) => Check(example, null);

    [SkippableTheory]
    [InlineData("iris", "iris.csv")]
    [InlineData("mnist-lenet", "mnist")]
    [InlineData("char-lstm", "tinyshakespeare.txt")]
    [InlineData("char-gpt", "tinyshakespeare.txt")]
    public void The_plan_of_an_example_with_data_is_the_one_that_was_read(string example, string data) =>
        Check(example, Path.GetDirectoryName(Checkout.DataOrSkip(data)));

    private static void Check(string example, string? folder)
    {
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(SourceText.Load(Checkout.File("examples", example + ".nn")), BindOptions.None, spec =>
        {
            data = DataLoader.Load(spec, folder is null ? [] : [folder]);
            return data.Schema;
        });
        TrainingPlan plan = TrainingPlan.Compile(bound.Training!, TrainingSizes.Of(data!, bound.Training!));
        Checkout.AssertGolden(PlanText.Write(plan.Plan), "plans", example + ".txt");
    }
}
