using System.Text.Json.Nodes;
using Nn.Repl.Lsp;

namespace Nn.Tests.Cli.Lsp;

/// <summary>What is told under the mouse and behind the lines: meanings, shapes, formulas, values.</summary>
public sealed class HoverTests(LspServer server) : IClassFixture<LspServer>
{
    private readonly LspClient _client = server.Client;

    private LspScript Open(string marked) => new(_client, marked);

    [Fact]
    public void The_script_of_these_tests_is_right() => Assert.Empty(Open(LspServer.Net).Diagnostics());

    [Theory]
    // Sizes by hand: 5*5*1*6 + 6; (14*14*6) * 16; 16 * 16 + 16, twice; 16 * 10 + 10.
    [InlineData("conv", "28x28x1 → 28x28x6", "weight 5x5x1x6 + bias 6 = 156 parameters", "Convolution of images", "`stride` = 1")]
    [InlineData("maxpool", "28x28x6 → 14x14x6")]
    [InlineData("flatten", "14x14x6 → 1176")]
    [InlineData("dense hidden, bias", "1176 → 16", "weight 1176x16 = 18,816 parameters")]
    [InlineData("repeat", "16 → 16", "544 parameters")]
    [InlineData("dense hidden + i", "16 → 16", "2 times", "weight 16x16 + bias 16 = 272 parameters; 544 parameters in all")]
    [InlineData("residual", "16 → 16", "272 parameters", "it + body(it)")]
    [InlineData("dense classes", "16 → 10", "170 parameters")]
    [InlineData("relu", "fn relu(x) = max(x, 0)", "d relu / d x = if x > 0 then 1 else 0")]
    [InlineData("swish;", "fn swish(x, beta = 1) = x * sigmoid(beta * x)", "d swish / d x = sigmoid(beta * x) + ")]
    [InlineData("5x5", "**window** of `conv`: 5x5", "filters")]
    [InlineData("same", "The size stays")]
    [InlineData("hidden, bias", "let hidden = 4 * 4", "= 16", "Searched: `hidden in [8, 16]`")]
    [InlineData("4 * 4", "`hidden` = 16")]
    [InlineData("classes", "`classes` = 10")]
    [InlineData("net {", "28x28x1 → 10, 19,958 parameters", "conv 6, 5x5, same, relu", "18,816")]
    [InlineData("strokes {", "300 samples", "input 28x28x1, target one of 10 classes")]
    [InlineData("cross_entropy", "fn cross_entropy(p, y, smoothing = 0)", "d cross_entropy / d p = ")]
    [InlineData("adam", "state m = 0", "`beta1` = 0.9: share of the moving average of gradients that is kept")]
    [InlineData("lr: 1e-3", "**lr** of `adam`", "learning rate")]
    [InlineData("epochs 2", "How often every training sample is seen", "epochs 20")]
    [InlineData("30 }", "Samples of a step")]
    [InlineData("l2", "Σw²")]
    [InlineData("split", "`stratify`", "shares")]
    [InlineData("digits", "ten classes")]
    [InlineData("trials", "**trials** of `search`", "20 without it")]
    [InlineData("model", "A network")]
    public void Hover_tells(string word, params string[] parts)
    {
        string text = Open(LspServer.Net).Hover(word);
        foreach (string part in parts) Assert.Contains(part, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Hover_tells_of_the_word_training_unless_the_script_means_something_else()
    {
        const string Rest = "layer l { it * training }\nmodel m { input 5; l }";
        Assert.Contains("1 in each step of a training, 0 in prediction", Open(Rest).Hover("training"), StringComparison.Ordinal);
        string own = Open($"{Rest}\nlet training = 7").Hover("training");
        Assert.Contains("let training = 7", own, StringComparison.Ordinal);
        Assert.DoesNotContain("in prediction", own, StringComparison.Ordinal);
    }

    [Fact]
    public void Inlay_hints_show_what_each_layer_makes()
    {
        LspScript s = Open(LspServer.Net);
        string[] hints = [.. s.Whole("textDocument/inlayHint")!.AsArray()
            .Select(h => $"{(int)h!["position"]!["line"]!}:{(int)h["position"]!["character"]!} {(string)h["label"]!}")];
        Assert.Contains("4:9 28x28x1 → 10 · 19,958 parameters", hints);
        Assert.Contains("6:25 → 28x28x6 · 156 parameters", hints);
        Assert.Contains("7:13 → 14x14x6", hints);
        Assert.Contains("9:35 → 16 · 18,816 parameters", hints);
        Assert.Contains("11:38 → 16 · 2 × 272 parameters", hints);
        // Four fifths of 300 in batches of 30.
        Assert.Contains("16:20 240 samples in batches of 30: 8 steps an epoch, 16 in 2 epochs", hints);
        Assert.Contains("13:24 → 10 · 170 parameters", hints);
        // What is as it was needs no telling: dropout, add.
        Assert.DoesNotContain(hints, h => h.StartsWith("12:", StringComparison.Ordinal));
        JsonArray one = _client.Ask("textDocument/inlayHint",
            new { textDocument = s.Document, range = new { start = new { line = 7, character = 0 }, end = new { line = 7, character = 99 } } })!.AsArray();
        Assert.Single(one);
    }

    [Fact]
    public void Inlay_hints_show_the_shapes_of_formulas()
    {
        LspScript s = Open(
            "layer affine(n) {\n  w = param [it.features, n]\n  b = param [n]\n  h = it @ w\n  h + b\n}\nmodel m { input 5; affine 3; affine 2 }");
        string[] hints = [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => $"{(int)h!["position"]!["line"]!} {(string)h["label"]!}")];
        Assert.Equal(
            ["1 → 5x3, 3x2", "2 → 3, 2", "3 → batchx3, batchx2", "4 → batchx3, batchx2", "6 5 → 2 · 26 parameters", "6 → 3 · 18 parameters",
                "6 → 2 · 8 parameters"], hints);
        Assert.Contains("**5x3, 3x2**", s.Hover("w = param"));
    }

    [Theory]
    [InlineData("model m { input 3; dense 4, leaky_relu(¦0.2) }", "**slope** of `leaky_relu`: 0.2 (0.1 without it)")]
    [InlineData("fn f(x, k = 1) = x * k\nmodel m { input 3; dense 4, f(k: ¦2) }", "**k**, a parameter of `f`, 1 without it")]
    [InlineData("fn f(x, k = 1) = x * k\nmodel m { input 3; f ¦2 }", "**k** of `f`: 2")]
    [InlineData("block b(n, k) { dense n }\nmodel m { input 3; b 4, ¦2 }", "**k** of `b`: 2")]
    [InlineData("block b(¦n) { dense n }\nmodel m { input 3; b 4; b n: 5 }", "**n**, a parameter of `b`; here 4, 5")]
    [InlineData("model m { input 3; repeat 4 as ¦i { dense i + 1 } }", "0, 1, … up to 4, less one")]
    [InlineData("block b(n) { ¦dense n }\nmodel m { input 3; b 4; b 5 }", "**3, 4 → 4, 5**, 2 times  \n41 parameters in all")]
    [InlineData("# About it all.\nfn ¦f(x) = x\n", "**f** — activation\n\n```nn\nfn f(x) = x\n```")]
    [InlineData("let a = 1\n# Twice x.\nfn ¦f(x) = 2 * x\n", "**f** — activation\n\nTwice x.\n\n```nn")]
    [InlineData("model m { input 3; repeat ¦4 { dense 3 } }", "runs its body so many times")]
    [InlineData("train { loss mse; optimizer sgd(lr: 1, momentum: ¦0.9) }", "**momentum** of `sgd`: 0.9 (0 without it)")]
    [InlineData("train { loss mse; optimizer sgd; schedule step(every: ¦20 epochs) }", "**every** of `step`: 20 epochs")]
    [InlineData("train { loss huber(net(x), y, ¦2); optimizer sgd }", "**delta** of `huber`: 2")]
    [InlineData("data d { builtin moons, noise: ¦0.3 }", "**noise** of `builtin`: 0.3")]
    [InlineData("search random, trials: ¦7 { a in [1, 2] }", "**trials** of `search`: 7 (20 without it)")]
    [InlineData("model m { input 3; lstm 4, ¦last }", "gives the last state")]
    [InlineData("let act = ¦tanh", "1 - tanh(x) ^ 2")]
    [InlineData("optimizer o { w -= ¦g }", "the gradient of the loss")]
    [InlineData("layer l { w = ¦param [3]; it * w }", "a trained tensor")]
    [InlineData("train { loss ¦labelled * mse(x, y); optimizer sgd }", "1 for samples that have a label")]
    [InlineData("layer l { it / it.¦height }", "`height` of the image, in pixels")]
    public void Hover_tells_what_a_value_is_there(string marked, string part) => Assert.Contains(part, Open(marked).Hover());

    [Fact]
    public void What_follows_from_data_follows_them_when_they_change()
    {
        using var folder = new ScriptFolder();
        var s = new LspScript(_client,
            "model m { dense classes, softmax }\ndata d { csv \"points.csv\"; target kind }\ntrain { loss cross_entropy; optimizer sgd }", folder.File("a.nn"));
        Assert.Contains("there is no file 'points.csv'", (string)Assert.Single(s.Diagnostics())!["message"]!);
        string[] Hints() => [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => (string)h!["label"]!)];
        Assert.Empty(Hints());
        folder.Write("points.csv", "a,b,kind\n1,2,x\n2,3,y\n3,5,z\n");
        _client.Tell("workspace/didChangeWatchedFiles", new { changes = Array.Empty<object>() });
        Assert.Contains("→ 3 · 9 parameters", Hints());
        folder.Write("points.csv", "a,b,c,kind\n1,2,9,x\n2,,9,y\n");
        _client.Tell("textDocument/didSave", new { textDocument = s.Document });
        Assert.Contains("→ 2 · 8 parameters", Hints());
        Assert.Contains("2 samples, input 3, target one of 2 classes", s.Hover("d {"));
        Assert.Contains("classes: x, y", s.Hover("\"points.csv\""));
        Assert.Equal("**kind**, a column of 2 words; the target\n\n- x: 1 row\n- y: 1 row", s.Hover("kind"));
        s.Edit(s.Text.IndexOf("target", StringComparison.Ordinal), s.Text.IndexOf("target", StringComparison.Ordinal), "inputs b; ");
        Assert.Equal("**b**, a column of numbers, 1 gap", s.Hover("b; "));
    }
}
