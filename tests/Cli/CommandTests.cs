using System.Globalization;
using System.Text.RegularExpressions;

namespace Nn.Tests.Cli;

public sealed class CommandTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 2·4 + 4 + 4·1 + 1 weights; 784·128 + 128 + 128·10 + 10.
    [Theory]
    [InlineData("xor.nn", 17)]
    [InlineData("digits.nn", 101_770)]
    public void Summary_counts_the_weights(string script, int parameters)
    {
        string text = Nn.Run("summary", Nn.Example(script)).Good().Out;
        Assert.Contains($"parameters       {parameters.ToString("N0", CultureInfo.InvariantCulture)}\n", text);
        Assert.Matches(@"training step    [\d.]+ [kMG]FLOP on \d+ samples, \d+ kernels", text);
        Assert.Matches(@"memory           [\d.]+ [kMG]B \(", text);
    }

    // A table of one column, trained for one epoch of one step with one weight, by a search of one trial.
    [Fact]
    public void What_is_one_is_told_as_one()
    {
        _folder.Write("one.csv", "a,y\n1,1\n2,2\n,3\n4,\n");
        _folder.Write("one.nn", """
            let rate = 0.1
            model m { dense 1, bias: false }
            data d { csv "one.csv"; target y; split 100/0 }
            train { loss mse; optimizer sgd(lr: rate); epochs 1; batch all }
            search grid, minimize: loss { rate in [0.1] }
            """);
        string[][] commands =
        [
            ["train", "one.nn", "--save", "m"], ["data", "one.nn"], ["explain", "one.nn"], ["search", "one.nn"], ["summary", "one.nn"],
            ["-c", ":load one.nn", "-c", ":train", "-c", ":train 1 step"],
        ];
        foreach (string[] command in commands)
        {
            string text = _folder.Run(command).Good().Out;
            Assert.DoesNotMatch(@"(?<![\d.,])1 (parameters|steps|epochs|rows|columns|words|samples|trials|combinations|folds|numbers)\b", text);
        }

        Assert.Contains("1 parameter, 1 step an epoch", _folder.Run("train", "one.nn").Good().Out);
    }

    [Fact]
    public void Plan_lists_every_entry_with_its_kernels()
    {
        string text = Nn.Run("plan", Nn.Example("digits.nn")).Good().Out;
        foreach (string entry in new[] { "memory", "train: ", "evaluate: ", "evaluate_tail: ", "predict: " }) Assert.Contains(entry, text);
        // The weight gradient of the first layer: its input comes transposed, as it is stored.
        Assert.Contains("[64×784]ᵀ·[64×128]", text);
    }

    [Fact]
    public void Graph_is_a_mermaid_chart_without_loose_ends()
    {
        string[] lines = Nn.Run("graph", Nn.Example("xor.nn"), "--operations").Good().Lines;
        Assert.Equal("flowchart TD", lines[0]);
        HashSet<string> nodes = [.. lines.Select(l => Regex.Match(l, @"^\s+(n\d+)[\[({]")).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        foreach (Match edge in lines.Select(l => Regex.Match(l, @"^\s+(n\d+) --> (n\d+)")).Where(m => m.Success))
        {
            Assert.Contains(edge.Groups[1].Value, nodes);
            Assert.Contains(edge.Groups[2].Value, nodes);
        }

        Assert.Contains(lines, l => l.Contains("matmul"));
    }

    [Fact]
    public void Explain_tells_of_labels_that_are_left_out_and_of_parts_that_stand_still()
    {
        Assert.Contains("seed: 0, labels: 20; split 80/20", Nn.Run("explain", Nn.Example("half-labelled.nn")).Good().Out);
        using var folder = new ScriptFolder();
        folder.Write(
            "frozen.nn",
            "model body { dense 4 }\nmodel net { body; dense 1 }\ndata d { builtin linear }\ntrain net { loss mse; optimizer sgd; freeze body }\n");
        Assert.Contains(", clip none, freeze body\n", folder.Run("explain", "frozen.nn").Good().Out);
    }

    [Fact]
    public void Explain_fills_in_every_default()
    {
        string text = Nn.Run("explain", Nn.Example("digits.nn"), "--set", "hidden=20").Good().Out;
        Assert.Contains("let hidden = 20\n", text);
        Assert.Contains("adam(lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1E-08)", text);
        Assert.Contains("schedule constant", text);
        Assert.Contains("epochs 5, batch 64, seed 0, metrics accuracy", text);
        Assert.Contains("digits.dense_1.weight: 784x20, weight, starts as uniform(-0.03571, 0.03571)", text);
        Assert.Contains(
            "data strokes: builtin digits, samples: 12000, noise: the generator's, seed: 1; split 80/20, stratify: none, shuffle: true, seed: 0; normalize "
                + "standard; augment none; limit none", text);
        Assert.Contains("dense_1 = dense units: 20, bias: true, init: ±1/√(fan in), activation: relu → 20", text);
        Assert.Contains("dropout_1 = dropout rate: 0.2 → 20", text);
        Assert.Contains("clip none", text);
        Assert.Contains("early_stop none", text);
        Assert.Contains("loss cross_entropy, mean over the batch", text);
    }

    [Fact]
    public void Data_tells_what_was_decided()
    {
        string text = Nn.Run("data", Nn.Example("digits.nn")).Good().Out;
        Assert.Contains("inputs standardised by the training part", text);
        Assert.Contains("training 9,600, validation 2,400", text);
        Assert.Contains("a sample: input 28x28x1, target one of 10 classes", text);
    }

    [SkippableFact]
    public void Data_of_a_table_lists_its_columns()
    {
        string text = Nn.RunWithData("iris.csv", "data", Nn.Example("iris.nn")).Good().Out;
        Assert.Contains("150 rows, 5 columns", text);
        Assert.Contains("petal_width: number", text);
        Assert.Contains("target species: 3 classes (setosa, versicolor, virginica)", text);
        Assert.Contains("training 120, validation 30", text);
    }

    [Theory]
    [InlineData("xor.nn")]
    [InlineData("custom.nn")]
    [InlineData("admitted.nn")]
    [InlineData("tagger.nn")]
    public void Gradcheck_agrees_with_central_differences(string script)
    {
        Outcome outcome = Nn.Run("gradcheck", Nn.Example(script)).Good();
        Assert.Equal("all gradients agree", outcome.Lines[^1]);
        Assert.DoesNotContain("differs", outcome.Out);
    }

    [Theory]
    [InlineData("xor.nn")]
    [InlineData("digits.nn")]
    [InlineData("custom.nn")]
    [InlineData("admitted.nn")]
    [InlineData("unet.nn")]
    [InlineData("wavenet.nn")]
    public void Check_finds_no_mistake_in_the_examples(string script) =>
        Assert.Equal($"{Nn.Example(script)}: no mistakes\n", Nn.Run("check", Nn.Example(script)).Good().Out);

    [SkippableTheory]
    [InlineData("iris.nn", "iris.csv")]
    [InlineData("mnist-lenet.nn", "mnist")]
    [InlineData("titanic.nn", "titanic.csv")]
    [InlineData("mpg.nn", "mpg.csv")]
    [InlineData("flights.nn", "flights.csv")]
    [InlineData("mnist-mlp.nn", "mnist")]
    [InlineData("resnet.nn", "mnist")]
    [InlineData("char-gpt.nn", "tinyshakespeare.txt")]
    [InlineData("char-lstm.nn", "tinyshakespeare.txt")]
    public void Check_finds_no_mistake_in_the_examples_with_data(string script, string data) => Nn.RunWithData(data, "check", Nn.Example(script)).Good();

    [Fact]
    public void Gradients_of_a_decoder_agree()
    {
        _folder.Write("a.nn", """
            model encoder { embed 4; positions sine; transformer 2 }
            model decoder(words, memory) { from words; embed 4; positions sine; transformer 2, causal, memory: memory; dense symbols(target), softmax }
            data d { builtin dates, samples: 30; tokens characters, start: true, end: true }
            train decoder on d { loss cross_entropy(decoder(shifted(target), encoder(source)), target); optimizer sgd; batch 4 }
            """);
        Assert.Equal("all gradients agree", _folder.Run("gradcheck", "a.nn").Good().Lines[^1]);
    }

    [Fact]
    public void Gradients_of_several_updates_agree_each_by_itself()
    {
        _folder.Write("a.nn", """
            model a { dense 3, tanh; dense 1 }
            model b { dense 1, sigmoid }
            data d { builtin linear, samples: 16 }
            train on d {
              step a { loss mse(a(x) * b(x), y); optimizer adam(lr: 0.1) }
              step b { loss mse(a(x) * b(x), y); optimizer adam(lr: 0.1) }
              batch 8
            }
            """);
        Assert.Equal("all gradients agree", _folder.Run("gradcheck", "a.nn").Good().Lines[^1]);
    }

    [Fact]
    public void Fmt_writes_the_script_in_its_place_once()
    {
        string script = _folder.Write("a.nn", "model   m{dense 1,relu}  # kept\n");
        Assert.Equal("a.nn: formatted\n", _folder.Run("fmt", "a.nn").Good().Out);
        string formatted = File.ReadAllText(script);
        Assert.Contains("# kept", formatted);
        Assert.Contains("dense 1, relu", formatted);
        Assert.Equal("", _folder.Run("fmt", "a.nn").Good().Out);
        Assert.Equal(formatted, File.ReadAllText(script));
        Assert.Equal([script], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Fmt_leaves_a_script_with_mistakes_alone()
    {
        string script = _folder.Write("a.nn", "model m {{ dense   1 }\n");
        _folder.Run("fmt", "a.nn").Fails(ExitCode.Script, "a.nn:1:");
        Assert.Equal("model m {{ dense   1 }\n", File.ReadAllText(script));
    }

    [Fact]
    public void Train_eval_and_predict_follow_each_other()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        Outcome train = _folder.Run("train", "a.nn", "--save", "m.safetensors").Good();
        Assert.Equal("m: 17 parameters, 5 steps an epoch, on cpu", train.Lines[0]);
        Match last = Regex.Match(train.Out, @"epoch 4/4  loss [\d.]+  accuracy [\d.]+  (val_loss) ([\d.]+)  (val_accuracy) ([\d.]+)");
        Assert.True(last.Success, train.Out);
        Assert.EndsWith("saved to m.safetensors\n", train.Out);

        string eval = _folder.Run("eval", "a.nn", "--model", "m.safetensors").Good().Out;
        Assert.Matches($@"val_loss +{last.Groups[2].Value}\nval_accuracy +{last.Groups[4].Value}\n", eval);

        string[] predictions = _folder.Run("predict", "a.nn", "--model", "m.safetensors", "0.1", "0.2", "0.9", "0.8").Good().Lines;
        Assert.Equal(2, predictions.Length);
        Assert.All(predictions, p => Assert.InRange(double.Parse(p, CultureInfo.InvariantCulture), 0, 1));
        Assert.True(double.Parse(predictions[0], CultureInfo.InvariantCulture) < double.Parse(predictions[1], CultureInfo.InvariantCulture));
        Assert.Equal(10, _folder.Run("predict", "a.nn", "--model", "m.safetensors").Good().Lines.Length);
    }

    [Fact]
    public void Predictions_of_classes_are_named()
    {
        _folder.Write("t.csv", "size,kind\n1,cat\n2,cat\n3,cat\n11,dog\n12,dog\n13,dog\n");
        _folder.Write("a.nn",
            "model m { dense classes, softmax }\ndata d { csv \"t.csv\"; target kind }\ntrain { loss cross_entropy; optimizer adam(lr: 0.5); epochs 50; "
                + "batch all }");
        _folder.Run("train", "a.nn", "--save", "m", "--quiet").Good();
        string[] lines = _folder.Run("predict", "a.nn", "--model", "m", "2", "12").Good().Lines;
        Assert.Matches(@"^cat \(\d+\.\d ?%\)$", lines[0]);
        Assert.Matches(@"^dog \(\d+\.\d ?%\)$", lines[1]);
    }

    [Fact]
    public void Quiet_says_nothing() => Assert.Equal("", _folder.Run("train", Write(), "--quiet").Good().Out);

    [Fact]
    public void Options_take_the_place_of_the_scripts_values()
    {
        string text = _folder.Run("train", Write(), "--epochs", "2", "--set", "width=9").Good().Out;
        Assert.Contains("m: 37 parameters", text);
        Assert.Contains("done: 2 epochs, 10 steps", text);
        Assert.NotEqual(_folder.Run("train", "a.nn", "--epochs", "1", "--seed", "1").Good().Lines[1][..30], text.Split('\n')[1][..30]);
    }

    [Fact]
    public void Devices_lists_the_processor() => Assert.Matches("(?m)^cpu  .+", Nn.Run("devices").Good().Out);

    [Theory]
    [InlineData("--help")]
    [InlineData("train", "--help")]
    public void Help_is_no_mistake(params string[] args)
    {
        Outcome outcome = Nn.Run(args).Good();
        Assert.Contains("Usage:", outcome.Out);
    }

    private string Write() => Path.GetFileName(_folder.Write("a.nn", ScriptFolder.Small));
}
