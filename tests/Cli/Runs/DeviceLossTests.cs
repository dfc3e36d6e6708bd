using Nn.Files;
using Nn.Networks;
using Nn.Networks.Figures;
using Nn.Repl;
using Nn.Repl.Commands;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli.Runs;

/// <summary>A device that is lost in a training: what was trained so far is on the disk, the run says why it ended, and a session goes on.</summary>
[Collection(nameof(OwnConsole))]
public sealed class DeviceLossTests : IDisposable
{
    // Five steps an epoch.
    private const string Script = """
        model m { dense 3, tanh; dense 1, sigmoid }
        data d { builtin linear, samples: 90; split 80/20 }
        train { loss bce; optimizer adam(lr: 0.01); epochs 4; batch 16 }
        """;

    private const int StepsPerEpoch = 5;

    private readonly ScriptFolder _folder = new();
    private readonly TextWriter _out = Console.Out, _error = Console.Error;
    private readonly string? _state = Environment.GetEnvironmentVariable("NN_STATE");
    private readonly StringWriter _text = new(), _errors = new();

    public DeviceLossTests()
    {
        _folder.Write("a.nn", Script);
        Console.SetOut(_text);
        Console.SetError(_errors);
        Environment.SetEnvironmentVariable("NN_STATE", _folder.File("state"));
    }

    public void Dispose()
    {
        OpenedDevices.Watch(null);
        Console.SetOut(_out);
        Console.SetError(_error);
        Environment.SetEnvironmentVariable("NN_STATE", _state);
        _folder.Dispose();
    }

    [Fact]
    public void Whenever_the_device_is_lost_the_run_says_why_and_holds_the_last_epoch()
    {
        int all = 0;
        Assert.Equal(0, Train(_ => { all++; return false; }, "--run", _folder.File("whole")));
        SortedDictionary<string, StoredTensor>[] after = [.. Enumerable.Range(1, 4).Select(n => Trained(n))];
        int inFolder = 0;
        for (int k = 0; k < all; k++)
        {
            int left = k, epochs = 0;
            string runs = _folder.File($"runs-{k}");
            int code = Train(_ => left-- == 0, "--run", runs);
            string run = Path.Combine(runs, "a-1"), last = Path.Combine(run, "last.safetensors");
            Assert.True(code == (int)ExitCode.DeviceLost, $"lost at {k}: {code}\n{_errors}");
            Assert.Contains(LostDevice.Message, _errors.ToString());
            if (!Directory.Exists(runs)) continue;
            inFolder++;
            string[] listed = Listed(runs);
            Assert.StartsWith("a-1  failed ", listed[1]);
            Assert.Equal($"a-1 failed: {LostDevice.Message}", listed[2]);
            if (File.Exists(last))
            {
                epochs = int.Parse(Safetensors.Load(last).Metadata["epoch"]);
                Assert.Contains($"; {last} holds the training as it was after epoch {epochs}: go on from it with --resume {last}", _errors.ToString());
                Same(after[epochs - 1], Safetensors.Load(last).Tensors);
            }
            else
            {
                Assert.Contains("; nothing of the training is kept: --save FILE or --run keeps it as it goes", _errors.ToString());
            }
        }

        Assert.InRange(inFolder, 4 * StepsPerEpoch, all);
    }

    [Fact]
    public void The_file_to_save_to_is_written_as_the_training_goes_and_it_goes_on_to_the_same_weights()
    {
        string file = _folder.File("m.safetensors");
        int steps = 0;
        Assert.Equal((int)ExitCode.DeviceLost, Train(w => w.StartsWith("train", StringComparison.Ordinal) && ++steps == 2 * StepsPerEpoch + 3, "--save", file));
        Assert.Contains($"{file} holds the training as it was after epoch 1: go on from it with --resume {file}, on this device or another --device",
            _errors.ToString());
        Assert.Equal(0, Train(_ => false, "--resume", file, "--save", file));
        Same(Trained(4), Safetensors.Load(file).Tensors);
        // Lost before the first epoch is over, it leaves what it went on from.
        Assert.Equal((int)ExitCode.DeviceLost, Train(w => w == "train", "--resume", file, "--epochs", "9"));
        Assert.Contains($"{file} holds what this training went on from", _errors.ToString());
    }

