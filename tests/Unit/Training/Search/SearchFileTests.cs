using System.Text.Json;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

/// <summary>Files of search results: what was added is there again, and what is no such file is told.</summary>
public sealed class SearchFileTests : IDisposable
{
    private static readonly SearchDefinition s_definition =
        Spaces.Definition(SearchMethod.Grid, 4, new ChoiceAxis("width", ["4", "8"]), new RangeAxis("rate", 0.1, 1)) with
        {
            Folds = 2,
            Seed = 7,
            Maximize = true,
        };

    private static readonly Trial s_done = new()
    {
        Number = 1,
        Values = ["8", "0.5"],
        State = TrialState.Done,
        Results = [Result(0.25, 1), Result(0.75, double.NaN)],
        Folds = [0.25, 0.75],
        Curves = [[double.NaN, 0.25], [1e-30, 0.1, 0.75]],
        Seconds = 1.5,
    };

    private static readonly Trial s_failed = new()
    {
        Number = 2,
        Values = ["4", "1"],
        State = TrialState.Failed,
        Curves = [[double.NaN]],
        Seconds = 0.25,
        Code = ExitCode.Diverged,
        Why = "it „diverged”\nhere",
    };

    private static readonly Trial s_pruned = new()
    {
        Number = 3,
        Values = ["4", "0.1"],
        State = TrialState.Pruned,
        Results = [Result(9, 9)],
        Folds = [9],
        Curves = [[9]],
    };

    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("s.jsonl");

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, double> Result(double loss, double accuracy) => new() { ["val_loss"] = loss, ["val_accuracy"] = accuracy };

    private static SearchFile Create(string path, string identity = "id") => SearchFile.Create(path, identity, "a.nn", s_definition);

    private void Write(params Trial[] trials)
    {
        using SearchFile file = Create(File);
        Assert.Empty(file.Before);
        foreach (Trial t in trials) file.Add(t, s_definition);
    }

    private static void Same(Trial expected, Trial actual)
    {
        Assert.Equal((expected.Number, expected.State, expected.Seconds, expected.Code, expected.Why, expected.Epochs),
            (actual.Number, actual.State, actual.Seconds, actual.Code, actual.Why, actual.Epochs));
        Assert.Equal(expected.Values, actual.Values);
        Assert.Equal(expected.Results, actual.Results);
        Assert.Equal(expected.Folds, actual.Folds);
        Assert.Equal(expected.Curves, actual.Curves);
    }

