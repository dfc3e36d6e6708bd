using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>Where names are defined and used, and what renaming them changes.</summary>
public sealed class PlaceTests(LspServer server) : IClassFixture<LspServer>
{
    private readonly LspClient _client = server.Client;

    private LspScript Open(string marked) => new(_client, marked);

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
    public void Files_of_data_are_linked_where_they_are()
    {
        using var folder = new ScriptFolder();
        folder.Write("a b.csv", "x,y\n1,2\n");
        var s = new LspScript(_client, "data d { csv \"a b.csv\"; target y }\ndata e { csv \"nowhere.csv\"; target y }", folder.File("a.nn"));
        JsonNode link = Assert.Single(_client.Ask("textDocument/documentLink", new { textDocument = s.Document })!.AsArray())!;
        Assert.Equal("\"a b.csv\"", s.Part(link["range"]!));
        Assert.Equal(folder.File("a b.csv"), new Uri((string)link["target"]!).LocalPath);
    }

    [Fact]
    public void References_are_those_of_the_same_thing_only()
    {
        // The parameter n of the function is another n than the let.
        LspScript s = Open("let ¦n = 3\nfn f(n) = n + 1\nmodel m { dense n; repeat n { f } }\nsearch grid { n in [1, n] }\n# n");
        (int, int)[] places = [.. _client.Ask("textDocument/references",
            new { textDocument = s.Document, position = LspScript.Json(LspScript.Position(s.Text, s.Cursor)), context = new { includeDeclaration = true } })!
            .AsArray().Select(l => ((int)l!["range"]!["start"]!["line"]!, (int)l["range"]!["start"]!["character"]!))];
        Assert.Equal([(0, 4), (2, 16), (2, 26), (3, 14), (3, 23)], places);
        Assert.Equal(4, _client.Ask("textDocument/references",
            new { textDocument = s.Document, position = new { line = 2, character = 16 }, context = new { includeDeclaration = false } })!.AsArray().Count);
        JsonArray marked = s.At("textDocument/documentHighlight")!.AsArray();
        Assert.Equal(5, marked.Count);
        Assert.Equal(3, (int)marked[0]!["kind"]!);
        Assert.Equal(2, (int)marked[1]!["kind"]!);
    }

    [Theory]
    [InlineData("let ¦n = 3\nfn f(n) = n + 1\nmodel m { dense n }\nsearch grid { n in [n] }", "k",
        "let k = 3\nfn f(n) = n + 1\nmodel m { dense k }\nsearch grid { k in [k] }")]
    [InlineData("fn f(x, ¦n = 1) = x * n\nmodel m { dense 1, f(n: 2); f 3 }\nlet n = 1", "slope",
        "fn f(x, slope = 1) = x * slope\nmodel m { dense 1, f(slope: 2); f 3 }\nlet n = 1")]
    [InlineData("block ¦b(k) { dense k }\nmodel m { b 3; b k: 4 }", "unit", "block unit(k) { dense k }\nmodel m { unit 3; unit k: 4 }")]
    [InlineData("model m { ¦aa = dense 3; add aa, it; from aa }\ntrain { loss mse + l2(aa); optimizer sgd }", "first",
        "model m { first = dense 3; add first, it; from first }\ntrain { loss mse + l2(first); optimizer sgd }")]
    [InlineData("model gen { input 2; dense 2 }\ntrain ¦gen { step gen { loss mse(gen(x), y); optimizer sgd } }", "maker",
        "model maker { input 2; dense 2 }\ntrain maker { step maker { loss mse(maker(x), y); optimizer sgd } }")]
    [InlineData("data ¦d { builtin moons }\ntrain on d { loss mse; optimizer sgd }", "points",
        "data points { builtin moons }\ntrain on points { loss mse; optimizer sgd }")]
    [InlineData("optimizer ¦o(lr = 1) { w -= lr * g }\ntrain { loss mse; optimizer o(lr: 2) }", "plain",
        "optimizer plain(lr = 1) { w -= lr * g }\ntrain { loss mse; optimizer plain(lr: 2) }")]
    [InlineData("fn f(x) { ¦e = exp(x); e / sum(e) }\nfn g(e) = e", "shifted", "fn f(x) { shifted = exp(x); shifted / sum(shifted) }\nfn g(e) = e")]
    [InlineData("model m { repeat 3 as ¦i { dense i + 1 }; repeat 3 as i { dense i + 2 } }", "n",
        "model m { repeat 3 as n { dense n + 1 }; repeat 3 as i { dense i + 2 } }")]
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
}
