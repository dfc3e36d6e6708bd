using Nn.Backends;
using Nn.Data;
using Nn.Networks;
using Nn.Networks.Search;
using Nn.Planning;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Tests.Cli.Packaging;

/// <summary>Models that many threads ask, rows by names, numbers and searches in C# programs.</summary>
public sealed class PredictorTests : IDisposable
{
    private static readonly NetworkOptions OnCpu = new() { Device = "cpu" };

    private readonly ScriptFolder _folder = new();

    public void Dispose()
    {
        OpenedDevices.Watch(null);
        _folder.Dispose();
    }

    private sealed record Bird(string? Island, double? MASS);

    private enum Island
    {
        Biscoe,
        Dream,
    }

    // Features: island=Biscoe, island=Dream, mass, whose mean is 2.5.
    private Network Birds()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"{(i % 2 == 0 ? "Dream" : "Biscoe")},{1 + i % 4},{(i % 2 == 0 ? "gentoo" : "adelie")}")];
        _folder.Write("birds.csv", $"island,mass,kind\n{string.Join('\n', rows)}\n");
        var net = Network.Load(_folder.Write("birds.nn", """
            model m { dense 4, tanh; dense classes, softmax }
            data d { csv "birds.csv"; target kind }
            train { loss cross_entropy; optimizer adam(lr: 0.1); epochs 20; batch all }
            """), OnCpu);
        net.Train();
        return net;
    }

    [Fact]
    public void A_row_is_an_object_a_record_or_a_dictionary()
    {
        using Network net = Birds();
        float[] whole = net.Predict(1, 0, 3), gap = net.Predict(0, 0, 2.5f);
        Assert.NotEqual(whole, gap);
        Assert.Equal(whole, net.Predict(new { island = "Biscoe", mass = 3 }));
        Assert.Equal(whole, net.Predict(new { island = Island.Biscoe, mass = "3" }));
        Assert.Equal(whole, net.Predict(new Bird("Biscoe", 3)));
        Assert.Equal(whole, net.Predict(new Dictionary<string, object?> { ["mass"] = 3m, ["island"] = "Biscoe" }));
        Assert.Equal(gap, net.Predict(new Bird(null, null)));
        Assert.Equal(gap, net.Predict(new { mass = float.NaN }));
        Assert.Equal(net.Classify(1, 0, 3), net.Classify(new Bird("Biscoe", 3)));
        // Numbers in the order of the features go on working, in whatever form.
        Assert.Equal(whole, net.Predict([1f, 0f, 3f]));
        Assert.Equal(whole, net.Predict(new byte[] { 1, 0, 3 }.Select(b => (float)b).ToArray()));

        Assert.Contains("did you mean 'island'?", Assert.Throws<ArgumentException>(() => net.Predict(new { iland = "Biscoe" })).Message);
        Assert.Contains("did you mean 'Biscoe'?", Assert.Throws<ArgumentException>(() => net.Predict(new Bird("Bisco", 1))).Message);
        Assert.Contains("has numbers or words", Assert.Throws<ArgumentException>(() => net.Predict(new { mass = new[] { 1, 2 } })).Message);
    }

    [Fact]
    public void A_row_needs_all_columns_where_no_gaps_were_filled()
    {
        using var net = Network.Load(_folder.Write("s.nn", ScriptFolder.Small), OnCpu);
        Assert.Equal(["marks", "project"], net.Schema.Input.Names);
        Assert.Equal(net.Predict(1, 2), net.Predict(new { project = 2, marks = 1 }));
        Assert.Contains("'project' is missing", Assert.Throws<ArgumentException>(() => net.Predict(new { marks = 1 })).Message);
        using var images = Network.Parse("model m { flatten; dense classes, softmax }; data d { builtin digits, samples: 20 }; train { loss cross_entropy; optimizer sgd }", OnCpu);
        Assert.Contains("without names of columns", Assert.Throws<ArgumentException>(() => images.Predict(new { pixel = 1 })).Message);
    }

    [Theory]
    [InlineData("cpu", 0)]
    [InlineData("reference", 1)]
    public void Many_threads_get_the_bits_that_one_gets(string device, int copies)
    {
        int open = 0;
        OpenedDevices.Watch(d => new Counted(d, n => Interlocked.Add(ref open, n)));
        string file = _folder.File("m.safetensors");
        using (var net = Network.Load(_folder.Write("s.nn", ScriptFolder.Small), OnCpu))
        {
            net.Train();
            net.Save(file);
        }

        using (var predictor = Predictor.Open(file, new NetworkOptions { Device = device }))
        {
            Assert.Equal(copies == 0 ? Environment.ProcessorCount : copies, predictor.Copies);
            float[][] samples = [.. Enumerable.Range(0, 300).Select(i => new[] { i / 300f, 1 - i / 150f })];
            float[] alone = [.. samples.Select(s => predictor.Predict(s)[0])], many = predictor.Predict([.. samples.SelectMany(s => s)]);
            Assert.True(alone.Distinct().Count() > 200);
            Assert.All(alone.Zip(many), p => Assert.Equal(p.First, p.Second, 1e-5));
            var answers = new float[8][];
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() => Ask(t)))];
            void Ask(int t) => answers[t] = t % 2 == 0 ? [.. samples.Select(s => predictor.Predict(s)[0])] : predictor.Predict([.. samples.SelectMany(s => s)]);
            foreach (Thread t in threads) t.Start();
            foreach (Thread t in threads) t.Join();
            for (int t = 0; t < 8; t++) Assert.Equal(t % 2 == 0 ? alone : many, answers[t]);
            Assert.InRange(open, 1, predictor.Copies);
            predictor.Dispose();
            Assert.Throws<ObjectDisposedException>(() => predictor.Predict(0, 0));
        }

        Assert.Equal(0, open);
    }

    [Fact]
    public void What_a_network_gives_for_many_threads_does_not_change_with_it()
    {
        using Network net = Birds();
        using Predictor then = net.ToPredictor();
        float[] before = net.Predict(1, 0, 3);
        Assert.Equal(before, then.Predict(1, 0, 3));
        net.Train(5);
        Assert.NotEqual(before, net.Predict(1, 0, 3));
        Assert.Equal(before, then.Predict(1, 0, 3));
        Assert.Equal(before, then.Predict(new { island = "Biscoe", mass = 3 }));
        Assert.Equal(["adelie", "gentoo"], then.ClassNames);
        Assert.Equal(before, then.Predict(new Dictionary<string, float[]> { ["x"] = [1, 0, 3] })["y"]);
    }

    [Fact]
    public void A_sequence_may_be_shorter_than_the_longest_but_not_than_a_window()
    {
        using var net = Network.Parse(
            """
            model net { embed 4; conv 4, 3; conv_transpose 4, 3; dense classes, softmax }
            train { loss cross_entropy; optimizer adam(lr: 0.05); epochs 2; batch all }
            """,
            OnCpu with
            {
                Data = Samples.Of([SampleField.Sequences("x", [[0, 1, 2, 1, 0], [2, 1, 0]])], [SampleField.Sequences("y", [[0, 1, 1, 1, 0], [1, 1, 0]])]),
            });
        net.Train();
        float[] shorter = net.Predict(2, 1, 0), both = net.Predict(0, 1, 2, 1, 0, 2, 1, 0, -1, -1);
        Assert.Equal(3 * 2, shorter.Length);
        Assert.All(shorter.Zip(both.Skip(5 * 2)), p => Assert.Equal(p.First, p.Second, 1e-5));
        Assert.Equal(shorter, net.Predict([2, 1, 0, -1, -1]));
        Assert.Equal(shorter, net.Predict(new byte[] { 2, 1, 0 }));
        Assert.Equal(shorter, net.Predict(new Dictionary<string, float[]> { ["x"] = [2, 1, 0] })["y"]);
        Assert.All([0, 1, 2], p => Assert.Equal(1, shorter[2 * p] + shorter[2 * p + 1], 1e-5));
        using Predictor many = net.ToPredictor();
        Assert.Equal(shorter, many.Predict(2, 1, 0));

        const string Reason = "conv_1 (conv 4, 3) leaves nothing of a sequence of 2 places; net takes sequences of at least 3 places";
        Assert.Contains(Reason, Assert.Throws<ArgumentException>(() => net.Predict(2, 1)).Message);
        Assert.Contains(Reason, Assert.Throws<ArgumentException>(() => net.Predict(0, 1, 2, 1, 0, 2, 1, -1, -1, -1)).Message);
        Assert.Contains(Reason, Assert.Throws<ArgumentException>(() => many.Predict(2, 1)).Message);
        Assert.Contains("a sequence has no place", Assert.Throws<ArgumentException>(() => net.Predict(-1, -1, -1, -1, -1)).Message);
        Assert.Contains("up to 5 symbols", Assert.Throws<ArgumentException>(() => net.Predict(0, 1, 2, 1, 0, 2)).Message);
        Assert.Contains("-1 is no symbol", Assert.Throws<ArgumentException>(() => net.Predict(0, -1, 2)).Message);
    }

    [Fact]
    public void A_number_is_set_while_another_thread_trains()
    {
        using var net = Network.Parse("model m { dense 1 }; data d { builtin linear, samples: 40 }; train { loss mse; optimizer sgd(lr: 0.1); epochs 40; batch 4 }", OnCpu);
        Assert.Equal(("sgd.lr", "0.1", NumberSource.Script), net.Numbers.Where(n => n.IsRate).Select(n => (n.Name, n.Stated, n.Source)).Single());
        var rates = new List<double>();
        net.EpochEnded += e =>
        {
            rates.Add(e.Rate);
            if (e.Epoch == 1) Task.Run(() => net.Set("lr", 0.02)).Wait();
        };
        net.Train();
        Assert.Equal((0.1, 0.1, 0.02), (rates[0], rates[1], rates[^1]));
        Assert.Contains("there is no number 'lrr'", Assert.Throws<ArgumentException>(() => net.Set("lrr", 1)).Message);
        Assert.Throws<ArgumentException>(() => net.Set("lr", double.NaN));
    }

    [Fact]
    public void A_search_gives_its_trials_as_values()
    {
        string script = _folder.Write("s.nn", ScriptFolder.Small + "\nsearch grid, minimize: val_loss { width in [1, 4, 6] }\n"), file = _folder.File("r.jsonl");
        IReadOnlyDictionary<string, string> best;
        using (var search = ScriptSearch.Open(script, new SearchOptions { Device = "cpu", Epochs = 2, Results = file }))
        {
            int ended = 0;
            using var stop = new CancellationTokenSource();
            search.TrialEnded += _ =>
            {
                if (++ended == 2) stop.Cancel();
            };
            Assert.False(search.Run(stop.Token));
            Assert.Equal(["1", "4"], search.Trials.Select(t => search.ValuesOf(t)["width"]));
        }

        using (var search = ScriptSearch.Open(script, new SearchOptions { Device = "cpu", Epochs = 2, Results = file, Resume = true }))
        {
            Assert.Equal(2, search.Trials.Count);
            Assert.True(search.Run());
            Assert.Equal(["1", "4", "6"], search.Trials.Select(t => search.ValuesOf(t)["width"]));
            Assert.Equal(search.Trials.Min(t => t.Objective), search.Best!.Objective);
            best = search.BestValues!;
        }

        // What a trial came to is what a network of its values comes to.
        using var net = Network.Load(script, OnCpu with { Epochs = 2, Set = best });
        net.Train();
        Assert.Equal(SearchResults.Load(file).Best, best);
        using var once = ScriptSearch.Open(script, new SearchOptions { Device = "cpu", Epochs = 2 });
        once.Run();
        Assert.Equal(once.Best!.Objective, net.Evaluate()["val_loss"], 1e-9);
        Assert.Equal(ExitCode.Usage, Assert.Throws<NnException>(() => ScriptSearch.Open(script, new SearchOptions { Set = new Dictionary<string, string> { ["width"] = "3" } })).Code);
        Assert.Equal(ExitCode.Script, Assert.Throws<NnException>(() => ScriptSearch.Open(Nn.Example("xor.nn"))).Code);
    }

    private sealed class Counted : IBackend
    {
        private readonly IBackend _device;
        private readonly Action<int> _count;

        public Counted(IBackend device, Action<int> count)
        {
            (_device, _count) = (device, count);
            count(1);
        }

        public string Name => _device.Name;

        public DeviceInfo Device => _device.Device;

        public IProgram Load(Plan plan) => _device.Load(plan);

        public void Dispose()
        {
            _count(-1);
            _device.Dispose();
        }
    }
}
