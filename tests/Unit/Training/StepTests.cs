using System.Runtime.InteropServices;
using Nn.Backends.Cpu;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What a step does, against the same computed by hand in double precision; and what it must not depend on.</summary>
public class StepTests
{
    // Ten samples in batches of four: the last batch has two.
    private const string Line = """
        layer line { w = param [2, 1], init: zeros; b = param [1], init: zeros; it @ w + b }
        model m { line }
        data d { builtin linear, samples: 10, seed: 4 }
        train { loss mse; optimizer sgd(lr: 0.1, momentum: 0.9); epochs 3; batch 4; metrics accuracy, mae }
        """;

    private const string Dense = """
        model m { dense 40, tanh; dropout 0.2; dense 30, relu; dense classes, softmax }
        data d { builtin spirals, samples: 700, classes: 3; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.01); epochs 3; batch 33; metrics accuracy }
        """;

    private const string Convolutions = """
        model m { input 28x28x1; conv 6, 5x5, same, relu; maxpool 2x2; conv 8, 3x3, relu; avgpool 2x2; flatten; dense 20, relu; dense 10, softmax }
        data d { builtin digits, samples: 300; split 80/20; normalize standard }
        train { loss cross_entropy + 1e-4 * l2; optimizer nadam(lr: 0.002); epochs 2; batch 32; metrics accuracy }
        """;

    public static TheoryData<string> Scripts => [Line, Dense, Convolutions];

    [Fact]
    public void The_smaller_last_batch_is_trained_like_any_other()
    {
        var script = new Script(Line);
        using TrainingSession session = script.Load();
        float[] x = Floats(script.Data.Training.Input), y = Floats(script.Data.Training.Target);
        double[] w = [0, 0, 0], v = [0, 0, 0];
        Assert.Equal(3, session.Plan.StepsPerEpoch);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            session.Epoch = epoch;
            session.StepInEpoch = 0;
            session.BeginEpoch();
            int[] order = session.Read<int>(session.Plan.Plan.Slot("permutation"))[..10];
            Assert.Equal(Enumerable.Range(0, 10), order.Order());
            double loss = 0, hits = 0, distance = 0;
            foreach (int[] batch in order.Chunk(4))
            {
                double[] g = [0, 0, 0];
                foreach (int i in batch)
                {
                    double p = w[0] * x[2 * i] + w[1] * x[2 * i + 1] + w[2], e = p - y[i];
                    loss += e * e;
                    hits += p > 0.5 == y[i] > 0.5 ? 1 : 0;
                    distance += Math.Abs(e);
                    g[0] += 2 * e * x[2 * i] / batch.Length;
                    g[1] += 2 * e * x[2 * i + 1] / batch.Length;
                    g[2] += 2 * e / batch.Length;
                }

                for (int k = 0; k < 3; k++)
                {
                    v[k] = 0.9 * v[k] + g[k];
                    w[k] -= 0.1 * v[k];
                }
            }

            int ran = 0;
            while (!session.EpochDone) ran += session.Run(100);
            Assert.Equal(3, ran);
            Dictionary<string, double> metrics = session.TrainingMetrics();
            Assert.Equal(loss / 10, metrics["loss"], 5);
            Assert.Equal(hits / 10, metrics["accuracy"], 6);
            Assert.Equal(distance / 10, metrics["mae"], 5);
        }

