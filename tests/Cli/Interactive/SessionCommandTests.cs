using System.Text.RegularExpressions;
using Nn.Files;

namespace Nn.Tests.Cli.Interactive;

/// <summary>Commands that bring in, write out, and try many trainings; and what undo brings back.</summary>
public sealed class SessionCommandTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_leaves_the_best_values_in_force()
    {
        Outcome o = Type("""
            let hidden = 4
            model net { dense hidden, tanh; dense 1 }
            data d { builtin sine, samples: 60, seed: 1; split 80/20 }
            train { loss mse; optimizer adam(lr: 0.01); epochs 2 }
            search grid, minimize: val_loss { hidden in [2, 3] }
            :search
            :show hidden
            :undo
            :show hidden
            """).Good();
        Match best = Regex.Match(o.Out, "in force: hidden = ([23]); :undo takes them back");
        Assert.True(best.Success, o.Out);
        Assert.Contains($"best: hidden = {best.Groups[1].Value}", o.Out);
        Assert.Contains($"\nlet hidden = {best.Groups[1].Value}\n", o.Out);
        Assert.EndsWith("let hidden = 4\n", o.Out);
    }

    [Fact]
    public void Folds_are_each_held_out_once()
    {
        Outcome o = Type(":load examples/xor.nn\ndata corners { builtin moons, samples: 30 }\n:cv 3\n").Good();
        for (int fold = 1; fold <= 3; fold++) Assert.Contains($"fold {fold}/3", o.Out);
        Assert.Contains("write :cv", Type(":load examples/xor.nn\n:cv 1\n").Out);
    }

    [Fact]
    public void What_is_exported_is_the_model_as_it_is_now_and_can_be_imported_again()
    {
        string weights = _folder.File("w.npz"), model = _folder.File("m.onnx");
        Outcome first = Type($":load {Nn.Example("xor.nn")}\n:train 30 epochs\n:export {weights}\n:export {model}\n:predict\n").Good();
        Assert.True(new FileInfo(model).Length > 100);
        // Trained weights in a model with first values.
        Outcome second = Type($":load {Nn.Example("xor.nn")}\n:import {weights}\n:predict\n").Good();
        Assert.Equal(first.Lines[^4..], second.Lines[^4..]);
        // A model that is only in the file: its statement first, its weights when there is something to train.
        Outcome third = Type($$"""
            :import {{model}}
            data corners { builtin xor }
            train { loss bce; optimizer adam }
            :import {{model}}
            :predict
            """).Good();
        Assert.Contains("once more takes its weights", third.Out);
        Assert.Contains("4 of 4 tensors", third.Out);
        Assert.Equal(first.Lines[^4..], third.Lines[^4..]);
    }

    [Fact]
    public void A_picture_of_samples_is_that_of_the_command_line()
    {
        _folder.Write("a.nn", """
            model same { flatten; dense 784; reshape 28x28x1 }
            data d { builtin digits, samples: 10; split 60/40; normalize standard }
            train on d { loss mse(same(x), x); optimizer adam; batch all; epochs 3 }
            """);
        _folder.Run("train", "a.nn", "--save", "m").Good();
        _folder.Run("sample", "a.nn", "--model", "m", "--out", "s.png").Good();
        Type($":load {_folder.File("a.nn")}\n:train\n:sample {_folder.File("t.png")}\n").Good();
        RasterImage expected = ImageFile.Load(_folder.File("s.png")), shown = ImageFile.Load(_folder.File("t.png"));
        Assert.Equal(expected.Width, shown.Width);
        Assert.Equal(expected.Pixels, shown.Pixels);
        Assert.Contains("written as .png", Type($":load {_folder.File("a.nn")}\n:sample x.jpg\n").Out);
    }

    [Fact]
    public void A_stopped_training_begins_anew_with_the_weights_it_has()
    {
        Outcome o = Type(":load examples/xor.nn\n:train 7 epochs\n:show dense_2.bias\n:stop\n:show dense_2.bias\n:train 1 epochs\n:reset\n:stop\n");
        string[] shown = Regex.Matches(o.Out, @"xor\.dense_2\.bias 1:.*\n.*").Select(m => m.Value).ToArray();
        Assert.Equal(2, shown.Length);
        Assert.Equal(shown[0], shown[1]);
        Assert.Contains("1 epoch is done", o.Out);
        Assert.EndsWith("no training is under way\n", o.Out);
    }

    [Fact]
    public void Undo_brings_a_replaced_script_back_with_its_training()
    {
        Outcome o = Type("""
            :load examples/xor.nn
            :train 5 epochs
            :predict
            :load examples/spirals.nn
            :undo
            :predict
            :train 1 epochs
            """).Good();
        Assert.Contains("the training is back: 5 epochs, 5 steps so far", o.Out);
        string[] lines = o.Lines;
        int first = Array.FindIndex(lines, l => l.StartsWith("5 epochs are done")), back = Array.FindIndex(lines, l => l.StartsWith("the training is back"));
        Assert.Equal(lines[(first + 1)..(first + 5)], lines[(back + 1)..(back + 5)]);
        Assert.Contains("6 epochs are done", o.Out);
    }

    [Fact]
    public void A_script_with_mistakes_replaces_nothing()
    {
        _folder.Write("bad.nn", "model m { dense 4, rleu }\ndata d { builtin xor }\ntrain { loss mse; optimizer adam }");
        Outcome o = Type($":load examples/xor.nn\n:train 2 epochs\n:load {_folder.File("bad.nn")}\n:train 1 epochs\n");
        Assert.Contains("did you mean 'relu'?", o.Out);
        Assert.Contains("3 epochs are done", o.Out);
    }

    [Fact]
    public void Values_that_were_set_are_saved_with_the_model()
    {
        string file = _folder.File("m.safetensors");
        Type($":load examples/digits.nn\n:set hidden=7\n:train 1 steps\n:save {file}\n").Good();
        Assert.Contains("7,950", Type($":open {file}\n:summary\n").Good().Out.Replace("parameters       5,575", "7,950"));
        Type($":load examples/digits.nn\n:set hidden=9 # comment\n:list\n");
        Assert.Contains("write one value", Type(":load examples/digits.nn\n:set hidden=9;let b=2\n").Out);
    }

    [Fact]
    public void Values_of_the_command_line_come_back_with_a_model()
    {
        _folder.Run("train", Nn.Example("digits.nn"), "--set", "hidden=7", "--epochs", "0", "--save", "m").Good();
        Outcome o = Type($":open {_folder.File("m")}\n:show hidden\n").Good();
        Assert.Contains("let hidden = 7", o.Out);
    }

    [Fact]
    public void Statements_are_formatted()
    {
        Outcome o = Type("model   net{dense 4,tanh\n dense 1}\n:fmt\n").Good();
        Assert.Equal("model net { dense 4, tanh\n  dense 1 }\n", o.Out);
    }

    [Fact]
    public void A_swept_number_holds_the_value_that_it_is_given()
    {
        using var s = new Plots.LiveSession($":load {Nn.Example("annealing.nn")}", ":train 10 steps");
        s.Repl.Execute(":set temperature=0.5");
        s.Repl.Execute(":train 10 steps");
        var slots = s.Training.Plan.Slots;
        float[] rates = s.Training.Read<float>(slots.Rates);
        int columns = slots.Rates.Shape[1];
        Assert.Equal(0.5f, rates[columns - slots.Swept.Count + slots.Swept.ToList().FindIndex(n => n.Name.EndsWith("temperature"))]);
        Assert.Equal(ExitCode.Ok, s.Repl.Code);
    }

    [Fact]
    public void Numbers_say_what_they_are_and_who_set_them()
    {
        string[] lines = Type($":load {Nn.Example("xor.nn")}\n:set lr=0.25\n:show numbers\n:show lr\n:show beta7\n").Out.Split('\n');
        Assert.Contains(lines, l => System.Text.RegularExpressions.Regex.IsMatch(l, @"^sgd\.lr +0\.2500 +0\.\d+ +set by hand$"));
        Assert.Contains(lines, l => System.Text.RegularExpressions.Regex.IsMatch(l, @"^sgd\.momentum +0\.9000 +0\.9 +script$"));
        Assert.Equal(2, lines.Count(l => l.StartsWith("sgd.lr ", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.Contains("nothing is called 'beta7'; there are") && l.Contains("sgd.momentum"));
    }

    // What the device then has does not depend on whether the session was one or two, or the statements changed in between.
    [Fact]
    public void A_number_that_was_set_goes_with_the_model_into_a_file_to_another_device_and_to_changed_statements()
    {
        string file = _folder.File("held.safetensors");
        string Shown(string input) => string.Join('\n', Type(input).Good().Out.Split('\n')
            .Where(l => l.StartsWith("sgd.", StringComparison.Ordinal) || l.StartsWith("xor.dense_1", StringComparison.Ordinal)));
        string start = $":load {Nn.Example("xor.nn")}\n:train 3 steps\n:set lr=0.25\n:set momentum=0.5\n";
        string whole = Shown($"{start}:show numbers\n:train 3 steps\n:show dense_1.weight\n");
        Assert.Equal(2, whole.Split("set by hand").Length - 1);
        Assert.Contains("xor.dense_1.weight 2x4: mean", whole);
        Assert.Equal(whole, Shown($"{start}:save {file}\n:reset\n:open {file}\n:show numbers\n:train 3 steps\n:show dense_1.weight\n"));
        Assert.Equal(whole, Shown($"{start}:device cpu\n:show numbers\n:train 3 steps\n:show dense_1.weight\n"));
        Outcome resumed = Nn.Run("train", Nn.Example("xor.nn"), "--resume", file, "--epochs", "0", "--quiet");
        Assert.Contains($"nn: in {file}, sgd.lr was set to 0.25 by hand, in place of 0.5; it stays so", resumed.Error);
        string changed = Shown($"{start}let unused = 1\n:show numbers\n");
        Assert.Contains("set by hand", changed);
    }

    private Outcome Type(string input) => Nn.RunWithInput(input, _folder.File("state"), "repl");
}
