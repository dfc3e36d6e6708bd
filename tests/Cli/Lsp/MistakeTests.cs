using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>Mistakes that show only when a script meets its data.</summary>
public sealed class MistakeTests(LspServer server) : IClassFixture<LspServer>
{
    private readonly LspClient _client = server.Client;

    private LspScript Open(string marked) => new(_client, marked);

    [Fact]
    public void Columns_that_a_table_does_not_have_are_told_at_their_names()
    {
        using var folder = new ScriptFolder();
        folder.Write("points.csv", "size,colour,price\n1,red,2\n3,blue,4\n");
        var s = new LspScript(_client, "data d { csv \"points.csv\"; target pricee; inputs size, colour; types zz: word }", folder.File("a.nn"));
        JsonArray all = s.Diagnostics();
        Assert.Equal(["pricee", "zz"], all.Select(d => s.Part(d!["range"]!)));
        Assert.Equal("points.csv has no column 'pricee'\nhelp: did you mean 'price'?", (string)all[0]!["message"]!);
        Assert.Equal("points.csv has no column 'zz'\nhelp: it has size, colour, price", (string)all[1]!["message"]!);
        // What cannot be read as a table is no warning but a mistake.
        folder.Write("broken.csv", "a,b\n1\n");
        JsonNode broken = Assert.Single(new LspScript(_client,
            "model m { dense 1 }\ndata d { csv \"broken.csv\"; target b }\ntrain { loss mse; optimizer sgd }", folder.File("b.nn")).Diagnostics())!;
        Assert.Equal(1, (int)broken["severity"]!);
        Assert.Contains("row 1: 1 field, but 2 columns", (string)broken["message"]!);
    }

    [SkippableTheory]
    [InlineData("csv \"/dev/stdin\"; target t")]
    [InlineData("text \"/dev/stdin\", context: 4")]
    [InlineData("npz \"/dev/fd/0\"")]
    public void A_script_cannot_take_the_words_out_of_the_mouth_of_the_client(string source)
    {
        Skip.If(OperatingSystem.IsWindows(), "files named after devices");
        LspScript s = Open($"model m {{ dense 1 }}\ndata d {{ {source} }}\ntrain {{ loss mse; optimizer sgd }}");
        Assert.Contains("is empty", (string)Assert.Single(s.Diagnostics())!["message"]!);
        for (int i = 0; i < 20; i++) Assert.Contains("what is made small", s.Hover("loss"));
    }

    [Theory]
    [InlineData("metrics rmse", "rmse", "the target is a class")]
    [InlineData("metrics accuracy; early_stop val_f1", "early_stop", "watches val_f1")]
    [InlineData("metrics accuracy; schedule reduce_on_plateau(val_f1)", "reduce_on_plateau", "watches val_f1")]
    public void Metrics_that_mean_nothing_are_told(string settings, string place, string message)
    {
        LspScript s = Open(
            $"model m {{ dense classes, softmax }}\ndata d {{ builtin blobs; split 80/20 }}\ntrain {{ loss cross_entropy; optimizer adam; {settings} }}");
        JsonNode mistake = Assert.Single(s.Diagnostics())!;
        Assert.Equal(place, s.Part(mistake["range"]!));
        Assert.Contains(message, (string)mistake["message"]!);
    }
}
