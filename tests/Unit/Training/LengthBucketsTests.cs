using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Trainings on sequences of different lengths.</summary>
public class LengthBucketsTests
{
    private static readonly int[][] s_words = [[1, 4, 2], [3], [0, 2, 4, 1], [2, 2, 1]];
    private static readonly int[] s_kinds = [1, 0, 1, 1];

    private const string Ends = """
        model net { embed 3, symbols: 5; gru 4, last, bidirectional; dense 2, softmax }
        data d { builtin moons }
        train net { loss cross_entropy; optimizer sgd(lr: 1); epochs 1; batch all; metrics accuracy }
        """;

    private const string Places = """
        model net { embed 4, symbols: 5; attention 2; conv 3, 3, same, tanh; lstm 3; dense 5, softmax }
        data d { builtin moons }
        train net { loss cross_entropy(net(x), y); optimizer sgd(lr: 1); epochs 1; batch all }
        """;

    // Trainings on sequences of one fixed length know nothing of padding: their steps are what a step on all must add up to.
    [Fact]
    public void A_step_on_sequences_of_several_lengths_is_the_mean_of_steps_on_each()
    {
        SampleField kinds = SampleField.Classes("y", s_kinds);
        (float[] Step, double Loss) all = Step(Ends, Samples.Of([SampleField.Sequences("x", s_words)], [kinds]));
        (float[] Step, double Loss)[] each =
        [
            .. s_words.Select((w, i) => Step(Ends, Samples.Of([SampleField.Symbols("x", new Shape(w.Length), w)], [SampleField.Classes("y", [s_kinds[i]], ["0", "1"])]))),
        ];
        AssertMean(all, each, [1, 1, 1, 1]);
    }

    [Fact]
    public void Each_place_of_all_sequences_counts_alike()
    {
        int[][] tags = [.. s_words.Select(w => w.Reverse().ToArray())];
        (float[] Step, double Loss) all = Step(Places, Samples.Of([SampleField.Sequences("x", s_words)], [SampleField.Sequences("y", tags)]));
        (float[] Step, double Loss)[] each =
        [
            .. s_words.Select((w, i) => Step(Places, Samples.Of([SampleField.Symbols("x", new Shape(w.Length), w)], [SampleField.Symbols("y", new Shape(w.Length), tags[i])]))),
        ];
        AssertMean(all, each, [.. s_words.Select(w => w.Length)]);
    }

    // What is told has a length of its own, beside that of the places.
    [Fact]
    public void Sequences_that_are_told_without_an_alignment_count_alike()
    {
        const string told = """
            model net { embed 3, symbols: 5; gru 4, bidirectional; dense 4, log_softmax }
            data d { builtin moons }
            train net { loss ctc; optimizer sgd(lr: 1); epochs 1; batch all }
            """;
        int[][] symbols = [[1, 2], [2], [2, 2], [0, 2]];
        (float[] Step, double Loss) all = Step(told, Samples.Of([SampleField.Sequences("x", s_words)], [SampleField.Sequences("y", symbols, "told")]));
        (float[] Step, double Loss)[] each =
        [
            .. s_words.Select((w, i) => Step(told,
                Samples.Of([SampleField.Symbols("x", new Shape(w.Length), w)], [SampleField.Symbols("y", new Shape(symbols[i].Length), symbols[i])]))),
        ];
        AssertMean(all, each, [1, 1, 1, 1]);
    }

    [Fact]
    public void Every_sequence_is_seen_once_an_epoch_among_those_that_are_about_as_long()
    {
        using TrainingSession session = Many().Load();
        Assert.Equal(LengthBuckets.Most, session.Plan.Plan.Entries.Count(e => e.Name.StartsWith("train", StringComparison.Ordinal) && e.Name != "train_tail"));
        int[] lengths = session.Data.Input.Lengths(session.Data.Training.Input);
        foreach (int epoch in new[] { 0, 1 })
        {
            session.StartAt(epoch);
            session.BeginEpoch();
            var seen = new List<int>();
            long padded = 0;
            for (int step = 0; step < session.Plan.StepsPerEpoch; step++)
            {
                int[] samples = session.Plan.Source.Samples(session.Data, session.Definition.Seed, epoch, step);
                string entry = session.Plan.TrainEntry(session.Epoch, step);
                int longest = entry == "train" ? session.Data.Input.Shape[0] : int.Parse(entry["train_".Length..]);
                Assert.All(samples, s => Assert.True(lengths[s] <= longest));
                padded += (long)samples.Length * longest;
                seen.AddRange(samples);
            }

            Assert.Equal(Enumerable.Range(0, lengths.Length), seen.Order());
            Assert.True(padded < 0.7 * lengths.Length * session.Data.Input.Shape[0], $"{padded} places are computed for {lengths.Sum()} of words");
        }
    }

