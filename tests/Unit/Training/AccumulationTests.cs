using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Gradients of several batches for one update.</summary>
public class AccumulationTests
{
    // Eleven batches of 8 and one of 4: an epoch ends with an update of 28 samples.
    [Theory]
    [InlineData("sgd(lr: 0.2, momentum: 0.9)", "")]
    [InlineData("adam(lr: 0.02)", "clip norm: 0.2")]
    [InlineData("lamb(lr: 0.02)", "part body, freeze: 1 epochs, lr_factor: 0.3")]
    public void Four_batches_of_8_are_one_of_32(string optimizer, string line)
    {
        string Text(string batch) => $$"""
            model body { dense 6, tanh }
            model net { body; dense classes, softmax }
            data d { builtin moons, samples: 92, noise: 0.3, seed: 2; normalize standard }
            train net { loss cross_entropy + 1e-2 * l2; optimizer {{optimizer}}; {{line}}; {{batch}}; epochs 4; seed 5 }
            """;
        using TrainingSession small = new Script(Text("batch 8; accumulate 4")).Load(), large = new Script(Text("batch 32")).Load();
        (List<double> a, List<double> b) = ([], []);
        new Trainer(small) { OnEpoch = e => a.Add(e.Metrics["loss"]) }.Run(default);
        new Trainer(large) { OnEpoch = e => b.Add(e.Metrics["loss"]) }.Run(default);
        foreach ((double x, double y) in a.Zip(b)) Assert.Equal(y, x, 1e-5 * Math.Abs(y) + 1e-5);
        foreach ((Parameter p, var slot) in large.Plan.Slots.Parameters)
        {
            float[] one = large.Read<float>(slot), many = small.Read<float>(small.Plan.Slots.Parameters.Single(x => x.Key.Name == p.Name).Value);
            for (int i = 0; i < one.Length; i++) Assert.Equal(one[i], many[i], 2e-4f);
        }
    }

    // Sentences of several lengths: each place counts alike, so a batch counts by its places.
    [Fact]
    public void A_batch_of_sequences_counts_by_its_places()
    {
        string Text(string batch) => $$"""
            model tagger { embed 4; dense classes, softmax }
            data d { builtin sentences, samples: 12 }
            train { loss cross_entropy; optimizer sgd(lr: 0.5); epochs 1; {{batch}} }
            """;
        // Of one update alone: the order of sentences differs with the size of a batch.
        using TrainingSession small = new Script(Text("batch 3; accumulate 4")).Load(), large = new Script(Text("batch all")).Load();
        new Trainer(small).Run(default);
        new Trainer(large).Run(default);
        foreach ((Parameter p, var slot) in large.Plan.Slots.Parameters)
        {
            float[] one = large.Read<float>(slot), many = small.Read<float>(small.Plan.Slots.Parameters.Single(x => x.Key.Name == p.Name).Value);
            for (int i = 0; i < one.Length; i++) Assert.Equal(one[i], many[i], 1e-5f);
        }
    }

    [Fact]
    public void Weights_change_with_each_nth_batch_and_with_the_last_of_an_epoch()
    {
        using TrainingSession session = new Script(
            """
            model net { dense classes, softmax }
            data d { builtin moons, samples: 50 }
            train { loss cross_entropy; optimizer sgd(lr: 0.1); batch 10; accumulate 3; epochs 2 }
            """).Load();
        var trainer = new Trainer(session);
        var changed = new List<bool>();
        var slot = session.Plan.Slots.Parameters.First(p => p.Key.Kind == ParameterKind.Weight).Value;
        for (int step = 0; step < 10; step++)
        {
            float[] before = session.Read<float>(slot);
            trainer.Run(default, steps: 1);
            changed.Add(!before.SequenceEqual(session.Read<float>(slot)));
        }

        Assert.Equal([false, false, true, false, true, false, false, true, false, true], changed);
    }
}