    [Fact]
    public void A_run_without_memory_says_so()
    {
        int steps = 0;
        Assert.ThrowsAny<OutOfMemoryException>(
            () => Train(w => w == "train" && ++steps == 7 ? throw new InsufficientMemoryException() : false, "--run", _folder.File("runs")));
        Assert.Equal("a-1 failed: out of memory; use a smaller batch or model, or `limit` on the data", Listed(_folder.File("runs"))[2]);
    }

    [Fact]
    public void What_a_run_could_not_write_at_its_end_is_its_reason()
    {
        using IDisposable use = Disk.Use(
            new FaultyDisk((_, o, path) => o == DiskOperation.Rename && path.EndsWith("last.safetensors", StringComparison.Ordinal)));
        Assert.Equal((int)ExitCode.BadFile, Train(_ => false, "--run", _folder.File("runs")));
        string[] listed = Listed(_folder.File("runs"));
        Assert.StartsWith("a-1  finished ", listed[1]);
        Assert.Equal($"a-1 finished: cannot write {_folder.File("runs/a-1/last.safetensors")}: No space left on device", listed[2]);
    }

    [Fact]
    public void A_session_keeps_its_statements_and_goes_on_from_what_was_last_kept()
    {
        int toGo = int.MaxValue;
        OpenedDevices.Watch(device => new LostDevice(device, w => w.StartsWith("train", StringComparison.Ordinal) && --toGo < 0));
        using (var session = new ReplSession("cpu", json: false, new History(false), CommandTable.All, keeps: true))
        {
            session.Execute(Script);
            session.Execute(":train 2 epochs");
            Assert.Equal(ExitCode.Ok, session.Code);
            toGo = StepsPerEpoch + 3;
            session.Execute(":train");
            Assert.Equal(ExitCode.DeviceLost, session.Code);
            Assert.EndsWith(
                $"error: {LostDevice.Message}; the statements are kept, and the next :train goes on from where the training was last kept: "
                + "on this device once more, or on another after :device, such as :device cpu\n", _text.ToString().ReplaceLineEndings("\n"));
            // Still lost: nothing more is.
            toGo = 0;
            session.Execute(":train");
            toGo = int.MaxValue;
            session.Execute(":device cpu");
            session.Execute(":train");
            Assert.Contains("the training is back: 2 epochs, 10 steps so far", _text.ToString());
            Assert.Equal([0, 1, 2, 3], ((IFigureSource)session).Epochs.Select(c => c.Epoch));
            session.Execute($":save \"{_folder.File("m.safetensors")}\"");
            // A model that was changed in between takes over what fits.
            session.Execute(":train 2 epochs");
            toGo = 1;
            session.Execute(":train 1 epochs");
            session.Execute("model m { dense 3, tanh; dense 2, tanh; dense 1, sigmoid }");
            toGo = int.MaxValue;
            session.Execute(":train 1 epochs");
            Assert.EndsWith("7 epochs are done",
                _text.ToString()[..(_text.ToString().LastIndexOf("epochs are done", StringComparison.Ordinal) + "epochs are done".Length)]);
        }

        Same(Trained(4), Safetensors.Load(_folder.File("m.safetensors")).Tensors);
    }

