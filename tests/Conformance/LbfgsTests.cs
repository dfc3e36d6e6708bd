using System.Globalization;
using System.Text;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>lbfgs beside PyTorch's, with its strong-Wolfe search, on every backend that there is.</summary>
[Collection(GpuDevices.Collection)]
public class LbfgsTests
{
    private const string Logistic = """
        model m { dense 1, sigmoid, init: zeros }
        data d { csv "points.csv"; target y; normalize none }
        train m on d { loss bce + 1e-2 * l2; optimizer lbfgs; epochs 15; batch all }
        """;

    [Fact]
    public void Logistic_regression_goes_as_in_PyTorch()
    {
        double[] losses = Golden.Root.GetProperty("lbfgs").GetProperty("losses").Doubles(),
            weights = Golden.Root.GetProperty("lbfgs").GetProperty("weights").Doubles();
        LoadedData data = Points();
        BoundScript script = Binder.Bind(new SourceText("test.nn", Logistic), BindOptions.None, _ => data.Schema);
        using var cpu = new CpuBackend(2);
        foreach (IBackend backend in new IBackend[] { new ReferenceBackend(), cpu }.Concat(GpuDevices.Present))
        {
            using var session = new TrainingSession(backend, script.Training!, data);
            var actual = new List<double>();
            new Trainer(session) { OnEpoch = e => actual.Add(e.Metrics["loss"]) }.Run(default);
            for (int i = 0; i < losses.Length; i++) Golden.AssertClose(losses[i], actual[i], 1e-5, $"loss before step {i + 1} on {backend.Name}");
            float[] found = [.. session.Plan.Slots.Rows[0].Parameters.SelectMany(p => session.Read<float>(session.Plan.Slots.Parameters[p]))];
            Golden.AssertClose(weights, found, 2e-3, $"weights on {backend.Name}");
        }
    }

    private static LoadedData Points()
    {
        float[] x = Golden.Hashed(120, 500, -2, 2), y = Golden.Root.GetProperty("lbfgs").GetProperty("y").Floats();
        var csv = new StringBuilder("a,b,c,y\n");
        for (int i = 0; i < y.Length; i++)
            csv.AppendLine(string.Join(',', x[(3 * i)..(3 * i + 3)].Append(y[i]).Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        string folder = Directory.CreateTempSubdirectory("nn-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "points.csv"), csv.ToString());
            LoadedData? data = null;
            Binder.Bind(new SourceText("test.nn", Logistic), BindOptions.None, spec => (data = DataLoader.Load(spec, [folder])).Schema);
            return data!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
