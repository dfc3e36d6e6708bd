using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

public sealed class NextStepTests
{
    // One neuron, s(w·x + c) with the squared error; four samples, so that the whole step is a hand calculation.
    private const string Neuron = """
        model net { dense 1, sigmoid }
        data d { csv "data.csv"; target y; split 100/0; normalize range: 0..1 }
        train { loss mse; optimizer sgd(lr: 0.5, momentum: 0.9); batch 4; epochs 3 }
        """;

    private const string Rows = "x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,1\n";

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Every_value_of_the_step_is_as_calculated_by_hand(int stepsBefore)
    {
        var script = new Script(Neuron, Rows);
        using TrainingSession session = script.Load();
        var trainer = new Trainer(session);
        trainer.Run(default, steps: stepsBefore);
        double[] w = Floats(session, "net.dense_1.weight"), c = Floats(session, "net.dense_1.bias"), v = Floats(session, "sgd.v.net");

        using TrainingSession copy = NextStep.Of(session, session.Backend, trace: true);
        copy.Run(1);
        float[] Traced(TracedKind kind, bool gradient = false)
        {
            TracedValue value = copy.Plan.Slots.Traced.Single(t => t.Kind == kind);
            return copy.Read<float>(gradient ? value.Gradient! : value.Value);
        }

        int[] samples = NextStep.Samples(session);
        Assert.Equal([0, 1, 2, 3], samples.Order());
        float[] x = MemoryMarshal.Cast<byte, float>(session.Data.Training.Input).ToArray(),
            y = MemoryMarshal.Cast<byte, float>(session.Data.Training.Target).ToArray();
        var rows = samples.Select(s => (X1: (double)x[2 * s], X2: (double)x[2 * s + 1], Y: (double)y[s])).ToArray();
        double[] net = [.. rows.Select(r => w[0] * r.X1 + w[1] * r.X2 + c[0])], p = [.. net.Select(n => 1 / (1 + Math.Exp(-n)))];
        double[] error = [.. rows.Zip(p, (r, o) => (o - r.Y) * (o - r.Y))], back = [.. rows.Zip(p, (r, o) => 2 * (o - r.Y) / 4)],
            inner = [.. back.Zip(p, (b, o) => b * o * (1 - o))];
        Near(rows.SelectMany(r => new[] { r.X1, r.X2 }), Traced(TracedKind.Input));
        Near(net, Traced(TracedKind.Net));
        Near(p, Traced(TracedKind.Output));
        Near(error, Traced(TracedKind.SampleLoss));
        Near([error.Average()], Traced(TracedKind.Loss));
        Near(back, Traced(TracedKind.Output, gradient: true));
        Near(inner, Traced(TracedKind.Net, gradient: true));
        double[] g = [rows.Zip(inner, (r, i) => r.X1 * i).Sum(), rows.Zip(inner, (r, i) => r.X2 * i).Sum(), inner.Sum()];
        // The bias lies 16 elements further on in the row of momentum.
        double[] moved = [0.9 * v[0] + g[0], 0.9 * v[1] + g[1], 0.9 * v[16] + g[2]];
        Near([w[0] - 0.5 * moved[0], w[1] - 0.5 * moved[1]], [.. Floats(copy, "net.dense_1.weight").Select(x => (float)x)]);
        Near([c[0] - 0.5 * moved[2]], [.. Floats(copy, "net.dense_1.bias").Select(x => (float)x)]);
    }

    [Theory]
    [InlineData("loss bce; optimizer adam(lr: 0.1); batch 7; epochs 2", 0)]
    [InlineData("loss bce; optimizer adam(lr: 0.1 -> 0.01, beta1: 0.5 -> 0.9); schedule cosine; batch 7; epochs 2; clip norm: 0.1", 3)]
    // The last, smaller batch of an epoch.
    [InlineData("loss bce; optimizer sgd(lr: 0.1); batch 7; epochs 2", 10)]
    public void The_step_then_taken_is_the_one_that_was_shown_and_showing_it_changes_nothing(string settings, int stepsBefore)
    {
        var script = new Script(
            $"model net {{ dense 5, tanh; dropout 0.3; dense 1, sigmoid }}\ndata d {{ builtin linear, samples: 90; split 80/20 }}\ntrain {{ {settings} }}");
        using TrainingSession session = script.Load();
        var trainer = new Trainer(session);
        trainer.Run(default, steps: stepsBefore);
        Dictionary<string, string> before = Script.State(session);
        using TrainingSession copy = NextStep.Of(session, session.Backend, trace: true);
        Assert.Equal(before, Script.State(copy).Where(s => before.ContainsKey(s.Key)));
        copy.Run(1);
        Assert.Equal(before, Script.State(session));
        trainer.Run(default, steps: 1);
        foreach (Parameter p in session.Plan.Slots.Parameters.Keys) Near(Floats(session, p.Name), [.. Floats(copy, p.Name).Select(x => (float)x)]);
        Assert.NotEqual(before["net.dense_1.weight"], Script.State(session)["net.dense_1.weight"]);
    }

