using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Simulated annealing beside the same walks in double precision, by the same random numbers; and the loss at other weights.</summary>
public class MetropolisTests
{
    private const int Steps = 400;
    private const int Walks = 4;

    private const string Line = """
        layer line { w = param [2, 1], init: normal(1); b = param [1], init: normal(1); it @ w + b }
        model m { line }
        data d { builtin linear, samples: 20, seed: 4 }
        train { loss mse; optimizer metropolis(step: 0.3, temperature: 0.5 -> 0.01); epochs 400; batch all; seed 11 }
        """;

    [Fact]
    public void Four_walks_accept_and_reject_as_by_hand()
    {
        var script = new Script(Line);
        using TrainingSession session = script.Load();
        float[] x = MemoryMarshal.Cast<byte, float>(script.Data.Training.Input).ToArray(),
            y = MemoryMarshal.Cast<byte, float>(script.Data.Training.Target).ToArray();
        // w, then b, each on a multiple of sixteen elements of the row.
        int[] places = [0, 1, 16];
        double Loss(double[] v) => Enumerable.Range(0, y.Length).Average(i => Math.Pow(v[0] * x[2 * i] + v[1] * x[2 * i + 1] + v[2] - y[i], 2));
        float[] first = session.Read<float>(session.Plan.Slots.Rows[0].Slot);
        double[][] walks = [.. Enumerable.Range(0, Walks).Select(_ => places.Select(p => (double)first[p]).ToArray())];
        int accepted = 0, uphill = 0;
        for (int step = 0; step < Steps; step++)
        {
            double temperature = 0.5 * Math.Pow(0.01 / 0.5, step / (Steps - 1.0));
            int best = Enumerable.Range(0, Walks).MinBy(k => Loss(walks[k]));
            for (int k = 0; k < Walks; k++)
            {
                uint normal = (uint)(2 * k + 1), uniform = (uint)(2 * k + 2);
                double[] proposal = [.. places.Select((p, i) => walks[k][i] + 0.3 * CounterRandom.Normal(11, normal, (uint)p, (uint)step))];
                double change = Loss(proposal) - Loss(walks[k]);
                if (change > 0 && CounterRandom.Uniform(11, uniform, 0, (uint)step) >= Math.Exp(-change / temperature)) continue;
                walks[k] = proposal;
                accepted++;
                if (change > 0) uphill++;
            }

            session.Epoch = step;
            session.StepInEpoch = 0;
            session.BeginEpoch();
            session.Run(1);
            float[] row = session.Read<float>(session.Plan.Slots.Rows[0].Slot);
            for (int i = 0; i < places.Length; i++) Assert.InRange(row[places[i]] - walks[best][i], -1e-4, 1e-4);
            Assert.All(row.Where((_, i) => !places.Contains(i)), v => Assert.Equal(0, v));
        }

        // Both rules were at work.
        Assert.InRange(accepted, Walks * Steps / 10, Walks * Steps * 9 / 10);
        Assert.InRange(uphill, accepted / 20, accepted);
    }

    [Fact]
    [Trait("Category", "Examples")]
    public void Annealing_solves_xor_from_at_least_nine_of_ten_seeds()
    {
        string text = File.ReadAllText(Checkout.File("examples", "annealing.nn"));
        int solved = Enumerable.Range(0, 10).Count(seed =>
        {
            using TrainingSession session = new Script(text.Replace("batch      all", $"batch all; seed {seed}")).Load();
            Dictionary<string, double> last = [];
            new Trainer(session) { OnEpoch = e => last = new(e.Metrics) }.Run(default);
            return last["loss"] < 0.05;
        });
        Assert.InRange(solved, 9, 10);
    }

    [Fact]
    public void No_gradient_is_computed_or_stored()
    {
        using TrainingSession session = new Script(Line).Load();
        Assert.Null(session.Plan.Slots.Rows[0].Gradients);
        Assert.DoesNotContain(session.Plan.Plan.Arenas, a => a.Name == "gradients");
    }

    [Fact]
    public void The_loss_elsewhere_draws_the_same_noise_and_moves_no_statistics()
    {
        const string common = """
            model m { dense 8, tanh; batchnorm; dropout 0.4; dense 1 }
            data d { builtin sine, samples: 40 }
            """;
        const string watched = common + """

            optimizer watch(shift = 0) {
              state change = 1
              change = loss(w + shift * normal()) - loss(w)
              w = w + 0
            }
            train { loss mse; optimizer watch(shift: 0); batch 16; epochs 1 }
            """;
        var script = new Script(watched);
        using TrainingSession session = script.Load(), still = new Script(common + "\ntrain { loss mse; optimizer sgd(lr: 0); batch 16; epochs 1 }").Load();
        foreach (TrainingSession s in new[] { session, still })
        {
            s.BeginEpoch();
            while (!s.EpochDone) s.Run(1);
        }

        Assert.All(session.Read<float>(session.Plan.Slots.States[0][0]), v => Assert.Equal(0, v));
        foreach (Parameter p in session.Plan.Slots.Parameters.Keys)
        {
            Parameter q = still.Plan.Slots.Parameters.Keys.Single(o => o.Name == p.Name);
            Assert.Equal(still.Read<float>(still.Plan.Slots.Parameters[q]), session.Read<float>(session.Plan.Slots.Parameters[p]));
        }

        // With other weights it is another loss.
        using TrainingSession moved = new Script(watched.Replace("watch(shift: 0)", "watch(shift: 1)")).Load();
        moved.BeginEpoch();
        moved.Run(1);
        Assert.All(moved.Read<float>(moved.Plan.Slots.States[0][0]), v => Assert.NotEqual(0, v));
    }

