using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The direction beside the dense formula of BFGS, the search beside its conditions.</summary>
public class LbfgsTests
{
    private const string Net = """
        model m { dense 3, tanh; dropout 0.2; dense 1 }
        data d { builtin sine, samples: 30, noise: 0.1, seed: 1 }
        train { loss mse; optimizer lbfgs(history: 4); epochs 12; batch all; seed 5 }
        """;

    // From 1 down to a minimum, along functions with a known one.
    public static TheoryData<string, double> Functions => new()
    {
        { "quadratic", 1 }, { "quadratic", 1e-3 }, { "quadratic", 100 }, { "quartic", 1 }, { "quartic", 1e-4 }, { "steep", 1 }, { "steep", 50 },
        { "wavy", 0.5 }, { "walled", 3 },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_search_ends_where_both_conditions_hold(string name, double first)
    {
        (double Loss, double Slope) At(double t) => name switch
        {
            "quadratic" => ((t - 7) * (t - 7), 2 * (t - 7)),
            "quartic" => (Math.Pow(t - 2, 4), 4 * Math.Pow(t - 2, 3)),
            "steep" => (Math.Exp(t) - 20 * t, Math.Exp(t) - 20),
            "wavy" => (-t / (t * t + 2) + 0.1 * Math.Cos(3 * t), (t * t - 2) / ((t * t + 2) * (t * t + 2)) - 0.3 * Math.Sin(3 * t)),
            // No number beyond 2.
            _ => (-t - Math.Log(2 - t), -1 + 1 / (2 - t)),
        };
        (double loss, double slope) = At(0);
        int looks = 0;
        double length = StrongWolfe.Search(t =>
        {
            looks++;
            return At(t);
        }, loss, slope, first);
        Assert.True(At(length).Loss <= loss + 1e-4 * length * slope);
        Assert.True(Math.Abs(At(length).Slope) <= 0.9 * -slope);
        Assert.InRange(looks, 1, 25);
    }

    [Fact]
    public void A_search_that_finds_nothing_better_stays() =>
        Assert.Equal(0, StrongWolfe.Search(t => (1 + t, 1), 1, -1, 1));

    [Fact]
    public void The_direction_is_minus_the_gradient_times_the_inverse_of_BFGS()
    {
        var script = new Script(Net);
        using TrainingSession session = script.Load(new ReferenceBackend());
        Lbfgs lbfgs = session.Plan.Slots.Lbfgs!;
        Slot gradients = session.Plan.Slots.Rows[0].Gradients!;
        int n = (int)gradients.Shape.Count;
        session.BeginEpoch();
        for (int step = 0; step < 7; step++)
        {
            float[] s = session.Read<float>(lbfgs.Steps), y = session.Read<float>(lbfgs.Changes), rho = session.Read<float>(lbfgs.Curvatures);
            Assert.Equal(Math.Min(step, 4), rho.Count(r => r > 0));
            session.StepInEpoch = 0;
            session.Run(1);
            double[] g = [.. session.Read<float>(gradients).Select(v => (double)v)];
            double[] expected = [.. Apply(Inverse(s, y, rho, n), g).Select(v => -v)];
            float[] actual = session.Read<float>(lbfgs.Direction);
            double scale = expected.Max(Math.Abs);
            for (int i = 0; i < n; i++) Assert.InRange(actual[i] - expected[i], -1e-4 * scale, 1e-4 * scale);
        }
    }

    [Fact]
    public void The_loss_never_rises()
    {
        using TrainingSession session = new Script(Net.Replace("dropout 0.2; ", "").Replace("epochs 12", "epochs 60")).Load();
        var losses = new List<double>();
        new Trainer(session) { OnEpoch = e => losses.Add(e.Metrics["loss"]) }.Run(default);
        for (int i = 1; i < losses.Count; i++) Assert.True(losses[i] <= losses[i - 1] * (1 + 1e-6), $"step {i}: {losses[i - 1]} to {losses[i]}");
        Assert.InRange(losses[^1], 0, 0.03);
    }

    // H after the updates from the oldest to the newest: H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, first γ·I.
    private static double[,] Inverse(float[] s, float[] y, float[] rho, int n)
    {
        double Dot(float[] a, float[] b, int k) => Enumerable.Range(0, n).Sum(i => (double)a[k * n + i] * b[k * n + i]);
        double scale = rho[0] > 0 ? Dot(s, y, 0) / Dot(y, y, 0) : 1;
        var h = new double[n, n];
        for (int i = 0; i < n; i++) h[i, i] = scale;
        for (int k = rho.Length - 1; k >= 0; k--)
        {
            if (!(rho[k] > 0)) continue;
            double r = 1 / Dot(s, y, k);
            double[] hy = Apply(h, [.. Enumerable.Range(0, n).Select(i => (double)y[k * n + i])]);
            double yhy = Enumerable.Range(0, n).Sum(i => y[k * n + i] * hy[i]);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double si = s[k * n + i], sj = s[k * n + j];
                    h[i, j] += (1 + r * yhy) * r * si * sj - r * (hy[i] * sj + si * hy[j]);
                }
            }
        }

        return h;
    }

    private static double[] Apply(double[,] h, double[] v) =>
        [.. Enumerable.Range(0, v.Length).Select(i => Enumerable.Range(0, v.Length).Sum(j => h[i, j] * v[j]))];
}
