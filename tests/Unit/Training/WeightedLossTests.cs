using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Losses in which classes or samples count differently, against PyTorch (tests/golden/pytorch/make_weighted_losses.py).</summary>
public class WeightedLossTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllText(Checkout.File("tests", "golden", "pytorch", "weighted-losses.json"))).RootElement;

    private static string Table => "a,b,c,d,importance,kind\n" + string.Concat(Golden.GetProperty("x").EnumerateArray().Select((row, i) =>
        $"{string.Join(',', row.EnumerateArray())},{Golden.GetProperty("importance")[i]},k{Golden.GetProperty("y")[i]}\n"));

    private static Script Bound(string loss, string line = "batch all") => new(
        $$"""
        model net(facts) { dense classes, softmax }
        data d { csv "data.csv"; field facts, columns: [a, b, c, d]; field importance; target kind; normalize none }
        train net { loss {{loss}}; optimizer sgd(lr: 1); {{line}} }
        """, Table);

    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, Golden.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient_are_those_of_PyTorch(int number)
    {
        JsonElement golden = Golden.GetProperty("cases")[number];
        using TrainingSession session = Started(Bound(golden.GetProperty("name").GetString()!));
        new Trainer(session) { OnEpoch = e => Assert.Equal(golden.GetProperty("loss").GetDouble(), e.Metrics["loss"], 1e-5) }.Run(default);
        foreach (string name in new[] { "weight", "bias" })
        {
            double[] before = Floats(Golden.GetProperty(name)), gradient = Floats(golden.GetProperty(name));
            float[] after = session.Read<float>(session.Plan.Slots.Parameters.Single(p => p.Key.Name == $"net.dense_1.{name}").Value);
            for (int i = 0; i < after.Length; i++) Assert.Equal(before[i] - gradient[i], after[i], 1e-5);
        }
    }

    [Fact]
    public void Balanced_weights_are_those_of_the_training_part_and_lie_in_the_file()
    {
        Script script = Bound("cross_entropy, weights: balanced");
        using TrainingSession session = script.Load();
        (Parameter weights, var slot) = session.Plan.Slots.Parameters.Single(p => p.Key.Name == "net.class_weights");
        Assert.False(weights.Trained);
        float[] stored = MemoryMarshal.Cast<byte, float>(Checkpoint.Capture(session, new TrainerState(), script.Text).Tensors[weights.Name].Bytes).ToArray();
        Assert.Equal(Floats(Golden.GetProperty("balanced")).Select(v => (float)v), stored);
        Assert.Equal(stored, session.Read<float>(slot));
        Assert.Equal([2, 0, 2f / 3], ClassWeights.Balanced([0, 2, -1, 2, 2], 3));
    }

    // The mean of an epoch is Σ weight · loss ÷ Σ weight, whatever the batches; and so is that of gradients that are added up.
    [Fact]
    public void Batches_count_by_their_weights()
    {
        using TrainingSession whole = Started(Bound("cross_entropy, weights: importance")),
            pieces = Started(Bound("cross_entropy, weights: importance", "batch 2; accumulate 100"));
        double[] losses = [.. new[] { whole, pieces }.Select(s =>
        {
            double loss = 0;
            new Trainer(s) { OnEpoch = e => loss = e.Metrics["loss"] }.Run(default);
            return loss;
        })];
        Assert.Equal(losses[0], losses[1], 1e-5);
        foreach ((Parameter p, var slot) in whole.Plan.Slots.Parameters)
        {
            float[] one = whole.Read<float>(slot), many = pieces.Read<float>(pieces.Plan.Slots.Parameters.Single(x => x.Key.Name == p.Name).Value);
            for (int i = 0; i < one.Length; i++) Assert.Equal(one[i], many[i], 1e-5f);
        }
    }

    // A word of each sentence is weighed by its own tag: the loss of tags that weigh nothing is that of the others alone.
    [Fact]
    public void Places_of_sequences_are_weighed_by_their_own_classes()
    {
        string Text(string weights) => $$"""
            model tagger { embed 4; dense classes, softmax }
            data d { builtin sentences, samples: 30 }
            train { loss cross_entropy{{weights}}; optimizer sgd(lr: 0.1); batch all }
            """;
        double Loss(string weights)
        {
            using TrainingSession s = new Script(Text(weights)).Load();
            double loss = 0;
            new Trainer(s) { OnEpoch = e => loss = e.Metrics["loss"] }.Run(default);
            return loss;
        }

        int classes = new Script(Text("")).Data.Schema.Target.Symbols!.Value;
        string Only(int c) => $", weights: [{string.Join(", ", Enumerable.Range(0, classes).Select(i => i == c ? 1 : 0))}]";
        double[] each = [.. Enumerable.Range(0, classes).Select(c => Loss(Only(c)))];
        // Where classes occur alike often, as balanced weights have it, the loss is the mean over the classes.
        Assert.Equal(each.Average(), Loss(", weights: balanced"), 1e-4);
        Assert.NotEqual(each.Average(), Loss(""), 1e-3);
    }

    private static TrainingSession Started(Script script)
    {
        TrainingSession session = script.Load();
        foreach (string name in new[] { "weight", "bias" })
        {
            session.Replace(session.Plan.Slots.Parameters.Keys.Single(p => p.Name == $"net.dense_1.{name}"),
                MemoryMarshal.AsBytes(Floats(Golden.GetProperty(name)).Select(v => (float)v).ToArray().AsSpan()));
        }

        return session;
    }

    private static double[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(v => double.Parse(v.GetRawText(), CultureInfo.InvariantCulture))];

    // A training that goes on has the weights of its script as it is now, not those that were kept.
    [Fact]
    public void Listed_weights_are_those_of_the_script_that_goes_on()
    {
        const string Text = """
            model net { dense classes, softmax }
            data d { builtin moons, samples: 40 }
            train { loss cross_entropy, weights: [1, LAST]; optimizer sgd(lr: 0.1); epochs 2; batch 40 }
            """;
        using TrainingSession before = new Script(Text.Replace("LAST", "3")).Load(), after = new Script(Text.Replace("LAST", "9")).Load();
        var trainer = new Trainer(before);
        trainer.Run(default, epochs: 1);
        Checkpoint.Restore(after, new TrainerState(), Checkpoint.Capture(before, trainer.State, Text), "test");
        double Loss(TrainingSession session)
        {
            session.BeginEpoch();
            session.Run(1);
            return session.TrainingMetrics()["loss"];
        }

        // The same weights of the net in a training that never knew others.
        using TrainingSession fresh = new Script(Text.Replace("LAST", "9")).Load();
        foreach ((Parameter p, var slot) in fresh.Plan.Slots.Parameters)
            fresh.Write<float>(slot, before.Read<float>(before.Plan.Slots.Parameters.Single(x => x.Key.Name == p.Name).Value));
        double nine = Loss(after);
        Assert.Equal(Loss(fresh), nine, 1e-6);
        Assert.NotEqual(Loss(before), nine, 1e-3);
    }
}
