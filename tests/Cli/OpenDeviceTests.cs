using Nn.Backends;
using Nn.Dsl;
using Nn.Networks;
using Nn.Networks.Runs;
using Nn.Planning;
using Nn.Repl;

namespace Nn.Tests.Cli;

/// <summary>Whoever opens a device closes it: every command, and each way in which C# begins a training.</summary>
public sealed class OpenDeviceTests : IDisposable
{
    private const string Images = """
        model code { flatten; dense 2 }
        model picture { dense 784, sigmoid }
        data d { builtin digits, samples: 60, seed: 1; split 80/20 }
        train { loss mse(picture(code(x)), flatten(x)); optimizer adam; epochs 1; batch 20 }
        """;

    private const string Points = """
        let width = 3
        model net { dense width, tanh; dense classes, softmax }
        data d { builtin moons, samples: 60, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 20; metrics accuracy }
        search grid, trials: 2 { width in [2, 3] }
        """;

    private readonly ScriptFolder _folder = new();
    private readonly List<CountedBackend> _opened = [];

    public OpenDeviceTests() => OpenedDevices.Watch(Around);

    // Commands that open a device, each with a line that brings it to its end; the others open none.
    private Dictionary<string, string[][]> Lines
    {
        get
        {
            string points = _folder.File("points.nn"), images = _folder.File("images.nn"), model = _folder.File("points.safetensors"),
                made = _folder.File("images.safetensors");
            return new()
            {
                ["train"] = [[points, "--save", model, "--run", _folder.File("runs")], [images, "--save", made, "--samples", _folder.File("sheets")]],
                ["eval"] = [[points, "--model", model]],
                ["predict"] = [[points, "--model", model, "0", "1"]],
                ["sample"] = [[images, "--model", made, "--out", _folder.File("sheet.png")]],
                ["search"] = [[points]],
                ["cv"] = [[points, "--folds", "2"]],
                ["import"] = [[model, "--into", points, "--save", _folder.File("taken.safetensors")]],
                ["report"] = [[_folder.File("runs/points-1"), "--out", _folder.File("report.html")]],
                ["gradcheck"] = [[points]],
                ["bench"] = [[points, "--seconds", "0.05"], [points, "--seconds", "0.05", "--device", "all"]],
                ["profile"] = [[points, "--seconds", "0.05"]],
                ["compare"] = [[points, "--device", "cpu"]],
                ["repl"] = [["-c", $":load \"{points}\"", "-c", ":train", "-c", ":device cpu", "-c", ":reset", "-c", ":train 1 steps", "-c", ":stop"]],
            };
        }
    }

    [Fact]
    public void Every_command_closes_the_devices_that_it_opens()
    {
        _folder.Write("points.nn", Points);
        _folder.Write("images.nn", Images);
        foreach ((string command, string[][] lines) in Lines)
        {
            foreach (string[] line in lines)
            {
                _opened.Clear();
                int code = CommandLine.Run([command, .. line, .. line.Contains("--device") ? Array.Empty<string>() : ["--device", "cpu"]]);
                Assert.True(code == 0, $"nn {command} ends with {code}");
                Assert.True(_opened.Count > 0, $"nn {command} opens no device: the test has lost its teeth");
                Assert.All(_opened, b => Assert.True(b.Closed, $"nn {command} leaves {b.Name} open"));
            }
        }
    }

    [Fact]
    public void A_network_and_a_training_close_theirs_also_where_they_cannot_begin()
    {
        using (Network net = Network.Parse(Points, new NetworkOptions { Device = "cpu" })) net.Train();
        Project project = Project.Bind(new SourceText("points.nn", Points), BindOptions.None, spec => Project.Load(spec, "points.nn", null));
        using (TrainingRun run = TrainingRun.Start(project, "cpu"))
        {
            using TrainingRun moved = run.On("reference");
            run.Again().Dispose();
        }

        Assert.Equal(4, _opened.Count);
        OpenedDevices.Watch(b => Around(b, refuses: true));
        Assert.Throws<NnException>(() => TrainingRun.Start(project, "cpu"));
        Assert.Equal(5, _opened.Count);
        Assert.All(_opened, b => Assert.True(b.Closed));
    }

    public void Dispose()
    {
        OpenedDevices.Watch(null);
        _folder.Dispose();
    }

    private CountedBackend Around(IBackend opened) => Around(opened, refuses: false);

    private CountedBackend Around(IBackend opened, bool refuses)
    {
        var counted = new CountedBackend(opened, refuses);
        lock (_opened) _opened.Add(counted);
        return counted;
    }

    private sealed class CountedBackend(IBackend inner, bool refuses) : IBackend
    {
        public bool Closed { get; private set; }

        public string Name => inner.Name;

        public DeviceInfo Device => inner.Device;

        public IProgram Load(Plan plan) => refuses ? throw new NnException(ExitCode.NoDevice, "it refuses all") : inner.Load(plan);

        public void Dispose()
        {
            Closed = true;
            inner.Dispose();
        }
    }
}
