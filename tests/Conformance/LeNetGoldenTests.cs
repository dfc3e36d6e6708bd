using System.Text.Json;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>LeNet from given weights, twenty steps of adam with an l2 penalty, beside PyTorch.</summary>
[Collection(GpuDevices.Collection)]
public class LeNetGoldenTests
{
    private const string Script = """
        model lenet {
          input   28x28x1
          conv    6, 5x5, same, relu
          maxpool 2x2
          conv    16, 5x5, relu
          maxpool 2x2
          flatten
          dense   120, relu
          dense   84, relu
          dense   10, softmax
        }
        data given { builtin digits }
        train lenet on given { loss cross_entropy + 1e-4 * l2; optimizer adam(lr: 1e-3); batch 8 }
        """;

    [Fact]
    public void Twenty_steps_agree_on_the_CPU()
    {
        using IBackend cpu = new CpuBackend(2);
        Agree(cpu);
    }

    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Twenty_steps_agree_on_a_GPU(string backend) => Agree(GpuDevices.Open(backend));

    private static void Agree(IBackend backend)
    {
        JsonElement golden = Golden.Root.GetProperty("lenet");
        var info = OneField.Of(new Shape(28, 28, 1), DType.F32, Shape.Scalar, DType.I32, 10);
        int[] labels = [.. Enumerable.Range(0, 160).Select(i => (i * 7 + i / 3) % 10)];
        using TrainingSession session = GoldenTraining.Load<float, int>(backend, Script, info, Golden.Hashed(160 * 784, 200, -1, 1), labels, 160);
        int number = 100;
        foreach (Parameter p in session.Definition.Models[0].Parameters)
        {
            double bound = p.Shape.Rank == 1 ? 0.1 : Math.Sqrt(3.0 / (p.Shape.Count / p.Shape[-1]));
            session.Write<float>(session.Plan.Slots.Parameters[p], Golden.Hashed((int)p.Shape.Count, number++, -bound, bound));
        }

        GoldenTraining.AssertLosses(session, golden, 1e-4);

        foreach (JsonProperty expected in golden.GetProperty("parameters").EnumerateObject())
        {
            (Parameter p, Slot slot) = session.Plan.Slots.Parameters.Single(x => x.Key.Name == "lenet." + expected.Name);
            float[] values = session.Read<float>(slot);
            Golden.AssertClose(expected.Value.GetProperty("squares").GetDouble(), values.Sum(v => (double)v * v), 1e-4, $"Σ² of {p.Name}");
            Golden.AssertClose(expected.Value.GetProperty("sum").GetDouble(), values.Sum(v => (double)v), 1e-3, $"Σ of {p.Name}");
            double[] sample = expected.Value.GetProperty("sample").Doubles();
            int step = Math.Max(1, values.Length / 8);
            for (int i = 0; i < sample.Length; i++) Golden.AssertClose(sample[i], values[i * step], 1e-3, $"{p.Name}[{i * step}]");
        }
    }
}
