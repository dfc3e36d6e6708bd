using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Planning;
using Nn.Training;

namespace Nn.Tests.Conformance;

/// <summary>Whole trainings on the GPU backends.</summary>
[Collection(GpuDevices.Collection)]
public class GpuTrainingTests
{
    // Everything that has a memory: momentum, dropout, running statistics, a smaller last batch, a schedule.
    private const string Everything = """
        model net {
          dense 16, tanh
          batchnorm
          dropout 0.3
          dense classes, softmax
        }
        data d {
          builtin moons, samples: 130, noise: 0.3, seed: 2
          split 80/20
          normalize standard
        }
        train {
          loss cross_entropy + 1e-3 * l2
          optimizer adam(lr: 0.01)
          schedule cosine(warmup: 1 epoch)
          epochs 4
          batch 16
          metrics accuracy
          seed 3
        }
        """;

    [SkippableTheory]
    [InlineData("opencl", "iris", 10)]
    [InlineData("vulkan", "iris", 10)]
    [InlineData("opencl", "titanic", 2)]
    [InlineData("vulkan", "titanic", 2)]
    [InlineData("opencl", "mpg", 2)]
    [InlineData("vulkan", "mpg", 2)]
    [InlineData("opencl", "flights", 2)]
    [InlineData("vulkan", "flights", 2)]
    [InlineData("opencl", "mnist-mlp", 1)]
    [InlineData("vulkan", "mnist-mlp", 1)]
    [InlineData("opencl", "mnist-lenet", 1)]
    [InlineData("vulkan", "mnist-lenet", 1)]
    public void Examples_with_data_train_to_the_losses_of_the_CPU(string backend, string example, int epochs)
    {
        Skip.If(Data.Length == 0, "there is no folder of data in $NN_DATA, and no shared/data beside the checkout");
        IBackend gpu = GpuDevices.Open(backend);
        // A part of the images: these drivers are software.
        string text = File.ReadAllText(Example(example)).Replace("  normalize", "  limit 640\n  normalize");
        using var cpu = new CpuBackend(2);
        AssertSame(Train(cpu, text, epochs).Epochs, Train(gpu, text, epochs).Epochs);
    }

