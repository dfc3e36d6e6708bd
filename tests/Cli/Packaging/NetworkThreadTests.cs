using Nn.Networks;
using Nn.Training;

namespace Nn.Tests.Cli.Packaging;

/// <summary>One network, several threads.</summary>
public class NetworkThreadTests
{
    private const int Threads = 8, Each = 2000;

    // Layers of which each writes over the values of another: two calls at once would mix.
    private const string Text = """
        model net { dense 24, tanh; dense 24, relu; dense 3, softmax }
        data d { builtin spirals, samples: 120, classes: 3; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.01); epochs 30; batch 16; metrics accuracy; seed 3 }
        """;

    private static readonly NetworkOptions s_cpu = new() { Device = "cpu" };

    private static float[] Sample(int i) => [i % 23 / 11f - 1, i % 17 / 8f - 1];

    // One sample, or many in a call, which take another way.
    private static float[] Inputs(int i) => i % 50 == 0 ? [.. Enumerable.Range(i, 70).SelectMany(Sample)] : Sample(i);

    [Fact]
    public void Thousands_of_predictions_of_eight_threads_have_the_bits_of_one()
    {
        using Network net = Network.Parse(Text, s_cpu);
        net.Train();
        float[][] alone = [.. Enumerable.Range(0, Each).Select(i => net.Predict(Inputs(i)))];
        double loss = net.Evaluate()["val_loss"];
        int wrong = 0;
        Together(Threads, thread =>
        {
            for (int i = 0; i < Each; i++)
            {
                int at = (i + 251 * thread) % Each;
                if (!net.Predict(Inputs(at)).AsSpan().SequenceEqual(alone[at])) Interlocked.Increment(ref wrong);
                if (i % 500 == thread && net.Evaluate()["val_loss"] != loss) Interlocked.Increment(ref wrong);
            }
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public async Task While_a_training_runs_each_answer_is_of_one_step_and_the_training_ends_in_the_same_bits()
    {
        using Network alone = Network.Parse(Text, s_cpu), asked = Network.Parse(Text, s_cpu);
        alone.Train();
        asked.Predict(Sample(0));
        using var over = new CancellationTokenSource();
        int answers = 0, mixed = 0, handled = 0;
        asked.EpochEnded += _ => handled += asked.Predict(Sample(1)).Length;
        Task[] asking = [.. Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            do
            {
                // The same sample 70 times in a call: were the weights to change meanwhile, the answers would differ.
                float[] y = asked.Predict([.. Enumerable.Repeat(Sample(t), 70).SelectMany(v => v)]);
                for (int i = 3; i < y.Length; i++) mixed += y[i] == y[i % 3] ? 0 : 1;
                Interlocked.Increment(ref answers);
            }
            while (!over.IsCancellationRequested);
        }))];
        TrainingEnd end = await Task.Run(() => asked.Train());
        await over.CancelAsync();
        await Task.WhenAll(asking).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((TrainingEnd.Finished, 0, 90), (end, mixed, handled));
        Assert.True(answers >= 4);
        for (int i = 0; i < 100; i++) Assert.Equal(alone.Predict(Sample(i)), asked.Predict(Sample(i)));
    }

    [Fact]
    public void Two_trainings_follow_each_other_and_what_is_disposed_of_says_so()
    {
        Network net = Network.Parse(Text, s_cpu);
        Together(2, _ => net.Train(3));
        Assert.Equal(6, net.Epoch);
        void Handler(EpochResult e)
        {
            Assert.Throws<InvalidOperationException>(() => net.Train(1));
            Assert.Throws<InvalidOperationException>(net.Dispose);
        }

        net.EpochEnded += Handler;
        net.Train(1);
        net.Dispose();
        net.Dispose();
        Assert.Throws<ObjectDisposedException>(() => net.Predict(Sample(0)));
    }

    private static void Together(int threads, Action<int> what)
    {
        Task[] all = [.. Enumerable.Range(0, threads).Select(t => Task.Factory.StartNew(() => what(t), TaskCreationOptions.LongRunning))];
        Assert.True(Task.WaitAll(all, TimeSpan.FromSeconds(120)), "the threads wait for each other");
    }
}
