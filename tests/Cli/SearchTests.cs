using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nn.Tests.Cli;

/// <summary><c>nn search</c> and <c>nn cv</c> as a user meets them.</summary>
[Collection(nameof(OwnConsole))]
public sealed partial class SearchTests : IDisposable
{
    private const string Script = """
        let width = 2   # too few
        let act   = tanh
        let rate  = 0.1 # Müller's

        model m { dense width, act; dense classes, softmax }
        data d { builtin moons, samples: 60, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: rate); epochs 6; batch 16; metrics accuracy }

        search random, trials: 6, folds: 3 {
          width in [2, 4, 8]
          act   in [tanh, relu]
          rate  in log(1e-3..1e-1)
        }

        """;

    private readonly ScriptFolder _folder = new(within: true);

    public SearchTests() => _folder.Write("a.nn", Script);

    public void Dispose() => _folder.Dispose();

    private JsonElement[] Results(string name = "a.search.jsonl") => [.. File.ReadLines(_folder.File(name)).Select(l => JsonDocument.Parse(l).RootElement)];

    // Everything but the time that it took.
    private string[] Timeless(string name) => [.. File.ReadLines(_folder.File(name)).Select(l => Seconds().Replace(l, ""))];

    [GeneratedRegex("\"seconds\":[^,]*,")]
    private static partial Regex Seconds();

    [Fact]
    public void Trials_are_shown_as_they_end_and_the_best_at_the_end()
    {
        Outcome o = _folder.Run("search", "a.nn").Good();
        Assert.StartsWith("random search for the smallest val_loss, 6 trials, 3 folds, on cpu; results in a.search.jsonl", o.Lines[0]);
        Assert.Equal(6, o.Lines.Count(l => Regex.IsMatch(l, @"^trial \d/6  width [248]  act (tanh|relu)  rate 0\.\d+ +val_loss \d\.\d+")));
        Assert.Contains(o.Lines, l => Regex.IsMatch(l, @"± \d\.\d+  18 epochs  .* best so far$"));
        JsonElement best = Results().Skip(1).Where(t => t.GetProperty("state").GetString() == "done").MinBy(t => t.GetProperty("objective").GetDouble());
        JsonElement values = best.GetProperty("values");
        Assert.Contains(o.Lines, l =>
            l.StartsWith($"best: width = {values.GetProperty("width")}, act = {values.GetProperty("act")}, rate = {values.GetProperty("rate")}, val_loss "));
    }

