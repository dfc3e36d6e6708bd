using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using Nn.Data;
using Nn.Dsl;
using Nn.Exchange.Onnx;
using Nn.Exchange.Weights;
using Nn.Files;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Files;

/// <summary>Inputs that would be waited for, that lie about their size, or that become far larger than they are.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Everything that reads a file that somebody names.</summary>
    public static TheoryData<string> Readers => new(ByName.Keys);

    private static readonly Dictionary<string, Action<string>> ByName = new()
    {
        ["csv"] = p => Data(p, DataSource.Csv),
        ["text"] = p => Data(p, DataSource.Text),
        ["npz"] = p => Data(p, DataSource.Npz),
        ["idx"] = p => IdxFile.Read(p),
        ["image"] = p => ImageFile.Load(p),
        ["safetensors"] = p => Safetensors.Load(p),
        ["onnx"] = p => OnnxReader.Load(p),
        ["search results"] = p => SearchResults.Load(p),
        ["map of weights"] = p => WeightMap.ReadPairs(p),
        ["names of columns"] = p => Assert.Empty(DataLoader.Columns(p, [Path.GetDirectoryName(p)!])),
        ["script"] = p => Assert.Equal("", SourceText.Load(p).Text),
    };

    [SkippableTheory]
    [MemberData(nameof(Readers))]
    public void A_pipe_or_device_is_not_waited_for(string reader)
    {
        Skip.If(OperatingSystem.IsWindows(), "there are no named pipes among files");
        string pipe = _folder.File("pipe"), link = _folder.File("link");
        using (var mkfifo = Process.Start("mkfifo", [pipe])) mkfifo.WaitForExit();
        File.CreateSymbolicLink(link, pipe);
        foreach (string path in new[] { pipe, link, "/dev/zero", "/dev/tty", _folder.Path })
        {
            bool quiet = reader is "names of columns" or "script" && path != _folder.Path || reader == "names of columns";
            Task<Exception?> read = Task.Run<Exception?>(() => Record.Exception(() => ByName[reader](path)));
            Assert.True(read.Wait(TimeSpan.FromSeconds(30)), $"{reader} waits for {path}");
            if (quiet) Assert.Null(read.Result);
            else Assert.Equal(ExitCode.BadFile, Assert.IsType<NnException>(read.Result).Code);
        }
    }

    // The largest array is 2,147,483,591 bytes: what is beyond is refused by its header, what is below by its end.
    [Theory]
    [InlineData(2_147_483_590)]
    [InlineData(2_147_483_591)]
    [InlineData(2_147_483_592)]
    [InlineData(2_147_483_647)]
    [InlineData(1)]
    public void An_idx_file_that_promises_more_than_it_has_is_refused(int count)
    {
        var plain = new byte[8];
        (plain[2], plain[3]) = (8, 1);
        BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(4), count);
        string path = _folder.File("x.gz");
        foreach (byte[] content in new[] { plain, Gzip(plain) })
        {
            string file = content == plain ? _folder.File("x") : path;
            File.WriteAllBytes(file, content);
            Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => IdxFile.Read(file)).Code);
        }
    }

    [Fact]
    public void What_would_become_far_larger_than_it_is_is_refused_before_it_does()
    {
        const int count = 300_000_000;
        string idx = _folder.File("x.gz"), npz = _folder.File("x.npz");
        using (var gz = new GZipStream(File.Create(idx), CompressionLevel.Fastest))
        {
            Span<byte> header = [0, 0, 8, 1, 0, 0, 0, 0];
            BinaryPrimitives.WriteInt32BigEndian(header[4..], count);
            gz.Write(header);
            Zeros(gz, count);
        }

        using (var zip = new ZipArchive(File.Create(npz), ZipArchiveMode.Create))
        using (Stream entry = zip.CreateEntry("x.npy", CompressionLevel.Fastest).Open())
        {
            string text = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}".PadRight(117) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0]);
            entry.Write(System.Text.Encoding.ASCII.GetBytes(text));
            Zeros(entry, count);
        }

        foreach ((string file, Action read) in new (string, Action)[] { (idx, () => IdxFile.Read(idx)), (npz, () => Npz.Load(npz)) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            string message = Assert.Throws<NnException>(read).Message;
            Assert.Contains(file, message);
            Assert.Contains("100 times", message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 << 20);
        }
    }

    private static void Data(string path, DataSource source) => DataLoader.Describe(
        new DataSpec { Name = "d", Source = source, Path = path, Target = source == DataSource.Csv ? "y" : null, Context = 4 }, [Path.GetDirectoryName(path)!]);

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gz = new GZipStream(packed, CompressionLevel.Fastest)) gz.Write(content);
        return packed.ToArray();
    }

    private static void Zeros(Stream stream, int count)
    {
        var zeros = new byte[1 << 20];
        for (int left = count; left > 0; left -= zeros.Length) stream.Write(zeros, 0, Math.Min(left, zeros.Length));
    }
}
