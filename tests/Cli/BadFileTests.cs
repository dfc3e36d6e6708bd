using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Nn.Tests.Cli;

/// <summary>Data and model files that are missing, cut off or lying: exit code 4, one message, nothing half-written.</summary>
[Collection(nameof(OwnConsole))]
public sealed class BadFileTests : IDisposable
{
    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "there is no file 't.csv'; looked in")]
    [InlineData("", "t.csv is empty; its first line must name the columns")]
    [InlineData("a,b\n1,2\n", "t.csv has no column 'y'; it has a, b")]
    [InlineData("a,y\n1,2\n3\n", "t.csv, row 2: 1 field, but 2 columns")]
    [InlineData("a,y\n1,2\nx,3\n4,5\n", "t.csv, row 2: 'x' in column 'a' is no number, as 2 of 3 are")]
    [InlineData("a,y\n1,\"2\n", "cannot read ")]
    public void A_bad_table_is_refused(string? table, string message)
    {
        if (table is not null) _folder.Write("t.csv", table);
        _folder.Write("a.nn", "model m { dense 1 }\ndata d { csv \"t.csv\"; target y }\ntrain { loss mse; optimizer adam }");
        Outcome outcome = _folder.Run("train", "a.nn", "--save", "m").Fails(ExitCode.BadFile, "a.nn:2:14: error: ", message);
        // The message, the line and the mark below the file.
        Assert.Equal(3, outcome.Error.TrimEnd().Split('\n').Length);
        Assert.False(File.Exists(_folder.File("m")));
    }

    // What is wrong with the model's file is told of that file, and of no place in the script.
    [Theory]
    [InlineData("eval")]
    [InlineData("predict", "0.1", "0.2")]
    [InlineData("export", "--to", "x.onnx")]
    [InlineData("sample", "--out", "x.png")]
    [InlineData("generate")]
    public void A_bad_model_is_told_as_one(string command, params string[] words)
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Write("junk", "no model");
        foreach ((string model, string why) in new[] { ("none", "cannot read none: there is no such file"), ("junk", "junk is no valid safetensors file") })
        {
            Outcome outcome = _folder.Run([command, "a.nn", .. words, "--model", model]).Fails(ExitCode.BadFile, why);
            Assert.StartsWith("nn: ", outcome.Error);
        }
    }

    [Fact]
    public void A_model_of_scaled_inputs_is_not_asked_without_the_scaling()
    {
        string scaled = ScriptFolder.Small.Replace("split 80/20", "split 80/20; normalize standard");
        _folder.Write("a.nn", scaled);
        _folder.Write("b.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        foreach (string[] use in new string[][] { ["eval", "b.nn", "--model", "m"], ["predict", "b.nn", "0.1", "0.2", "--model", "m"],
            ["train", "b.nn", "--resume", "m"], ["export", "b.nn", "--to", "x.onnx", "--model", "m"] })
            _folder.Run(use).Fails(ExitCode.BadFile, "it was trained on inputs that were scaled, and this script has no `normalize`");
        _folder.Run("eval", "a.nn", "--model", "m").Good();
    }

    [Fact]
    public void A_model_whose_weights_are_not_those_that_were_trained_is_refused()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--save", "m").Good();
        byte[] whole = File.ReadAllBytes(_folder.File("m"));
        byte[] flipped = [.. whole];
        flipped[^1] ^= 1;
        _folder.Write("flipped", flipped);
        // A file that is whole, and holds a weight that is no number.
        Files.Safetensors nan = Files.Safetensors.Load(_folder.File("m"));
        BitConverter.TryWriteBytes(nan.Tensors["m.dense_1.weight"].Bytes, float.NaN);
        nan.Save(_folder.File("nan"));
        string[][] uses = [["eval", "a.nn", "--model"], ["train", "a.nn", "--resume"], ["export", "a.nn", "--to", "x.onnx", "--model"],
            ["predict", "a.nn", "0.1", "0.2", "--model"]];
        foreach (string[] use in uses)
        {
            _folder.Run([.. use, "flipped"]).Fails(ExitCode.BadFile, "flipped is damaged, or was changed after it was written");
            _folder.Run([.. use, "nan"]).Fails(ExitCode.BadFile, "nan: 1 of the 8 numbers of 'm.dense_1.weight' is NaN");
        }

        _folder.Run("repl", "-c", ":open nan").Fails(ExitCode.BadFile);
    }

    [Fact]
    public void A_missing_folder_of_images_says_where_it_was_looked_for()
    {
        _folder.Write("a.nn", "model m { flatten; dense 10, softmax }\ndata d { idx \"mnist\" }\ntrain { loss cross_entropy; optimizer adam }");
        _folder.Run("train", "a.nn").Fails(ExitCode.BadFile, "there is no folder 'mnist'", _folder.Path, "set NN_DATA");
    }

    [Theory]
    [InlineData(3, 12, "its header promises 40 bytes, the file has 28")]
    [InlineData(1_000_000_000, 12, "at most 2 GiB are read")]
    [InlineData(200_000_000, 12, "its header promises 1,600,000,016 bytes, the file has 28")]
    [InlineData(3, 60, "its header promises 40 bytes, the file has 76")]
    public void Images_that_are_cut_off_or_lied_about_are_refused(int count, int bytes, string message)
    {
        Directory.CreateDirectory(_folder.File("mnist"));
        var images = new byte[16 + bytes];
        images[2] = 8;
        images[3] = 3;
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), count);
        images[11] = 2;
        images[15] = 4;
        _folder.Write("mnist/train-images-idx3-ubyte", images);
        _folder.Write("a.nn", "model m { flatten; dense 10, softmax }\ndata d { idx \"mnist\" }\ntrain { loss cross_entropy; optimizer adam }");
        Outcome outcome = _folder.Run("train", "a.nn", "--save", "m").Fails(ExitCode.BadFile, "train-images-idx3-ubyte is no valid IDX file: ", message);
        Assert.Equal(3, outcome.Error.TrimEnd().Split('\n').Length);
        Assert.False(File.Exists(_folder.File("m")));
    }

    [Theory]
    [InlineData("missing", "cannot read missing: there is no such file")]
    [InlineData("truncated", "is no valid safetensors file: ")]
    [InlineData("lying", "its header claims 1,000,000,000,000 bytes")]
    [InlineData("text", "is no valid safetensors file: ")]
    [InlineData("other", "it belongs to another script")]
    [InlineData("wider", "'m.dense_1.weight' is f32 2x5 there, f32 2x4 in this script")]
    public void A_bad_model_is_refused_by_every_command_that_reads_one(string kind, string message)
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        switch (kind)
        {
            case "truncated":
                _folder.Run("train", "a.nn", "--quiet", "--epochs", "0", "--save", kind).Good();
                File.WriteAllBytes(_folder.File(kind), File.ReadAllBytes(_folder.File(kind))[..^100]);
                break;
            case "lying":
                var lying = new byte[100];
                BinaryPrimitives.WriteInt64LittleEndian(lying, 1_000_000_000_000);
                _folder.Write(kind, lying);
                break;
            case "text": _folder.Write(kind, Encoding.UTF8.GetBytes("no model at all")); break;
            case "other":
                _folder.Write("b.nn", ScriptFolder.Small.Replace("model m ", "model n "));
                _folder.Run("train", "b.nn", "--quiet", "--epochs", "0", "--save", kind).Good();
                break;
            case "wider":
                _folder.Write("b.nn", ScriptFolder.Small.Replace("width = 4", "width = 5"));
                _folder.Run("train", "b.nn", "--quiet", "--epochs", "0", "--save", kind).Good();
                break;
        }

        foreach (string[] command in new string[][] { ["train", "a.nn", "--resume", kind], ["eval", "a.nn", "--model", kind],
            ["predict", "a.nn", "--model", kind] })
            Assert.Equal("", _folder.Run(command).Fails(ExitCode.BadFile, message).Out);
    }

    // What was set for the training holds for the model; what is set now wins, even where it does not fit.
    [Fact]
    public void A_model_is_evaluated_with_the_values_it_was_trained_with()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--quiet", "--epochs", "1", "--set", "width=5", "--save", "m").Good();
        string given = _folder.Run("eval", "a.nn", "--model", "m", "--set", "width=5").Good().Out;
        Assert.Equal(given, _folder.Run("eval", "a.nn", "--model", "m").Good().Out);
        Assert.Equal(_folder.Run("predict", "a.nn", "--model", "m", "--set", "width=5").Good().Out, _folder.Run("predict", "a.nn", "--model", "m").Good().Out);
        _folder.Run("eval", "a.nn", "--model", "m", "--set", "width=4").Fails(ExitCode.BadFile, "'m.dense_1.weight' is f32 2x5 there, f32 2x4 in this script");
    }

    // A script may be somebody else's, and its checkpoint any file of the user.
    [Fact]
    public void A_training_replaces_checkpoints_and_nothing_else()
    {
        _folder.Write("victim.txt", "a letter of many lines");
        _folder.Write("foreign.safetensors", [8, 0, 0, 0, 0, 0, 0, 0, .. "{\"x\":{}}"u8]);
        Directory.CreateDirectory(_folder.File("inner"));
        foreach (string victim in new[] { "victim.txt", "foreign.safetensors" })
        {
            byte[] before = File.ReadAllBytes(_folder.File(victim));
            _folder.Write("inner/a.nn", ScriptFolder.Small.Replace("epochs 4", $"epochs 1; checkpoint \"{victim}\""));
            Nn.RunIn(_folder.Path, null, "train", "inner/a.nn").Fails(ExitCode.BadFile, victim, "is no checkpoint of a training", "Remove it first");
            _folder.Write("a.nn", ScriptFolder.Small);
            _folder.Run("train", "a.nn", "--save", victim).Fails(ExitCode.BadFile, victim, "is no checkpoint of a training");
            Assert.Equal(before, File.ReadAllBytes(_folder.File(victim)));
        }

        for (int i = 0; i < 2; i++) _folder.Run("train", "a.nn", "--quiet", "--epochs", "1", "--save", "m").Good();
    }

    [Fact]
    public void An_empty_name_is_no_file()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--save", "").Fails(ExitCode.BadFile, "cannot write '': that is no file name");
        foreach (string[] command in new string[][] { ["train", "a.nn", "--resume", ""], ["eval", "a.nn", "--model", ""], ["predict", "a.nn", "--model", ""] })
            _folder.Run(command).Fails(ExitCode.BadFile, "cannot read '': that is no file name");
    }

    [SkippableFact]
    public void Output_that_cannot_be_written_is_told()
    {
        Skip.IfNot(File.Exists("/dev/full"), "there is no /dev/full");
        using var shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", $"dotnet '{Nn.Program}' plan '{Nn.Example("xor.nn")}' > /dev/full"]) { RedirectStandardError = true })!;
        string error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal((int)ExitCode.BadFile, shell.ExitCode);
        Assert.StartsWith("nn: cannot write the output: ", error);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_told_before_training()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Write("file", "");
        Directory.CreateDirectory(_folder.File("folder"));
        Assert.Equal("", _folder.Run("train", "a.nn", "--save", "folder").Fails(ExitCode.BadFile, "cannot write folder: it is a folder").Out);
        Assert.Equal("", _folder.Run("train", "a.nn", "--save", "file/m").Fails(ExitCode.BadFile, "cannot write file/m").Out);
    }

    [SkippableTheory]
    [InlineData("model m { dense 40000; dense 40000; dense 1 }\ndata d { builtin linear }\ntrain { loss mse; optimizer adam }", "GB, this machine has")]
    [InlineData("model m { dense 30000; dense 30000; dense 30000; dense 30000; dense 1 }\ndata d { builtin linear }\ntrain { loss mse; optimizer adam }",
        "weights; at most 2,147,483,647")]
    [InlineData("model m { dense 1 }\ndata d { builtin linear, samples: 2000000000 }\ntrain { loss mse; optimizer adam }", "2,000,000,000 samples")]
    public void What_is_far_too_large_is_refused_before_the_first_step(string script, string message)
    {
        Skip.If(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 1L << 38, "this machine could hold it");
        _folder.Write("a.nn", script);
        Assert.Equal("", _folder.Run("train", "a.nn").Fails(ExitCode.OutOfMemory, message).Out);
    }
}
