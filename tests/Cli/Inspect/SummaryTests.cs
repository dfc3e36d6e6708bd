using System.Text.Json;
using Nn.Networks.Figures;

namespace Nn.Tests.Cli.Inspect;

public sealed class SummaryTests
{
    private const string Networks = """
        block pair(n) { dense n, relu; residual { dense n } }
        model small {
          conv 6, 5x5, same, relu
          maxpool 2x2
          flatten
          pair 20
          dense classes, softmax
        }
        data strokes { builtin digits, samples: 100; split 80/20 }
        train { loss cross_entropy; optimizer adam; batch 8 }
        """;

    [Fact]
    public void Each_layer_has_its_shape_parameters_operations_and_bytes()
    {
        using var folder = new ScriptFolder();
        folder.Write("small.nn", Networks);
        JsonElement[] events = [.. folder.Run("summary", "small.nn", "--json").Good().Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        // By hand: two operations a term of a product, one for each bias and each relu; a maximum of four is three comparisons or four; a sum of two branches
        // goes to the layer after it.
        (string Layer, string Output, long Parameters, long[] Flops, long Bytes)[] wanted =
        [
            ("conv 6, 5x5, same, relu", "28x28x6", 156, [28 * 28 * 6 * (2 * 25 + 2)], 28 * 28 * 6 * 4 * 8),
            ("maxpool 2x2", "14x14x6", 0, [14 * 14 * 6 * 3, 14 * 14 * 6 * 4], 14 * 14 * 6 * 4 * 8),
            ("flatten", "1176", 0, [0], 1176 * 4 * 8),
            ("dense n, relu", "20", 1176 * 20 + 20, [2 * 1176 * 20 + 40], 20 * 4 * 8),
            ("dense n", "20", 420, [2 * 20 * 20 + 20], 20 * 4 * 8),
        ];
        for (int i = 0; i < wanted.Length; i++)
        {
            JsonElement e = events[i];
            Assert.Equal(wanted[i].Layer, e.GetProperty("layer").GetString());
            Assert.Equal(wanted[i].Output, e.GetProperty("output").GetString());
            Assert.Equal(wanted[i].Parameters, e.GetProperty("parameters").GetInt64());
            Assert.Contains(e.GetProperty("flop_per_sample").GetInt64(), wanted[i].Flops);
            Assert.Equal(wanted[i].Bytes, e.GetProperty("output_bytes_per_batch").GetInt64());
        }

        Assert.Equal(1, events[3].GetProperty("depth").GetInt32());
        Assert.InRange(events[5].GetProperty("flop_per_sample").GetInt64(), 20 + 2 * 20 * 10 + 10, 20 + 2 * 20 * 10 + 10 + 30 * 10);
        JsonElement all = events[^1];
        Assert.Equal(events[..^1].Sum(e => e.GetProperty("parameters").GetInt64()), all.GetProperty("parameters").GetInt64());
        Assert.Equal(all.GetProperty("bytes").GetInt64(), (long)all.GetProperty("arenas").EnumerateObject().Sum(a => a.Value.GetDouble()));
        string text = folder.Run("summary", "small.nn").Good().Out;
        Assert.Contains("forward/sample", text);
        Assert.Contains("244.6 kFLOP", text);
    }

    [Fact]
    public void A_model_inside_another_is_counted_where_it_is_its_own()
    {
        using var folder = new ScriptFolder();
        folder.Write("shared.nn", """
            model inner { dense 4, tanh }
            model outer { inner; dense 1 }
            data d { builtin linear, samples: 40; split 80/20 }
            train outer { loss mse; optimizer adam }
            """);
        string text = folder.Run("summary", "shared.nn").Good().Out;
        Assert.Matches(@"inner +4 +12 +shared", text);
        Assert.Contains("parameters       17", text);
    }
}