    [Fact]
    public void Trials_are_read_as_they_were_added()
    {
        Write(s_done, s_failed, s_pruned);
        SearchResults results = SearchResults.Load(File);
        Assert.Equal(("id", "val_loss", true, new FileInfo(File).Length), (results.Identity, results.Metric, results.Maximize, results.Length));
        Assert.Equal(["width", "rate"], results.Names);
        foreach ((Trial added, Trial read) in new[] { s_done, s_failed, s_pruned }.Zip(results.Trials)) Same(added, read);
        // For programs that read it: mean and deviation of 0.25 and 0.75, and what cannot be written as a number.
        JsonElement[] lines = [.. System.IO.File.ReadLines(File).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(4, lines.Length);
        Assert.Equal(("grid", 2, 7, "a.nn"), (lines[0].GetProperty("method").GetString(), lines[0].GetProperty("folds").GetInt32(),
            lines[0].GetProperty("seed").GetInt32(), lines[0].GetProperty("script").GetString()));
        Assert.Equal("4 or 8", lines[0].GetProperty("space").GetProperty("width").GetString());
        Assert.Equal((0.5, Math.Sqrt(0.125), 5), (lines[1].GetProperty("objective").GetDouble(), lines[1].GetProperty("deviation").GetDouble(),
            lines[1].GetProperty("epochs").GetInt32()));
        Assert.Equal("8", lines[1].GetProperty("values").GetProperty("width").GetString());
        Assert.Equal(JsonValueKind.Null, lines[2].GetProperty("objective").ValueKind);
        Assert.Equal([false, true, false], lines.Skip(1).Select(l => l.TryGetProperty("why", out _)));
    }

    [Fact]
    public void The_best_is_the_best_of_those_that_finished()
    {
        Trial Done(int number, double value) =>
            s_pruned with { Number = number, State = TrialState.Done, Values = [$"{number}", "1"], Results = [Result(value, 0)], Folds = [value] };
        Write(Done(1, 2), Done(2, 5), s_pruned, Done(4, 5), Done(5, 3));
        // The first of equals, and not the one that was given up at 9.
        Assert.Equal("2", SearchResults.Load(File).Best!["width"]);
        Assert.Equal("1", (SearchResults.Load(File) with { Maximize = false }).Best!["width"]);
        Assert.Null((SearchResults.Load(File) with { Trials = [s_failed, s_pruned] }).Best);
    }

    [Fact]
    public void Who_goes_on_has_the_whole_lines_before_and_adds_behind_them()
    {
        Write(s_done, s_failed);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        _folder.Write("s.jsonl", [.. whole, .. "{\"trial\":3,\"sta"u8]);
        using (SearchFile file = SearchFile.Resume(File, "id", s_definition))
        {
            Assert.Equal([1, 2], file.Before.Select(t => t.Number));
            Assert.Equal(whole, System.IO.File.ReadAllBytes(File));
            file.Add(s_pruned, s_definition);
        }

        Assert.Equal(3, SearchResults.Load(File).Trials.Count);
        Assert.Equal(whole, System.IO.File.ReadAllBytes(File)[..whole.Length]);
    }

    [Fact]
    public void A_file_of_another_search_is_left_as_it_is()
    {
        Write(s_done);
        byte[] before = System.IO.File.ReadAllBytes(File);
        NnException e = Assert.Throws<NnException>(() => SearchFile.Resume(File, "other", s_definition));
        Assert.Equal((ExitCode.BadFile, RemedyKind.SearchAnew), (e.Code, e.Remedy!.Kind));
        Assert.Contains("cannot be gone on with", e.Message);
        SearchDefinition narrower = s_definition with { Axes = [s_definition.Axes[0]] };
        Assert.Contains("trial 1 has 2 values", Assert.Throws<NnException>(() => SearchFile.Resume(File, "id", narrower)).Message);
        // Nor is it locked for the one who may go on.
        using (SearchFile.Resume(File, "id", s_definition)) Assert.Contains("in use by process", Assert.Throws<NnException>(() => Create(File)).Message);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        Assert.False(System.IO.File.Exists(_folder.File("s.old.jsonl")));
    }

    [Fact]
    public void Earlier_results_are_set_aside_where_there_are_any()
    {
        Write(s_done);
        byte[] before = System.IO.File.ReadAllBytes(File);
        Write();
        Assert.Equal(before, System.IO.File.ReadAllBytes(_folder.File("s.old.jsonl")));
        Assert.Empty(SearchResults.Load(File).Trials);
        // A search that was ended before its first trial takes nothing away from what is aside.
        Write();
        Assert.Equal(before, System.IO.File.ReadAllBytes(_folder.File("s.old.jsonl")));
        // The next ones take their place.
        Write(s_done with { Seconds = 99 });
        Write();
        Assert.Equal(99, SearchResults.Load(_folder.File("s.old.jsonl")).Trials.Single().Seconds);
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Create(_folder.File("no/where"))).Code);
    }

    [Theory]
    [InlineData("{\"format\":\"nn-search-1\"", "it is empty")]
    [InlineData("{\"format\":\"other\"}\n", "it begins otherwise")]
    [InlineData("{}\n", "it begins otherwise")]
    [InlineData("[1]\n", "it is damaged")]
    [InlineData("{\"format\":1}\n", "it is damaged")]
    [InlineData("{\"format\":\"nn-search-1\"}\n", "it is damaged")]
    [InlineData("HEAD\nnot json\n", "it is damaged")]
    [InlineData("HEAD\n{\"trial\":1}\n", "it is damaged")]
    public void What_is_no_file_of_results_is_told(string text, string why)
    {
        Write();
        _folder.Write("b.jsonl", text.Replace("HEAD\n", System.IO.File.ReadAllText(File)));
        NnException e = Assert.Throws<NnException>(() => SearchResults.Load(_folder.File("b.jsonl")));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.EndsWith($"has no results of a search: {why}", e.Message);
    }

    [Fact]
    public void A_trial_that_is_missing_is_told()
    {
        Write(s_done, s_pruned);
        Assert.EndsWith("trial 2 is missing", Assert.Throws<NnException>(() => SearchResults.Load(File)).Message);
        // Whatever keeps a file from being read, it is named.
        _folder.Write("empty.jsonl", "");
        foreach (string name in new[] { "none.jsonl", "empty.jsonl" })
        {
            NnException e = Assert.Throws<NnException>(() => SearchResults.Load(_folder.File(name)));
            Assert.Equal(ExitCode.BadFile, e.Code);
            Assert.Contains(name, e.Message);
        }
    }
}
