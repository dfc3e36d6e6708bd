using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public sealed class IdxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_is_read_plain_and_gzipped(bool gzip)
    {
        byte[] file = Idx([2, 3, 1], [1, 2, 3, 4, 5, 255]);
        (Shape shape, byte[] values) = IdxFile.Read(gzip ? _folder.Write("a.gz", Gzip(file)) : _folder.Write("a", file));
        Assert.Equal(new Shape(2, 3, 1), shape);
        Assert.Equal([1, 2, 3, 4, 5, 255], values);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Idx([2, 3], [1, 2, 3, 4, 5, 6]);
        for (int length = 0; length < whole.Length; length++) AssertRefused(whole[..length], gzip: false, "");
    }

    [Fact]
    public void Every_truncation_of_a_gzipped_file_is_refused_or_lost_nothing()
    {
        // The last bytes of a gzip file are an end mark and a checksum: without them all values may be there.
        byte[] whole = Gzip(Idx([2, 3], [1, 2, 3, 4, 5, 6]));
        for (int length = 0; length < whole.Length - 12; length++) AssertRefused(whole[..length], gzip: true, "");
        for (int length = whole.Length - 12; length < whole.Length; length++)
        {
            try
            {
                Assert.Equal([1, 2, 3, 4, 5, 6], IdxFile.Read(_folder.Write("a.gz", whole[..length])).Values);
            }
            catch (NnException e)
            {
                Assert.Equal(ExitCode.BadFile, e.Code);
            }
        }
    }

    [Fact]
    public void A_damaged_gzip_file_is_refused()
    {
        byte[] whole = Gzip(Idx([2, 3], [1, 2, 3, 4, 5, 6]));
        whole[^8] ^= 1;
        AssertRefused(whole, gzip: true, "");
    }

    [Theory]
    [InlineData(false, "its header promises 18 bytes, the file has 19")]
    [InlineData(true, "it goes on after the 6 elements that its header promises")]
    public void More_than_the_header_promises_is_refused(bool gzip, string message)
    {
        byte[] file = [.. Idx([2, 3], [1, 2, 3, 4, 5, 6]), 7];
        AssertRefused(gzip ? Gzip(file) : file, gzip, message);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 8, 1, 0, 0, 0, 0 }, "does not begin like an IDX file")]
    [InlineData(new byte[] { 0, 0, 0x0D, 1, 0, 0, 0, 0 }, "its element type is 0x0d; only unsigned bytes (0x08) are read")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, "it has 0 axes; 1 to 4 are read")]
    [InlineData(new byte[] { 0, 0, 8, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9 }, "it has 5 axes; 1 to 4 are read")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff }, "axis 1 has 4294967295 elements")]
    [InlineData(new byte[] { 0, 0, 8, 4, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff }, "at most 2 GiB")]
    public void A_lying_header_is_refused_with_the_reason(byte[] file, string message)
    {
        AssertRefused(file, gzip: false, message);
        AssertRefused(Gzip(file), gzip: true, message);
    }

    [Fact]
    public void A_header_that_promises_gigabytes_takes_little_memory()
    {
        byte[] file = Idx([2_000_000_000], [1, 2, 3]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(file, gzip: false, "the file has");
        AssertRefused(Gzip(file), gzip: true, "2,000,000,000, more than 100 times as many");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void A_bomb_is_left_where_the_header_ends()
    {
        // 256 MB of zeros behind a header that promises a thousand: nothing beyond them may be unpacked.
        byte[] bomb = Gzip(Idx([1000], new byte[256 << 20]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(bomb, gzip: true, "it goes on after the 1,000 elements");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void A_folder_takes_the_t10k_files_as_validation()
    {
        WriteFolder(train: 3, test: 2);
        LoadedData data = Load();
        Assert.Equal((3, 2), (data.Training.Samples, data.Validation.Samples));
        Assert.Equal(new Shape(2, 2, 1), data.Input.Shape);
        Assert.Equal(3, data.Target.Symbols);
        Assert.Equal([0, 1, 2], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
    }

    [Fact]
    public void A_split_of_a_folder_keeps_the_t10k_files_for_testing()
    {
        WriteFolder(train: 10, test: 2);
        LoadedData data = Load(s => s with { Split = [0.8, 0.2] });
        Assert.Equal((8, 2, 2), (data.Training.Samples, data.Validation.Samples, data.Test.Samples));
    }

    [Fact]
    public void A_folder_that_contradicts_itself_is_refused()
    {
        WriteFolder(train: 3, test: 2);
        _folder.Write("mnist/train-labels-idx1-ubyte", Idx([4], [0, 1, 2, 0]));
        Assert.Contains("the train images are 3x2x2, their labels 4", Assert.Throws<NnException>(() => Load()).Message);
        WriteFolder(train: 3, test: 2);
        _folder.Write("mnist/t10k-images-idx3-ubyte", Idx([2, 2, 3], new byte[12]));
        Assert.Contains("training images are 2x2, t10k images 2x3", Assert.Throws<NnException>(() => Load()).Message);
        File.Delete(_folder.File("mnist/train-labels-idx1-ubyte"));
        Assert.Contains("has no file train-labels-idx1-ubyte", Assert.Throws<NnException>(() => Load()).Message);
    }

    [Fact]
    public void An_image_file_without_images_is_refused()
    {
        WriteFolder(train: 0, test: 0);
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Load()).Code);
    }

    [SkippableFact]
    public void Mnist_is_the_one_that_was_published()
    {
        string folder = Checkout.DataOrSkip("mnist");
        LoadedData data = DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Idx, Path = "mnist" }, [Path.GetDirectoryName(folder)!]);
        Assert.Equal((60_000, 10_000), (data.Training.Samples, data.Validation.Samples));
        Assert.Equal(new Shape(28, 28, 1), data.Input.Shape);
        Assert.Equal(10, data.Target.Symbols);
        (_, byte[] pixels) = IdxFile.Read(Path.Combine(folder, "train-images-idx3-ubyte.gz"));
        Assert.StartsWith("ba891046", Convert.ToHexStringLower(SHA256.HashData(Idx([60_000, 28, 28], pixels))));
    }

    private LoadedData Load(Func<DataSpec, DataSpec>? change = null)
    {
        var spec = new DataSpec { Name = "d", Source = DataSource.Idx, Path = "mnist" };
        return DataLoader.Load(change?.Invoke(spec) ?? spec, [_folder.Path]);
    }

    private void WriteFolder(int train, int test)
    {
        byte[] Labels(int n) => [.. Enumerable.Range(0, n).Select(i => (byte)(i % 3))];
        _folder.Write("mnist/train-images-idx3-ubyte", Idx([train, 2, 2], new byte[4 * train]));
        _folder.Write("mnist/train-labels-idx1-ubyte", Idx([train], Labels(train)));
        _folder.Write("mnist/t10k-images-idx3-ubyte", Idx([test, 2, 2], new byte[4 * test]));
        _folder.Write("mnist/t10k-labels-idx1-ubyte", Idx([test], Labels(test)));
    }

    private void AssertRefused(byte[] file, bool gzip, string message)
    {
        NnException e = Assert.Throws<NnException>(() => IdxFile.Read(_folder.Write(gzip ? "a.gz" : "a", file)));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(message, e.Message);
    }

    private static byte[] Idx(int[] dims, byte[] values)
    {
        var file = new byte[4 + 4 * dims.Length + values.Length];
        (file[2], file[3]) = (8, (byte)dims.Length);
        for (int i = 0; i < dims.Length; i++) BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), dims[i]);
        values.CopyTo(file, 4 + 4 * dims.Length);
        return file;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }
}
