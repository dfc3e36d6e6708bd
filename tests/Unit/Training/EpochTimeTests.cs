using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Times of epochs, by a clock of the test's own: a second passes whenever it is looked at.</summary>
public class EpochTimeTests
{
    private const string Text = """
        model m { dense classes, softmax }
        data d { builtin moons, samples: 64 }
        train { loss cross_entropy; optimizer sgd(lr: 0.1); epochs 3; batch 8 }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(1000)]
    public void An_epoch_in_pieces_takes_what_all_pieces_take(int steps)
    {
        using TrainingSession session = new Script(Text).Load();
        var clock = new Ticking();
        var seconds = new List<double>();
        var trainer = new Trainer(session) { Clock = clock, OnEpoch = e => seconds.Add(e.Seconds) };
        while (trainer.Run(default, steps: steps) != TrainingEnd.Finished)
        {
            // Between the pieces time goes on that is nobody's.
            clock.GetTimestamp();
        }

        Assert.Equal(3, seconds.Count);
        Assert.Equal(trainer.TrainingSeconds, seconds.Sum(), 9);
        // With one step a stretch an epoch of eight steps has eight stretches of a second.
        if (steps == 1) Assert.All(seconds, s => Assert.Equal(8, s, 9));
    }

    private sealed class Ticking : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }
}
