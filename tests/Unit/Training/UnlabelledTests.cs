using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Samples without a label are trained on, and judge nothing.</summary>
public class UnlabelledTests
{
    private const string Table = "p,q,kind\n0.1,1,a\n0.2,2,\n0.3,1,b\n0.4,2,\n0.5,1,a\n0.6,3,b\n0.7,1,\n0.8,4,a\n0.9,1,b\n1,2,a\n";

    [Fact]
    public void So_many_labels_stay_in_equal_shares_of_the_classes()
    {
        LoadedData data = new Script(Moons("labels: 7", "labelled * cross_entropy(net(x), y)")).Data;
        int[] classes = [.. MemoryMarshal.Cast<byte, int>(data.Training.Target)];
        Assert.Equal([4, 3], new[] { 0, 1 }.Select(c => classes.Count(k => k == c)).OrderDescending());
        Assert.Equal(data.Training.Samples - 7, classes.Count(k => k == FieldForm.NoLabel));
        Assert.DoesNotContain(FieldForm.NoLabel, MemoryMarshal.Cast<byte, int>(data.Validation.Target).ToArray());
        // The samples themselves are those of before.
        LoadedData all = new Script(Moons("", "cross_entropy(net(x), y)")).Data;
        Assert.Equal(all.Training.Input, data.Training.Input);
        int[] known = [.. MemoryMarshal.Cast<byte, int>(all.Training.Target)];
        Assert.All(classes.Index().Where(k => k.Item != FieldForm.NoLabel), k => Assert.Equal(known[k.Index], k.Item));
    }

    [Fact]
    public void Rows_without_a_value_of_the_target_are_kept_and_trained_on()
    {
        var script = new Script(Rows("target kind, unlabelled: keep"), Table);
        LoadedData data = script.Data;
        Assert.Equal((7 + 1, 2), (data.Training.Samples, data.Validation.Samples));
        Assert.Equal(3, MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray().Count(c => c == FieldForm.NoLabel));
        Assert.Contains("3 samples of the training part have no label", data.Notes);
        LoadedData dropped = new Script(Rows("target kind"), Table).Data;
        Assert.Equal(7, dropped.Training.Samples + dropped.Validation.Samples);
    }

    // The loss of a step is the mean over all samples of what each gives: nothing where it has no label.
    [Fact]
    public void A_sample_without_a_label_adds_nothing_to_the_loss_of_labels()
    {
        using TrainingSession some = new Script(Moons("labels: 7", "labelled * cross_entropy(net(x), y)")).Load(new ReferenceBackend());
        some.BeginEpoch();
        double found = some.LossInDouble(0);
        var whole = new Script(Moons("", "cross_entropy(net(x), y)"));
        var few = new LoadedData { Schema = whole.Data.Schema, Training = Labelled(some.Data), Validation = whole.Data.Validation, Notes = [] };
        using var alone = new TrainingSession(new ReferenceBackend(), whole.Training with { Batch = few.Training.Samples }, few);
        alone.BeginEpoch();
        Assert.Equal(alone.LossInDouble(0) * few.Training.Samples / some.Data.Training.Samples, found, 6);
    }

    [Fact]
    public void Accuracy_is_that_of_the_samples_that_have_a_label()
    {
        using TrainingSession session = new Script(Moons("labels: 7", "labelled * cross_entropy(net(x), y)")).Load();
        session.BeginEpoch();
        session.Run(1);
        double accuracy = session.TrainingMetrics()["accuracy"];
        Assert.Equal(Math.Round(accuracy * 7) / 7, accuracy, 5);
        Assert.InRange(accuracy, 0, 1);
    }

    [Theory]
    [InlineData("target p, unlabelled: keep", "rows without a label are kept where it is a class: types p: word")]
    [InlineData("target kind, p, unlabelled: keep", "one class a sample is there or not")]
    [InlineData("target kind, unlabelled: maybe", "there is no word 'maybe'")]
    [InlineData("target kind, unlabelled: keep; window 2", "a window whose target is missing is left out")]
    public void What_cannot_be_without_a_label_is_told(string lines, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<NnException>(() => new Script(Rows(lines), Table).Data.Training).Message);

    [Theory]
    [InlineData("builtin linear, labels: 3", "labels are left out of one class a sample")]
    [InlineData("builtin moons, samples: 10, labels: 30", "fewer than 30 labels")]
    public void Labels_are_left_out_of_classes_alone(string source, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<NnException>(() => new Script(Script(source, "mean(net(x) ^ 2)")).Data).Message);

    // A model that was trained on such samples is opened again with the form that they had.
    [Fact]
    public void A_checkpoint_knows_of_samples_without_a_label()
    {
        Schema schema = new Script(Moons("labels: 7", "labelled * cross_entropy(net(x), y)")).Data.Schema;
        Assert.True(Schema.Parse(schema.Text).Target.Unlabelled);
        Assert.True(Schema.Parse(schema.Text).HasFormOf(schema));
    }

    private static Part Labelled(LoadedData data)
    {
        int[] kept = [.. MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray().Index().Where(c => c.Item != FieldForm.NoLabel).Select(c => c.Index)];
        return data.Training.Select(data.Schema, kept);
    }

    private static string Rows(string lines) => Script($"csv \"data.csv\"; {lines}; split 70/30", "labelled * cross_entropy(net(x), y)");

    private static string Moons(string labels, string loss) =>
        Script($"builtin moons, samples: 50{(labels.Length > 0 ? ", " : "")}{labels}; split 80/20", loss);

    private static string Script(string data, string loss) => $$"""
        model net { dense 4, tanh; dense 2, softmax }
        data d { {{data}} }
        train net { loss {{loss}}; optimizer sgd(lr: 0.1); epochs 1; batch all; metrics accuracy }
        """;
}
