using System.Text.Json;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>The loss of sequences without an alignment beside PyTorch's, on every backend that there is, and beside a sum over all alignments.</summary>
[Collection(GpuDevices.Collection)]
public class CtcTests
{
    [Fact]
    public void Values_and_gradients_are_those_of_PyTorch()
    {
        JsonElement[] goldens = [.. Golden.Sounds.GetProperty("ctc").EnumerateArray()];
        var runner = new GraphRunner();
        GraphBuilder g = runner.Graph;
        foreach (JsonElement golden in goldens)
        {
            var shape = new Shape(golden.GetProperty("shape").Ints());
            int[] stored = golden.GetProperty("y").Ints();
            Node z = runner.Input(shape, Golden.Hashed((int)shape.Count, 71, -3, 3)), y = runner.Input(new Shape(shape[0], stored.Length / shape[0]), stored);
            Node each = runner.Evaluate("ctc(log_softmax(z), y)", ("z", new TensorValue(z)), ("y", new TensorValue(y)));
            Node weights = runner.Input(each.Shape, Golden.Hashed(shape[0], 72, 0.5, 1.5));
            Node sum = g.Reshape(g.Sum(g.Mul(each, weights), new Shape(0, 1)), Shape.Scalar);
            runner.Output(each);
            runner.Output(Autodiff.Gradients(g, sum, [z])[0]);
        }

        runner.Run((backend, outputs) =>
        {
            for (int i = 0; i < goldens.Length; i++)
            {
                Golden.AssertClose(goldens[i].GetProperty("value").Doubles(), outputs[2 * i], 2e-5, $"ctc {i} on {backend}");
                Golden.AssertClose(goldens[i].GetProperty("grad").Doubles(), outputs[(2 * i) + 1], 2e-5, $"gradient of ctc {i} on {backend}");
            }
        });
    }

    // Each way to give four places one of three symbols or a blank, by hand: places in a row with one symbol are one, blanks are left out.
    [Fact]
    public void It_is_the_sum_over_all_alignments()
    {
        const int places = 4, width = 3, blank = width - 1;
        int[][] targets = [[0, 1], [1, 1], [0], [1, 0, 1]];
        float[] z = Golden.Hashed(targets.Length * places * width, 5, -2, 2);
        var runner = new GraphRunner();
        Node y = runner.Input(new Shape(targets.Length, 3), [.. targets.SelectMany(t => t.Concat(Enumerable.Repeat(-1, 3 - t.Length)))]);
        Node p = runner.Input(new Shape(targets.Length, places, width), z);
        runner.Output(runner.Evaluate("ctc(log_softmax(z), y)", ("z", new TensorValue(p)), ("y", new TensorValue(y))));
        double[] expected = [.. targets.Select((target, s) =>
        {
            double sum = 0;
            for (int way = 0; way < Math.Pow(width, places); way++)
            {
                int[] told = [.. Enumerable.Range(0, places).Select(t => way / (int)Math.Pow(width, t) % width)];
                if (!told.Where((c, t) => c != blank && (t == 0 || told[t - 1] != c)).SequenceEqual(target)) continue;
                sum += told.Select((c, t) => Probability(z.AsSpan((s * places + t) * width, width).ToArray(), c)).Aggregate((a, b) => a * b);
            }

            return -Math.Log(sum);
        })];
        runner.Run((backend, outputs) => Golden.AssertClose(expected, outputs[0], 1e-5, $"ctc on {backend}"));

        static double Probability(float[] z, int symbol) => Math.Exp(z[symbol]) / z.Sum(v => Math.Exp(v));
    }
}
