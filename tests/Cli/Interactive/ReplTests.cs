using System.Text.Json;
using Nn.Repl.Commands;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Interactive;

public sealed class ReplTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("nn-state").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void Statements_make_a_model_that_trains_and_predicts()
    {
        Outcome o = Type("""
            model net {
              dense 4, tanh
              dense 1, sigmoid
            }
            data corners { builtin xor }
            train { loss bce; optimizer sgd(lr: 0.5, momentum: 0.9); epochs 400; batch 4 }
            :train
            :predict 0 1
            :predict 1 1
            """).Good();
        Assert.Contains("net: 2 → 1, 17 parameters", o.Out);
        Assert.Contains("400 epochs are done", o.Out);
        Assert.InRange(double.Parse(o.Lines[^2], System.Globalization.CultureInfo.InvariantCulture), 0.9, 1);
        Assert.InRange(double.Parse(o.Lines[^1], System.Globalization.CultureInfo.InvariantCulture), 0, 0.1);
    }

    [Fact]
    public void A_model_is_not_saved_over_a_file_of_another_kind()
    {
        string notes = Path.Combine(_state, "notes.txt"), model = Path.Combine(_state, "m");
        File.WriteAllText(notes, "keep me");
        Outcome o = Type($":load examples/xor.nn\n:train 1 epochs\n:save \"{model}\"\n:save \"{model}\"\n:save \"{notes}\"");
        Assert.Equal((int)ExitCode.BadFile, o.Code);
        Assert.Contains("is no checkpoint of a training: it is not replaced", o.Out);
        Assert.Equal(2, o.Lines.Count(l => l == $"saved to {model}"));
        Assert.Equal("keep me", File.ReadAllText(notes));
    }

    [Fact]
    public void What_may_be_meant_and_may_not_is_told_once()
    {
        Outcome o = Type("""
            data d { builtin moons, samples: 60; split 80/20 }
            model net { dense 4, relu; dense 1, leaky_relu }
            train { loss bce; optimizer adam; epochs 1 }
            let unused = 1
            :train
            """).Good();
        Assert.Single(o.Lines, l => l.Contains("warning: bce takes probabilities; whether net.dense_2 gives such cannot be told"));
        Assert.Contains("help: if it does not, end the model with sigmoid", o.Out);
    }

    [Fact]
    public void A_changed_model_keeps_the_layers_that_did_not_change()
    {
        Outcome o = Type("""
            :load examples/xor.nn
            :train 3 epochs
            :show dense_1.weight
            model xor { dense 4, tanh; dense 3, relu; dense 1, sigmoid }
            :show dense_1.weight
            :undo
            :show dense_1.weight
            """).Good();
        Assert.Contains("kept: xor.dense_1.weight, xor.dense_1.bias; starts anew: xor.dense_2.weight", o.Out);
        string[] shown = o.Out.Split("xor.dense_1.weight 2x4:")[1..];
        Assert.Equal(3, shown.Length);
        // The two rows of values after each heading.
        string Rows(string s) => string.Join('\n', s.Split('\n')[..3]);
        Assert.Equal(Rows(shown[0]), Rows(shown[1]));
        Assert.Equal(Rows(shown[0]), Rows(shown[2]));
    }

    [Fact]
    public void Training_in_pieces_ends_where_training_at_once_does()
    {
        string whole = Type(":load examples/xor.nn\n:train\n:show dense\n").Good().Out,
            pieces = Type(":load examples/xor.nn\n:train 100 epochs\n:train 7 steps\n:train\n:show dense\n").Good().Out;
        Assert.Equal(whole[whole.IndexOf("xor.dense_1.weight", StringComparison.Ordinal)..],
            pieces[pieces.IndexOf("xor.dense_1.weight", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void The_learning_rate_and_other_numbers_change_in_mid_training()
    {
        Outcome o = Type("""
            :load examples/xor.nn
            :train 5 epochs
            :set lr=0
            :show dense_2.weight
            :set momentum = 0
            :train 5 epochs
            :show dense_2.weight
            """).Good();
        string[] shown = o.Out.Split("xor.dense_2.weight 4x1:")[1..];
        // No rate and no momentum: nothing moves.
        Assert.Equal(shown[0].Split('\n')[..5], shown[1].Split('\n')[..5]);
    }

    [Fact]
    public void A_let_is_set_and_the_model_changes_with_it()
    {
        Outcome o = Type(":load examples/digits.nn\n:set hidden=16\n:summary\n").Good();
        Assert.Contains("12,730", o.Out.Replace("parameters       ", ""));
    }

    [Fact]
    public void A_saved_model_opens_with_its_script_and_weights()
    {
        string file = Path.Combine(_state, "m.safetensors");
        Outcome first = Type($":load examples/xor.nn\n:train 20 epochs\n:save \"{file}\"\n:predict\n").Good();
        Outcome second = Type($":open \"{file}\"\n:predict\n").Good();
        Assert.Contains("20 epochs, 20 steps so far", second.Out);
        Assert.Equal(first.Lines[^4..], second.Lines[^4..]);
    }

    [Fact]
    public void Mistakes_are_told_and_end_nothing()
    {
        Outcome o = Type("""
            lett x = 3
            :hepl
            :load nowhere.nn
            :set lr=fast
            model q { dense 3, rleu }
            data d { builtin xor }
            train { loss mse; optimizer sgd; epochs 1 }
            model q { dense 1, relu }
            :train
            """);
        Assert.Equal((int)ExitCode.Usage, Type(":hepl\n").Code);
        Assert.Contains("did you mean 'let'?", o.Out);
        Assert.Contains("did you mean :help?", o.Out);
        Assert.Contains("there is no script 'nowhere.nn'", o.Out);
        Assert.Contains("did you mean 'relu'?", o.Out);
        Assert.Contains("1 epoch is done", o.Out);
        Assert.DoesNotContain("defect of nn", o.Out);
    }

    [Fact]
    public void Programs_read_events()
    {
        Outcome o = Nn.RunWithInput(":load examples/xor.nn\n:train 2 epochs\n:nothing\n:predict 0 0\n", _state, "repl", "--json");
        JsonElement[] events = [.. o.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Contains(events, e => e.GetProperty("event").GetString() == "epoch" && e.GetProperty("epoch").GetInt32() == 2);
        JsonElement error = Assert.Single(events, e => e.GetProperty("event").GetString() == "error");
        Assert.Equal((int)ExitCode.Usage, error.GetProperty("code").GetInt32());
        Assert.Single(events, e => e.GetProperty("event").GetString() == "prediction");
    }

    [Fact]
    public void Commands_are_given_on_the_command_line()
    {
        Outcome o = Nn.RunWithInput("", _state, "-c", ":load examples/xor.nn", "-c", ":summary").Good();
        Assert.Contains("parameters       17", o.Out);
        Assert.Equal((int)ExitCode.Usage, Nn.RunWithInput("", _state, "-c", ":nothing").Code);
    }

    [Theory]
    [InlineData("adam", "optimizer adam(lr = 1e-3", "beta2  default 0.999")]
    [InlineData("tanh", "hyperbolic tangent")]
    [InlineData("mse", "d mse / d p = 2 * (p - target(y, p)) / size(p)")]
    [InlineData("silu", "d silu / d x = sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x))")]
    [InlineData("dense", "units  must be given", "example: dense 128, relu")]
    [InlineData("train", ":train [N epochs | N steps]")]
    public void Help_shows_formulas_gradients_and_options(string name, params string[] parts)
    {
        Outcome o = Type($":help {name}\n").Good();
        foreach (string part in parts) Assert.Contains(part, o.Out);
    }

    [Fact]
    public void Every_command_is_in_the_help_and_says_when_it_lacks_something()
    {
        string help = Type(":help\n").Good().Out;
        foreach (CommandRow c in CommandTable.All.Where(c => c.Session is not null))
        {
            Assert.Contains($":{c.Name}", help);
            Assert.DoesNotContain("defect of nn", c.Name is "quit" or "devices" ? "" : Type($":{c.Name}\n").Out);
        }
    }

    private Outcome Type(string input) => Nn.RunWithInput(input, _state, "repl");
}
