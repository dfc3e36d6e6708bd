using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Google.Protobuf;

namespace Nn.Tests.Cli.Runs;

public sealed class RunTests : IDisposable
{
    private const string Script = """
        let width = 8
        model net { dense width, tanh; dense classes, softmax }
        data d { builtin moons, samples: 200, noise: 0.2, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.02); schedule cosine; epochs 4; batch 16; metrics accuracy }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("nn-runs").FullName;

    public RunTests() => File.WriteAllText(Path.Combine(_folder, "moons.nn"), Script);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_kept_run_has_all_that_it_takes_to_go_on()
    {
        Outcome o = Nn.RunIn(_folder, null, "train", "moons.nn", "--run", "--set", "width=5").Good();
        Assert.Contains("kept in runs/moons-1", o.Out);
        string run = Path.Combine(_folder, "runs", "moons-1");
        string[] lines = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        Assert.Equal("epoch,seconds,lr,loss,accuracy,val_loss,val_accuracy", lines[0]);
        Assert.Equal(["1", "2", "3", "4"], lines[1..].Select(l => l.Split(',')[0]));
        JsonElement settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "settings.json"))).RootElement;
        Assert.Equal("finished", settings.GetProperty("state").GetString());
        Assert.Equal("5", settings.GetProperty("set").GetProperty("width").GetString());
        Assert.Equal(Script, File.ReadAllText(Path.Combine(run, "script.nn")));
        // The last state goes on where it stopped: there is nothing left to do.
        Assert.Contains("4 epochs",
            Nn.RunIn(_folder, null, "train", "moons.nn", "--set", "width=5", "--resume", Path.Combine(run, "last.safetensors")).Good().Out);
        Assert.Contains("val_accuracy",
            Nn.RunIn(_folder, null, "eval", "moons.nn", "--set", "width=5", "--model", Path.Combine(run, "best.safetensors")).Good().Out);
    }

    [Fact]
    public void Runs_are_numbered_and_listed_with_what_tells_them_apart()
    {
        Nn.RunIn(_folder, null, "train", "moons.nn", "--run", "--epochs", "1").Good();
        Nn.RunIn(_folder, null, "train", "moons.nn", "--run", "--epochs", "2", "--set", "width=3").Good();
        string[] lines = Nn.RunIn(_folder, null, "runs").Good().Lines;
        Assert.Equal(["run", "state", "epochs", "seed", "width", "loss", "accuracy", "val_loss", "val_accuracy", "time"],
            lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("moons-2  finished       2     0      3", lines[1]);
        Assert.StartsWith("moons-1  finished       1     0", lines[2]);
        Assert.Contains("there are no runs", Nn.RunIn(_folder, null, "runs", "elsewhere").Good().Out);
    }

    /// <summary>Read by the rules of the format, written out here once more.</summary>
    [Fact]
    public void Events_are_as_TensorBoard_reads_them()
    {
        Nn.RunIn(_folder, null, "train", "moons.nn", "--run").Good();
        byte[] file = File.ReadAllBytes(Directory.GetFiles(Path.Combine(_folder, "runs", "moons-1"), "events.out.tfevents.*").Single());
        var events = new List<(long Step, string? Version, Dictionary<string, float> Values)>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Masked(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            events.Add(Event(file.AsSpan(at + 12, length).ToArray()));
            at += 16 + length;
        }

        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal([10L, 20, 30, 40], events[1..].Select(e => e.Step));
        string[] csv = File.ReadAllLines(Path.Combine(_folder, "runs", "moons-1", "metrics.csv"));
        Assert.Equal(float.Parse(csv[4].Split(',')[3], System.Globalization.CultureInfo.InvariantCulture), events[4].Values["loss"]);
        Assert.Equal(["accuracy", "loss", "lr", "val_accuracy", "val_loss"], events[1].Values.Keys.Order());
    }

    [Fact]
    public void A_report_is_one_page_with_curves_matrix_and_the_way_to_reproduce_it()
    {
        Nn.RunIn(_folder, null, "train", "moons.nn", "--run", "--set", "width=5").Good();
        Outcome o = Nn.RunIn(_folder, null, "report", "runs/moons-1");
        Assert.Equal(0, o.Code);
        // Nothing is loaded from elsewhere.
        Assert.DoesNotContain("src=", o.Out);
        Assert.DoesNotMatch("href=\"(?!data:)", o.Out);
        Assert.Contains("nn train moons.nn --seed 0 --epochs 4 --device cpu --set &#39;width=5&#39;", o.Out);
        XElement[] figures = [.. Svgs(o.Out)];
        XNamespace svg = "http://www.w3.org/2000/svg";
        string[] titles = [.. figures.Select(f => f.Elements(svg + "text").First().Value)];
        Assert.Equal(["loss", "accuracy", "learning rate"], titles[..3]);
        Assert.Contains("of 40 right", titles[3]);
        // The script without its colours.
        Assert.Contains(Script.Split('\n')[1].Trim(), System.Text.RegularExpressions.Regex.Replace(o.Out, "<[^>]+>", ""));
    }

    [Fact]
    public void A_report_of_images_shows_the_worst_mistakes()
    {
        Nn.Run("train", Nn.Example("digits.nn"), "--epochs", "1", "--run", Path.Combine(_folder, "kept")).Good();
        Outcome o = Nn.Run("report", Path.Combine(_folder, "kept", "digits-1"), "--out", Path.Combine(_folder, "report.html"));
        Assert.Equal(0, o.Code);
        string page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.Contains("Worst mistakes", page);
        Assert.Contains("data:image/png;base64,", page);
    }

    [Theory]
    [InlineData("nowhere", "holds no run")]
    [InlineData("broken", "is damaged")]
    public void What_is_no_run_is_told(string run, string message)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "broken"));
        File.WriteAllText(Path.Combine(_folder, "broken", "settings.json"), "{ \"state\": ");
        Nn.RunIn(_folder, null, "report", run).Fails(ExitCode.BadFile, message);
    }

    [Fact]
    public void A_run_that_cannot_be_kept_does_not_begin()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        Nn.RunIn(_folder, null, "train", "moons.nn", "--run", "file/x").Fails(ExitCode.BadFile, "cannot");
    }

    // CRC-32C bit by bit: polynomial 0x1EDC6F41, reflected.
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static (long Step, string? Version, Dictionary<string, float> Values) Event(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        (long step, string? version, var values) = (0, null, new Dictionary<string, float>());
        while (input.ReadTag() is var tag and not 0)
        {
            switch (tag >> 3)
            {
                case 1: Assert.InRange(input.ReadDouble(), 1.5e9, 1e11); break;
                case 2: step = input.ReadInt64(); break;
                case 3: version = input.ReadString(); break;
                case 5:
                    var summary = new CodedInputStream(input.ReadBytes().ToByteArray());
                    while (summary.ReadTag() != 0)
                    {
                        var value = new CodedInputStream(summary.ReadBytes().ToByteArray());
                        string name = "";
                        while (value.ReadTag() is var field and not 0)
                        {
                            if (field >> 3 == 1) name = value.ReadString();
                            else values[name] = value.ReadFloat();
                        }
                    }

                    break;
                default: Assert.Fail($"field {tag >> 3}"); break;
            }
        }

        return (step, version, values);
    }

    private static IEnumerable<XElement> Svgs(string page)
    {
        for (int at = 0; (at = page.IndexOf("<svg", at, StringComparison.Ordinal)) >= 0;)
        {
            int end = page.IndexOf("</svg>", at, StringComparison.Ordinal) + 6;
            yield return XElement.Parse(page[at..end]);
            at = end;
        }
    }
}
