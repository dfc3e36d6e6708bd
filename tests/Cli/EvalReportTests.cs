using System.Text.Json;

namespace Nn.Tests.Cli;

[Collection(nameof(OwnConsole))]
public sealed class EvalReportTests : IDisposable
{
    // The ninth sample contradicts the rest.
    private const string Classes = """
        model m { dense 2, softmax }
        data d { csv "t.csv"; target kind; split 50/50, shuffle: false }
        train { loss cross_entropy; optimizer adam(lr: 0.3); epochs 60; batch all; metrics accuracy, auc, f1 }
        """;

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_are_reported_one_by_one_and_by_what_they_were_taken_for()
    {
        Train(Classes, "x,kind\n-3,low\n-2,low\n-1,low\n1,high\n2,high\n3,high\n-3,low\n-2,low\n-1,high\n1,high\n2,high\n3,high\n");
        string text = _folder.Run("eval", "a.nn", "--model", "m").Good().Out;
        Assert.Contains("low", text);
        // One of four 'high' was taken for 'low': precision of low ⅔, recall of high ¾.
        Assert.Matches(@"\nlow +0\.6667 +1\.0000 +0\.8000 +2\n", text);
        Assert.Matches(@"\nhigh +1\.0000 +0\.7500 +0\.8571 +4\n", text);
        Assert.Matches(@"\nmacro mean +0\.8333 +0\.8750 +0\.8286 +6\n", text);
        Assert.Matches(@"\nweighted mean +0\.8889 +0\.8333 +0\.8381 +6\n", text);
        Assert.DoesNotContain('\x1b', text);

        string quiet = _folder.Run("eval", "a.nn", "--model", "m", "--quiet").Good().Out;
        Assert.DoesNotContain("precision", quiet);
        Assert.StartsWith(quiet, text);

        JsonElement json = JsonDocument.Parse(_folder.Run("eval", "a.nn", "--model", "m", "--json").Good().Out).RootElement;
        Assert.Equal(6, json.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("support").GetInt32()));
        Assert.Equal(1,
            json.GetProperty("confusion").EnumerateArray().SelectMany((row, a) => row.EnumerateArray().Where((_, p) => p != a)).Sum(n => n.GetInt32()));
        JsonElement confused = json.GetProperty("confused").EnumerateArray().Single();
        Assert.Equal(("high", "low", 1),
            (confused.GetProperty("actual").GetString(), confused.GetProperty("predicted").GetString(), confused.GetProperty("count").GetInt32()));
        Assert.Equal(0.8286, json.GetProperty("macro").GetProperty("f1").GetDouble(), 4);
    }

    [Fact]
    public void Numbers_are_reported_with_the_largest_misses()
    {
        // y = 2x but for the ninth row.
        Train("""
            model m { dense 1 }
            data d { csv "t.csv"; target y; split 50/50, shuffle: false; normalize mean: 0, std: 1 }
            train { loss mse; optimizer adam(lr: 0.1); epochs 3000; batch all }
            """, "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n1,2\n2,4\n3,6\n4,13\n5,10\n");
        string text = _folder.Run("eval", "a.nn", "--model", "m").Good().Out;
        Assert.Matches(@"\nmae +1\.00\d\d\n", text);
        Assert.Matches(@"\nrmse +2\.23\d\d\n", text);
        Assert.Matches(@"sample +target +output +error +x\n +3 +13\.00 +(8\.\d{4}|7\.\d{4}) +-\d\.\d{4} +4\.0000\n", text);
        JsonElement json = JsonDocument.Parse(_folder.Run("eval", "a.nn", "--model", "m", "--json").Good().Out).RootElement;
        Assert.Equal(1, json.GetProperty("regression").GetProperty("mae").GetDouble(), 1);
        Assert.Equal(3, json.GetProperty("misses")[0].GetProperty("sample").GetInt32());
    }

    [Fact]
    public void Many_classes_are_summed_up_in_their_worst_pairs()
    {
        _folder.Write("a.nn", """
            model m { dense 30, softmax }
            data d { builtin blobs, samples: 900, classes: 30, noise: 2; split 50/50 }
            train { loss cross_entropy; optimizer adam; epochs 2; batch 64 }
            """);
        _folder.Run("train", "a.nn", "--save", "m", "--quiet").Good();
        string text = _folder.Run("eval", "a.nn", "--model", "m").Good().Out;
        Assert.Contains("these have the lowest f1 of 30 classes", text);
        Assert.Equal(10, text.Split('\n').Count(l => l.Contains("taken for")));
        Assert.DoesNotContain("true class by row", text);
    }

    private void Train(string script, string table)
    {
        _folder.Write("a.nn", script);
        _folder.Write("t.csv", table);
        _folder.Run("train", "a.nn", "--save", "m", "--quiet").Good();
    }
}
