using System.Xml.Linq;
using Nn.Repl.Diagrams;

namespace Nn.Tests.Cli.Diagrams;

[Collection(nameof(OwnConsole))]
public sealed class DiagramTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Layers_follow_each_other_from_the_inputs_to_the_loss()
    {
        Outcome o = Nn.Run("graph", Nn.Example("xor.nn")).Good();
        Assert.Equal(
            """
            flowchart TD
              n0(["x, the inputs<br/>2"])
              n1(["y, the targets<br/>1"])
              n2["dense 4, tanh<br/>dense_1: 4, 12 parameters"]
              n3["dense 1, sigmoid<br/>dense_2: 1, 5 parameters"]
              n4{{"loss of xor"}}
              n0 --> n2
              n2 --> n3
              n1 --> n4
              n3 --> n4

            """.ReplaceLineEndings("\n"), o.Out);
    }

    [Fact]
    public void Branches_part_and_meet_again()
    {
        Diagram d = Layers("""
            model net {
              a = dense 4, tanh
              residual { dense 4, relu; dense 4 }
              concat { dense 2 } { from a; dense 3 }
              dropout 0.5
              dense 1
            }
            data d { builtin moons, samples: 50 }
            train { loss mse; optimizer adam; epochs 1 }
            """);
        Assert.Equal(
            ["x, the inputs", "y, the targets", "dense 4, tanh", "dense 4, relu", "dense 4", "residual", "dense 2", "dense 3", "concat", "dropout 0.5",
                "dense 1", "loss of net"],
            d.Boxes.Select(b => b.Lines[0]));
        Assert.Equal(
            ["x, the inputs > dense 4, tanh", "dense 4, tanh > dense 4, relu", "dense 4, relu > dense 4", "dense 4, tanh > residual", "dense 4 > residual",
                "residual > dense 2", "dense 4, tanh > dense 3",
                "dense 2 > concat", "dense 3 > concat", "concat > dropout 0.5", "dropout 0.5 > dense 1", "y, the targets > loss of net",
                "dense 1 > loss of net"],
            d.Arrows.Select(a => $"{d.Boxes[a.From].Lines[0]} > {d.Boxes[a.To].Lines[0]}"));
    }

    [Fact]
    public void Adversaries_share_their_weights_and_begin_with_noise()
    {
        Diagram d = Layers("""
            model generator { input 3; dense 2 }
            model critic { dense 1, sigmoid }
            data d { builtin moons, samples: 50 }
            train on d {
              step critic { loss bce(critic(x), 1) + bce(critic(generator(normal(3))), 0); optimizer adam }
              step generator { loss bce(critic(generator(normal(3))), 1); optimizer adam }
              epochs 1
            }
            """);
        Assert.Equal(3, d.Boxes.Count(b => b.Lines[0] == "dense 1, sigmoid"));
        Assert.Equal(["critic.dense_1: 1, 3 parameters", "critic.dense_1: 1, shared", "critic.dense_1: 1, shared"],
            d.Boxes.Where(b => b.Lines[0] == "dense 1, sigmoid").Select(b => b.Lines[1]));
        Assert.Equal(2, d.Boxes.Count(b => b.Lines[0] == "normal noise"));
        // Nothing is compared with the targets.
        Assert.DoesNotContain(d.Boxes, b => b.Lines[0].StartsWith('y'));
        Assert.Equal(2, d.Arrows.Count(a => d.Boxes[a.To].Lines[0] == "loss of critic"));
    }

    [Fact]
    public void A_graph_is_written_in_four_forms()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        Assert.StartsWith("digraph {", _folder.Run("graph", "a.nn", "--format", "dot").Good().Out);
        _folder.Run("graph", "a.nn", "--out", "g.svg").Good();
        XElement svg = XDocument.Load(_folder.File("g.svg")).Root!;
        Assert.Contains(svg.Descendants(), e => e.Value.StartsWith("loss of"));
        _folder.Run("graph", "a.nn", "--operations", "--out", "g.png").Good();
        Assert.True(Files.ImageFile.Load(_folder.File("g.png")).Width > 300);
        Assert.Contains("matmul", _folder.Run("graph", "a.nn", "--operations").Good().Out);
        _folder.Run("graph", "a.nn", "--format", "sgv").Fails(ExitCode.Usage, "did you mean 'svg'?");
        _folder.Run("graph", "a.nn", "--format", "png").Fails(ExitCode.Usage, "--out");
        _folder.Run("graph", "a.nn", "--out", "g.jpg").Fails(ExitCode.Usage, "the ending says what is written");
    }

    [Fact]
    public void Text_that_means_something_to_the_reader_is_written_as_text()
    {
        var d = new Diagram("a \"b\"", [new DiagramBox(["if x < 0 & \"y\" \\"], BoxKind.Layer, 0)], []);
        Assert.Contains("n0[\"if x &lt; 0 &amp; &quot;y&quot; \\\"]", DiagramText.Mermaid(d));
        Assert.Contains("""n0 [label="if x < 0 & \"y\" \\"];""", DiagramText.Dot(d));
        Assert.Contains("label=\"a \\\"b\\\"\"", DiagramText.Dot(d));
    }

    [Fact]
    public void Boxes_stand_in_rows_below_what_they_need_and_do_not_touch()
    {
        var random = new Random(5);
        for (int round = 0; round < 30; round++)
        {
            int n = random.Next(2, 40);
            double[] widths = [.. Enumerable.Range(0, n).Select(_ => 20.0 + random.Next(100))];
            (int From, int To)[] arrows = [.. Enumerable.Range(1, n - 1)
                .SelectMany(i => Enumerable.Range(0, random.Next(1, 3)).Select(_ => (random.Next(i), i))).Distinct()];
            LayeredLayout l = LayeredLayout.Of(widths, arrows);
            Assert.All(arrows, a => Assert.True(l.Row[a.From] < l.Row[a.To]));
            for (int i = 0; i < n; i++)
            {
                Assert.InRange(l.X[i], widths[i] / 2 - 1e-6, l.Width - widths[i] / 2 + 1e-6);
                for (int j = 0; j < i; j++)
                {
                    if (l.Row[i] == l.Row[j]) Assert.True(Math.Abs(l.X[i] - l.X[j]) >= (widths[i] + widths[j]) / 2, $"{i} and {j} touch");
                }
            }

            // Long arrows pass every row on their way.
            for (int a = 0; a < arrows.Length; a++)
                Assert.Equal(Enumerable.Range(l.Row[arrows[a].From] + 1, l.Row[arrows[a].To] - l.Row[arrows[a].From] - 1), l.Bends[a].Select(b => b.Row));
        }
    }

    [Fact]
    public void A_chain_is_straight_and_lines_that_need_not_cross_do_not()
    {
        LayeredLayout chain = LayeredLayout.Of([40, 100, 60], [(0, 1), (1, 2)]);
        Assert.Equal(chain.X[0], chain.X[1], 1e-6);
        Assert.Equal(chain.X[1], chain.X[2], 1e-6);
        // Two pairs, told in the order that crosses.
        LayeredLayout pairs = LayeredLayout.Of([40, 40, 40, 40, 40], [(0, 4), (1, 3), (1, 2), (0, 2)]);
        Assert.Equal(Math.Sign(pairs.X[0] - pairs.X[1]), Math.Sign(pairs.X[4] - pairs.X[3]));
        // What has nothing to do with the rest stands beside it.
        LayeredLayout apart = LayeredLayout.Of([40, 40, 40, 40], [(0, 1), (2, 3)]);
        Assert.InRange(apart.Width, 80, 160);
    }

    [Fact]
    public void Equal_distances_come_out_of_least_squares()
    {
        // Three children of one box: they stand side by side, the box over the middle one.
        LayeredLayout l = LayeredLayout.Of([50, 50, 50, 50], [(0, 1), (0, 2), (0, 3)]);
        double[] children = [.. l.X[1..].Order()];
        Assert.Equal(children[1] - children[0], children[2] - children[1], 1e-6);
        Assert.Equal(l.X[0], children[1], 1e-6);
    }

    private static Diagram Layers(string script)
    {
        using var s = new Plots.LiveSession(script);
        return TrainingDiagrams.Layers(s.Training.Definition);
    }
}
