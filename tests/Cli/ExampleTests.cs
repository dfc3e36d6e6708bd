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

    [Fact]
    public void Spirals_are_told_apart() => Assert.InRange(Trained("spirals.nn", "val_accuracy"), 0.98, 1);

    // The noise of 0.5 leaves 2 · 0.25 around the centroids, a little less as they follow the samples.
    [Fact]
    public void Blobs_are_found_without_labels() => Assert.InRange(Trained("kmeans.nn", "loss"), 0.4, 0.52);

    // The noise of 0.1 leaves 0.01, sampled a hundred times.
    [Fact]
    public void A_polynomial_comes_as_close_to_the_sine_as_the_noise_allows() => Assert.InRange(Trained("linear-regression.nn", "val_loss"), 0.005, 0.016);

    [Fact]
    public void Decisions_of_chance_are_foreseen_where_they_can_be() => Assert.InRange(Trained("logistic-regression.nn", "val_accuracy"), 0.94, 1);

    [Fact]
    public void Digits_are_read_from_their_principal_components() => Assert.InRange(Trained("pca.nn", "val_accuracy"), 0.92, 1);

    // A code without information would cost more than 250 nats.
    [Fact]
    public void A_variational_autoencoder_explains_digits() => Assert.InRange(Trained("vae.nn", "val_loss"), 50, 125);

    [Fact]
    public void A_student_learns_digits_from_its_teacher_alone() => Assert.InRange(Trained("distillation.nn", "val_accuracy"), 0.86, 1);

    // A loss below ⅛ means that most students are on the right side of the line with some certainty.
    [Fact]
    public void Admission_is_learned() => Assert.InRange(Trained("admitted.nn", "val_loss"), 0, 0.13);

    // The noise of 0.05 leaves ½ · 0.05² = 0.00125 that nothing can explain.
    [Fact]
    public void A_script_of_its_own_definitions_learns_the_sine() => Assert.InRange(Trained("custom.nn", "val_loss"), 0.0009, 0.002);

    [Fact]
    public void Moons_are_told_apart_with_a_batch_norm_of_ones_own() => Assert.InRange(Trained("batchnorm.nn", "val_accuracy"), 0.97, 1);

    [Fact]
    public void Digits_are_read() => Assert.InRange(Trained("digits.nn", "val_accuracy"), 0.97, 1);

    // The distance from the closed solution, which goes from 0 to 1.
    [Fact]
    public void Laplaces_equation_is_solved() => Assert.InRange(Trained("laplace.nn", "val_error"), 0, 2e-3);

    // How far the network is from sure that the picture is a seven; of noise it is not.
    [Fact]
    public void A_picture_is_made_for_the_network() => Assert.InRange(Trained("dream.nn", "doubt"), 0, 0.1);

    // The same net without the moved pictures is right on 8 of 100 of them.
    [Fact]
    public void Moved_pictures_are_still_read() => Assert.InRange(Trained("fgsm.nn", "val_robust"), 0.7, 1);

    // Ten epochs reach 0.998. A network that writes any date is right once in 73,000 times.
    [Fact]
    public void Dates_are_written() =>
        Assert.InRange(Metric(Nn.Run("train", Nn.Example("translate.nn"), "--epochs", "4", "--json"), "val_exact"), 0.9, 1);

    // A network that says "background" everywhere is right at 85 pixels in 100.
    [Fact]
    public void Figures_are_found_in_images() => Assert.InRange(Trained("unet.nn", "val_accuracy"), 0.96, 1);

    [Fact]
    public void Instruments_are_told_by_their_sound() => Assert.InRange(Trained("tones.nn", "val_accuracy"), 0.95, 1);

    [Fact]
    public void Melodies_are_written_down_without_anybody_saying_when_a_note_begins()
    {
        using var folder = new ScriptFolder();
        string model = folder.File("melody.safetensors");
        Outcome trained = Nn.Run("train", Nn.Example("melody.nn"), "--json", "--save", model);
        Assert.InRange(Metric(trained, "val_loss"), 0, 0.2);
        // Those of the validation part, whose truth a session tells.
        JsonElement[] told = [.. Nn.Run("repl", "--json", "-c", $":open {model}", "-c", ":predict").Good().Lines.Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.TryGetProperty("sequence", out _))];
        Assert.Equal(10, told.Length);
        string[] said = [.. told.Select(t => string.Join(' ', t.GetProperty("sequence").EnumerateArray().Select(n => n.GetString())))];
        Assert.InRange(said.Zip(told).Count(t => t.First == t.Second.GetProperty("truth").GetString()), 8, 10);
        Assert.Contains("there are no classes here", Nn.Run("repl", "-c", $":open {model}", "-c", ":plot confusion").Out, StringComparison.Ordinal);
    }

    // To repeat the last value gives 0.29; the noise alone 0.0025.
    [Fact]
    public void Waves_are_foreseen() => Assert.InRange(Trained("wavenet.nn", "val_loss"), 0.0025, 0.05);

    [SkippableFact]
    public void Irises_are_told_apart() => Assert.InRange(Metric(Nn.RunWithData("iris.csv", "train", Nn.Example("iris.nn"), "--json"), "val_accuracy"), 0.9, 1);

    // That women were saved, and men were not, is right for 79 of 100.
    [SkippableFact]
    public void Survivors_are_told_better_than_by_sex_alone() =>
        Assert.InRange(Metric(Nn.RunWithData("titanic.csv", "train", Nn.Example("titanic.nn"), "--json"), "val_auc"), 0.84, 1);

    // A linear model leaves an error of 3.3 miles.
    [SkippableFact]
    public void Consumption_is_foretold() => Assert.InRange(Metric(Nn.RunWithData("mpg.csv", "train", Nn.Example("mpg.nn"), "--json"), "val_rmse"), 0, 2.8);

    // The same month a year before is off by 44.
    [SkippableFact]
    public void The_next_month_is_foretold() =>
    Assert.InRange(Metric(Nn.RunWithData("flights.csv", "train", Nn.Example("flights.nn"), "--json"), "val_loss"), 0, 20);

    [SkippableFact]
    public void Mnist_is_read_after_two_epochs() =>
    Assert.InRange(Metric(Nn.RunWithData("mnist", "train", Nn.Example("mnist-mlp.nn"), "--epochs", "2", "--json"), "val_accuracy"), 0.955, 1);

    private static double Trained(string example, string metric) => Metric(Nn.Run("train", Nn.Example(example), "--json"), metric);

    private static double Metric(Outcome outcome, string metric) =>
        JsonDocument.Parse(outcome.Good().Lines[^1]).RootElement.GetProperty("metrics").GetProperty(metric).GetDouble();
}