    [Fact]
    public void Metrics_are_about_places_that_sequences_have()
    {
        using TrainingSession session = Many().Load();
        new Trainer(session).Run(default);
        Dictionary<string, double> metrics = session.Evaluate();
        int places = session.Data.Input.Lengths(session.Data.Validation.Input).Sum();
        int[] classes = session.ValidationTargets(0).Classes!;
        float[] outputs = session.ValidationOutputs();
        Assert.Equal(places, classes.Length);
        Assert.Equal(places * 2, outputs.Length);
        int right = Enumerable.Range(0, places).Count(p => (outputs[2 * p + 1] > outputs[2 * p] ? 1 : 0) == classes[p]);
        Assert.Equal(right / (double)places, metrics["val_accuracy"], 6);
        double loss = Enumerable.Range(0, places).Average(p => -Math.Log(outputs[2 * p + classes[p]]));
        Assert.Equal(loss, metrics["val_loss"], 5);
    }

    [Fact]
    public void A_window_that_leaves_nothing_of_the_shortest_sequence_is_refused()
    {
        Script Windowed(int window) => Script.Of(
            $"model net {{ embed 3, symbols: 5; conv 2, {window}; maxpool global; dense 2, softmax }}\n"
                + "data d { builtin moons }\ntrain net { loss cross_entropy; optimizer sgd; epochs 1 }",
            Samples.Of([SampleField.Sequences("x", [[1, 2], [0, 1, 2, 3]])], [SampleField.Classes("y", [0, 1])]));
        string message = Assert.Throws<NnException>(() => Windowed(3).Load()).Message;
        Assert.Contains("leaves nothing of a sequence of 2 places; net takes sequences of at least 3 places", message);
        Windowed(2).Load().Dispose();
    }

    // Sixteen samples in steps of two are two kinds of four steps each: those of up to 8 places, and all others with the 16 that are stored.
    [Fact]
    public void Lengths_are_cut_where_as_many_samples_lie_below_as_above()
    {
        int[] lengths = [16, 3, 9, 1, 12, 8, 2, 15, 4, 10, 7, 13, 5, 11, 6, 14];
        LoadedData data = OfLengths(lengths, lengths).Data;
        LengthBuckets two = LengthBuckets.Of(data.Schema, data.Training, 2);
        string name = data.Input.Length!;
        Assert.Equal((2, 8, 16), (two.Count, two.Length(0, name), two.Length(1, name)));
        Assert.Equal(("8", "16"), (two.Describe(0), two.Describe(1)));
        Assert.Equal(lengths.Select(l => l <= 8 ? 0 : 1), two.Numbers(data.Schema, data.Training));
        // Fewer than two times four steps, and one step of all, are of one kind.
        foreach (int batch in new[] { 3, 0 })
        {
            LengthBuckets one = LengthBuckets.Of(data.Schema, data.Training, batch);
            Assert.Equal((1, 16), (one.Count, one.Length(0, name)));
        }

        Assert.Equal(new int[16], LengthBuckets.Of(data.Schema, data.Training, 3).Numbers(data.Schema, data.Training));
        // Sixteen steps of one are four kinds.
        LengthBuckets four = LengthBuckets.Of(data.Schema, data.Training, 1);
        Assert.Equal([4, 8, 12, 16], Enumerable.Range(0, four.Count).Select(b => four.Length(b, name)));
        Assert.Equal(lengths.Select(l => (l - 1) / 4), four.Numbers(data.Schema, data.Training));
        Assert.True(two.Equals(LengthBuckets.Of(data.Schema, data.Training, 2)));
        Assert.False(two.Equals(four));
        Assert.False(two.Equals(LengthBuckets.None));
    }

    // Lengths that many samples share make one kind, not two.
    [Fact]
    public void Kinds_of_one_length_are_one()
    {
        int[] lengths = [.. Enumerable.Repeat(5, 12), 6, 7, 8, 9];
        LoadedData data = OfLengths(lengths, lengths).Data;
        LengthBuckets b = LengthBuckets.Of(data.Schema, data.Training, 1);
        // A quarter each: up to 5, 5, 5 and 9.
        Assert.Equal(["5", "9"], Enumerable.Range(0, b.Count).Select(b.Describe));
    }

