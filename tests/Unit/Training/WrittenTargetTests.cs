using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Models that write their target: an encoder, and a decoder that looks at it.</summary>
public class WrittenTargetTests
{
    private const string Transformer = """
        model encoder { embed 16; positions sine; transformer 2 }
        model decoder(words, memory) {
          from words
          embed 16
          positions sine
          transformer 2, causal, memory: memory
          dense symbols(target), softmax
        }
        data dates { builtin dates, samples: 300; tokens characters, start: true, end: true; split 80/20 }
        train decoder on dates {
          loss       cross_entropy(decoder(shifted(target), encoder(source)), target)
          optimizer  adam(lr: 5e-3)
          epochs 3; batch 20; metrics exact
        }
        """;

    private const string Recurrent = """
        model encoder { embed 16; gru 24, last }
        layer told(m) { it + m }
        model decoder(words, memory) { from words; embed 24; told memory; gru 24; dense symbols(target), softmax }
        data dates { builtin dates, samples: 300; tokens characters, start: true, end: true; split 80/20 }
        train decoder on dates {
          state = encoder(source)
          loss      cross_entropy(decoder(shifted(target), state), target)
          optimizer adam(lr: 5e-3)
          epochs 3; batch 20; metrics exact
        }
        """;

    // What comes first depends on nothing that is written. As long as all before it is right, a place is what it is with the target at hand: a
    // sample is written without a mistake exactly where all its places are right.
    [Theory]
    [InlineData(Transformer)]
    [InlineData(Recurrent)]
    public void As_many_samples_are_written_right_as_the_metric_says(string text)
    {
        // Few different answers, so that a short training gets some of them right.
        var script = new Script(text.Replace("builtin dates, samples: 300", "pairs \"data.csv\""), Pairs());
        using TrainingSession session = script.Load();
        Assert.Equal(["source"], session.Definition.PredictedFrom);
        Assert.Equal("target", session.Definition.Prediction!.Written!.Name);
        new Trainer(session).Run(default);
        IReadOnlyDictionary<string, double> metrics = session.Evaluate();
        Part part = script.Data.Validation;
        (FieldForm source, FieldForm target) = (script.Data.Schema.Input, script.Data.Schema.Target);
        int right = 0;
        for (int s = 0; s < part.Samples; s++)
        {
            float[] output = session.Predict([source.Samples(part.Input, s, 1).ToArray()])[0];
            string wanted = target.Text(MemoryMarshal.Cast<byte, int>(target.Samples(part.Target, s, 1)).ToArray());
            if (target.Text(SequenceWriter.Symbols(target, output)) == wanted) right++;
        }

        Assert.Equal(metrics["val_exact"], (double)right / part.Samples, 6);
        Assert.InRange(right, 1, part.Samples - 1);
    }

    // A decoder that sees a window of later places knows the answer while it is trained.
    [Theory]
    [InlineData("transformer 2, causal, memory: memory", "transformer 2, memory: memory")]
    [InlineData("transformer 2, causal, memory: memory", "conv 16, 3, same; transformer 2, causal, memory: memory")]
    public void A_decoder_that_looks_ahead_is_refused_when_it_is_to_write(string layers, string others)
    {
        var script = new Script(Transformer.Replace(layers, others).Replace("samples: 300", "samples: 20"));
        using TrainingSession session = script.Load();
        byte[] source = script.Data.Schema.Input.Samples(script.Data.Training.Input, 0, 1).ToArray();
        Assert.Contains("places of its answer that are not written yet", Assert.Throws<NnException>(() => session.Predict([source])).Message);
    }

    // Nobody knows what a function of a script's own lets a decoder see.
    [Fact]
    public void A_function_of_ones_own_with_that_name_makes_no_model_that_writes() =>
        Assert.Contains("decoder takes 'words'", Assert.Throws<ScriptException>(() => new Script("fn shifted(y) = y\n" + Transformer)).Message);

    // The symbols of one field are no symbols of another.
    [Fact]
    public void Each_model_has_a_vector_for_each_symbol_of_its_own_field()
    {
        var script = new Script(Transformer);
        int Rows(string model) => script.Training.Models.Single(m => m.Name == model).Parameters
            .Single(p => p.Name.Contains("embed", StringComparison.Ordinal)).Shape[0];
        Assert.Equal(script.Data.Schema.Input.Symbols, Rows("encoder"));
        Assert.Equal(script.Data.Schema.Target.Symbols, Rows("decoder"));
        Assert.NotEqual(Rows("encoder"), Rows("decoder"));
    }

    // Two of three words, with a number that means nothing; the answer is one of the three.
    private static string Pairs()
    {
        string[] words = ["ann", "bo", "cy"];
        return string.Concat(Enumerable.Range(0, 240).Select(i => $"{words[i % 3]} {words[i / 3 % 3]}{i % 7}\t{words[(i % 3 + i / 3 % 3) % 3]}\n"));
    }
}