    [Fact]
    public void A_loss_that_is_computed_together_with_the_last_activation_shows_both()
    {
        var script = new Script(
            "model net { dense 3, softmax }\ndata d { builtin blobs, samples: 60; split 80/20 }\ntrain { loss cross_entropy; optimizer sgd; batch 5 }");
        using TrainingSession session = script.Load();
        using TrainingSession copy = NextStep.Of(session, new ReferenceBackend(), trace: true);
        copy.Run(1);
        TracedValue output = copy.Plan.Slots.Traced.Single(t => t.Kind == TracedKind.Output),
            net = copy.Plan.Slots.Traced.Single(t => t.Kind == TracedKind.Net);
        Assert.Null(output.Gradient);
        float[] p = copy.Read<float>(output.Value), gradient = copy.Read<float>(net.Gradient!);
        int[] labels = MemoryMarshal.Cast<byte, int>(copy.Data.Training.Target).ToArray();
        // The textbook: (p − one-hot) / batch.
        Near(p.Select((v, i) => (v - (i % 3 == labels[i / 3] ? 1 : 0)) / 5.0), gradient);
    }

    // A step of two samples shown: kinds and layers in their order, each value and its gradient.
    private sealed class Shown : IDisposable
    {
        private readonly TrainingSession _session, _copy;

        public Shown(string model, string loss, int batch = 2)
        {
            string script = $"{model}\ndata d {{ csv \"data.csv\"; target y; split 100/0 }}\ntrain {{ loss {loss}; optimizer sgd; batch {batch} }}";
            _session = new Script(script, "x,y\n0.5,0.25\n-1,2\n").Load();
            _copy = NextStep.Of(_session, _session.Backend, trace: true);
            _copy.Run(1);
            X = Value(TracedKind.Input, "");
            Y = [.. X.Select(x => x > 0 ? 0.25 : 2)];
        }

        public double[] X { get; }

        public double[] Y { get; }

        public string[] Order => [.. _copy.Plan.Slots.Traced.Select(t => $"{t.Kind} {t.Layer}".TrimEnd())];

        // Before the step.
        public double Weight(string name) => Floats(_session, name)[0];

        public double[] Value(TracedKind kind, string layer) => Read(Of(kind, layer).Value);

        public double[] Gradient(TracedKind kind, string layer) => Read(Of(kind, layer).Gradient!);

        public void Dispose()
        {
            _copy.Dispose();
            _session.Dispose();
        }

        private TracedValue Of(TracedKind kind, string layer) => _copy.Plan.Slots.Traced.Single(t => (t.Kind, t.Layer) == (kind, layer));

        private double[] Read(Slot slot) => [.. _copy.Read<float>(slot).Select(v => (double)v)];
    }

    private static void Near(IEnumerable<double> expected, double[] actual) => Near(expected, [.. actual.Select(v => (float)v)]);

    [Fact]
    public void Of_a_layer_that_is_used_twice_the_last_use_is_shown()
    {
        using var s = new Shown("model net { dense 1, tanh, bias: false }", "mse(net(net(x)), y)");
        Assert.Equal(["Input", "Net net.dense_1", "Output net.dense_1", "SampleLoss", "Loss"], s.Order);
        double w = s.Weight("net.dense_1.weight");
        double[] net = [.. s.X.Select(x => w * Math.Tanh(w * x))], output = [.. net.Select(Math.Tanh)];
        Near(net, s.Value(TracedKind.Net, "net.dense_1"));
        Near(output, s.Value(TracedKind.Output, "net.dense_1"));
        Near(output.Zip(s.Y, (o, y) => (o - y) * (o - y)), s.Value(TracedKind.SampleLoss, ""));
        // 2 (o − y) ÷ 2 samples, behind the activation and before it.
        Near(output.Zip(s.Y, (o, y) => o - y), s.Gradient(TracedKind.Output, "net.dense_1"));
        Near(output.Zip(s.Y, (o, y) => (o - y) * (1 - o * o)), s.Gradient(TracedKind.Net, "net.dense_1"));
    }

    // What is added to a product beside a bias is no part of the net.
    [Fact]
    public void The_net_is_the_product_with_its_bias_alone_and_layers_are_shown_in_their_order()
    {
        const string model = """
            layer skip {
              w = param [1, 1]
              b = param [1], init: ones
              tanh(it @ w + b + it)
            }
            layer plain {
              w = param [1, 1]
              tanh(it @ w + it)
            }
            model net { skip; plain; dense 1 }
            """;
        using var s = new Shown(model, "mse");
        Assert.Equal(["Input", "Net net.skip_1", "Output net.skip_1", "Net net.plain_1", "Output net.plain_1", "Output net.dense_1", "SampleLoss", "Loss"],
            s.Order);
        double w = s.Weight("net.skip_1.w"), u = s.Weight("net.plain_1.w");
        double[] first = [.. s.X.Select(x => Math.Tanh(w * x + 1 + x))];
        Near(s.X.Select(x => w * x + 1), s.Value(TracedKind.Net, "net.skip_1"));
        Near(first, s.Value(TracedKind.Output, "net.skip_1"));
        Near(first.Select(f => u * f), s.Value(TracedKind.Net, "net.plain_1"));
        Near(first.Select(f => Math.Tanh(u * f + f)), s.Value(TracedKind.Output, "net.plain_1"));
    }

    [Fact]
    public void The_loss_of_a_single_sample_is_shown_once()
    {
        using var s = new Shown("model net { dense 1 }", "mse", batch: 1);
        Assert.Equal(["Input", "Output net.dense_1", "Loss"], s.Order);
    }

    private static double[] Floats(TrainingSession session, string slot) => [.. session.Read<float>(session.Plan.Plan.Slot(slot)).Select(v => (double)v)];

    private static void Near(IEnumerable<double> expected, float[] actual)
    {
        double[] e = [.. expected];
        Assert.Equal(e.Length, actual.Length);
        for (int i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - actual[i]) <= 2e-6 * Math.Max(1, Math.Abs(e[i])), $"element {i}: {actual[i]}, not {e[i]}");
    }
}
