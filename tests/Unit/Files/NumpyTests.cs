using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Files;

/// <summary>Arrays as NumPy 1.24 wrote them, and files that are none.</summary>
public sealed class NumpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // numpy.lib.format.write_array, in base 64: type and shape, then the elements.
    public static TheoryData<string, NumpyType, int[], double[]> Written => new()
    {
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAQEBvEoM7", NumpyType.F4, [2, 2], [1.5, -2, 3, 4e-3f] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5P5x1AIg85Dd+", NumpyType.F8, [2], [0.1, 1e300] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIsIDEpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAA/v///w==", NumpyType.I4, [1, 2, 1], [1, -2] },
        { "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAEAAP//////////", NumpyType.I8, [2], [1099511627776, -1] },
        { "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoA/w==", NumpyType.U1, [2], [0, 255] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==", NumpyType.B1, [2], [1, 0] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAABAAABAA==", NumpyType.I4, [2], [1, 256] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAwAAAAEAAAAEAAAAAgAAAAUAAAA=", NumpyType.I4, [2, 3], [0, 1, 2, 3, 4, 5] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoADAQQCBQBDQURCRUCDgYSChYDDwcTCxc=", NumpyType.U1, [2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAOBA", NumpyType.F4, [], [7] },
        { "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=", NumpyType.F4, [0, 3], [] },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void Arrays_of_NumPy_are_read(string file, NumpyType type, int[] shape, double[] values)
    {
        NumpyArray array = Read(Convert.FromBase64String(file));
        Assert.Equal((type, new Shape(shape)), (array.Type, array.Shape));
        Assert.Equal(values, Values(array));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void What_is_written_is_what_NumPy_writes(string file, NumpyType type, int[] shape, double[] values)
    {
        byte[] expected = Convert.FromBase64String(file);
        using var stream = new MemoryStream();
        Npy.Write(stream, Read(expected));
        // Version 1, the order of bytes of most machines, rows first: nothing else is ever written.
        if (expected[6] == 1 && !Foreign(expected)) Assert.Equal(expected, stream.ToArray());
        NumpyArray back = Read(stream.ToArray());
        Assert.Equal((type, new Shape(shape)), (back.Type, back.Shape));
        Assert.Equal(values, Values(back));
    }

    [Fact]
    public void An_archive_of_numpy_savez_compressed_is_read()
    {
        string path = _folder.Write("a.npz",
            Convert.FromBase64String(
                "UEsDBBQAAAAIAAAAIQDMypy9VQAAAJgAAAAFABQAeC5ucHkBABAAmAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgYwaLAHEg5ABMQNQLzAAQBQSwMEFAAAAAgAAAAhAPdAEupMAAAAmAAAAAUAFAB5Lm5weQEAEACYAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYoYITSTFAaAFBLAQIUAxQAAAAIAAAAIQDMypy9VQAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIUAxQAAAAIAAAAIQD3QBLqTAAAAJgAAAAFAAAAAAAAAAAAAACAAYwAAAB5Lm5weVBLBQYAAAAAAgACAGYAAAAPAQAAAAA="));
        Assert.Equal(["x", "y"], Npz.Names(path));
        SortedDictionary<string, NumpyArray> arrays = Npz.Load(path);
        Assert.Equal(new Shape(3, 2), arrays["x"].Shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], arrays["x"].ToFloats());
        Assert.Equal([0, 1, 2], arrays["y"].ToInts());
        Assert.Equal(["y"], Npz.Load(path, "y").Keys);
        Refused(() => Npz.Load(path, "z"), "has no array 'z'; it has x, y");
    }

    [Fact]
    public void An_archive_is_written_the_same_each_time_and_read_back()
    {
        var arrays = new Dictionary<string, NumpyArray>
        {
            ["layer.weight"] = NumpyArray.Of(new Shape(2, 1), [1f, -0.5f]),
            ["n"] = NumpyArray.Of(new Shape(3), [1, 2, 3])
        };
        Npz.Save(_folder.File("a.npz"), arrays);
        Npz.Save(_folder.File("b.npz"), arrays);
        Assert.Equal(File.ReadAllBytes(_folder.File("a.npz")), File.ReadAllBytes(_folder.File("b.npz")));
        SortedDictionary<string, NumpyArray> back = Npz.Load(_folder.File("a.npz"));
        Assert.Equal(arrays.Keys, back.Keys);
        Assert.Equal([1f, -0.5f], back["layer.weight"].ToFloats());
        Assert.Equal(new Shape(2, 1), back["layer.weight"].Shape);
        Assert.Equal([1, 2, 3], back["n"].ToInts());
    }

    [Theory]
    [InlineData(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAA2NudW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEAY251bXB5Cm5kYXJyYXkKcQFLAIVxAkMBYnEDh3EEUnEFKEsBSwGFcQZjbnVtcHkKZHR5cGUKcQdYAgAAAE84cQiJiIdxCVJxCihLA1gBAAAAfHELTk5OSv////9K/////0s/dHEMYoldcQ19cQ5hdHEPYi4=", "objects of Python")]
    [InlineData(
        "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpLCAoJ2InLCAnPGk0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAA==", "records")]
    [InlineData(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAA==", "words ('<U2'); save the numbers of classes")]
    public void Other_elements_are_refused(string file, string why) => Refused(() => Read(Convert.FromBase64String(file)), why);

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000), }", "too large")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2), }", "at most")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, ), }", "at most")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, ), }", "'99999999999' elements")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, ), }", "cannot be read")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (500000000, ), }", "ends after 4 of 2,000,000,000 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': (), }", "twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", "has no 'shape'")]
    [InlineData("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (), }", "its order is Maybe")]
    [InlineData("{'descr': __import__('os'), 'fortran_order': False, 'shape': (), }", "cannot be read")]
    [InlineData("no dictionary", "cannot be read")]
    [InlineData("", "cannot be read")]
    public void Headers_that_lie_are_refused(string header, string why) => Refused(() => Read(Array(header, [0, 0, 0, 0])), why);

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Array("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        Assert.Equal([0, 0], Read(whole).ToInts());
        for (int length = 0; length < whole.Length; length++) Refused(() => Read(whole[..length]), "");
        Refused(() => Read([.. whole, 0]), "it goes on after the 8 bytes");
    }

    [Fact]
    public void An_archive_without_arrays_is_refused()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true)) zip.CreateEntry("readme.txt");
        Refused(() => Npz.Load(_folder.Write("a.npz", stream.ToArray())), "has no arrays");
        Refused(() => Npz.Load(_folder.Write("b.npz", "no archive at all")), "cannot read");
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_told()
    {
        Assert.Throws<OverflowException>(() => Read(Convert.FromBase64String((string)Written.First(r => (NumpyType)r[1] == NumpyType.I8)[0])).ToInts());
        Assert.Throws<InvalidOperationException>(() => NumpyArray.Of(new Shape(1), [1.5f]).ToInts());
    }

    private static bool Foreign(byte[] file) => Encoding.ASCII.GetString(file) is var text && (text.Contains("'>i4'") || text.Contains("True"));

    private static NumpyArray Read(byte[] file) => Npy.Read(new MemoryStream(file), "test");

    private static byte[] Array(string header, byte[] values) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values];

    private static double[] Values(NumpyArray a) => a.Type switch
    {
        NumpyType.F8 => MemoryMarshal.Cast<byte, double>(a.Bytes).ToArray(),
        NumpyType.I8 => System.Array.ConvertAll(MemoryMarshal.Cast<byte, long>(a.Bytes).ToArray(), v => (double)v),
        NumpyType.F4 => System.Array.ConvertAll(a.ToFloats(), v => (double)v),
        _ => System.Array.ConvertAll(a.ToInts(), v => (double)v),
    };

    private static void Refused(Action read, string why)
    {
        NnException e = Assert.Throws<NnException>(read);
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(why, e.Message);
    }
}
