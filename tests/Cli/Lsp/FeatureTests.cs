using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>What the language server answers about scripts.</summary>
public sealed class FeatureTests(FeatureTests.Server server) : IClassFixture<FeatureTests.Server>
{
    private const string Net = """
        # Two layers.
        let hidden = 4 * 4
        fn swish(x, beta = 1) = x * sigmoid(beta * x)
        block unit(n) { dense n, swish; dropout 0.1 }
        model net {
          input 28x28x1
          conv 6, 5x5, same, relu
          maxpool 2x2
          flatten
          first = dense hidden, bias: false
          residual { unit hidden }
          repeat 2 as i { dense hidden + i - i }
          add first
          dense classes, softmax
        }
        data strokes { builtin digits, samples: 300; split 80/20 }
        train net on strokes { loss cross_entropy + 1e-4 * l2(first); optimizer adam(lr: 1e-3); epochs 2; batch 30 }
        search random, trials: 3 { hidden in [8, 16] }

        """;

    private readonly LspClient _client = server.Client;

    public sealed class Server : IDisposable
    {
        private readonly ScriptFolder _cache = new();

        public Server() => Client = LspClient.Start(cache: _cache.Path);

        public LspClient Client { get; }

        public void Dispose()
        {
            Client.Dispose();
            foreach (string f in Directory.GetFiles(_cache.Path)) File.SetAttributes(f, FileAttributes.Normal);
            _cache.Dispose();
        }
    }

    private LspScript Open(string marked) => new(_client, marked);

    [Fact]
    public void The_script_of_these_tests_is_right() => Assert.Empty(Open(Net).Diagnostics());

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
    [InlineData("cross_entropy", "fn cross_entropy(p, y, smoothing = 0)", "From")]
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
        string text = Open(Net).Hover(word);
        foreach (string part in parts.Where(p => p != "From")) Assert.Contains(part, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Inlay_hints_show_what_each_layer_makes()
    {
        LspScript s = Open(Net);
        string[] hints = [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => $"{(int)h!["position"]!["line"]!}:{(int)h["position"]!["character"]!} {(string)h["label"]!}")];
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
        JsonArray one = _client.Ask("textDocument/inlayHint", new { textDocument = s.Document, range = new { start = new { line = 7, character = 0 }, end = new { line = 7, character = 99 } } })!.AsArray();
        Assert.Single(one);
    }