    // The sequences of two fields: the longest of each in a bucket, in the order of the longer of both.
    [Fact]
    public void Fields_of_lengths_of_their_own_have_a_length_each()
    {
        int[] left = [1, 2, 3, 4, 5, 6, 7, 8], right = [4, 3, 2, 1, 9, 8, 7, 6];
        LoadedData data = OfLengths(left, right).Data;
        LengthBuckets b = LengthBuckets.Of(data.Schema, data.Training, 1);
        Assert.Equal(["4x4", "8x9"], Enumerable.Range(0, b.Count).Select(b.Describe));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], b.Numbers(data.Schema, data.Training));
    }

    // Words and tags stand side by side; a sentence whose words and tags are not as many is a mistake of who gives them.
    [Fact]
    public void Sequences_that_share_a_length_must_have_it()
    {
        SampleField words = SampleField.Sequences("words", [[1, 2], [1, 2, 0]]), tags = SampleField.Sequences("tags", [[0, 1], [1, 0]]);
        string message = Assert.Throws<ArgumentException>(() => Samples.Of([words], [tags])).Message;
        Assert.StartsWith("sample 1 has 3 places of words, but 2 of tags, and both are said to have the length 'length'", message, StringComparison.Ordinal);
        Assert.Equal(2, Samples.Of([words], [SampleField.Sequences("tags", [[0, 1], [1, 0]], "other")]).Count);
        Assert.Equal(2, Samples.Of([words], [SampleField.Sequences("tags", [[0, 1], [1, 0, 1]])]).Count);
    }

    private static Script OfLengths(int[] left, int[] right)
    {
        static int[][] Words(int[] lengths) => [.. lengths.Select(l => Enumerable.Range(0, l).Select(i => i % 3).ToArray())];
        return ReferenceEquals(left, right)
            ? Script.Of(Bucketed("net", "embed 2, symbols: 3; gru 2, last; dense 2, softmax"),
                Samples.Of([SampleField.Sequences("x", Words(left))], [SampleField.Classes("y", [.. left.Select(l => l % 2)])]))
            : Script.Of(Bucketed("net(left, right)", "from left; embed 2, symbols: 3; a = gru 2, last; from right; embed 2, symbols: 3; b = gru 2, last; "
                + "concat a, b; dense 2, softmax"), Samples.Of(
                [SampleField.Sequences("left", Words(left), "l"), SampleField.Sequences("right", Words(right), "r")],
                [SampleField.Classes("y", [.. left.Select(l => l % 2)])]));
    }

    private static string Bucketed(string model, string layers) =>
        $"model {model} {{ {layers} }}\ndata d {{ builtin moons }}\ntrain net {{ loss cross_entropy; optimizer adam; epochs 1; batch 4 }}";

    // Whether a number is above the one before it; 400 sequences of 1 to 40.
    private static Script Many()
    {
        var random = new Random(3);
        int[][] words = [.. Enumerable.Range(0, 400).Select(i => Enumerable.Range(0, 1 + i % 40).Select(_ => random.Next(9)).ToArray())];
        int[][] rises = [.. words.Select(w => w.Select((v, i) => i > 0 && v > w[i - 1] ? 1 : 0).ToArray())];
        return Script.Of(
            """
            model net { embed 6; gru 6; dense classes, softmax }
            data d { builtin moons; split 80/20 }
            train net { loss cross_entropy; optimizer adam(lr: 0.02); epochs 2; batch 8; metrics accuracy }
            """,
            Samples.Of([SampleField.Sequences("x", words)], [SampleField.Sequences("y", rises)]));
    }

    private static (float[] Step, double Loss) Step(string text, Samples samples)
    {
        using TrainingSession session = Script.Of(text, samples).Load();
        float[] Weights() => session.Read<float>(session.Plan.Slots.Rows[0].Slot);
        float[] before = Weights();
        session.BeginEpoch();
        session.Run(1);
        return ([.. Weights().Zip(before, (a, b) => a - b)], session.TrainingMetrics()["loss"]);
    }

    private static void AssertMean((float[] Step, double Loss) all, (float[] Step, double Loss)[] each, int[] weights)
    {
        double sum = weights.Sum();
        Assert.Equal(each.Zip(weights, (e, w) => e.Loss * w).Sum() / sum, all.Loss, 5);
        Assert.Contains(all.Step, s => Math.Abs(s) > 1e-3);
        for (int i = 0; i < all.Step.Length; i++) Assert.Equal(each.Zip(weights, (e, w) => e.Step[i] * w).Sum() / sum, all.Step[i], 5);
    }
}
