using Nn.Files;
using Nn.Repl;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli;

/// <summary>Whatever is done to the disk fails during a training: the training ends, its model is saved, and what could not be written is told.</summary>
[Collection(nameof(OwnConsole))]
public sealed class OutputFaultTests : IDisposable
{
    private const string Script = """
        model m { dense 3, tanh; dense 1 }
        data d { builtin sine, samples: 40; split 80/20 }
        train { loss mse; optimizer sgd(lr: 0.1); epochs 2; batch 16; checkpoint "ck.safetensors" }
        """;

    private readonly ScriptFolder _folder = new();
    private readonly TextWriter _out = Console.Out, _error = Console.Error;
    private readonly StringWriter _text = new(), _errors = new();

    public OutputFaultTests()
    {
        _folder.Write("a.nn", Script);
        Console.SetOut(_text);
        Console.SetError(_errors);
    }

    public void Dispose()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        _folder.Dispose();
    }

    [Fact]
    public void Each_fault_of_the_disk_costs_at_most_the_file_that_it_hits()
    {
        var counted = new FaultyDisk((_, _, _) => false);
        Assert.Equal(0, Train("whole", counted));
        SortedDictionary<string, StoredTensor> model = Safetensors.Load(_folder.File("whole/model.safetensors")).Tensors;
        int begun = Begun(counted);
        Assert.InRange(counted.Done.Count, begun + 40, 200);
        for (int k = 0; k < counted.Done.Count; k++)
        {
            string folder = $"once-{k}";
            (DiskOperation operation, string path) = counted.Done[k];
            int code = Train(folder, new FaultyDisk((n, _, _) => n == k));
            string told = $"{operation} of {path}, number {k}: {code}\n{_errors}";
            Whole(folder, told, operation == DiskOperation.Delete);
            if (k < begun)
            {
                // Before the training: it does not begin.
                Assert.True(code == (int)ExitCode.BadFile && !File.Exists(_folder.File($"{folder}/model.safetensors")), told);
                continue;
            }

            bool hit = Path.GetFileName(path).StartsWith("model.", StringComparison.Ordinal) || (operation == DiskOperation.MakeFolder && code != 0);
            Assert.True(code is 0 or (int)ExitCode.BadFile, told);
            Assert.Contains("No space left on device", _errors.ToString());
            if (!hit)
            {
                SortedDictionary<string, StoredTensor> kept = Safetensors.Load(_folder.File($"{folder}/model.safetensors")).Tensors;
                Assert.All(model, t => Assert.Equal(t.Value.Bytes, kept[t.Key].Bytes));
            }

            // Every epoch is on record, but what failed at the very last.
            string metrics = File.ReadAllText(Directory.GetFiles(_folder.File(folder), "metrics.csv", SearchOption.AllDirectories).Single());
            if (code == 0) Assert.Equal(["epoch", "1", "2"], metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(',')[0]));
        }
    }

    [Fact]
    public void A_disk_that_is_full_from_some_point_on_stops_no_training()
    {
        var counted = new FaultyDisk((_, _, _) => false);
        Assert.Equal(0, Train("whole", counted));
        for (int k = Begun(counted); k < counted.Done.Count; k += 5)
        {
            string folder = $"from-{k}";
            Assert.Equal((int)ExitCode.BadFile, Train(folder, new FaultyDisk((n, o, _) => n >= k && o != DiskOperation.Delete)));
            Whole(folder, $"{counted.Done[k]}, number {k}\n{_errors}");
            Assert.Contains("done: 2 epochs", _text.ToString());
        }
    }

    [Fact]
    public void A_training_that_diverges_says_so_also_where_nothing_can_be_kept()
    {
        _folder.Write("a.nn", Script.Replace("lr: 0.1", "lr: 1e30", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Diverged,
            Train("diverged", new FaultyDisk((_, o, path) => o == DiskOperation.Rename && path.EndsWith("model.safetensors", StringComparison.Ordinal))));
        Assert.Contains("training diverged", _errors.ToString());
        Assert.Contains("model.safetensors: No space left on device", _errors.ToString());
    }

    // Operations before the first of an epoch.
    private static int Begun(FaultyDisk disk) => disk.Done.ToList().FindIndex(d => d.Operation is DiskOperation.Append) - 1;

    private int Train(string folder, FaultyDisk disk)
    {
        _text.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        Directory.CreateDirectory(_folder.File(folder));
        File.WriteAllText(_folder.File($"{folder}/a.nn"),
            File.ReadAllText(_folder.File("a.nn")).Replace("ck.", $"{_folder.File(folder)}/ck.", StringComparison.Ordinal));
        using IDisposable use = Disk.Use(disk);
        try
        {
            return CommandLine.Run(["train", _folder.File($"{folder}/a.nn"), "--device", "cpu", "--save", _folder.File($"{folder}/model.safetensors"), "--run",
                _folder.File($"{folder}/runs")]);
        }
        catch (NnException e)
        {
            // As the program does.
            ErrorOutput.Tell($"nn: {e.Message}");
            return (int)e.Code;
        }
    }

    // No half files, under no name.
    private void Whole(string folder, string told, bool notDeleted = false)
    {
        foreach (string file in Directory.EnumerateFiles(_folder.File(folder), "*", SearchOption.AllDirectories))
        {
            Assert.False(!notDeleted && file.EndsWith(".tmp", StringComparison.Ordinal), $"{file} is left\n{told}");
            if (file.EndsWith(".safetensors", StringComparison.Ordinal)) Safetensors.Load(file);
            if (file.EndsWith(".csv", StringComparison.Ordinal))
                Assert.All(File.ReadLines(file), l => Assert.Equal(3, l.Count(c => c == ',') - l.Split(',').Length + 4));
        }
    }
}
