using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>What is offered while one types.</summary>
public sealed class CompletionTests(LspServer server) : IClassFixture<LspServer>
{
    private readonly LspClient _client = server.Client;

    private LspScript Open(string marked) => new(_client, marked);

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
    [InlineData("let a = ¦", new[] { "n", "sqrt", "relu", "classes" }, new[] { "dense", "training" })]
    [InlineData("fn f(alpha) = ¦", new[] { "alpha", "exp", "training" }, new[] { "dense" })]
    [InlineData("layer l { ¦ }", new[] { "param", "state", "it", "training" }, new[] { "dense" })]
    [InlineData("train net2 on d { loss ¦ }", new[] { "mse", "net2", "training" }, new[] { "adam" })]
    [InlineData("optimizer o { ¦ }", new[] { "w", "g", "t", "state" }, new[] { "dense" })]
    [InlineData("fn f(x) { yy = x; it.¦ }", new[] { "features", "height" }, new[] { "exp" })]
    [InlineData("¦", new[] { "let", "model", "train", "search" }, new[] { "dense", "epochs" })]
    [InlineData("# model net { ¦", new string[0], new[] { "dense" })]
    [InlineData("model net { dense 6¦ }", new string[0], new[] { "relu" })]
    public void Completion_offers_what_may_stand_there(string marked, string[] there, string[] notThere)
    {
        LspScript s = Open(
            $"let n = 3\nfn own(x) = x\nblock piece(k) {{ dense k }}\nmodel net2 {{ dense n }}\ndata d {{ builtin moons }}\noptimizer mine(lr = 1) {{ w -= "
                + $"lr * g }}\n{marked}");
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
        Assert.Equal(["deep"], new LspScript(_client, "data d { sound \"¦\" }", folder.File("e.nn")).Completions());
        Assert.Equal(["deep/", "other.txt"], new LspScript(_client, "data d { pairs \"¦\" }", folder.File("f.nn")).Completions());
        Assert.Equal(["more.csv"], new LspScript(_client, "data d { csv \"deep/m¦\" }", folder.File("b.nn")).Completions());
        Assert.Equal(["deep"], new LspScript(_client, "data d { idx \"¦\" }", folder.File("c.nn")).Completions());
        string[] columns = new LspScript(_client,
            "data d { csv \"points.csv\"; target price; inputs ¦ }\ntrain { loss mse; optimizer sgd }\nmodel m { dense 1 }", folder.File("d.nn")).Completions();
        Assert.Equal(["size", "colour", "price"], columns);
        string[] Offered(string line) =>
            new LspScript(_client, $"data d {{ csv \"points.csv\"; target price; {line} }}\ntrain {{ loss mse; optimizer sgd }}\nmodel m {{ dense 1 }}",
                folder.File("d.nn")).Completions();
        Assert.Equal(columns, Offered("field facts, columns: ¦"));
        Assert.Equal(columns, Offered("split 80/20, stratify: ¦"));
        Assert.Equal(["true", "false"], Offered("split 80/20, shuffle: ¦"));
    }

    [Theory]
    [InlineData("model m { conv ¦ }", "conv channels, window, stride = 1, padding = valid, dilation = 1, groups = 1, bias = true, init = ±1/√(fan in)", 0)]
    [InlineData("model m { conv 6, 5x5, ¦ }", null, 2)]
    [InlineData("model m { maxpool ¦ }", "maxpool window, stride, padding = valid, global = false", 0)]
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
}
