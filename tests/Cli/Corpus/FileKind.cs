using System.Buffers.Binary;
using System.IO.Compression;
using Nn.Data;
using Nn.Dsl;
using Nn.Exchange.Onnx;
using Nn.Exchange.Weights;
using Nn.Files;
using Nn.Networks;
using Nn.Networks.Runs;
using Nn.Repl.Commands;
using Nn.Repl.Options;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Tests.Cli.Corpus;

/// <summary>A kind of file, and what the program does with one.</summary>
/// <param name="Name">The folder in <c>tests/corpus</c>.</param>
/// <param name="IsText">Whether people read it.</param>
/// <param name="Rounds">Mutations of each file of the corpus in a usual run: fewer where one takes milliseconds.</param>
/// <param name="Read">Reads one; the folder is its own, and may be written to.</param>
internal sealed record FileKind(string Name, bool IsText, int Rounds, Action<string> Read)
{
    /// <summary>Makes a spoilt file consistent where a checksum would end every reading at once; null where there is none.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Whether what lies beside a file belongs to it: the other files of a run, the script of a search.</summary>
    public bool Together { get; init; }

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<FileKind> All { get; } =
    [
        new("png", false, 100, p => ImageFile.Load(p)) { Repair = Checksums },
        new("jpeg", false, 100, p => ImageFile.Load(p)),
        new("wav", false, 150, p => SoundFile.Load(p)),
        new("npy", false, 60, Npy),
        new("npz", false, 60, NpzFile),
        new("idx", false, 100, Idx),
        new("safetensors", false, 150, p =>
        {
            Safetensors.Load(p);
            ForeignWeights.Load(p);
        }),
        new("onnx", false, 80, p => ImportedScript.Bind(OnnxImport.Convert(OnnxReader.Load(p), p), p)),
        new("csv", true, 80, Csv),
        new("text", true, 30, p => DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Text, Path = p, Context = 8 }, Beside(p))),
        new("script", true, 4, Script),
        new("checkpoint", false, 20, Opened) { Repair = WithoutDigest },
        new("search", true, 30, Search) { Together = true },
        new("run", true, 8, p =>
        {
            RunReport.Write(RunRecord.Load(Path.GetDirectoryName(p)!), "cpu");
            RunRecord.All(Path.GetDirectoryName(Path.GetDirectoryName(p))!);
        }) { Together = true },
        new("history", true, 100, p => Assert.All(File.ReadAllLines(p).Select(History.Decode), l => Assert.DoesNotContain('\r', l))),
    ];

    private static void Npy(string path)
    {
        using (FileStream file = File.OpenRead(path)) Files.Npy.Read(file, path);
        // As part of an archive, whose own checksums are right.
        string archive = path + ".npz";
        using (var zip = new ZipArchive(File.Create(archive), ZipArchiveMode.Create))
        using (Stream entry = zip.CreateEntry("x.npy").Open()) entry.Write(File.ReadAllBytes(path));
        Npz.Load(archive);
    }

    private static void NpzFile(string path)
    {
        Npz.Load(path);
        DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Npz, Path = path, Inputs = ["x"], Target = "y" }, Beside(path));
    }

    private static void Idx(string path)
    {
        string packed = path + ".gz";
        using (var gz = new GZipStream(File.Create(packed), CompressionLevel.Fastest)) gz.Write(File.ReadAllBytes(path));
        Exception? plain = Record.Exception(() => IdxFile.Read(path));
        IdxFile.Read(packed);
        if (plain is not null) throw plain;
    }

    // In each way in which a table may be read; it is refused where all of them are.
    private static void Csv(string path)
    {
        var refused = new List<NnException>();
        foreach ((ColumnType? type, int window) in new (ColumnType?, int)[] { (null, 0), (ColumnType.Word, 0), (null, 2) })
        {
            var types = new Dictionary<string, ColumnType>();
            if (type is { } t) types["y"] = t;
            try
            {
                DataLoader.Load(new DataSpec
                {
                    Name = "d",
                    Source = DataSource.Csv,
                    Path = path,
                    Target = "y",
                    Window = window,
                    Split = [0.5, 0.5],
                    Types = types
                }, Beside(path));
            }
            catch (NnException e)
            {
                refused.Add(e);
            }
        }

        if (refused.Count == 3) throw refused[0];
    }

    private static string[] Beside(string path) => [Path.GetDirectoryName(path)!];

    private static void Script(string path)
    {
        var source = SourceText.Load(path);
        Formatter.Format(source);
        Binder.Bind(source, BindOptions.None, spec => DataLoader.Load(Small(spec), Beside(path)).Schema);
    }

    // How many samples a generator is to make is a number in a text: what takes long to make finds no more.
    private static DataSpec Small(DataSpec spec) => spec with { Samples = spec.Samples is { } n ? Math.Min(n, 1000) : null };

    private static void Opened(string path)
    {
        File.Copy(Path.Combine(CorpusTests.Root, "table.csv"), Path.Combine(Path.GetDirectoryName(path)!, "table.csv"), overwrite: true);
        using (Network net = Network.Open(path, new NetworkOptions { Device = "cpu" }))
        {
            long width = net.Definition.Schema.Input.Shape.Count;
            if (width > 1 << 16) return;
            net.Predict(new float[width]);
            // The training that goes on, with its optimizer.
            net.Evaluate();
        }

        var options = new RunOptions(path, "cpu", BindOptions.None, Json: false, Quiet: true, Save: null, Resume: null, Model: null);
        new ExportCommand(options, path + ".onnx", null).Run();
        Safetensors file = Safetensors.Load(path);
        ScriptChanges.Between(Checkpoint.Script(file, path), Checkpoint.Values(file), "model m { dense 1 }", new Dictionary<string, string>());
        DataFingerprint.Read(file.Metadata);
    }

    private static void Search(string path)
    {
        string script = Path.ChangeExtension(path, ".nn");
        SearchDefinition definition = Binder.Bind(SourceText.Load(script), BindOptions.None, spec => DataLoader.Load(spec, []).Schema).Search!;
        SearchResults results = SearchResults.Load(path);
        _ = results.Best;
        using SearchFile file = SearchFile.Resume(path, results.Identity, definition);
        definition.Best(file.Before);
        // What the trials so far make the search try next.
        Proposals.Next(definition with { Trials = file.Before.Count + 1 }, file.Before);
        MedianRule.Hopeless(definition, file.Before, [[1.0]], 2);
    }

    // A file without its sum is taken for one of another program.
    private static byte[] WithoutDigest(byte[] checkpoint)
    {
        byte[] file = [.. checkpoint];
        int at = file.AsSpan().IndexOf("\"nn.sha256\""u8);
        if (at >= 0) file[at + 1] = (byte)'N';
        return file;
    }

    private static byte[] Checksums(byte[] png)
    {
        byte[] file = [.. png];
        for (int at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) break;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + (int)length), Crc(file.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }

        return file;
    }

    // Of zip, PNG and Ethernet.
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