    [SkippableTheory]
    [InlineData("opencl", "xor", 100)]
    [InlineData("vulkan", "xor", 100)]
    [InlineData("opencl", "admitted", 10)]
    [InlineData("vulkan", "admitted", 10)]
    [InlineData("opencl", "custom", 2)]
    [InlineData("vulkan", "custom", 2)]
    [InlineData("opencl", "annealing", 50)]
    [InlineData("opencl", "batchnorm", 2)]
    [InlineData("opencl", "boundary", 2)]
    [InlineData("vulkan", "boundary", 2)]
    [InlineData("opencl", "wgan-gp", 1)]
    [InlineData("opencl", "tagger", 1)]
    [InlineData("vulkan", "tagger", 1)]
    [InlineData("opencl", "dream", 2)]
    [InlineData("vulkan", "dream", 2)]
    [InlineData("opencl", "laplace", 2)]
    [InlineData("vulkan", "laplace", 2)]
    [InlineData("opencl", "translate", 1)]
    [InlineData("vulkan", "translate", 1)]
    [InlineData("opencl", "digit-pairs", 1)]
    [InlineData("vulkan", "digit-pairs", 1)]
    [InlineData("vulkan", "annealing", 50)]
    [InlineData("vulkan", "batchnorm", 2)]
    [InlineData("opencl", "spirals", 2)]
    [InlineData("vulkan", "spirals", 2)]
    [InlineData("opencl", "kmeans", 4)]
    [InlineData("vulkan", "kmeans", 4)]
    [InlineData("opencl", "pca", 1)]
    [InlineData("vulkan", "pca", 1)]
    [InlineData("opencl", "linear-regression", 20)]
    [InlineData("vulkan", "linear-regression", 20)]
    [InlineData("opencl", "logistic-regression", 2)]
    [InlineData("vulkan", "logistic-regression", 2)]
    [InlineData("opencl", "vae", 2)]
    [InlineData("vulkan", "vae", 2)]
    [InlineData("opencl", "distillation", 2)]
    [InlineData("vulkan", "distillation", 2)]
    [InlineData("opencl", "digits", 1)]
    [InlineData("vulkan", "digits", 1)]
    [InlineData("opencl", "resnet", 1)]
    [InlineData("vulkan", "resnet", 1)]
    [InlineData("opencl", "unet", 1)]
    [InlineData("vulkan", "unet", 1)]
    [InlineData("opencl", "wavenet", 2)]
    [InlineData("vulkan", "wavenet", 2)]
    public void Examples_train_to_the_losses_of_the_CPU(string backend, string example, int epochs)
    {
        IBackend gpu = GpuDevices.Open(backend);
        // Fewer and drawn images: these drivers are software. A student begins in time.
        string text = File.ReadAllText(Example(example))
            .Replace("idx       \"mnist\"", "builtin digits, samples: 40\n  split 80/20").Replace("samples: 1000", "samples: 30")
            .Replace("samples: 4000", "samples: 100").Replace("samples: 400,", "samples: 30,")
            .Replace("samples: 20000", "samples: 60").Replace("width = 64", "width = 16")
            .Replace("samples: 3000", "samples: 100").Replace("10 epochs", "1 epoch");
        using var cpu = new CpuBackend(2);
        (EpochResult[] actual, _) = Train(gpu, text, epochs);
        Assert.Equal(epochs, actual.Length);
        AssertSame(Train(cpu, text, epochs).Epochs, actual);
    }

    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Varied_batches_train_to_the_losses_of_the_CPU(string backend)
    {
        const string Text = """
            model net { conv 4, 3x3, stride: 2, relu; flatten; dense classes, softmax }
            data d { builtin digits, samples: 160; split 80/20; normalize standard; augment shift: 2, rotate: 15, scale: 0.1, flip, noise: 0.1 }
            train { loss cross_entropy; optimizer adam(lr: 1e-3); batch 32; metrics accuracy }
            """;
        IBackend gpu = GpuDevices.Open(backend);
        using var cpu = new CpuBackend(2);
        AssertSame(Train(cpu, Text, 2).Epochs, Train(gpu, Text, 2).Epochs);
    }

    [SkippableTheory]
    [InlineData("opencl", "char-gpt")]
    [InlineData("vulkan", "char-gpt")]
    [InlineData("opencl", "char-lstm")]
    [InlineData("vulkan", "char-lstm")]
    public void Small_models_of_a_text_train_to_the_losses_of_the_CPU(string backend, string example)
    {
        Skip.If(Data.Length == 0, "there is no folder of data in $NN_DATA, and no shared/data beside the checkout");
        IBackend gpu = GpuDevices.Open(backend);
        string text =
            File.ReadAllText(Example(example)).Replace("width   = 128", "width = 16").Replace("context = 64", "context = 24").Replace("repeat 4", "repeat 1")
            .Replace("embed 128", "embed 8").Replace("lstm  128", "lstm 12")
            .Replace("  split", "  limit 110\n  split").Replace("batch      32", "batch 32; metrics accuracy, perplexity");
        using var cpu = new CpuBackend(2);
        EpochResult[] expected = Train(cpu, text, 1).Epochs;
        Assert.Equal(["loss", "accuracy", "val_loss", "val_accuracy", "val_perplexity"], expected[0].Metrics.Keys);
        AssertSame(expected, Train(gpu, text, 1).Epochs);
    }

