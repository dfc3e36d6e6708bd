using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Nn.Graphs;

namespace Nn.Files;

/// <summary>
/// NumPy's format for one array, versions 1 to 3 (NEP 1): a magic, the length of a header, the header as a dictionary of Python, the elements. Objects,
/// which only a program could restore, are refused: nothing in such a file can run.
/// </summary>
internal static partial class Npy
{
    private const int MaxRank = 32;
    private const int MaxHeader = 1 << 16;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    private static readonly Dictionary<string, NumpyType> Types = new()
    {
        ["f2"] = NumpyType.F2,
        ["f4"] = NumpyType.F4,
        ["f8"] = NumpyType.F8,
        ["i4"] = NumpyType.I4,
        ["i8"] = NumpyType.I8,
        ["u1"] = NumpyType.U1,
        ["b1"] = NumpyType.B1,
    };

    /// <summary>Reads an array from a stream to its end.</summary>
    /// <param name="stream">It need not seek.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="NnException">It is damaged, too large, or of a type that is not read.</exception>
    public static NumpyArray Read(Stream stream, string name) => Read(stream, name, long.MaxValue);

    /// <summary>As <see cref="Read(Stream, string)"/>, of an array that takes <paramref name="packed"/> bytes in a packed file.</summary>
    internal static NumpyArray Read(Stream stream, string name, long packed)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || !start.StartsWith(Magic)) throw Bad(name, "it does not begin like one");
        if (start[6] is < 1 or > 3) throw Bad(name, $"its version is {start[6]}.{start[7]}; 1 to 3 are read");
        int bytes = start[6] == 1 ? 2 : 4;
        Span<byte> length = stackalloc byte[4];
        length.Clear();
        if (stream.ReadAtLeast(length[..bytes], bytes, throwOnEndOfStream: false) < bytes) throw Bad(name, "it ends within its header");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (size > MaxHeader) throw Bad(name, $"its header has {size:N0} bytes; at most {MaxHeader:N0} are read");
        byte[] text = ExactBytes.Read(stream, size);
        if (text.Length < size) throw Bad(name, "it ends within its header");
        (string type, bool fortran, Shape shape) = Header(Encoding.UTF8.GetString(text), name);
        NumpyType element = TypeOf(type, name);
        long count = Count(shape, name), total = count * NumpyArray.SizeOf(element);
        if (total > Array.MaxLength) throw Bad(name, $"{shape} of {type} take {total:N0} bytes; at most {Array.MaxLength:N0} are held");
        if (Unpacking.Problem(packed, total) is { } problem) throw Bad(name, problem);
        byte[] values = ExactBytes.Read(stream, total);
        if (values.Length < total) throw Bad(name, $"it ends after {values.Length:N0} of {total:N0} bytes");
        if (stream.ReadByte() >= 0) throw Bad(name, $"it goes on after the {total:N0} bytes of {shape} {type}");
        if (type[0] == '>') Swap(values, NumpyArray.SizeOf(element));
        return new NumpyArray(shape, element, fortran && shape.Rank > 1 ? RowMajor(values, shape, NumpyArray.SizeOf(element)) : values);
    }

    /// <summary>Writes an array, as version 1.</summary>
    public static void Write(Stream stream, NumpyArray array)
    {
        string type = Types.First(t => t.Value == array.Type).Key;
        string shape = string.Concat(array.Shape.Select(d => d + (array.Shape.Rank == 1 ? "," : ", "))).TrimEnd(' ');
        if (array.Shape.Rank > 1) shape = shape.TrimEnd(',');
        string header = $"{{'descr': '{(NumpyArray.SizeOf(array.Type) == 1 ? '|' : '<')}{type}', 'fortran_order': False, 'shape': ({shape}), }}";
        // The elements begin at a multiple of 64.
        int fixedBytes = Magic.Length + 4;
        int padded = (fixedBytes + header.Length + 1 + 63) / 64 * 64 - fixedBytes;
        stream.Write([.. Magic, 1, 0, (byte)padded, (byte)(padded >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
        stream.Write(array.Bytes);
    }

    [GeneratedRegex(@"\G\s*'(\w+)'\s*:\s*('[^']*'|\w+|\([\d\s,L]*\)|\[.*\])\s*(?:,|$)", RegexOptions.Singleline)]
    private static partial Regex Field();

    private static (string Type, bool Fortran, Shape Shape) Header(string text, string name)
    {
        text = text.Trim();
        if (!text.StartsWith('{') || !text.EndsWith('}')) throw Bad(name, "its header cannot be read");
        string inner = text[1..^1].TrimEnd();
        var fields = new Dictionary<string, string>();
        int at = 0;
        while (at < inner.Length)
        {
            Match match = Field().Match(inner, at);
            if (!match.Success) throw Bad(name, "its header cannot be read");
            if (!fields.TryAdd(match.Groups[1].Value, match.Groups[2].Value)) throw Bad(name, $"its header has '{match.Groups[1].Value}' twice");
            at += match.Length;
        }

        string Value(string key) => fields.TryGetValue(key, out string? v) ? v : throw Bad(name, $"its header has no '{key}'");
        string type = Value("descr");
        if (type.StartsWith('[')) throw Bad(name, "its elements are records; save each field as an array of its own");
        if (Value("fortran_order") is not ("True" or "False") and var order) throw Bad(name, $"its order is {order}");
        string shape = Value("shape");
        if (!shape.StartsWith('(') || !type.StartsWith('\'')) throw Bad(name, "its header cannot be read");
        var dims = new List<int>();
        foreach (string dim in shape.Trim('(', ')').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // Python 2 wrote long numbers as 3L.
            if (!int.TryParse(dim.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out int d))
                throw Bad(name, $"it has an axis of '{dim}' elements");
            dims.Add(d);
        }

        if (dims.Count > MaxRank) throw Bad(name, $"it has {dims.Count} axes; at most {MaxRank} are read");
        return (type.Trim('\''), Value("fortran_order") == "True", new Shape([.. dims]));
    }

    private static NumpyType TypeOf(string type, string name)
    {
        if (type.Contains('O')) throw Bad(name, "its elements are objects of Python, and reading such could run any code; save plain numbers (astype) instead");
        if (type.Length == 3 && type[0] is '<' or '>' or '|' or '=' && Types.TryGetValue(type[1..], out NumpyType t)) return t;
        if (type.Length > 1 && type[1] is 'U' or 'S')
            throw Bad(
                name, $"its elements are words ('{type}'); save the numbers of classes that np.unique(a, return_inverse=True)[1] gives, "
                    + "or a table with a column of words");
        throw Bad(name, $"its elements are '{type}'; read are f2, f4, f8, i4, i8, u1 and b1 (astype converts)");
    }

    private static long Count(Shape shape, string name)
    {
        try
        {
            return shape.Count <= long.MaxValue / 8 ? shape.Count : throw new OverflowException();
        }
        catch (OverflowException e)
        {
            throw Bad(name, $"its shape {shape} is too large", e);
        }
    }

    private static void Swap(byte[] values, int size)
    {
        for (int i = 0; i < values.Length; i += size) values.AsSpan(i, size).Reverse();
    }

    // Element (i, j, …) lies at i + rows·j + …
    private static byte[] RowMajor(byte[] columns, Shape shape, int size)
    {
        var rows = new byte[columns.Length];
        long[] strides = new long[shape.Rank];
        long stride = 1;
        for (int a = 0; a < shape.Rank; a++)
        {
            strides[a] = stride;
            stride *= shape[a];
        }

        if (rows.Length == 0) return rows;
        foreach ((int[] at, long linear) in Coordinates.Of(shape))
            columns.AsSpan((int)(Coordinates.Offset(at, strides) * size), size).CopyTo(rows.AsSpan((int)(linear * size)));
        return rows;
    }

    private static NnException Bad(string name, string why, Exception? inner = null) =>
        new(ExitCode.BadFile, $"{name} is no array of NumPy that can be read: {why}", inner);
}
