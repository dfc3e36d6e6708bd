using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Clusters and principal components beside the same by hand, and initial values that come from the data.</summary>
public class KMeansTests
{
    private const string Blobs = """
        model m { kmeans 4 }
        model number { m; nearest }
        data d { builtin blobs, samples: 90, noise: 0.9, classes: 5, seed: 3; normalize standard }
        train number on d { loss inertia(m(x)); optimizer sgd(lr: 1); batch all; epochs 8; seed 2 }
        """;

    [Fact]
    public void Steps_of_lr_1_are_those_of_Lloyd()
    {
        var script = new Script(Blobs);
        float[] raw = MemoryMarshal.Cast<byte, float>(script.Data.Training.Input).ToArray();
        double[][] x = [.. raw.Chunk(2)
            .Select(p => p.Select((v, f) => v * (double)script.Data.Input.Scaling!.Scale[f] + script.Data.Input.Scaling!.Shift[f]).ToArray())];
        foreach (IBackend backend in new IBackend[] { Script.OneThread, new ReferenceBackend() })
        {
            using TrainingSession session = script.Load(backend);
            Slot slot = session.Plan.Plan.Slot("m.kmeans_1.centroids");
            double[][] c = [.. session.Read<float>(slot).Chunk(2).Select(r => r.Select(v => (double)v).ToArray())];
            // The first ones are samples.
            Assert.All(c, r => Assert.Contains(x, p => Distance(p, r) < 1e-10));
            double before = double.PositiveInfinity;
            for (int epoch = 0; epoch < 8; epoch++)
            {
                int[] near = [.. x.Select(p => Enumerable.Range(0, 4).MinBy(k => Distance(p, c[k])))];
                double inertia = x.Select((p, i) => Distance(p, c[near[i]])).Average();
                Assert.True(inertia <= before);
                before = inertia;
                c = [.. c.Select(
                    (old, k) => near.Contains(k) ? Enumerable.Range(0, 2).Select(f => x.Where((_, i) => near[i] == k).Average(p => p[f])).ToArray() : old)];
                (session.Epoch, session.StepInEpoch) = (epoch, 0);
                session.BeginEpoch();
                session.Run(1);
                Assert.Equal(inertia, session.TrainingMetrics()["loss"], 5);
                float[] actual = session.Read<float>(slot);
                for (int i = 0; i < actual.Length; i++) Assert.Equal(c[i / 2][i % 2], actual[i], 5);
            }

            for (int i = 0; i < 10; i++)
            {
                float[] cluster = session.Predict(MemoryMarshal.AsBytes(raw.AsSpan(2 * i, 2)));
                Assert.Equal([Enumerable.Range(0, 4).MinBy(k => Distance(x[i], c[k]))], cluster);
            }
        }
    }

    [Fact]
    public void Centroids_are_drawn_by_their_squared_distance()
    {
        const string text = """
            model m { kmeans 2 }
            data d { csv "data.csv"; target y; normalize none }
            train m on d { loss inertia(m(x)); optimizer sgd(lr: 1); batch all }
            """;
        var script = new Script(text, "x,y\n0,1\n1,1\n3,1\n");
        var parameter = new Parameter("m.centroids", new Graphs.Shape(2, 1), ParameterKind.Weight, new Initializer(InitializerKind.KMeansPlusPlus), 1, 1);
        const int draws = 4000;
        var counts = new Dictionary<(float, float), int>();
        for (uint seed = 0; seed < draws; seed++)
        {
            float[] c = DataInitialValues.Draw(parameter, seed, script.Data);
            counts[(c[0], c[1])] = counts.GetValueOrDefault((c[0], c[1])) + 1;
        }

        // The first with ⅓ each; from 0 the others weigh 1 and 9, from 1 they weigh 1 and 4, from 3 they weigh 9 and 4.
        (float, float, double)[] expected = [(0, 1, 1 / 30.0), (0, 3, 9 / 30.0), (1, 0, 1 / 15.0), (1, 3, 4 / 15.0), (3, 0, 9 / 39.0), (3, 1, 4 / 39.0)];
        Assert.Equal(expected.Length, counts.Count);
        foreach ((float first, float second, double p) in expected)
            Assert.InRange(counts[(first, second)], draws * p - 4 * Math.Sqrt(draws * p * (1 - p)), draws * p + 4 * Math.Sqrt(draws * p * (1 - p)));
    }

    [Fact]
    public void Principal_components_are_those_of_numpy()
    {
        const string table = """
            a,b,c,y
            2.5,2.4,0.5,0
            0.5,0.7,1.9,1
            2.2,2.9,0.1,0
            1.9,2.2,1.1,1
            3.1,3.0,0.3,0
            2.3,2.7,0.9,1
            2.0,1.6,1.2,0
            1.0,1.1,2.2,1

            """;
        var script = new Script(
            "model m { pca 2 }\ndata d { csv \"data.csv\"; target y; normalize none }\ntrain m on d { loss mean(m(x)); optimizer sgd(lr: 1); batch all }",
            table);
        using TrainingSession session = script.Load();
        // numpy.linalg.svd of the centred table, each vector with its largest element positive.
        Close([1.9375, 2.075, 1.025], session.Read<float>(session.Plan.Plan.Slot("m.pca_1.mean")));
        Close([0.5886336804715044, 0.7517503149081763, 0.6165286446997071, -0.17959943620953045, -0.5228793555681016, 0.634519902405493],
            session.Read<float>(session.Plan.Plan.Slot("m.pca_1.components")));
        session.BeginEpoch();
        session.Run(1);
        Close([0.8059899164658795, 0.03136678660486796], session.Predict(MemoryMarshal.AsBytes<float>(new float[] { 2.5f, 2.4f, 0.5f })));
    }

    [Theory]
    [InlineData("dense 7; kmeans 3", "m.kmeans_1.centroids starts from the training data, but takes 7 numbers where an input has 2")]
    [InlineData("dense 5; pca 2", "m.pca_1.mean starts from the training data, but takes 5 numbers where an input has 2")]
    public void Layers_that_start_from_the_data_stand_first(string layers, string message)
    {
        var script = new Script($"model m {{ {layers} }}\ndata d {{ builtin blobs }}\ntrain m {{ loss inertia(m(x)); optimizer sgd(lr: 1); batch all }}");
        NnException e = Assert.Throws<NnException>(() => script.Load());
        Assert.Equal(ExitCode.Script, e.Code);
        Assert.Contains(message, e.Message);
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (p, q) => (p - q) * (p - q)).Sum();

    private static void Close(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 5);
    }
}