    [Fact]
    public void The_objective_is_the_mean_over_the_folds()
    {
        _folder.Run("search", "a.nn", "--quiet").Good();
        foreach (JsonElement t in Results().Skip(1).Where(t => t.GetProperty("state").GetString() == "done"))
        {
            double[] folds = [.. t.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("val_loss").GetDouble())];
            Assert.Equal(3, folds.Length);
            Assert.Equal(folds.Average(), t.GetProperty("objective").GetDouble(), 1e-12);
            Assert.Equal(Math.Sqrt(folds.Sum(f => (f - folds.Average()) * (f - folds.Average())) / 2), t.GetProperty("deviation").GetDouble(), 1e-12);
            Assert.Equal(folds, t.GetProperty("curves").EnumerateArray().Select(c => c.EnumerateArray().Last().GetDouble()));
        }
    }

    [Fact]
    public void A_search_that_goes_on_ends_as_one_that_was_not_stopped()
    {
        _folder.Write("a.nn", Script.Replace("random", "bayes").Replace("trials: 6", "trials: 8"));
        _folder.Run("search", "a.nn", "--out", "whole", "--quiet").Good();
        _folder.Run("search", "a.nn", "--out", "parts", "--quiet", "--trials", "3").Good();
        _folder.Run("search", "a.nn", "--out", "parts", "--quiet", "--resume", "--trials", "6").Good();
        Assert.Equal(7, Timeless("parts").Length);
        _folder.Run("search", "a.nn", "--out", "parts", "--quiet", "--resume").Good();
        Assert.Equal(Timeless("whole"), Timeless("parts"));
    }

    [Fact]
    public void The_best_values_are_written_into_the_script_and_nothing_else_changes()
    {
        _folder.Run("search", "a.nn", "--write").Good();
        JsonElement values = Results().Skip(1).Where(t => t.GetProperty("state").GetString() == "done").MinBy(t => t.GetProperty("objective").GetDouble())
            .GetProperty("values");
        string expected = Script.Replace("width = 2 ", $"width = {values.GetProperty("width")} ").Replace("= tanh", $"= {values.GetProperty("act")}")
            .Replace("0.1 #", $"{values.GetProperty("rate")} #");
        Assert.Equal(expected, File.ReadAllText(_folder.File("a.nn")));
        Assert.NotEqual(Script, expected);
        // What was written makes no difference to the search: it can still go on.
        _folder.Run("search", "a.nn", "--resume", "--quiet", "--trials", "7").Good();
        Assert.Equal(8, Results().Length);
    }

    [Fact]
    public void The_best_values_can_be_trained_with()
    {
        _folder.Run("train", "a.nn", "--best").Fails(ExitCode.BadFile, "--best: there is no a.search.jsonl; search first: nn search a.nn");
        _folder.Run("search", "a.nn", "--quiet").Good();
        JsonElement values = Results().Skip(1).Where(t => t.GetProperty("state").GetString() == "done").MinBy(t => t.GetProperty("objective").GetDouble())
            .GetProperty("values");
        string[] set = [.. values.EnumerateObject().SelectMany(v => new[] { "--set", $"{v.Name}={v.Value}" })];
        _folder.Run("train", "a.nn", "--best", "--quiet", "--save", "best").Good();
        _folder.Run(["train", "a.nn", "--quiet", "--save", "set", .. set]).Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("set")), File.ReadAllBytes(_folder.File("best")));
        // Of results elsewhere.
        File.Move(_folder.File("a.search.jsonl"), _folder.File("other.jsonl"));
        _folder.Run("train", "a.nn", "--best", "other.jsonl", "--quiet", "--save", "elsewhere").Good();
        Assert.Equal(File.ReadAllBytes(_folder.File("set")), File.ReadAllBytes(_folder.File("elsewhere")));
    }

    [Fact]
    public void Earlier_results_are_kept_aside_and_those_of_another_script_are_refused()
    {
        _folder.Run("search", "a.nn", "--quiet", "--trials", "1").Good();
        string first = File.ReadAllText(_folder.File("a.search.jsonl"));
        _folder.Run("search", "a.nn", "--quiet", "--trials", "2").Good();
        Assert.Equal(first, File.ReadAllText(_folder.File("a.search.old.jsonl")));
        // What has no trials is no result to keep.
        _folder.Write("b.nn", Script);
        File.WriteAllText(_folder.File("b.search.jsonl"), "{}\n");
        _folder.Run("search", "b.nn", "--quiet", "--trials", "1").Good();
        Assert.False(File.Exists(_folder.File("b.search.old.jsonl")));
        _folder.Write("a.nn", Script.Replace("[2, 4, 8]", "[2, 4]"));
        _folder.Run("search", "a.nn", "--resume").Fails(ExitCode.BadFile, "a.search.jsonl cannot be gone on with");
        _folder.Write("a.nn", Script);
        _folder.Run("search", "a.nn", "--resume", "--seed", "3").Fails(ExitCode.BadFile, "a.search.jsonl cannot be gone on with");
        Assert.Equal(3, Results().Length);
    }

    [Fact]
    public void A_line_that_was_cut_off_is_left_out()
    {
        _folder.Run("search", "a.nn", "--quiet", "--trials", "3").Good();
        string[] whole = Timeless("a.search.jsonl");
        byte[] bytes = File.ReadAllBytes(_folder.File("a.search.jsonl"));
        _folder.Write("a.search.jsonl", bytes[..^40]);
        _folder.Run("search", "a.nn", "--quiet", "--trials", "3", "--resume").Good();
        Assert.Equal(whole, Timeless("a.search.jsonl"));
        _folder.Write("a.search.jsonl", "{\"format\":\n");
        _folder.Run("search", "a.nn", "--resume").Fails(ExitCode.BadFile, "a.search.jsonl has no results of a search");
    }

    [Fact]
    public void A_trial_that_fails_is_a_result_like_others()
    {
        _folder.Write("a.nn", """
            let rate = 0.1; let width = 4
            model m { dense width; dense 1 }
            data d { builtin linear, samples: 60; split 80/20 }
            train { loss mse; optimizer sgd(lr: rate); epochs 2; batch 8 }
            search grid { rate in [0.01, 1e20]; width in [4, 2000000000] }
            """);
        Outcome o = _folder.Run("search", "a.nn").Good();
        Assert.Matches(@"trial 3/4  rate 1e20  width 4 +failed: training diverged", o.Out);
        Assert.Matches(@"trial 2/4  rate 0.01  width 2000000000  failed: ", o.Out);
        Assert.Contains("done: 4 trials, 3 failed", o.Out);
        Assert.Contains("best: rate = 0.01, width = 4", o.Out);
        // No array has so many elements: the script is wrong with that width.
        Assert.Equal([0, 3, 8, 3], Results().Skip(1).Select(t => t.TryGetProperty("code", out JsonElement code) ? code.GetInt32() : 0));
    }

    [Fact]
    public void A_search_in_which_all_trials_fail_fails()
    {
        _folder.Write("a.nn", """
            let rate = 0.1
            model m { dense 1 }
            data d { builtin linear, samples: 60; split 80/20 }
            train { loss mse; optimizer sgd(lr: rate); epochs 2; batch 8 }
            search grid { rate in [1e20, 1e21] }
            """);
        _folder.Run("search", "a.nn", "--quiet").Fails(ExitCode.Diverged, "none of 2 trials came to an end; the first: training diverged");
        _folder.Run("train", "a.nn", "--best").Fails(ExitCode.BadFile, "no trial in a.search.jsonl came to an end");
    }

    [Fact]
    public void Events_are_json()
    {
        Outcome o = _folder.Run("search", "a.nn", "--json", "--trials", "2").Good();
        JsonElement[] events = [.. o.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["search", "trial_start", "trial", "trial_start", "trial", "done"], events.Select(e => e.GetProperty("event").GetString()));
        Assert.Equal("0.001..0.1, logarithmic", events[0].GetProperty("space").GetProperty("rate").GetString());
        Assert.Equal(3, events[2].GetProperty("folds").GetArrayLength());
        Assert.Equal(events[2].GetProperty("values").ToString(), events[1].GetProperty("values").ToString());
        Assert.Equal("finished", events[^1].GetProperty("end").GetString());
        Assert.Equal(Math.Min(events[2].GetProperty("objective").GetDouble(), events[4].GetProperty("objective").GetDouble()),
            events[^1].GetProperty("objective").GetDouble());
    }

    [Theory]
    [InlineData("folds: 3", "minimize: val_auk",
        "the search looks for the best val_auk, but there is loss, accuracy, val_loss, val_accuracy; add it to metrics, or name another")]
    [InlineData("; split 80/20", "", "the search looks for the best val_loss, but there is loss, accuracy; split the data or use `folds: 5`")]
    public void What_cannot_be_searched_is_told_before_the_first_trial(string from, string to, string message)
    {
        _folder.Write("a.nn", Script.Replace(from, to).Replace(", folds: 3", ""));
        foreach (string command in new[] { "search", "check" }) _folder.Run(command, "a.nn").Fails(ExitCode.Script, message);
        Assert.False(File.Exists(_folder.File("a.search.jsonl")));
    }

    [Fact]
    public void Misuse_is_explained()
    {
        _folder.Run("search", "a.nn", "--set", "width=3").Fails(ExitCode.Usage, "--set width: the search tries values of width");
        _folder.Write("b.nn", ScriptFolder.Small);
        _folder.Run("search", "b.nn").Fails(ExitCode.Script, "b.nn has no search block", "nn cv b.nn");
        _folder.Run("search", "a.nn", "--trials", "0").Fails(ExitCode.Usage, "--trials 0: a search needs at least 1");
        _folder.Run("search", "a.nn", "--out", "nowhere/results").Fails(ExitCode.BadFile, "cannot write nowhere/results");
        _folder.Run("cv", "b.nn", "--folds", "1").Fails(ExitCode.Usage, "--folds 1: cross-validation needs at least 2");
        _folder.Run("cv", "b.nn", "--folds", "500").Fails(ExitCode.BadFile, "72 samples to train on cannot be cut into 500 folds");
    }

    [Fact]
    public void Explain_tells_the_space()
    {
        Assert.Contains("""
            search random: 6 trials, 3 folds, for the smallest val_loss; trials worse than the median are given up
              width: 2, 4 or 8
              act: tanh or relu
              rate: 0.001..0.1, logarithmic
            """, _folder.Run("explain", "a.nn").Good().Out);
    }

    [Fact]
    public void Cross_validation_tells_each_fold_and_the_mean()
    {
        Outcome o = _folder.Run("cv", "a.nn", "--folds", "4").Good();
        Assert.Equal("m: 4 folds of 48 samples, on cpu", o.Lines[0]);
        double[] folds = [.. o.Lines.Where(l => l.StartsWith("fold ")).Select(l => double.Parse(Regex.Match(l, @"val_accuracy (\S+)").Groups[1].Value))];
        Assert.Equal(4, folds.Length);
        double mean = double.Parse(Regex.Match(o.Out, @"\nval_accuracy  (\S+) ±").Groups[1].Value);
        Assert.Equal(folds.Average(), mean, 1e-4);
        JsonElement done = JsonDocument.Parse(_folder.Run("cv", "a.nn", "--folds", "4", "--json").Good().Lines[^1]).RootElement;
        Assert.Equal(mean, done.GetProperty("metrics").GetProperty("val_accuracy").GetDouble(), 1e-4);
    }

    [SkippableFact]
    public void The_search_of_the_iris_example_ends()
    {
        string script = _folder.Write("iris.nn", File.ReadAllText(Nn.Example("iris.nn")));
        Outcome o = Nn.RunWithData("iris.csv", "search", script, "--trials", "3").Good();
        Assert.Contains("best: hidden = ", o.Out);
    }

    [SkippableFact]
    public void An_interrupt_abandons_the_trial_shows_the_others_and_says_how_to_go_on()
    {
        InterruptTests.SkipWithoutInterrupts();
        _folder.Write("a.nn", Script.Replace("trials: 6", "trials: 100000"));
        using Process process = Nn.Start(_folder.Path, null, "search", "a.nn");
        InterruptTests.WaitFor(process, "trial      2/");
        string rest = InterruptTests.SignalAndRead(process, InterruptTests.Interrupt);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal(130, process.ExitCode);
        Assert.Matches(@"interrupted: \d+ trials", rest);
        Assert.Contains("best: ", rest);
        Assert.Contains("go on with nn search a.nn --resume", rest);
        Assert.True(Results().Length >= 3);
    }

    [SkippableFact]
    public void A_kill_loses_the_running_trial_at_most()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are of Unix");
        _folder.Write("a.nn", Script.Replace("trials: 6", "trials: 100000").Replace("random", "grid").Replace("1e-1)", "1e-1), points: 5000"));
        using Process process = Nn.Start(_folder.Path, null, "search", "a.nn");
        InterruptTests.WaitFor(process, "trial     6/");
        _ = InterruptTests.SignalAndRead(process, InterruptTests.Kill);
        Assert.True(process.WaitForExit(20_000));
        int kept = File.ReadAllText(_folder.File("a.search.jsonl")).Count(c => c == '\n') - 1;
        Assert.True(kept >= 6);
        _folder.Run("search", "a.nn", "--resume", "--quiet", "--trials", $"{kept + 1}").Good();
        Assert.Equal(Enumerable.Range(1, kept + 1), Results().Skip(1).Select(t => t.GetProperty("trial").GetInt32()));
    }
}
