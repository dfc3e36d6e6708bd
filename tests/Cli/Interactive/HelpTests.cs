using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Repl.Commands;
using Nn.Repl.Help;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Interactive;

/// <summary>There is help for every name, and what it shows as an example means something.</summary>
public class HelpTests
{
    // What the examples may be about; one of them must do.
    private static readonly Schema[] Data =
    [
        OneField.Of(new Shape(6), DType.F32, new Shape(1), DType.F32, null),
        OneField.Of(new Shape(6), DType.F32, Shape.Scalar, DType.I32, 3),
        OneField.Of(new Shape(28, 28, 1), DType.F32, Shape.Scalar, DType.I32, 10),
        OneField.Of(new Shape(64), DType.F32, new Shape(64), DType.F32, null),
        OneField.Of(new Shape(784), DType.F32, Shape.Scalar, DType.I32, 10),
        OneField.Of(new Shape(16, 8), DType.F32, new Shape(1), DType.F32, null),
        OneField.Of(new Shape(64, 8), DType.F32, new Shape(1), DType.F32, null),
        OneField.Of(new Shape(16), DType.I32, new Shape(16), DType.I32, 30),
        new Schema(new FieldForm(new Shape(16, 8), DType.F32), FieldForm.Classes(["a", "b"], new Shape(FieldForm.UpTo(5, "notes")))),
        new Schema(new FieldForm(new Shape(30, 257, 1), DType.F32) { Rate = 8000 }, new FieldForm(new Shape(1), DType.F32)),
        new Schema(
            [new Field("source", FieldForm.Classes(["a", "b"], new Shape(6)))],
            [new Field("target", FieldForm.Classes(["<start>", "b"], new Shape(4)))]),
    ];

    public static IEnumerable<object[]> Words => WordReference.All.Where(w => w.Example.Length > 0).Select(w => new object[] { w.Where, w.Name });

    public static TheoryData<string> Entries => new(LanguageReference.Entries.Keys);

