using System.Buffers.Binary;
using System.IO.Compression;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>The IDX format of MNIST: unsigned bytes of rank 1 to 4, plain or gzipped.</summary>
internal static class IdxFile
{
    // What an array can hold; beyond it a count is not counted on.
    private static readonly long MaxBytes = Array.MaxLength;

    /// <summary>Reads a file.</summary>
    /// <exception cref="NnException">It is not what an IDX file of bytes is.</exception>
    public static (Shape Shape, byte[] Values) Read(string path)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            Span<byte> magic = stackalloc byte[4];
            Fill(stream, magic, path);
            if (magic[0] != 0 || magic[1] != 0) throw Bad(path, "it does not begin like an IDX file");
            if (magic[2] != 8) throw Bad(path, $"its element type is 0x{magic[2]:x2}; only unsigned bytes (0x08) are read");
            int rank = magic[3];
            if (rank is < 1 or > 4) throw Bad(path, $"it has {rank} axes; 1 to 4 are read");
            var dims = new int[rank];
            long count = 1;
            Span<byte> dim = stackalloc byte[4];
            for (int i = 0; i < rank; i++)
            {
                Fill(stream, dim, path);
                uint d = BinaryPrimitives.ReadUInt32BigEndian(dim);
                if (d > int.MaxValue) throw Bad(path, $"axis {i + 1} has {d} elements");
                dims[i] = (int)d;
                count = d == 0 ? 0 : Math.Min(MaxBytes + 1, count * d);
            }

            if (count > MaxBytes) throw Bad(path, $"its header promises {string.Join('x', dims)} bytes; at most 2 GiB are read");
            if (!ReferenceEquals(stream, file) && Unpacking.Problem(file.Length, count) is { } problem) throw Bad(path, problem);
            long header = 4 + 4 * rank;
            if (ReferenceEquals(stream, file) && file.Length != header + count)
                throw Bad(path, $"its header promises {header + count:N0} bytes, the file has {file.Length:N0}");
            return (new Shape(dims), ReadExactly(stream, count, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Bad(path, e.Message, e);
        }
    }

    private static byte[] ReadExactly(Stream stream, long count, string path)
    {
        byte[] values = ExactBytes.Read(stream, count);
        if (values.Length < count) throw Bad(path, $"it ends after {values.Length:N0} of {count:N0} elements");
        return stream.ReadByte() < 0 ? values : throw Bad(path, $"it goes on after the {count:N0} elements that its header promises");
    }

    private static void Fill(Stream stream, Span<byte> bytes, string path)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Bad(path, "it ends within its header");
    }

    private static NnException Bad(string path, string why, Exception? inner = null) => new(ExitCode.BadFile, $"{path} is no valid IDX file: {why}", inner);
}
