using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Derivatives within losses, against what calculus says and against differences.</summary>
public class DerivativeTests
{
    // The loss is the squared distance of the derivative from the one that calculus gives, over points of the plane.
    [Theory]
    [InlineData("grad(sum(x ^ 3), by: x)", "3 * x ^ 2")]
    [InlineData("grad(sum(exp(2 * x) * x), by: x)", "exp(2 * x) * (1 + 2 * x)")]
    [InlineData("grad(x[0..1] * x[1..2], by: x)[0..1]", "x[1..2]")]
    [InlineData("grad(sum(grad(sum(x ^ 4), by: x)), by: x)", "12 * x ^ 2")]
    [InlineData("grad(sum(grad(sum(grad(sum(x ^ 5), by: x)), by: x)), by: x)", "60 * x ^ 2")]
    [InlineData("grad(sum(tanh(x)), by: x)", "1 - tanh(x) ^ 2")]
    [InlineData("grad(norm(x), by: x)", "x / norm(x)")]
    [InlineData("divergence(x ^ 2 * [1], by: x)", "2 * sum(x)")]
    [InlineData("laplacian(sum(x ^ 3), by: x)", "6 * sum(x)")]
    [InlineData("laplacian(sin(x[0..1]) * exp(x[1..2]), by: x)", "0 * x[0..1]")]
    [InlineData("laplacian(x[0..1] ^ 2 * x[1..2] ^ 2, by: x)", "2 * x[0..1] ^ 2 + 2 * x[1..2] ^ 2")]
    public void A_derivative_is_that_of_calculus(string derivative, string expected)
    {
        using TrainingSession session = Loaded($"({derivative.Replace(" * [1]", "")} - ({expected})) ^ 2 + 0 * net(x)", new ReferenceBackend());
        session.BeginEpoch();
        Assert.True(session.LossInDouble(0) < 1e-10, $"{derivative} is {Math.Sqrt(session.LossInDouble(0))} away from {expected}");
    }

    // What a loss with derivatives does to a weight: the difference that a step of plain descent makes is the gradient, which differences of the loss must give
    // too.
    [Theory]
    [InlineData("(norm(grad(net(x), by: x), over: all) - 1) ^ 2")]
    [InlineData("laplacian(net(x), by: x) ^ 2")]
    [InlineData("mse(net(x + 0.1 * grad(net(x), by: x)), y)")]
    public void A_loss_with_derivatives_is_differentiated(string loss) => Check(new Script(Script(loss)));

    [Theory]
    [InlineData("rnn 3, last")]
    [InlineData("gru 2")]
    [InlineData("lstm 2, bidirectional")]
    [InlineData("lstm 2; rnn 2, last")]
    [InlineData("dense 2; attention 1")]
    public void A_loss_with_derivatives_of_recurrent_layers_is_differentiated(string layers) =>
        Check(Recurrent($"{layers}{(layers.EndsWith("last") ? "" : "; flatten")}", "(norm(grad(net(x), by: x), over: all) - 1) ^ 2 + mse(net(x), y)"));

    // Loops are built one on the other here, each the gradient of the last.
    [Fact]
    public void The_third_derivative_of_a_loop_is_differentiated() =>
        Check(Recurrent("rnn 2, last", "100 * mean(grad(norm(grad(net(x), by: x)), by: x) ^ 2)"));

    // Of two carried values, one is used at the next place by the other; what does not depend on them stands before the loop.
    [Theory]
    [InlineData("scan h = zeros(2) over time { tanh(it @ w + h @ u) }")]
    [InlineData("scan h = zeros(2) over time, last { tanh(it @ w + h @ u) }")]
    [InlineData("scan h = zeros(2) over time, reverse { (1 - sigmoid(it @ w)) * h + sigmoid(it @ w + h @ u) }")]
    [InlineData("scan h = zeros(2), c = ones(2) over time { c = c / 2 + sigmoid(it @ w) * h; h = tanh(c @ u + it @ w); h * c }")]
    [InlineData("scan h = mean(it, over: time) @ w over 3 steps, last { h + tanh(h @ u) / 3 }")]
    [InlineData("scan h = zeros(2) over time, last { inner = scan g = h over 2 steps, last { g + tanh(g @ u + it @ w) }; inner / 2 }")]
    public void A_loop_of_formulas_is_differentiated(string loop) => Check(new Script($$"""
        layer looped { w = param [it.features, 2]; u = param [2, 2]; {{loop}} }
        model net { dense 4; reshape 4x1; looped; flatten; dense 1 }
        data d { builtin linear, samples: 6 }
        train net { loss mse(net(x), y) + (norm(grad(net(x), by: x), over: all) - 1) ^ 2; optimizer sgd(lr: 1); epochs 1; batch all }
        """));

    private static void Check(Script script)
    {
        using TrainingSession session = script.Load(new ReferenceBackend());
        Slot[] weights = [.. session.Plan.Slots.Parameters.Values];
        Dictionary<Slot, float[]> before = weights.ToDictionary(w => w, session.Read<float>);
        session.BeginEpoch();
        session.Run(1);
        Dictionary<Slot, float[]> after = weights.ToDictionary(w => w, session.Read<float>);
        int looked = 0;
        foreach (Slot w in weights)
        {
            for (int i = 0; i < before[w].Length; i += 3)
            {
                const float Step = 1e-3f;
                double up = At(w, i, Step), down = At(w, i, -Step);
                double expected = (up - down) / (2.0 * Step), found = before[w][i] - after[w][i];
                Assert.True(Math.Abs(expected - found) <= 2e-4 + 2e-3 * Math.Abs(expected),
                    $"{w.Name}[{i}]: the gradient is {found}, by differences {expected}");
                if (Math.Abs(expected) > 1e-3) looked++;
            }
        }

        Assert.True(looked > 5, "hardly any weight matters to this loss");

        double At(Slot w, int i, float by)
        {
            foreach (Slot all in weights) session.Write<float>(all, before[all]);
            float[] moved = [.. before[w]];
            moved[i] += by;
            session.Write<float>(w, moved);
            session.StartAt(0);
            session.BeginEpoch();
            return session.LossInDouble(0);
        }
    }

    // A loss that has derivatives needs them where nothing is trained, too.
    [Fact]
    public void Validation_has_the_same_loss_as_training_on_the_same_samples()
    {
        string script = Script("laplacian(net(x), by: x) ^ 2").Replace("samples: 12", "samples: 24; split 50/50");
        var whole = new Script(script);
        using TrainingSession session = whole.Load();
        session.Restart(whole.Training,
            new LoadedData { Schema = whole.Data.Schema, Training = whole.Data.Validation, Validation = whole.Data.Validation, Notes = [] });
        double validation = session.Evaluate()["val_loss"];
        session.BeginEpoch();
        session.Run(1);
        Assert.Equal(session.TrainingMetrics()["loss"], validation, 5);
    }

    private static Script Recurrent(string layers, string loss) => new($$"""
        model net { dense 4; reshape 4x1; {{layers}}; dense 1 }
        data d { builtin linear, samples: 6 }
        train net { loss {{loss}}; optimizer sgd(lr: 1); epochs 1; batch all }
        """);

    private static TrainingSession Loaded(string loss, IBackend backend) => new Script(Script(loss)).Load(backend);

    private static string Script(string loss) => $$"""
        model net { dense 5, tanh; dense 1 }
        data d { builtin linear, samples: 12 }
        train net { loss {{loss}}; optimizer sgd(lr: 1); epochs 1; batch all }
        """;
}