    [Theory]
    [InlineData("sum", 6, -2)]
    [InlineData("mean", 1.5, -1)]
    [InlineData("max", 3, 1)]
    [InlineData("min", 0, -3)]
    [InlineData("norm", 3.7416573867739413, 3.1622776601683795)]
    [InlineData("var", 1.25, 4)]
    public void Reductions_over_a_tensor_and_over_all_weights_leave_out_the_gaps(string reduction, double first, double second)
    {
        // Weights 0, 1, 2, 3 and 1, -3.
        double[] all = [0, 1, 2, 3, 1, -3];
        double mean = all.Average();
        double over = reduction switch
        {
            "sum" => all.Sum(),
            "mean" => mean,
            "max" => all.Max(),
            "min" => all.Min(),
            "norm" => Math.Sqrt(all.Sum(v => v * v)),
            _ => all.Average(v => (v - mean) * (v - mean)),
        };
        string text = $$"""
            optimizer look(lr = 1) { state a = 0; state b = 0; a = {{reduction}}(w, over: tensor); b = {{reduction}}(w, over: all); w = w + 0 }
            layer two { p = param [2, 2]; q = param [2]; it @ p + q }
            model m { two; dense 1 }
            data d { builtin linear, samples: 8 }
            train { loss mse; optimizer look; batch all }
            """.Replace("dense 1", "sum");
        var script = new Script(text);
        foreach (IBackend backend in new IBackend[] { Script.OneThread, new ReferenceBackend() })
        {
            using TrainingSession session = script.Load(backend);
            ParameterRow row = session.Plan.Slots.Rows[0];
            var weights = new float[row.Slot.Shape.Count];
            float[] p = [0, 1, 2, 3], q = [1, -3];
            p.CopyTo(weights, row.Offsets[0]);
            q.CopyTo(weights, row.Offsets[1]);
            session.Write<float>(row.Slot, weights);
            session.BeginEpoch();
            session.Run(1);
            float[] a = session.Read<float>(session.Plan.Slots.States[0][0]), b = session.Read<float>(session.Plan.Slots.States[0][1]);
            for (int i = 0; i < weights.Length; i++)
            {
                Assert.Equal(i < 4 ? first : i is 16 or 17 ? second : 0, a[i], 5);
                Assert.Equal(over, b[i], 5);
            }
        }
    }

    [Fact]
    public void A_sweep_goes_in_equal_ratios_or_differences()
    {
        var length = new TrainingLength(5, 101);
        Assert.Equal(1, new Hyperparameter("a", 1, 0.01).At(0, length), 12);
        Assert.Equal(0.1, new Hyperparameter("a", 1, 0.01).At(50, length), 12);
        Assert.Equal(0.01, new Hyperparameter("a", 1, 0.01).At(100, length), 12);
        Assert.Equal(0.01, new Hyperparameter("a", 1, 0.01).At(500, length), 12);
        Assert.Equal(0.5, new Hyperparameter("a", 1, 0).At(50, length), 12);
        Assert.Equal(3, new Hyperparameter("a", 3).At(50, length), 12);
    }

    [Fact]
    public void Any_number_of_an_optimizer_can_be_swept()
    {
        const string text = """
            optimizer watch(lr = 1, k = 2) { state a = 0; state b = 0; a = lr; b = k; w -= 0 * g }
            model m { dense 1 }
            data d { builtin linear, samples: 10 }
            train { loss mse; optimizer watch(lr: 1 -> 4, k: 2 -> -2); batch 4; epochs 3 }
            """;
        using TrainingSession session = new Script(text).Load();
        for (int step = 0; step < 9; step++)
        {
            (session.Epoch, session.StepInEpoch) = (step / 3, step % 3);
            session.BeginEpoch();
            session.Run(1);
            Assert.Equal(Math.Pow(4, step / 8.0), session.Read<float>(session.Plan.Slots.States[0][0])[0], 5);
            Assert.Equal(2 - step / 2.0, session.Read<float>(session.Plan.Slots.States[0][1])[0], 5);
        }
    }
}
