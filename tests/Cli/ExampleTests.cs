using System.Text.Json;

namespace Nn.Tests.Cli;

/// <summary>The examples learn what they are there to learn.</summary>
[Trait("Category", "Examples")]
public class ExampleTests
{
    [Fact]
    public void Xor_is_learned() => Assert.InRange(Trained("xor.nn", "loss"), 0, 0.01);

    [Fact]
    public void Annealing_solves_xor() => Assert.InRange(Trained("annealing.nn", "loss"), 0, 0.05);

    // A loss below ⅛ means that most students are on the right side of the line with some certainty.
    [Fact]
    public void Admission_is_learned() => Assert.InRange(Trained("admitted.nn", "val_loss"), 0, 0.13);

    // The noise of 0.05 leaves ½ · 0.05² = 0.00125 that nothing can explain.
    [Fact]
    public void A_script_of_its_own_definitions_learns_the_sine() => Assert.InRange(Trained("custom.nn", "val_loss"), 0.0009, 0.002);

    [Fact]
    public void Digits_are_read() => Assert.InRange(Trained("digits.nn", "val_accuracy"), 0.97, 1);

    // A network that says "background" everywhere is right at 85 pixels in 100.
    [Fact]
    public void Figures_are_found_in_images() => Assert.InRange(Trained("unet.nn", "val_accuracy"), 0.96, 1);

    // To repeat the last value gives 0.29; the noise alone 0.0025.
    [Fact]
    public void Waves_are_foreseen() => Assert.InRange(Trained("wavenet.nn", "val_loss"), 0.0025, 0.05);

    [SkippableFact]
    public void Irises_are_told_apart() => Assert.InRange(Metric(Nn.RunWithData("iris.csv", "train", Nn.Example("iris.nn"), "--json"), "val_accuracy"), 0.9, 1);

    [SkippableFact]
    public void Mnist_is_read_after_two_epochs() => Assert.InRange(Metric(Nn.RunWithData("mnist", "train", Nn.Example("mnist-mlp.nn"), "--epochs", "2", "--json"), "val_accuracy"), 0.955, 1);

    private static double Trained(string example, string metric) => Metric(Nn.Run("train", Nn.Example(example), "--json"), metric);

    private static double Metric(Outcome outcome, string metric) =>
        JsonDocument.Parse(outcome.Good().Lines[^1]).RootElement.GetProperty("metrics").GetProperty(metric).GetDouble();
}