        Parameter[] parameters = [.. session.Plan.Slots.Rows[0].Parameters];
        float[] actual = [.. parameters.SelectMany(p => session.Read<float>(session.Plan.Slots.Parameters[p]))];
        for (int k = 0; k < 3; k++) Assert.Equal(w[k], actual[k], 5);
        Assert.Equal(9, session.Read<int>(session.Plan.Slots.Step)[0]);
    }

    [Fact]
    public void Evaluation_covers_every_sample_once_and_changes_nothing()
    {
        // 700 samples in evaluation batches of 512: the rest is a smaller one.
        var script = new Script(Dense.Replace("split 80/20", "split 10/90").Replace("metrics accuracy", "metrics accuracy, top_2"));
        using TrainingSession session = script.Load();
        session.BeginEpoch();
        session.Run(1);
        Dictionary<string, string> before = Script.State(session);
        Dictionary<string, double> metrics = session.Evaluate();
        Assert.Equal(before, Script.State(session));
        Assert.Equal(metrics, session.Evaluate());

        float[] p = session.ValidationOutputs();
        int[] y = MemoryMarshal.Cast<byte, int>(script.Data.Validation.Target).ToArray();
        Assert.Equal(630, y.Length);
        Assert.Equal(3 * y.Length, p.Length);
        double hits = Enumerable.Range(0, y.Length).Count(i => Enumerable.Range(0, 3).MaxBy(c => p[3 * i + c]) == y[i]);
        double loss = Enumerable.Range(0, y.Length).Average(i => -Math.Log(p[3 * i + y[i]]));
        Assert.Equal(hits / y.Length, metrics["val_accuracy"], 6);
        Assert.Equal(loss, metrics["val_loss"], 4);
        Assert.True(metrics["val_top_2"] >= metrics["val_accuracy"]);
    }

    [Fact]
    public void Predictions_are_the_outputs_of_evaluation()
    {
        var script = new Script(Convolutions);
        using TrainingSession session = script.Load();
        session.BeginEpoch();
        session.Run(2);
        float[] all = session.ValidationOutputs();
        for (int i = 0; i < 3; i++)
        {
            float[] one = session.Predict(script.Data.Validation.Input.AsSpan(784 * i, 784));
            for (int c = 0; c < 10; c++) Assert.Equal(all[10 * i + c], one[c], 5);
        }
    }

    [Fact]
    public void Every_epoch_has_an_order_of_its_own()
    {
        using TrainingSession session = new Script(Dense).Load();
        int[] Order(int epoch)
        {
            session.Epoch = epoch;
            session.BeginEpoch();
            return session.Read<int>(session.Plan.Plan.Slot("permutation"))[..560];
        }

        Assert.Equal(Enumerable.Range(0, 560), Order(0).Order());
        Assert.NotEqual(Order(0), Order(1));
        Assert.Equal(Order(1), Order(1));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Any_number_of_threads_gives_the_same_bits(string text)
    {
        var script = new Script(text);
        Dictionary<string, string> Trained(int threads)
        {
            using var cpu = new CpuBackend(threads);
            using TrainingSession session = script.Load(cpu);
            new Trainer(session).Run(default);
            return Script.State(session);
        }

        Dictionary<string, string> one = Trained(1);
        Assert.Equal(one, Trained(2));
        Assert.Equal(one, Trained(3));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Running_steps_together_or_one_by_one_gives_the_same_bits(string text)
    {
        var script = new Script(text);
        using TrainingSession together = script.Load(), single = script.Load();
        foreach ((TrainingSession session, int stretch) in new[] { (together, 1000), (single, 1) })
        {
            session.BeginEpoch();
            while (!session.EpochDone) session.Run(stretch);
        }

        Assert.Equal(Script.State(together), Script.State(single));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void No_result_depends_on_what_temporary_memory_held(string text)
    {
        var script = new Script(text);
        using TrainingSession clean = script.Load(), poisoned = script.Load();
        foreach (TrainingSession session in new[] { clean, poisoned })
        {
            session.BeginEpoch();
            while (!session.EpochDone)
            {
                // All bits set is NaN in every element.
                if (session == poisoned) ((CpuProgram)session.Program).Poison(0xFF);
                session.Run(1);
            }

            if (session == poisoned) ((CpuProgram)session.Program).Poison(0xFF);
        }

        Assert.Equal(Script.State(clean), Script.State(poisoned));
        Assert.Equal(clean.Evaluate(), poisoned.Evaluate());
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_run_allocates_nothing(string text)
    {
        using TrainingSession session = new Script(text).Load();
        session.BeginEpoch();
        foreach (Entry entry in session.Plan.Plan.Entries)
        {
            session.Program.Run(entry, 2);
            long before = GC.GetAllocatedBytesForCurrentThread();
            session.Program.Run(entry, 3);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Planned_memory_holds_every_slot_and_no_byte_more(string text)
    {
        using TrainingSession session = new Script(text).Load();
        Plan plan = session.Plan.Plan;
        Slot[] used = [.. plan.Slots.Concat(plan.Entries.SelectMany(e => e.Steps).SelectMany(s => s.Reads.Concat(s.Writes)))];
        Assert.All(used, s => Assert.InRange(s.Offset + s.Bytes, 0, s.Arena.Bytes));
        foreach (Arena arena in plan.Arenas) Assert.Equal(arena.Bytes, used.Where(s => s.Arena == arena).Max(s => s.Offset + s.Bytes));
        Assert.Equal(plan.Bytes, ((CpuProgram)session.Program).ReservedBytes);
    }

    [Fact]
    public void The_seed_decides_everything_random()
    {
        Dictionary<string, string> Trained(int seed)
        {
            using TrainingSession session = new Script(Dense.Replace("epochs 3", $"epochs 1; seed {seed}")).Load();
            new Trainer(session).Run(default);
            return Script.State(session);
        }

        Assert.Equal(Trained(5), Trained(5));
        Assert.NotEqual(Trained(5)["m.dense_1.weight"], Trained(6)["m.dense_1.weight"]);
    }

    // From a = 1, b = 2: a' = a − 0.1·2ab² = 0.2, then b' = b − 0.1·2a'²b = 1.984. That a' came about through b must not count: it would give 2.112.
    [Fact]
    public void A_later_update_takes_the_weights_of_an_earlier_one_as_given()
    {
        using TrainingSession session = new Script(
            """
            model a { dense 1, bias: false, init: constant(1) }
            model b { dense 1, bias: false, init: constant(2) }
            data d { csv "data.csv"; target y; normalize none }
            train on d {
              step a { loss (a(x) * b(x)) ^ 2; optimizer sgd(lr: 0.1) }
              step b { loss (a(x) * b(x)) ^ 2; optimizer sgd(lr: 0.1) }
              epochs 1; batch all
            }
            """,
            "x,y\n1,0\n1,0\n").Load();
        new Trainer(session).Run(default);
        float Weight(string name) =>
            session.Read<float>(session.Plan.Slots.Parameters.Single(p => p.Key.Name.StartsWith(name, StringComparison.Ordinal)).Value)[0];
        Assert.Equal(0.2, Weight("a."), 5);
        Assert.Equal(1.984, Weight("b."), 5);
    }

    [Fact]
    public void More_weights_than_can_be_addressed_are_refused_before_anything_is_reserved()
    {
        var script = new Script(
            "model m { dense 30000; dense 30000; dense 30000; dense 30000; dense 1 }\ndata d { builtin linear }\ntrain { loss mse; optimizer adam }");
        NnException e = Assert.Throws<NnException>(() => script.Load());
        Assert.Equal(ExitCode.OutOfMemory, e.Code);
        Assert.Contains("m has 2,700,2", e.Message);
    }

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