    [Theory]
    [MemberData(nameof(Entries))]
    public void Every_name_says_what_it_is_with_an_example_that_means_something(string name)
    {
        ReferenceEntry e = LanguageReference.Entries[name];
        Assert.True(e.Summary.Length > 0, $"{name} has no line that says what it is for; write it above its definition");
        Assert.True(e.Example is not null, $"{name} has no example");
        Assert.True(Binds(e.Kind == "layer" ? "model" : e.Kind, e.Name, e.Example!, out string mistakes), mistakes);
        string help = new HelpText(CommandTable.All).For(name)!;
        Assert.StartsWith($"{name}, ", help);
        Assert.Contains($"example: {e.Example}", help);
        foreach (OptionRow option in e.Options.Where(o => o.Default is not null)) Assert.Contains(option.Name, help);
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Examples_of_words_mean_something(string where, string name)
    {
        Assert.True(Binds(where, name, WordReference.Find(where, name)!.Example, out string mistakes), mistakes);
        Assert.Contains(WordReference.Find(where, name)!.Summary, new HelpText(CommandTable.All).For(name));
    }

    [Fact]
    public void The_program_tells_of_commands_that_the_session_has_not_or_has_for_something_else()
    {
        var help = new HelpText(CommandTable.All, program: true);
        Assert.StartsWith("nn serve\n  answers predictions", help.For("serve"));
        Assert.Contains(":serve [PORT]", help.For("serve"));
        Assert.All(CommandTable.All.Where(c => c is { Program: not null, Session: null }), c => Assert.Contains(c.Summary, help.For(c.Name)));
        Assert.DoesNotContain("nn serve", new HelpText(CommandTable.All).For("serve"));
    }

    [Theory]
    [InlineData("relu", "d relu / d x = if x > 0 then 1 else 0")]
    [InlineData("sigmoid", "d sigmoid / d x = sigmoid(x) * (1 - sigmoid(x))")]
    [InlineData("sin", "d sin / d x = cos(x)")]
    [InlineData("cos", "d cos / d x = -sin(x)")]
    [InlineData("log", "d log / d x = 1 / x")]
    [InlineData("sqrt", "d sqrt / d x = 0.5 / sqrt(x)", "d sqrt / d x = 1 / (2 * sqrt(x))")]
    public void Gradients_are_those_of_the_textbooks(string name, params string[] either)
    {
        string help = new HelpText(CommandTable.All).For(name)!;
        Assert.Contains(either, help.Contains);
    }

    [Fact]
    public void There_is_help_for_every_command_plot_and_list()
    {
        foreach (CommandRow c in CommandTable.All.Where(c => c.Session is not null))
        {
            string help = new HelpText(CommandTable.All).For(":" + c.Name)!;
            Assert.StartsWith($":{c.Name}", help);
            Assert.Contains(c.SessionSummary, help);
            Assert.Same(c, CommandRow.Find(CommandTable.All, CommandWords.Of(c.SessionExample.TrimStart(':'))[0]));
            Assert.Contains(help, new HelpText(CommandTable.All).For(c.Name));
        }

        foreach (FigureKind k in FigureKinds.All) Assert.Contains(k.Summary, new HelpText(CommandTable.All).For(k.Name));
        Assert.All(new HelpText(CommandTable.All).Names, n => Assert.NotNull(new HelpText(CommandTable.All).For(n)));
        // Lists hold everything of their kind.
        string layers = new HelpText(CommandTable.All).For("layers")!;
        Assert.All(LanguageReference.Entries.Values.Where(e => e.Kind == "layer"), e => Assert.Contains($"  {e.Name} ", layers));
        Assert.Equal(LanguageReference.Entries.Values.Count(e => e.Kind == "optimizer") + 1,
            new HelpText(CommandTable.All).For("optimizers")!.Split('\n').Length);
    }

    [Fact]
    public void The_command_line_tells_the_same()
    {
        Outcome o = Nn.Run("help", "adam").Good();
        Assert.Equal(new HelpText(CommandTable.All).For("adam") + "\n", o.Out);
        Nn.Run("help", "adm").Fails(ExitCode.Usage, "did you mean 'adam'?");
        Assert.Contains("losses", Nn.Run("help").Good().Out);
    }

    private static bool Binds(string kind, string name, string example, out string mistakes)
    {
        mistakes = "";
        foreach (Schema data in Data)
        {
            foreach (string script in Scripts(kind, name, example))
            {
                try
                {
                    Binder.Bind(new SourceText(name, script), BindOptions.None,
                        spec => spec.Source == DataSource.Drawn ? new DrawnData(spec.Draws).Schema : data);
                    return true;
                }
                catch (ScriptException e)
                {
                    mistakes += $"{script}\n{e.Message}\n";
                }
            }
        }

        return false;
    }

    // The example in its place, with what a script needs around it.
    private static IEnumerable<string> Scripts(string kind, string name, string example)
    {
        const string data = "data points { builtin moons }\n", model = "model net { dense 3 }\n",
            train = "train net { loss mean(net(x) ^ 2); optimizer sgd }\n";
        string Trained(string line) =>
            $"{data}model net {{ dense {(name is "bce" or "hinge" or "contrastive" ? 1 : 3)}, {(name is "nll" or "ctc" ? "log_softmax" : "sigmoid")} "
                + $"}}\n{train.Replace("train net", "train")
                    .Replace(line.StartsWith("loss") ? "loss mean(net(x) ^ 2)" : line.StartsWith("optimizer") ? "optimizer sgd" : "}",
                    line.StartsWith("loss") || line.StartsWith("optimizer") ? line : $"; {line} }}")}";
        if (name == "shifted")
            return ["data d { builtin dates; tokens characters, start: true }\nmodel encoder { embed 4; gru 4, last }\n"
                + "model decoder(w, m) { from w; embed 4; dense symbols(target), softmax }\n" + $"train decoder on d {{ {example}; optimizer sgd }}"];
        if (example.StartsWith("fn "))
            return [$"{example}\n{data}model net {{ dense 4; {example.Split(' ', '(')[1]} }}\n{train}",
                $"{example}\n{data}model net {{ dense 1 }}\ntrain {{ loss {example.Split(' ', '(')[1]}; optimizer sgd }}"];
        if (example.StartsWith("optimizer ") && example.Contains('{'))
            return [$"{example}\n{data}{model}train {{ loss mean(net(x) ^ 2); optimizer {example.Split(' ', '(')[1]} }}"];
        if (example.StartsWith("loss "))
            return [Trained(example), Trained(example).Replace("dense 3", "dense 6"), Trained(example).Replace("dense 1", "dense 3")];
        if (example.StartsWith("optimizer "))
            return [Trained(example),
                Trained(example).Replace("}", "; batch all }").Replace("sigmoid ; batch all", "sigmoid").Replace("moons ; batch all", "moons")];
        if (name == "outputs")
            return [$"{data}model net {{ price = dense 1; kind = dense 3; {example} }}\ntrain net {{ loss mean(net(x).price ^ 2); optimizer sgd }}"];
        if (name == "field") return [$"data points {{ csv \"t.csv\"; {example}; target y }}\n{model}{train.Replace("train net", "train")}"];
        return kind switch
        {
            "statement" =>
                [string.Concat(new[] { ("let lr", "let lr = 0.1\n"), ("model net", "model net { dense 3, softmax }\n"), ("data points", data),
                    ("train", "train { loss mean(net(x) ^ 2); optimizer sgd(lr: 0.1) }\n") }.Where(s => !example.StartsWith(s.Item1)).Select(s => s.Item2))
                    + example],
            "model" or "activation" or "function" => [$"{data}model net {{ {example} }}\n{train}",
                $"{data}model net {{ encoded = identity; {example} }}\n{train}"],
            "builtin" or "draw" => [$"data d {{ {example} }}"],
            "data" => name switch
            {
                "csv" or "npz" or "idx" or "text" or "tags" or "images" or "sound" or "pairs" or "builtin" =>
                    [$"data d {{ {example}{(name == "csv" ? "; target species" : "")} }}"],
                "draw" => [$"data d {{ {example} }}"],
                "target" => [$"data d {{ csv \"f\"; {example} }}"],
                "inputs" or "types" or "window" => [$"data d {{ csv \"f\"; target t; {example} }}"],
                "tokens" => [$"data d {{ builtin dates; {example} }}"],
                _ => [$"data d {{ builtin moons; {example} }}"],
            },
            "step" => [$"{data}{model}train {{ step net {{ loss mean(net(x) ^ 2); optimizer sgd; {example} }} }}"],
            "train" when name == "part" => [$"{data}model body {{ dense 2 }}\nmodel net {{ body; dense 3 }}\n{train.Replace("}", $"; {example} }}")}"],
            "train" when name == "freeze" => [$"{data}model encoder {{ dense 2 }}\nmodel net {{ encoder; dense 3 }}\n{train.Replace("}", $"; {example} }}")}"],
            "formula" when name == "labelled" =>
                [$"{data}model net {{ dense 3, softmax }}\ntrain net {{ a = net(x); {example}; loss known; optimizer sgd }}"],
            "train" when name == "steps" => [$"model net {{ dense 1 }}\ndata d {{ draw p = uniform(2) }}\n"
                + $"train net {{ loss net(p) ^ 2; optimizer sgd; {example} }}"],
            "train" when name == "show" => ["layer canvas { w = param [4, 4, 1]; sigmoid(w) }\nmodel picture { canvas }\n"
                + $"train picture {{ loss picture() ^ 2; optimizer sgd; steps 2; {example} }}"],
            "train" when name == "step" => [$"{data}model net {{ dense 1 }}\ntrain {{ {example} }}"],
            "train" or "schedule" or "metrics" => [Trained(example)],
            // Of a layer, or of an optimizer.
            "formula" => [$"layer own {{ {example}; it + {example.Split(' ')[0]} }}\n{data}model net {{ own }}\n{train}",
                $"layer own {{ {example}; it @ {example.Split(' ')[0]} }}\n{data}model net {{ own }}\n{train}",
                $"optimizer own(lr = 0.1) {{ {example}; w -= lr * g }}\n{data}{model}train {{ loss mean(net(x) ^ 2); optimizer own }}"],
            "init" => [$"{data}model net {{ dense 3, {example} }}\n{train}"],
            "in" => [$"let hidden = 8\nsearch grid {{ {example} }}"],
            "search" => [$"let hidden = 8\nlet lr = 0.1\n{example}"],
            "prune" => [$"let a = 1\nsearch grid, {example} {{ a in [1, 2] }}"],
            _ => throw new ArgumentException($"no place for an example of {kind}"),
        };
    }
}
