using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The gradient of a loss at other weights, within an optimizer, is the one that plain descent takes there.</summary>
public class SharpnessTests
{
    private const string Sharp = """
        optimizer sharp(lr = 1, rho = 0.3) {
          e  = rho * g / norm(g)
          w -= lr * grad(loss(w + e), by: w)
        }

        """;

    [Theory]
    [InlineData("dense 3, tanh; dense 1")]
    [InlineData("reshape 2x1; gru 3, last; dense 1")]
    public void The_gradient_of_the_worst_point_nearby_is_the_gradient_there(string layers)
    {
        string model = $"model net {{ {layers} }}\ndata d {{ builtin linear, samples: 12 }}\n";
        string Train(string optimizer) => $"train net {{ loss mse; optimizer {optimizer}; epochs 2; batch all }}";
        using TrainingSession plain = new Script(model + Train("sgd(lr: 1)")).Load(), sharp = new Script(Sharp + model + Train("sharp")).Load();
        Dictionary<string, float[]> start = Values(plain);
        Dictionary<string, float[]> gradient = Step(plain, start);
        double length = Math.Sqrt(gradient.Values.Sum(g => g.Sum(v => (double)v * v)));
        // As far along the gradient as rho says.
        Dictionary<string, float[]> nearby = start.ToDictionary(
            w => w.Key, w => w.Value.Select((v, i) => (float)(v + 0.3 * gradient[w.Key][i] / length)).ToArray());
        Dictionary<string, float[]> expected = Step(plain, nearby), found = Step(sharp, start);
        foreach (string w in expected.Keys)
        {
            for (int i = 0; i < expected[w].Length; i++) Assert.Equal(expected[w][i], found[w][i], 2e-5);
        }

        Assert.NotEqual(gradient["net.dense_1.weight"], found["net.dense_1.weight"]);
    }

    private static Dictionary<string, float[]> Values(TrainingSession session) =>
        session.Plan.Slots.Parameters.ToDictionary(p => p.Key.Name, p => session.Read<float>(p.Value));

    // What a step takes off the weights.
    private static Dictionary<string, float[]> Step(TrainingSession session, Dictionary<string, float[]> from)
    {
        foreach ((Parameter p, Nn.Graphs.Slot slot) in session.Plan.Slots.Parameters) session.Write<float>(slot, from[p.Name]);
        session.StartAt(0);
        session.BeginEpoch();
        session.Run(1);
        return Values(session).ToDictionary(w => w.Key, w => w.Value.Select((v, i) => from[w.Key][i] - v).ToArray());
    }
}