    // Whether the device was lost before the change, by the change itself, or as the change is undone.
    [Theory]
    [InlineData(":train")]
    [InlineData(":load")]
    [InlineData(":undo")]
    public void A_change_that_is_undone_after_a_loss_brings_the_training_back(string lostIn)
    {
        bool gone = false;
        OpenedDevices.Watch(device => new LostDevice(device, _ => gone));
        using (var session = new ReplSession("cpu", json: false, new History(false), CommandTable.All, keeps: true))
        {
            void Type(string line)
            {
                gone = line.StartsWith(lostIn, StringComparison.Ordinal);
                session.Execute(line);
                gone = false;
            }

            session.Execute(Script);
            session.Execute(":train 2 epochs");
            Type(lostIn == ":train" ? ":train" : "let width = 3");
            Type($":load {Nn.Example("xor.nn")}");
            Type(":undo");
            Assert.Contains("dense 1, sigmoid", session.Workspace.Text);
            session.Execute(":train");
            Assert.Contains("the training is back: 2 epochs, 10 steps so far", _text.ToString());
            Assert.Equal([0, 1, 2, 3], ((IFigureSource)session).Epochs.Select(c => c.Epoch));
            session.Execute($":save \"{_folder.File("m.safetensors")}\"");
        }

        Same(Trained(4), Safetensors.Load(_folder.File("m.safetensors")).Tensors);
    }

    [Fact]
    public void What_a_session_with_a_lost_device_had_is_offered_to_the_next()
    {
        int toGo = int.MaxValue;
        OpenedDevices.Watch(device => new LostDevice(device, _ => --toGo < 0));
        using (var session = new ReplSession("cpu", json: false, new History(false), CommandTable.All, keeps: true))
        {
            session.Execute(Script);
            session.Execute(":train 2 epochs");
            toGo = 4;
            session.Execute(":train");
            session.Execute("let width = 3");
            session.KeepUnsaved();
        }

        toGo = int.MaxValue;
        using var next = new ReplSession("cpu", json: false, new History(false), CommandTable.All, keeps: true);
        next.Execute(":restore");
        Assert.Equal(ExitCode.Ok, next.Code);
        Assert.Contains("m: 2 epochs, 10 steps so far", _text.ToString());
        Assert.Contains("let width = 3", next.Workspace.Text);
    }

    [Fact]
    public void A_device_that_is_lost_while_a_training_moves_to_it_costs_nothing()
    {
        bool gone = false;
        OpenedDevices.Watch(device => device.Name == "reference" ? new LostDevice(device, _ => true) : new LostDevice(device, _ => gone));
        using var session = new ReplSession("cpu", json: false, new History(false), CommandTable.All);
        session.Execute(Script);
        session.Execute(":train 2 epochs");
        session.Execute(":device reference");
        Assert.EndsWith($"error: {LostDevice.Message}; the training is as it was\n", _text.ToString().ReplaceLineEndings("\n"));
        session.Execute(":train");
        Assert.Contains("4 epochs are done", _text.ToString());
        // Where nothing is kept as it goes there is nothing to go on from.
        gone = true;
        session.Execute(":train 1 epochs");
        Assert.Contains("the next :train starts from first values", _text.ToString());
    }

    private int Train(Func<string, bool> lost, params string[] options)
    {
        _text.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        OpenedDevices.Watch(device => new LostDevice(device, lost));
        try
        {
            return CommandLine.Run(["train", _folder.File("a.nn"), "--device", "cpu", .. options]);
        }
        catch (NnException e)
        {
            // As the program does.
            ErrorOutput.Tell($"nn: {e.Message}");
            return (int)e.Code;
        }
        finally
        {
            OpenedDevices.Watch(null);
        }
    }

    // A training of so many epochs that nothing happens to; schedules and seeds do not depend on their number.
    private SortedDictionary<string, StoredTensor> Trained(int epochs)
    {
        string file = _folder.File($"after-{epochs}.safetensors");
        Assert.Equal(0, Train(_ => false, "--epochs", $"{epochs}", "--save", file));
        return Safetensors.Load(file).Tensors;
    }

    private string[] Listed(string runs)
    {
        _text.GetStringBuilder().Clear();
        Assert.Equal(0, CommandLine.Run(["runs", runs]));
        return _text.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Same(SortedDictionary<string, StoredTensor> expected, SortedDictionary<string, StoredTensor> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, t => Assert.Equal(t.Value.Bytes, actual[t.Key].Bytes));
    }
}
