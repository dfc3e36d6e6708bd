using System.Text.Json;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Networks;
using Nn.Networks.Figures;
using Nn.Networks.Inspection;
using Nn.Planning;

namespace Nn.Tests.Cli.Inspect;

public sealed class MemoryTests
{
    private const string Loop =
        "model net { lstm 6; dropout 0.2; dense 1 }\ndata d { builtin waves, samples: 60; split 80/20 }\ntrain { loss mse; optimizer adam; batch 16 }";

    [Fact]
    public void A_value_lives_from_the_step_that_writes_it_to_the_last_that_reads_it()
    {
        var builder = new PlanBuilder();
        var g = new GraphBuilder();
        Slot x = builder.Slot("data", "x", new Shape(4, 4), DType.F32), y = builder.Slot("data", "y", new Shape(4, 4), DType.F32);
        Node a = g.MatMul(g.Read(x), g.Read(x)), b = g.MatMul(a, g.Read(x)), c = g.MatMul(b, a);
        g.Assign(y, g.MatMul(c, g.Read(x)));
        builder.Entry("four", g.Build());
        MemoryMap map = MemoryMap.Of(builder.Build(), "four");
        // Four products: the first is read by the second and third; the last goes straight to its slot.
        Assert.Equal([(0, 2), (1, 2), (2, 3)], map.Values.Select(v => (v.First, v.Last)));
        Assert.All(map.Values, v => Assert.Equal(64, v.Bytes));
        Assert.Equal(2, map.Peak);
        Assert.Equal(3 * 64, map.Alive(map.Peak));
        Assert.Equal(3 * 64, map.Size);
    }

    [Theory]
    [InlineData("xor.nn")]
    [InlineData("digits.nn")]
    [InlineData("custom.nn")]
    [InlineData("kmeans.nn")]
    [InlineData("unet.nn")]
    [InlineData("wavenet.nn")]
    [InlineData("annealing.nn")]
    [InlineData("linear-regression.nn")]
    [InlineData("")]
    public void No_two_values_lie_in_one_place_at_a_time_and_the_highest_ends_where_the_memory_does(string example)
    {
        Plan plan = PlanOf(example.Length == 0 ? Loop : File.ReadAllText(Nn.Example(example)));
        var maps = plan.Entries.Select(e => MemoryMap.Of(plan, e.Name)).ToArray();
        foreach (MemoryMap map in maps)
        {
            for (int i = 0; i < map.Values.Count; i++)
            {
                LivingValue v = map.Values[i];
                Assert.InRange(v.End, v.Offset + 1, map.Size);
                foreach (LivingValue o in map.Values.Take(i))
                {
                    bool together = v.First <= o.Last && o.First <= v.Last, same = v.Offset < o.End && o.Offset < v.End;
                    Assert.False(together && same, $"{map.Entry}: {v} and {o}");
                }
            }

            Assert.InRange(map.Values.Count == 0 ? 0 : map.Alive(map.Peak), 0, map.Highest);
            // Boxes of the picture are the values.
            WordBox[] boxes = [.. ((AxesFigure)MemoryFigure.Of(map)).Layers.Cast<BoxLayer>().SelectMany(l => l.Boxes)];
            Assert.Equal(map.Values.Select(v => (double)v.First + 1).Order(), boxes.Select(b => b.Left).Order());
            Assert.Equal(map.Values.Select(v => (double)v.Last + 2).Order(), boxes.Select(b => b.Right).Order());
        }

        Assert.Equal(plan.Arenas.Single(a => !a.Persistent).Bytes, maps.Max(m => m.Highest));
    }

    [Fact]
    public void The_terminal_shows_arenas_a_map_and_the_largest_values()
    {
        Outcome o = Nn.Run("memory", "examples/digits.nn").Good();
        Assert.Contains("parameters      407.1 kB", o.Out);
        Assert.Contains("used in turn by train 334.5 kB, evaluate 2.0 MB", o.Out);
        // The images as numbers: 64·784·4 bytes.
        Assert.Contains("A     200.7 kB  batch", o.Out);
        Assert.Contains("AAAAAAAA", o.Out);
        Assert.Contains("most is alive in step 11 (matmul digits)", o.Out);
        Assert.All(o.Lines, l => Assert.InRange(l.Length, 0, 120));
        Assert.DoesNotContain('\x1b', o.Out);
    }

    [Fact]
    public void It_is_drawn_into_files_and_told_to_programs()
    {
        using var folder = new ScriptFolder();
        string script = folder.Write("small.nn", ScriptFolder.Small);
        folder.Run("memory", script, "--out", "memory.svg", "--entry", "evaluate").Good();
        Assert.Contains("work memory of evaluate", File.ReadAllText(folder.File("memory.svg")));
        folder.Run("-c", $":load {script}", "-c", ":memory > memory.png").Good();
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(folder.File("memory.png"))[..4]);
        JsonElement last = JsonDocument.Parse(folder.Run("memory", script, "--json").Good().Lines[^1]).RootElement;
        Assert.Equal(last.GetProperty("bytes").GetInt64(), (long)last.GetProperty("arenas").EnumerateObject().Sum(a => a.Value.GetDouble()));
        folder.Run("memory", script, "--entry", "trian").Fails(ExitCode.Usage, "there is no entry 'trian'; there are train");
    }

    private static Plan PlanOf(string script)
    {
        Project p = Project.Bind(new SourceText("test.nn", script), BindOptions.None, spec => Project.Load(spec, "test.nn", null));
        return p.Compile().Plan;
    }
}
