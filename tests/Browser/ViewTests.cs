using System.Text.Json;

namespace Nn.Tests.Browser;

/// <summary>Which picture a training has, and that it is a picture of that training.</summary>
public sealed class ViewTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nn-views-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Points_have_a_boundary_and_their_neurons_pictures()
    {
        (JsonElement scene,
            JsonElement picture) = await Of(
                "model net { dense 5, tanh; dense 20, relu; dense classes, softmax }; data d { builtin blobs, samples: 200, classes: 4; split 80/20 }; "
                    + "train { loss cross_entropy; optimizer adam; epochs 2 }");
        Assert.Equal("boundary", scene.GetProperty("kind").GetString());
        Assert.Equal(["0", "1", "2", "3"], scene.GetProperty("classes").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal((160, 40), (scene.GetProperty("training").GetArrayLength(), scene.GetProperty("validation").GetArrayLength()));
        int side = picture.GetProperty("side").GetInt32();
        byte[] cells = picture.GetProperty("cells").GetBytesFromBase64();
        Assert.Equal(2 * side * side, cells.Length);
        Assert.All(Enumerable.Range(0, side * side), i => Assert.InRange(cells[2 * i], 0, 3));
        // 2 → 5 → 20, of which 16 are shown → 4.
        Assert.Equal([5, 20, 4], scene.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("units").GetInt32()));
        Assert.Equal([2 * 5, 5 * 16, 16 * 4], picture.GetProperty("weights").EnumerateArray().Select(w => w.GetArrayLength()));
        int small = picture.GetProperty("neuronSide").GetInt32();
        Assert.Equal([5 * small * small, 16 * small * small],
            picture.GetProperty("neurons").EnumerateArray().Take(2).Select(n => n.GetBytesFromBase64().Length));
        Assert.Equal(JsonValueKind.Null, picture.GetProperty("neurons")[2].ValueKind);
    }

    [Fact]
    public async Task A_line_is_drawn_where_the_model_has_it()
    {
        // Nothing is learned at rate 0: the model is 0·x + 0.
        (JsonElement scene, JsonElement picture) = await Of(
            "model line { dense 1, init: zeros }; data d { builtin sine, samples: 50 }; train { loss mse; optimizer sgd(lr: 0); epochs 1 }");
        Assert.Equal("function", scene.GetProperty("kind").GetString());
        Assert.Equal(50, scene.GetProperty("points").GetArrayLength());
        Assert.All(picture.GetProperty("y").EnumerateArray(), y => Assert.Equal(0, y.GetDouble()));
    }

    [Fact]
    public async Task A_table_with_classes_has_a_matrix()
    {
        File.WriteAllLines(Path.Combine(_folder, "t.csv"),
            Enumerable.Range(0, 90).Select(i => $"{i},{i % 7},{i % 5},{(i < 60 ? i < 30 ? "low" : "middle" : "high")}").Prepend("a,b,d,c"));
        (JsonElement scene, JsonElement picture) = await Of(
            "model m { dense classes, softmax }; data d { csv \"t.csv\"; target c; split 80/20 }; train { loss cross_entropy; optimizer adam; epochs 3 }");
        Assert.Equal("confusion", scene.GetProperty("kind").GetString());
        Assert.Equal(["high", "low", "middle"], scene.GetProperty("classes").EnumerateArray().Select(c => c.GetString()).Order());
        int[][] cells = [.. picture.GetProperty("cells").EnumerateArray().Select(r => r.EnumerateArray().Select(c => c.GetInt32()).ToArray())];
        Assert.Equal(18, cells.Sum(r => r.Sum()));
        Assert.Equal($"{cells[0][0] + cells[1][1] + cells[2][2]} of 18 validation samples right", picture.GetProperty("note").GetString());
    }

    [Fact]
    public async Task A_table_with_numbers_has_predictions_beside_targets()
    {
        File.WriteAllLines(Path.Combine(_folder, "t.csv"), Enumerable.Range(0, 50).Select(i => $"{i},{i % 7},{i % 5},{3 * i}").Prepend("a,b,d,c"));
        (JsonElement scene,
            JsonElement picture) = await Of(
                "model m { dense 1, init: zeros }; data d { csv \"t.csv\"; target c; split 80/20, shuffle: false }; train { loss mse; optimizer sgd(lr: 0); "
                    + "epochs 1 }");
        Assert.Equal("scatter", scene.GetProperty("kind").GetString());
        Assert.Equal(Enumerable.Range(40, 10).Select(i => 3.0 * i), scene.GetProperty("actual").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(new double[10], picture.GetProperty("predicted").EnumerateArray().Select(v => v.GetDouble()));
    }

    [Theory]
    [InlineData(
        "model net { flatten; dense classes, softmax }; data d { builtin digits, samples: 100 }; train { loss cross_entropy; optimizer adam; epochs 1 }",
        "images")]
    [InlineData(
        "model net { conv 4, 3x3, same, relu; conv classes, 1x1; softmax }; data d { builtin shapes, samples: 40 }; train { loss cross_entropy; optimizer "
            + "adam; epochs 1 }", "regions")]
    [InlineData(
        "model e { flatten; dense 8, relu }; model d { dense 784, sigmoid; reshape 28x28x1 }; data s { builtin digits, samples: 40 }; train { loss "
            + "mse(d(e(x)), x); optimizer adam; epochs 1 }", "sheet")]
    [InlineData(
        "model net { embed 8; gru 8; dense classes, softmax }; data d { text \"t.txt\", context: 8 }; train { loss cross_entropy; optimizer adam; epochs 1 }",
        "text")]
    public async Task Images_and_texts_have_theirs(string script, string kind)
    {
        File.WriteAllText(Path.Combine(_folder, "t.txt"), string.Concat(Enumerable.Repeat("abc def\n", 20)));
        (JsonElement scene, JsonElement picture) = await Of(script);
        Assert.Equal(kind, scene.GetProperty("kind").GetString());
        switch (kind)
        {
            case "images": Assert.Equal(48, picture.GetProperty("tiles").GetArrayLength()); break;
            case "regions":
                Assert.All(picture.GetProperty("rows").EnumerateArray(),
                    r => Assert.All(r.EnumerateArray(), i => Assert.StartsWith("data:image/png;base64,", i.GetString()))); break;
            case "sheet": Assert.StartsWith("data:image/png;base64,", picture.GetProperty("src").GetString()); break;
            default: Assert.Matches("^[abcdef \n]{160}$", picture.GetProperty("text").GetString()!); break;
        }
    }

    private async Task<(JsonElement Scene, JsonElement Picture)> Of(string script)
    {
        string file = Path.Combine(_folder, "view.nn");
        File.WriteAllText(file, script);
        using Served served = Served.Start("train", file, "--serve");
        return (await served.Event("scene"), await served.Event("picture"));
    }
}