    // A part that begins to learn within an epoch, and sums of gradients with a smaller last batch, which have entries of their own; averages; weights.
    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void Parts_sums_of_gradients_and_averages_train_to_the_losses_of_the_CPU(string backend)
    {
        const string Text = """
            model body { dense 8, tanh; batchnorm }
            model net { body; dense classes, softmax }
            data d { builtin moons, samples: 130, noise: 0.3, seed: 2; split 80/20; normalize standard; augment mixup: 0.4 }
            train net {
              loss cross_entropy, weights: balanced
              optimizer adam(lr: 0.02)
              part body, freeze: 12 steps, lr_factor: 0.5
              accumulate 3
              average weights: 0.9
              epochs 3
              batch 10
              metrics accuracy
            }
            """;
        IBackend gpu = GpuDevices.Open(backend);
        using var cpu = new CpuBackend(2);
        AssertSame(Train(cpu, Text, 3).Epochs, Train(gpu, Text, 3).Epochs);
    }

    private static void AssertSame(EpochResult[] expected, EpochResult[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach ((EpochResult a, EpochResult b) in expected.Zip(actual))
        {
            Assert.Equal(a.Metrics.Keys, b.Metrics.Keys);
            // Rounding differs from device to device; a sample at the border of two classes may fall to either side.
            foreach (string m in a.Metrics.Keys) Golden.AssertClose(a.Metrics[m], b.Metrics[m], 2e-3, $"{m} of epoch {a.Epoch + 1}");
        }
    }

    [SkippableTheory]
    [InlineData("opencl")]
    [InlineData("vulkan")]
    public void A_training_repeats_and_resumes_bit_for_bit(string backend)
    {
        IBackend gpu = GpuDevices.Open(backend);
        (_, Dictionary<string, string> whole) = Train(gpu, Everything, 4);
        (_, Dictionary<string, string> again) = Train(gpu, Everything, 4);
        Assert.Equal(whole, again);

        Safetensors file;
        using (TrainingSession first = Load(gpu, Everything, 4))
        {
            // Into the middle of the second epoch.
            var trainer = new Trainer(first);
            using var stop = new CancellationTokenSource();
            trainer.OnEpoch = _ => stop.Cancel();
            trainer.Run(stop.Token);
            first.BeginEpoch();
            first.Run(3);
            file = Checkpoint.Capture(first, trainer.State, Everything);
        }

        using TrainingSession second = Load(gpu, Everything, 4);
        var resumed = new Trainer(second);
        Checkpoint.Restore(second, resumed.State, file, "test");
        Assert.Equal(second.Plan.StepsPerEpoch + 3, second.Step);
        resumed.Run(default);
        Assert.Equal(whole, State(second));
    }

    private static (EpochResult[] Epochs, Dictionary<string, string> State) Train(IBackend backend, string text, int epochs)
    {
        using TrainingSession session = Load(backend, text, epochs);
        var results = new List<EpochResult>();
        new Trainer(session) { OnEpoch = results.Add }.Run(default);
        return ([.. results], State(session));
    }

    private static TrainingSession Load(IBackend backend, string text, int epochs)
    {
        LoadedData? data = null;
        BoundScript script = Binder.Bind(new SourceText("test.nn", text), new BindOptions(new Dictionary<string, string>(), null, epochs), spec =>
        {
            data = DataLoader.Load(spec, Data);
            return data.Schema;
        });
        return new TrainingSession(backend, script.Training!, data!);
    }

    private static Dictionary<string, string> State(TrainingSession session) => session.StateSlots.ToDictionary(s => s.Name, s =>
    {
        var bytes = new byte[s.Bytes];
        session.Program.Read(s, bytes);
        return Convert.ToHexString(bytes);
    });

    // $NN_DATA, or shared/data beside the checkout.
    private static readonly string[] Data =
        [.. new[] { Environment.GetEnvironmentVariable("NN_DATA"),
            Path.Combine(Path.GetDirectoryName(Example("xor"))!, "..", "..", "shared", "data") }.OfType<string>().Where(Directory.Exists)];

    private static string Example(string name)
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            string file = Path.Combine(d.FullName, "examples", name + ".nn");
            if (File.Exists(file)) return file;
        }

        throw new InvalidOperationException("the tests must run from within the checkout");
    }
}
