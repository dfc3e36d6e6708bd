using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

public sealed class SequenceTests : IDisposable
{
    private const string Bigrams = """
        model m { embed classes; softmax }
        data d { text "t.txt", context: 3; split 50/50, shuffle: false }
        train { loss cross_entropy; optimizer sgd(lr: 0); batch 1; metrics accuracy, perplexity, top_2 }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Losses_and_metrics_count_every_place()
    {
        // Windows aab→abb and bca→cab; a row of the table is what the model says to come after a symbol: a→a, b→c, c→b.
        using TrainingSession session = Load(Bigrams, "aabbcab");
        double l = Math.Log(8), rest = Math.Log(1 + 8 + 1), hit = rest - l;
        session.Write<float>(session.Plan.Slots.Parameters.Single().Value, [(float)l, 0, 0, 0, 0, (float)l, 0, (float)l, 0]);
        Dictionary<string, double> metrics = session.Evaluate();
        // b→c is right. c→a and a→b are second choices: the first of two symbols that are equally likely.
        Assert.Equal((hit + rest + rest) / 3, metrics["val_loss"], 1e-5);
        Assert.Equal(1 / 3.0, metrics["val_accuracy"], 1e-6);
        Assert.Equal(Math.Exp((hit + rest + rest) / 3), metrics["val_perplexity"], 1e-4);
        Assert.Equal(1, metrics["val_top_2"], 1e-6);
        session.BeginEpoch();
        session.Run(1);
        // a→a is right, a→b and b→b are not.
        Assert.Equal((hit + rest + rest) / 3, session.TrainingMetrics()["loss"], 1e-5);
    }

    [Fact]
    public void Evaluation_takes_no_more_sequences_at_once_than_a_training_step_or_as_many_places_as_samples()
    {
        string text = string.Concat(Enumerable.Range(0, 4001).Select(i => (char)('a' + i % 7)));
        string script = Bigrams.Replace("context: 3", "context: 4");
        using TrainingSession few = Load(script, text), many = Load(script.Replace("batch 1", "batch 300"), text);
        Assert.Equal(512 / 4, few.Plan.EvaluationBatch);
        Assert.Equal(300, many.Plan.EvaluationBatch);
    }

    [Fact]
    public void The_vocabulary_is_kept_in_the_checkpoint()
    {
        using TrainingSession trained = Load(Bigrams, "aabbcab");
        string path = _folder.File("m.safetensors");
        Checkpoint.Capture(trained, new TrainerState(), Bigrams).Save(path);
        Safetensors file = Safetensors.Load(path);
        Assert.Equal("abc", Checkpoint.Vocabulary(file, path)!.Text);

        // The same characters, or fewer of them, numbered as the model knows them.
        using TrainingSession fewer = Load(Bigrams, "bcbcbcb", Checkpoint.Vocabulary(file, path));
        Checkpoint.RestoreParameters(fewer, file, path);
        using TrainingSession others = Load(Bigrams, "xaxbxax");
        string message = Assert.Throws<NnException>(() => Checkpoint.RestoreParameters(others, file, path)).Message;
        Assert.Contains("numbers in another way", message);
        Assert.Contains("numbers in another way", Assert.Throws<NnException>(() => Checkpoint.Restore(others, new TrainerState(), file, path)).Message);
        Assert.Contains("the text has others: x", Assert.ThrowsAny<NnException>(() => Load(Bigrams, "xaxbxax", Checkpoint.Vocabulary(file, path))).Message);
    }

    [Fact]
    public void A_damaged_vocabulary_in_a_checkpoint_is_told()
    {
        var file = new Safetensors();
        file.Metadata["vocabulary"] = "ba";
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Checkpoint.Vocabulary(file, "f")).Code);
        file.Metadata.Remove("vocabulary");
        Assert.Null(Checkpoint.Vocabulary(file, "f"));
    }

    private TrainingSession Load(string script, string text, Vocabulary? vocabulary = null)
    {
        _folder.Write("t.txt", text);
        LoadedData? data = null;
        BoundScript bound = Binder.Bind(new SourceText("test.nn", script), BindOptions.None, spec =>
        {
            data = DataLoader.Load(spec with { Vocabulary = vocabulary }, [_folder.Path]);
            return data.Schema;
        });
        return new TrainingSession(Script.OneThread, bound.Training!, data!);
    }
}
