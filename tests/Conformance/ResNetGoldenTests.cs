using System.Text.Json;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>A small residual network with batch norms from given weights, ten steps of adamw, beside PyTorch.</summary>
[Collection(GpuDevices.Collection)]
public class ResNetGoldenTests
{
    private const string Script = """
        block basic(channels, stride = 1) {
          add {
            conv channels, 3x3, same, stride: stride, bias: false; batchnorm; relu
            conv channels, 3x3, same, bias: false; batchnorm
          } {
            conv channels, 1x1, stride: stride, bias: false; batchnorm
          }
          relu
        }
        block plain(channels) {
          residual {
            conv channels, 3x3, same, bias: false; batchnorm; relu
            conv channels, 3x3, same, bias: false; batchnorm
          }
          relu
        }
        model resnet {
          input 8x8x1
          conv 6, 3x3, same, bias: false; batchnorm; relu
          plain 6
          basic 10, stride: 2
          avgpool global
          dense 5, softmax
        }
        data given { builtin digits }
        train resnet on given { loss cross_entropy; optimizer adamw(lr: 3e-3, decay: 0.01); batch 6 }
        """;

    [Fact]
    public void Ten_steps_agree_on_the_CPU()
    {
        using IBackend cpu = new CpuBackend(2);
        Agree(cpu);
    }

    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Ten_steps_agree_on_a_GPU(string backend) => Agree(GpuDevices.Open(backend));

    private static void Agree(IBackend backend)
    {
        JsonElement golden = Golden.Images.GetProperty("resnet");
        var info = OneField.Of(new Shape(8, 8, 1), DType.F32, Shape.Scalar, DType.I32, 5);
        int[] labels = [.. Enumerable.Range(0, 60).Select(i => (i * 7 + i / 3) % 5)];
        using TrainingSession session = GoldenTraining.Load<float, int>(backend, Script, info, Golden.Hashed(60 * 64, 400, -1, 1), labels, 60);
        string[] order = [.. golden.GetProperty("order").EnumerateArray().Select(e => e.GetString()!)];
        Parameter[] trained = [.. session.Definition.Models[0].Parameters.Where(p => p.Trained)];
        Assert.Equal(order.Order(StringComparer.Ordinal), trained.Select(p => p.Name["resnet.".Length..]).Order(StringComparer.Ordinal));
        foreach (Parameter p in trained)
        {
            string name = p.Name["resnet.".Length..];
            double bound = p.Shape.Rank == 1 ? 0.1 : Math.Sqrt(3.0 / (p.Shape.Count / p.Shape[-1]));
            (double low, double high) = name.EndsWith("scale", StringComparison.Ordinal) ? (0.5, 1.5) : (-bound, bound);
            session.Write<float>(session.Plan.Slots.Parameters[p], Golden.Hashed((int)p.Shape.Count, 300 + Array.IndexOf(order, name), low, high));
        }

        GoldenTraining.AssertLosses(session, golden, 1e-3);

        foreach (JsonProperty expected in golden.GetProperty("parameters").EnumerateObject())
        {
            (Parameter p, Slot slot) = session.Plan.Slots.Parameters.Single(x => x.Key.Name == "resnet." + expected.Name);
            float[] values = session.Read<float>(slot);
            double[] sample = expected.Value.Doubles();
            int step = Math.Max(1, values.Length / 8);
            // A gradient near zero may have either sign, and adam steps by the whole rate after it.
            for (int i = 0; i < sample.Length; i++) Golden.AssertClose(sample[i], values[i * step], 3e-3, $"{p.Name}[{i * step}]");
        }
    }
}
