using System.Text.Json;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Cli;

/// <summary><c>nn data</c> tells all that was decided; data of every kind are trained on from a script.</summary>
[Collection(nameof(OwnConsole))]
public sealed class DataTests : IDisposable
{
    private const string Train = "train { loss cross_entropy; optimizer adam(lr: 0.01); epochs 2; batch 8; metrics accuracy }";

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_gaps_words_statistics_and_classes_are_listed()
    {
        _folder.Write("t.csv", "size,colour,kind\n1,red,cat\n,red,cat\n3,,dog\n5,blue,dog\n");
        _folder.Write("a.nn", $"model m {{ dense classes, softmax }}\ndata d {{ csv \"t.csv\"; target kind }}\n{Train}");
        string text = _folder.Run("data", "a.nn").Good().Out;
        Assert.Matches(@"(?m)^size +number +1$", text);
        Assert.Matches(@"(?m)^colour +words +1  red \(2\), blue \(1\)$", text);
        Assert.Matches(@"(?m)^kind +target  words +cat \(2\), dog \(2\)$", text);
        // 1, 3, 5 and a gap filled with their mean: mean 3, variance (4 + 0 + 0 + 4) ÷ 4 = 2.
        Assert.Matches(@"(?m)^size +3  +1\.4142 +1 +5 +0\.70711 +-2\.1213$", text);
        Assert.Matches(@"(?m)^cat +2 +0 +0$", text);

        JsonElement[] events = [.. _folder.Run("data", "a.nn", "--json").Good().Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        JsonElement colour = events.Single(e => e.GetProperty("event").GetString() == "column" && e.GetProperty("name").GetString() == "colour");
        Assert.Equal((1, 2), (colour.GetProperty("gaps").GetInt32(), colour.GetProperty("words").GetProperty("red").GetInt32()));
        Assert.Equal(4, events.Single(e => e.GetProperty("event").GetString() == "data").GetProperty("training").GetInt32());
    }

    [Fact]
    public void Images_in_folders_are_trained_on()
    {
        var random = new Random(1);
        foreach ((string name, int bright) in new[] { ("dark", 40), ("light", 200) })
        {
            for (int i = 0; i < 10; i++)
                Png.Save(_folder.File($"set/{name}/{i}.png"),
                    new RasterImage(6, 6, 1, [.. Enumerable.Range(0, 36).Select(_ => (byte)(bright + random.Next(30)))]));
        }

        _folder.Write("a.nn",
            $"model m {{ conv 2, 3x3, relu; flatten; dense classes, softmax }}\ndata d {{ images \"set\"; split 80/20, stratify: target; augment shift: 1, "
                + $"flip }}\n{Train}");
        string text = _folder.Run("data", "a.nn").Good().Out;
        Assert.Contains("20 images of 6x6, grey", text);
        Assert.Contains("training batches varied in each step: shift: 1, flip", text);
        Assert.Matches(@"(?m)^dark +8 +2 +0$", text);
        _folder.Run("train", "a.nn", "--epochs", "30", "--save", "m").Good();
        // Other sizes and colours are brought to those of the data.
        Png.Save(_folder.File("night.png"), new RasterImage(9, 12, 3, [.. Enumerable.Repeat((byte)50, 9 * 12 * 3)]));
        string[] named = _folder.Run("predict", "a.nn", "--model", "m", "night.png", "set/light/3.png").Good().Lines;
        Assert.StartsWith("dark (", named[0]);
        Assert.StartsWith("light (", named[1]);
        _folder.Run("predict", "a.nn", "--model", "m", "night.png", "3").Fails(ExitCode.Usage, "'3' is no PNG or JPEG image, as the others are");
        _folder.Run("predict", "a.nn", "--model", "m", "none.png").Fails(ExitCode.BadFile, "none.png is no image that can be read");
    }

    [Fact]
    public void Arrays_of_numpy_are_trained_on()
    {
        Npz.Save(_folder.File("d.npz"), new Dictionary<string, NumpyArray>
        {
            ["x"] = NumpyArray.Of(new Shape(20, 2), [.. Enumerable.Range(0, 40).Select(i => (float)(i % 7))]),
            ["y"] = NumpyArray.Of(new Shape(20), [.. Enumerable.Range(0, 20).Select(i => i % 2)]),
        });
        _folder.Write("a.nn", $"model m {{ dense 4, relu; dense classes, softmax }}\ndata d {{ npz \"d.npz\"; split 80/20 }}\n{Train}");
        Assert.Contains("x: f4 20x2, a sample is 2", _folder.Run("data", "a.nn").Good().Out);
        _folder.Run("train", "a.nn").Good();
    }

    [Fact]
    public void Fetch_knows_what_there_is()
    {
        Nn.Run("data", "fetch", "cifar").Fails(ExitCode.Usage, "there is no data 'cifar' to fetch; there is mnist");
        Nn.Run("data", "fetch", "mnist", "--from", "here").Fails(ExitCode.Usage, "--from here: write the address of a folder");
        // Nothing listens on the port of discard.
        Nn.RunWithCache(_folder.Path, _folder.File("cache"), "data", "fetch", "mnist", "--from", "http://127.0.0.1:9/")
            .Fails(ExitCode.BadFile, "cannot download http://127.0.0.1:9/train-images-idx3-ubyte.gz", "--from URL");
    }

    [Fact]
    public void A_missing_set_that_can_be_fetched_is_told() =>
        Nn.RunWithCache(Nn.Root, _folder.File("cache"), "check", Nn.Example("mnist-mlp.nn")).Fails(ExitCode.BadFile, "there is no folder 'mnist'",
            "`nn data fetch mnist` downloads it");
}
