using Nn.Files;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What is said of a checkpoint that is damaged, or of another training.</summary>
public class CheckpointMistakeTests
{
    // 40 samples in batches of 8: five steps an epoch.
    private static readonly Script s_script = new("""
        model net { dense 4, tanh; dense classes, softmax }
        data d { builtin moons, samples: 50; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 3; batch 8; seed 7 }
        """);

    [Theory]
    [InlineData("format", null, "it has no 'format'")]
    [InlineData("format", "nn-checkpoint-99", "its format is 'nn-checkpoint-99'")]
    [InlineData("epoch", null, "it has no 'epoch'")]
    [InlineData("seed", "8", "it was trained with seed 8, this training has 7")]
    [InlineData("epoch", "-1", "its place in the training does not exist")]
    [InlineData("step_in_epoch", "-1", "its place in the training does not exist")]
    [InlineData("step_in_epoch", "6", "its place in the training does not exist")]
    [InlineData("steps_per_epoch", "9", "it stopped within an epoch of 9 steps, here an epoch has 5; use the same data and batch")]
    [InlineData("rate_factors", "1 1", "it has another number of optimizers")]
    [InlineData("rate_factors", "much", "its numbers are damaged")]
    [InlineData("best", "x", "its numbers are damaged")]
    [InlineData("waited", "0.5", "its numbers are damaged")]
    [InlineData("plateau_best", "", "its numbers are damaged")]
    [InlineData("plateau_waited", "99999999999", "its numbers are damaged")]
    public void A_checkpoint_that_does_not_fit_says_why(string key, string? value, string why)
    {
        Safetensors file = AfterTwoSteps();
        if (value is null) file.Metadata.Remove(key);
        else file.Metadata[key] = value;
        using TrainingSession other = s_script.Load();
        NnException e = Assert.Throws<NnException>(() => Checkpoint.Restore(other, new TrainerState(), file, "old.safetensors"));
        Assert.Equal((ExitCode.BadFile, $"old.safetensors is no checkpoint for this script: {why}"), (e.Code, e.Message));
        Assert.Equal(key == "seed" ? new Remedy(RemedyKind.GoOnWithSeed, "8") : null, e.Remedy);
    }

    // A checkpoint that ends an epoch goes on with an epoch of any length.
    [Fact]
    public void Between_epochs_the_number_of_steps_may_change()
    {
        Safetensors file = AfterTwoSteps();
        (file.Metadata["step_in_epoch"], file.Metadata["steps_per_epoch"]) = ("0", "9");
        using TrainingSession other = s_script.Load();
        Checkpoint.Restore(other, new TrainerState(), file, "old.safetensors");
        Assert.Equal((1, 0), (other.Epoch, other.StepInEpoch));
    }

    [Fact]
    public void The_place_in_the_training_and_what_was_waited_for_come_back()
    {
        Safetensors file = AfterTwoSteps();
        (file.Metadata["best"], file.Metadata["best_epoch"], file.Metadata["waited"]) = ("0.25", "3", "2");
        var state = new TrainerState();
        using TrainingSession other = s_script.Load();
        Checkpoint.Restore(other, state, file, "old.safetensors");
        Assert.Equal((1, 2), (other.Epoch, other.StepInEpoch));
        Assert.Equal((0.25, 3, 2), (state.Best, state.BestEpoch, state.Waited));
    }

    // One epoch and two steps of the next.
    private static Safetensors AfterTwoSteps()
    {
        using TrainingSession session = s_script.Load();
        var trainer = new Trainer(session);
        trainer.Run(default, epochs: 1);
        session.BeginEpoch();
        session.Run(2);
        return Checkpoint.Capture(session, trainer.State, s_script.Text);
    }
}