    [Fact]
    public void Inlay_hints_show_the_shapes_of_formulas()
    {
        LspScript s = Open("layer affine(n) {\n  w = param [it.features, n]\n  b = param [n]\n  h = it @ w\n  h + b\n}\nmodel m { input 5; affine 3; affine 2 }");
        string[] hints = [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => $"{(int)h!["position"]!["line"]!} {(string)h["label"]!}")];
        Assert.Equal(
            ["1 → 5x3, 3x2", "2 → 3, 2", "3 → batchx3, batchx2", "4 → batchx3, batchx2", "6 5 → 2 · 26 parameters", "6 → 3 · 18 parameters", "6 → 2 · 8 parameters"], hints);
        Assert.Contains("**5x3, 3x2**", s.Hover("w = param"));
    }

    [Theory]
    [InlineData("model m { input 3; dense 4, leaky_relu(¦0.2) }", "**slope** of `leaky_relu`: 0.2 (0.1 without it)")]
    [InlineData("fn f(x, k = 1) = x * k\nmodel m { input 3; dense 4, f(k: ¦2) }", "`k`, a parameter of `f`, 1 without it")]
    [InlineData("fn f(x, k = 1) = x * k\nmodel m { input 3; f ¦2 }", "**k** of `f`: 2")]
    [InlineData("block b(n, k) { dense n }\nmodel m { input 3; b 4, ¦2 }", "**k** of `b`: 2")]
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
    public void Hover_tells_what_a_value_is_there(string marked, string part) => Assert.Contains(part, Open(marked).Hover());

    [Fact]
    public void What_follows_from_data_follows_them_when_they_change()
    {
        using var folder = new ScriptFolder();
        var s = new LspScript(_client, "model m { dense classes }\ndata d { csv \"points.csv\"; target kind }\ntrain { loss cross_entropy; optimizer sgd }", folder.File("a.nn"));
        Assert.Contains("there is no file 'points.csv'", (string)Assert.Single(s.Diagnostics())!["message"]!);
        string[] Hints() => [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => (string)h!["label"]!)];
        Assert.Empty(Hints());
        folder.Write("points.csv", "a,b,kind\n1,2,x\n2,3,y\n3,5,z\n");
        _client.Tell("workspace/didChangeWatchedFiles", new { changes = Array.Empty<object>() });
        Assert.Contains("→ 3 · 9 parameters", Hints());
        folder.Write("points.csv", "a,b,c,kind\n1,2,9,x\n2,3,9,y\n");
        _client.Tell("textDocument/didSave", new { textDocument = s.Document });
        Assert.Contains("→ 2 · 8 parameters", Hints());
        Assert.Contains("2 samples, input 3, target one of 2 classes", s.Hover("d {"));
        Assert.Contains("classes: x, y", s.Hover("\"points.csv\""));
    }

    [Theory]
    [InlineData("model net { ¦ }", new[] { "dense", "conv", "relu", "residual", "repeat", "own", "piece", "net2" }, new[] { "epochs", "adam", "csv", "let" })]
    [InlineData("model net { conv 6, ¦ }", new[] { "stride:", "padding:", "channels:", "same", "causal", "relu", "n" }, new[] { "epochs", "adam", "dense" })]
    [InlineData("model net { conv 6, padding: ¦ }", new[] { "same", "valid", "causal" }, new[] { "stride:", "relu" })]
    [InlineData("model net { conv 6, stride: 2, st¦ }", new[] { "padding:" }, new[] { "stride:" })]
    [InlineData("model net { dense 6, init: ¦ }", new[] { "he", "glorot", "zeros" }, new[] { "relu" })]
    [InlineData("model net { lstm 6, ¦ }", new[] { "last", "bidirectional" }, new string[0])]
    [InlineData("model net { a = dense 3; from ¦ }", new[] { "a" }, new[] { "dense" })]
    [InlineData("model net { piece ¦ }", new string[0], new[] { "epochs" })]
    [InlineData("train net on d { ¦ }", new[] { "loss", "optimizer", "epochs", "metrics", "step" }, new[] { "dense", "csv", "every" })]
    [InlineData("train net on d { step net { ¦ } }", new[] { "loss", "every", "until" }, new[] { "epochs" })]
    [InlineData("train net on d { optimizer ¦ }", new[] { "adam", "sgd", "lbfgs", "mine" }, new[] { "relu", "mse" })]
    [InlineData("train net on d { optimizer adam(¦ }", new[] { "lr:", "beta1:" }, new[] { "momentum:" })]
    [InlineData("train net on d { optimizer adam(lr: 1, ¦", new[] { "beta2:" }, new[] { "lr:" })]
    [InlineData("train net on d { loss ¦ }", new[] { "cross_entropy", "mse", "net2", "l2", "x" }, new[] { "adam" })]
    [InlineData("train net on d { schedule ¦ }", new[] { "cosine", "one_cycle", "warmup:" }, new[] { "adam" })]
    [InlineData("train net on d { schedule step(¦ }", new[] { "every:", "factor:" }, new[] { "min:" })]
    [InlineData("train net on d { metrics ¦ }", new[] { "accuracy", "f1", "rmse" }, new[] { "adam" })]
    [InlineData("train net on d { early_stop ¦ }", new[] { "val_loss", "patience:" }, new[] { "adam" })]
    [InlineData("train net on d { batch ¦ }", new[] { "all", "n" }, new[] { "adam" })]
    [InlineData("train ¦", new[] { "net2", "on" }, new[] { "n", "d" })]
    [InlineData("train net2 on ¦", new[] { "d" }, new[] { "net2" })]
    [InlineData("data e { ¦ }", new[] { "builtin", "csv", "split" }, new[] { "epochs" })]
    [InlineData("data e { builtin ¦ }", new[] { "moons", "digits", "samples:" }, new[] { "epochs" })]
    [InlineData("data e { builtin moons, ¦ }", new[] { "samples:", "noise:" }, new[] { "stratify:" })]
    [InlineData("data e { normalize ¦ }", new[] { "standard", "range:" }, new[] { "samples:" })]
    [InlineData("search ¦", new[] { "grid", "random", "bayes" }, new[] { "net2" })]
    [InlineData("search random, ¦", new[] { "trials:", "folds:", "prune:" }, new[] { "net2" })]
    [InlineData("search random { ¦ }", new[] { "n" }, new[] { "net2" })]
    [InlineData("let a = ¦", new[] { "n", "sqrt", "relu", "classes" }, new[] { "dense" })]
    [InlineData("fn f(alpha) = ¦", new[] { "alpha", "exp" }, new[] { "dense" })]
    [InlineData("layer l { ¦ }", new[] { "param", "state", "it" }, new[] { "dense" })]
    [InlineData("optimizer o { ¦ }", new[] { "w", "g", "t", "state" }, new[] { "dense" })]
    [InlineData("fn f(x) { yy = x; it.¦ }", new[] { "features", "height" }, new[] { "exp" })]
    [InlineData("¦", new[] { "let", "model", "train", "search" }, new[] { "dense", "epochs" })]
    [InlineData("# model net { ¦", new string[0], new[] { "dense" })]
    [InlineData("model net { dense 6¦ }", new string[0], new[] { "relu" })]
    public void Completion_offers_what_may_stand_there(string marked, string[] there, string[] notThere)
    {
        LspScript s = Open($"let n = 3\nfn own(x) = x\nblock piece(k) {{ dense k }}\nmodel net2 {{ dense n }}\ndata d {{ builtin moons }}\noptimizer mine(lr = 1) {{ w -= lr * g }}\n{marked}");
        string[] offered = s.Completions();
        foreach (string word in there) Assert.Contains(word, offered);
        foreach (string word in notThere) Assert.DoesNotContain(word, offered);
        Assert.Equal(offered.Length, offered.Distinct().Count());
    }

    [Fact]
    public void Completion_replaces_the_word_at_the_cursor_and_tells_defaults_and_formulas()
    {
        LspScript s = Open("model net { input 4x4x1; conv 6, 3x3, str¦ }");
        JsonNode stride = s.At("textDocument/completion")!["items"]!.AsArray().First(i => (string)i!["label"]! == "stride:")!;
        Assert.Equal("default 1", (string)stride["detail"]!);
        Assert.Equal("model net { input 4x4x1; conv 6, 3x3, stride:  }", s.With(new JsonArray(stride["textEdit"]!.DeepClone())));
        JsonNode relu = s.At("textDocument/completion")!["items"]!.AsArray().First(i => (string)i!["label"]! == "relu")!;
        Assert.Contains("fn relu(x) = max(x, 0)", (string)relu["documentation"]!["value"]!);
    }

    [Fact]
    public void Completion_knows_files_and_their_columns()
    {
        using var folder = new ScriptFolder();
        folder.Write("points.csv", "size,colour,price\n1,red,2\n3,blue,4\n");
        folder.Write("other.txt", "text");
        Directory.CreateDirectory(folder.File("deep"));
        File.WriteAllText(folder.File("deep/more.csv"), "a\n1\n");
        Assert.Equal(["deep/", "points.csv"], new LspScript(_client, "data d { csv \"¦\" }", folder.File("a.nn")).Completions());
        Assert.Equal(["more.csv"], new LspScript(_client, "data d { csv \"deep/m¦\" }", folder.File("b.nn")).Completions());
        Assert.Equal(["deep"], new LspScript(_client, "data d { idx \"¦\" }", folder.File("c.nn")).Completions());
        string[] columns = new LspScript(_client, "data d { csv \"points.csv\"; target price; inputs ¦ }\ntrain { loss mse; optimizer sgd }\nmodel m { dense 1 }", folder.File("d.nn")).Completions();
        Assert.Equal(["size", "colour", "price"], columns);
    }

    [Theory]
    [InlineData("model m { conv ¦ }", "conv channels, window, stride = 1, padding = valid, dilation = 1, groups = 1, bias = true, init = ±1/√(fan in)", 0)]
    [InlineData("model m { conv 6, 5x5, ¦ }", null, 2)]
    [InlineData("model m { conv 6, stride: ¦ }", null, 2)]
    [InlineData("train { optimizer sgd(lr: 1, momentum: ¦ }", "sgd(lr = 0.01, momentum = 0, nesterov = 0, decay = 0)", 1)]
    [InlineData("fn f(a, b = 2) = a; fn g(x) = f(x, ¦)", "f(a, b = 2)", 1)]
    [InlineData("block b(n, k = 3) { dense n }; model m { b 4, ¦ }", "b n, k = 3", 1)]
    [InlineData("model m { leaky_relu ¦ }", "leaky_relu slope = 0.1", 0)]
    [InlineData("train { schedule step(¦ }", "step(every, factor = 0.1, warmup)", 0)]
    [InlineData("data d { split 80/20, ¦ }", "split stratify, shuffle = true, seed = 0", 1)]
    public void Signature_help_marks_the_argument_at_the_cursor(string marked, string? label, int active)
    {
        JsonNode help = Open(marked).At("textDocument/signatureHelp")!;
        if (label is not null) Assert.Equal(label, (string)help["signatures"]![0]!["label"]!);
        Assert.Equal(active, (int)help["activeParameter"]!);
    }

    [Fact]
    public void Signature_help_is_silent_where_nothing_takes_arguments()
    {
        Assert.Null(Open("let a = ¦").At("textDocument/signatureHelp"));
        Assert.Null(Open("# conv ¦").At("textDocument/signatureHelp"));
        Assert.Null(Open("model m { flatten ¦ }").At("textDocument/signatureHelp"));
    }

    [Theory]
    [InlineData("let a = 1\nlet b = ¦a", 0, 4)]
    [InlineData("fn f(x, k = 1) = x * ¦k", 0, 8)]
    [InlineData("fn f(x, k = 1) = x * k\nmodel m { dense 3, f(¦k: 2) }", 0, 8)]
    [InlineData("model m { aa = dense 3; ab = dense 3; add ¦aa, ab }", 0, 10)]
    [InlineData("model m { repeat 3 as n { dense ¦n + 1 } }", 0, 22)]
    [InlineData("model m { dense 3 }\ndata d { builtin moons }\ntrain m on ¦d { loss mse; optimizer sgd }", 1, 5)]
    [InlineData("model gen { input 3; dense 3 }\ntrain { step ¦gen { loss mse(gen(x), y); optimizer sgd } }", 0, 6)]
    [InlineData("let n = 1\nsearch grid { ¦n in [1, 2] }", 0, 4)]
    [InlineData("layer l { ww = param [it.features]; it * ¦ww }", 0, 10)]
    [InlineData("optimizer o(lr = 1) { state vv = 0; vv = ¦vv + g; w -= lr * vv }", 0, 28)]
    [InlineData("let relu = 3\nfn act(relu) = ¦relu", 1, 7)]
    public void Definition_of_what_the_script_defines(string marked, int line, int character)
    {
        LspScript s = Open(marked);
        JsonNode place = s.At("textDocument/definition")!;
        Assert.Equal(s.Uri, (string)place["uri"]!);
        Assert.Equal((line, character), ((int)place["range"]!["start"]!["line"]!, (int)place["range"]!["start"]!["character"]!));
    }

    [Theory]
    [InlineData("model m { dense 3, ¦gelu }", "gelu")]
    [InlineData("model m { dense 3 }\ntrain { loss ¦huber; optimizer sgd }", "huber")]
    [InlineData("train { optimizer ¦adamw }", "adamw")]
    [InlineData("train { optimizer adam(¦beta2: 0.9) }", "beta2")]
    public void Definition_of_what_the_prelude_defines(string marked, string name)
    {
        JsonNode place = Open(marked).At("textDocument/definition")!;
        string path = new Uri((string)place["uri"]!).LocalPath, text = File.ReadAllText(path);
        Assert.Equal(File.ReadAllText(Path.Combine(Nn.Root, "src", "Dsl", "prelude.nn")), text);
        JsonNode start = place["range"]!["start"]!;
        Assert.StartsWith(name, text[LspScript.Offset(text, (int)start["line"]!, (int)start["character"]!)..]);
        Assert.True(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));
        // Opened in its turn, it is a script without mistakes.
        Assert.Empty(new LspScript(_client, text, path).Diagnostics());
    }

    [Theory]
    [InlineData("model m { ¦dense 3 }")]
    [InlineData("let a = ¦exp(1)")]
    [InlineData("¦let a = 1")]
    [InlineData("let a = 1 # ¦a")]
    public void Definition_of_nothing_else(string marked) => Assert.Null(Open(marked).At("textDocument/definition"));

    [Fact]
    public void References_are_those_of_the_same_thing_only()
    {
        // The parameter n of the function is another n than the let.
        LspScript s = Open("let ¦n = 3\nfn f(n) = n + 1\nmodel m { dense n; repeat n { f } }\nsearch grid { n in [1, n] }\n# n");
        (int, int)[] places = [.. _client.Ask("textDocument/references", new { textDocument = s.Document, position = LspScript.Json(LspScript.Position(s.Text, s.Cursor)), context = new { includeDeclaration = true } })!
            .AsArray().Select(l => ((int)l!["range"]!["start"]!["line"]!, (int)l["range"]!["start"]!["character"]!))];
        Assert.Equal([(0, 4), (2, 16), (2, 26), (3, 14), (3, 23)], places);
        Assert.Equal(4, _client.Ask("textDocument/references", new { textDocument = s.Document, position = new { line = 2, character = 16 }, context = new { includeDeclaration = false } })!.AsArray().Count);
        JsonArray marked = s.At("textDocument/documentHighlight")!.AsArray();
        Assert.Equal(5, marked.Count);
        Assert.Equal(3, (int)marked[0]!["kind"]!);
        Assert.Equal(2, (int)marked[1]!["kind"]!);
    }

    [Theory]
    [InlineData("let ¦n = 3\nfn f(n) = n + 1\nmodel m { dense n }\nsearch grid { n in [n] }", "k", "let k = 3\nfn f(n) = n + 1\nmodel m { dense k }\nsearch grid { k in [k] }")]
    [InlineData("fn f(x, ¦n = 1) = x * n\nmodel m { dense 1, f(n: 2); f 3 }\nlet n = 1", "slope", "fn f(x, slope = 1) = x * slope\nmodel m { dense 1, f(slope: 2); f 3 }\nlet n = 1")]
    [InlineData("block ¦b(k) { dense k }\nmodel m { b 3; b k: 4 }", "unit", "block unit(k) { dense k }\nmodel m { unit 3; unit k: 4 }")]
    [InlineData("model m { ¦aa = dense 3; add aa, it; from aa }\ntrain { loss mse + l2(aa); optimizer sgd }", "first", "model m { first = dense 3; add first, it; from first }\ntrain { loss mse + l2(first); optimizer sgd }")]
    [InlineData("model gen { input 2; dense 2 }\ntrain ¦gen { step gen { loss mse(gen(x), y); optimizer sgd } }", "maker", "model maker { input 2; dense 2 }\ntrain maker { step maker { loss mse(maker(x), y); optimizer sgd } }")]
    [InlineData("data ¦d { builtin moons }\ntrain on d { loss mse; optimizer sgd }", "points", "data points { builtin moons }\ntrain on points { loss mse; optimizer sgd }")]
    [InlineData("optimizer ¦o(lr = 1) { w -= lr * g }\ntrain { loss mse; optimizer o(lr: 2) }", "plain", "optimizer plain(lr = 1) { w -= lr * g }\ntrain { loss mse; optimizer plain(lr: 2) }")]
    [InlineData("fn f(x) { ¦e = exp(x); e / sum(e) }\nfn g(e) = e", "shifted", "fn f(x) { shifted = exp(x); shifted / sum(shifted) }\nfn g(e) = e")]
    [InlineData("model m { repeat 3 as ¦i { dense i + 1 }; repeat 3 as i { dense i + 2 } }", "n", "model m { repeat 3 as n { dense n + 1 }; repeat 3 as i { dense i + 2 } }")]
    public void Rename_changes_all_places_and_no_other(string marked, string name, string expected)
    {
        LspScript s = Open(marked);
        Assert.Equal(expected, s.Renamed(name));
        JsonNode prepared = s.At("textDocument/prepareRename")!;
        Assert.Equal((string)prepared["placeholder"]!, s.Part(prepared["range"]!));
    }

    [Theory]
    [InlineData("model m { dense 3, ¦relu }", "x", "'relu' belongs to the language")]
    [InlineData("model m { ¦dense 3 }", "x", "'dense' belongs to the language")]
    [InlineData("¦let a = 1", "x", "'let' belongs to the language")]
    [InlineData("data d { csv \"f\"; target ¦price }", "x", "'price' is named by the file")]
    [InlineData("let ¦a = 1\nlet b = a", "b", "'b' is something else in line 2")]
    [InlineData("let ¦a = 1\nfn f(x) = x + a", "x", "'x' is something else in line 2")]
    [InlineData("let ¦a = 1\nmodel m { dense a, gelu }", "gelu", "'gelu' is something else in line 2")]
    [InlineData("let ¦a = 1\nlet b = zz + a", "zz", "'zz' is something else in line 2")]
    [InlineData("optimizer o(¦lr = 1) { w -= lr * g }", "rate", "'lr' is the learning rate")]
    [InlineData("optimizer o(¦rate = 1) { w -= rate * g }", "lr", "'lr' is the learning rate")]
    [InlineData("let ¦a = 1", "two words", "is no name")]
    [InlineData("let ¦a = 1", "1a", "is no name")]
    [InlineData("let ¦a = 1", "if", "is no name")]
    [InlineData("let ¦a = 1", "", "is no name")]
    [InlineData("let a = ¦1", "b", "there is no name here")]
    public void Rename_refuses_what_would_break_something(string marked, string name, string why)
    {
        (int code, string message) = Open(marked).NotRenamed(name);
        Assert.Equal(-32803, code);
        Assert.Contains(why, message);
    }

    [Fact]
    public void Formatting_is_that_of_nn_fmt_line_by_line()
    {
        string text = "\n\nlet a=1\nlet longer  = 2\n\n\n\nmodel m {\ndense   a\n  relu   # kept\n}\n\n";
        LspScript s = Open(text);
        using var folder = new ScriptFolder();
        folder.Write("a.nn", text);
        folder.Run("fmt", "a.nn", "--quiet").Good();
        string expected = File.ReadAllText(folder.File("a.nn"));
        Assert.NotEqual(text, expected);
        JsonNode edits = _client.Ask("textDocument/formatting", new { textDocument = s.Document, options = new { tabSize = 2, insertSpaces = true } })!;
        Assert.Equal(expected, s.With(edits));
        Assert.All(edits.AsArray(), e => Assert.InRange((int)e!["range"]!["end"]!["line"]! - (int)e["range"]!["start"]!["line"]!, 0, 1));
        // A range: the line of `dense` alone.
        JsonNode some = _client.Ask("textDocument/rangeFormatting", new { textDocument = s.Document, range = new { start = new { line = 8, character = 0 }, end = new { line = 8, character = 3 } }, options = new { } })!;
        Assert.Equal(text.Replace("\ndense   a\n", "\n  dense a\n"), s.With(some));
        // Already formatted, or not to be parsed: nothing to change. Ends of lines stay what they are.
        Assert.Empty(_client.Ask("textDocument/formatting", new { textDocument = Open(expected).Document, options = new { } })!.AsArray());
        Assert.Empty(_client.Ask("textDocument/formatting", new { textDocument = Open("let a=(\nmodel m { dense }").Document, options = new { } })!.AsArray());
        LspScript windows = Open("let a=1\r\nlet b=2");
        Assert.Equal("let a = 1\r\nlet b = 2\n", windows.With(_client.Ask("textDocument/formatting", new { textDocument = windows.Document, options = new { } })!));
    }

    [Theory]
    [InlineData("custom.nn")]
    [InlineData("gan.nn")]
    [InlineData("vae.nn")]
    public void Formatting_untidy_examples_gives_what_nn_fmt_gives(string example)
    {
        string tidy = File.ReadAllText(Nn.Example(example)), untidy = tidy.Replace("  ", "    ").Replace(" = ", "=").Replace("\n}", "\n\n }") + "\n\n";
        using var folder = new ScriptFolder();
        folder.Write("a.nn", untidy);
        folder.Run("fmt", "a.nn", "--quiet").Good();
        LspScript s = Open(untidy);
        Assert.Equal(File.ReadAllText(folder.File("a.nn")), s.With(_client.Ask("textDocument/formatting", new { textDocument = s.Document, options = new { } })!));
    }

    [Theory]
    [InlineData("model net { input 3; dense 4, rleu }", "model net { input 3; dense 4, relu }")]
    [InlineData("modle net { dense 4 }", "model net { dense 4 }")]
    [InlineData("model net { input 3x3x1; conv 4, 3x3, strid: 2 }", "model net { input 3x3x1; conv 4, 3x3, stride: 2 }")]
    [InlineData("let width = 3\nlet b = widht", "let width = 3\nlet b = width")]
    [InlineData("data d { csv 'a b.csv'; target t }", "data d { csv \"a b.csv\"; target t }")]
    [InlineData("train { loss mse; optimizer adam; metrics acuracy }", "train { loss mse; optimizer adam; metrics accuracy }")]
    public void Code_actions_write_what_was_meant(string text, string expected)
    {
        LspScript s = Open(text);
        JsonNode mistake = s.Diagnostics().First(d => ((string)d!["message"]!).Contains("help: did you mean") || ((string)d["message"]!).Contains("help: write: \""))!;
        JsonNode action = Assert.Single(_client.Ask("textDocument/codeAction", new { textDocument = s.Document, range = mistake["range"], context = new { diagnostics = new[] { mistake } } })!.AsArray())!;
        Assert.Equal("quickfix", (string)action["kind"]!);
        Assert.Equal(expected, s.With(action["edit"]!["changes"]![s.Uri]!));
        Assert.Empty(_client.Ask("textDocument/codeAction", new { textDocument = s.Document, range = mistake["range"], context = new { diagnostics = new[] { mistake }, only = new[] { "refactor" } } })!.AsArray());
    }

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
        JsonNode broken = Assert.Single(new LspScript(_client, "model m { dense 1 }\ndata d { csv \"broken.csv\"; target b }\ntrain { loss mse; optimizer sgd }", folder.File("b.nn")).Diagnostics())!;
        Assert.Equal(1, (int)broken["severity"]!);
        Assert.Contains("row 1: 1 fields, but 2 columns", (string)broken["message"]!);
    }

    [Theory]
    [InlineData("metrics rmse", "rmse", "the target is a class")]
    [InlineData("metrics accuracy; early_stop val_f1", "early_stop", "watches val_f1")]
    [InlineData("metrics accuracy; schedule reduce_on_plateau(val_f1)", "reduce_on_plateau", "watches val_f1")]
    public void Metrics_that_mean_nothing_are_told(string settings, string place, string message)
    {
        LspScript s = Open($"model m {{ dense classes, softmax }}\ndata d {{ builtin blobs; split 80/20 }}\ntrain {{ loss cross_entropy; optimizer adam; {settings} }}");
        JsonNode mistake = Assert.Single(s.Diagnostics())!;
        Assert.Equal(place, s.Part(mistake["range"]!));
        Assert.Contains(message, (string)mistake["message"]!);
    }

    [Fact]
    public void Symbols_and_folds_follow_the_statements()
    {
        LspScript s = Open(Net);
        JsonArray symbols = _client.Ask("textDocument/documentSymbol", new { textDocument = s.Document })!.AsArray();
        Assert.Equal(["hidden", "swish", "unit", "net", "strokes", "train net", "search"], symbols.Select(x => (string)x!["name"]!));
        JsonNode net = symbols[3]!;
        Assert.Equal("net", s.Part(net["selectionRange"]!));
        Assert.StartsWith("model net {", s.Part(net["range"]!));
        Assert.EndsWith("}", s.Part(net["range"]!));
        Assert.Equal(["input", "conv", "maxpool", "flatten", "first = dense", "residual", "repeat", "add", "dense"], net["children"]!.AsArray().Select(x => (string)x!["name"]!));
        Assert.Equal("28x28x1", (string)net["children"]![0]!["detail"]!);
        LspScript folded = Open("# one\n# two\nmodel m {\n  add { dense 3 } {\n    dense 3\n    relu\n  }\n}\n");
        JsonArray folds = _client.Ask("textDocument/foldingRange", new { textDocument = folded.Document })!.AsArray();
        Assert.Equal([(0, 1), (2, 6), (3, 5)], folds.Select(f => ((int)f!["startLine"]!, (int)f["endLine"]!)).Order());
    }

    [Fact]
    public void Semantic_tokens_name_what_each_word_is()
    {
        LspScript s = Open("let n = 3 # ä\nmodel m { dense n, relu }\ntrain { optimizer adam(lr: 1); metrics accuracy }");
        string[] types = ["keyword", "variable", "parameter", "function", "class", "property", "enumMember", "number", "string", "comment"];
        int[] data = [.. _client.Ask("textDocument/semanticTokens/full", new { textDocument = s.Document })!["data"]!.AsArray().Select(n => (int)n!)];
        var found = new List<string>();
        (int line, int character) = (0, 0);
        foreach (int[] token in data.Chunk(5))
        {
            (line, character) = token[0] > 0 ? (line + token[0], token[1]) : (line, character + token[1]);
            int at = LspScript.Offset(s.Text, line, character);
            found.Add($"{s.Text[at..(at + token[2])]} {types[token[3]]}{((token[4] & 1) > 0 ? " declared" : "")}");
        }

        Assert.Equal(
            [
                "let keyword", "n variable declared", "3 number", "# ä comment", "model keyword", "m class declared", "dense class", "n variable", "relu function", "train keyword",
                "optimizer property", "adam function", "lr property", "1 number", "metrics property", "accuracy enumMember",
            ],
            found);
    }
}
