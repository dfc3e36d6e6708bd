using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nn.Graphs;

namespace Nn.Files;

/// <summary>A stored tensor: little-endian, row-major.</summary>
public sealed record StoredTensor(Shape Shape, DType Type, byte[] Bytes);

/// <summary>
/// The safetensors format: a length, a JSON header with names, types, shapes and offsets, then the data. Nothing in such a file can run; sizes are
/// checked before anything is reserved. Files written here carry the SHA-256 of what they hold, and a file that carries one is checked against it.
/// </summary>
public sealed class Safetensors
{
    private const string Digest = "nn.sha256";
    private const long MaxHeader = 100_000_000;
    private static readonly Dictionary<DType, string> Names = new() { [DType.F32] = "F32", [DType.I32] = "I32", [DType.U8] = "U8" };

    // Types of other programs: bytes of an element there, the type here, and the conversion, none where it is the same.
    private static readonly Dictionary<string, (int Size, DType Type, Func<byte[], byte[]>? Convert)> Known = new()
    {
        ["F32"] = (4, DType.F32, null),
        ["I32"] = (4, DType.I32, null),
        ["U8"] = (1, DType.U8, null),
        ["BOOL"] = (1, DType.U8, null),
        ["F64"] = (8, DType.F32, b => Bytes<double, float>(b, v => (float)v)),
        ["F16"] = (2, DType.F32, b => Bytes<Half, float>(b, v => (float)v)),
        ["BF16"] = (2, DType.F32, b => Bytes<ushort, float>(b, v => BitConverter.Int32BitsToSingle(v << 16))),
        ["I64"] = (8, DType.I32, b => Bytes<long, int>(b, v => checked((int)v))),
    };

    /// <summary>Tensors by name.</summary>
    public SortedDictionary<string, StoredTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Tensors of types that are not read, such as <c>I8</c>: their type by name. They are no part of what is written.</summary>
    public SortedDictionary<string, string> Unread { get; } = new(StringComparer.Ordinal);

    /// <summary>The types that are read, as the format names them.</summary>
    public static IReadOnlyCollection<string> Types => Known.Keys;

    /// <summary>Free text by key.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes a file, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes to a stream.</summary>
    public void Write(Stream stream)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(Digest, Sha256());
            foreach ((string key, string value) in Metadata) json.WriteString(key, value);
            json.WriteEndObject();

            long at = 0;
            foreach ((string name, StoredTensor t) in Tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", Names[t.Type]);
                json.WriteStartArray("shape");
                foreach (int d in t.Shape) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += t.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces bring the data to a multiple of eight.
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        header.WriteTo(stream);
        foreach (StoredTensor t in Tensors.Values) stream.Write(t.Bytes);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="NnException">It is missing or breaks a rule of the format.</exception>
    public static Safetensors Load(string path) => Opened(path, file => Read(file, file.Length, path));

    /// <summary>Reads the free text of a file, and nothing of its tensors; whether these are whole is not looked at.</summary>
    /// <exception cref="NnException">It is missing or breaks a rule of the format.</exception>
    public static IReadOnlyDictionary<string, string> LoadMetadata(string path) =>
        Opened(path, file => Read(file, file.Length, path, onlyMetadata: true).Metadata);

    private static T Opened<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            return read(file);
        }
        catch (ArgumentException e)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read '{path}': that is no file name", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : Directory.Exists(path)
                ? "it is a folder"
                : e.Message;
            throw new NnException(ExitCode.BadFile, $"cannot read {path}: {why}", e);
        }
    }

    /// <summary>Reads from a stream of known length.</summary>
    public static Safetensors Read(Stream stream, long length, string name) => Read(stream, length, name, onlyMetadata: false);

    private static Safetensors Read(Stream stream, long length, string name, bool onlyMetadata)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8) throw Bad(name, "it is shorter than a header");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeader || (long)headerLength > length - 8)
        {
            throw Bad(name, IsPickle(prefix)
                ? $"it is a pickle of Python, as PyTorch's .pt and .bin are. {PickleAdvice}"
                : $"its header claims {headerLength:N0} bytes, the file has {length:N0}");
        }
        var header = new byte[(int)headerLength];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length) throw Bad(name, "it ends within its header");
        var file = new Safetensors();
        try
        {
            var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (reader.Read()) throw Bad(name, "its header goes on after its object");
            file.Fill(document.RootElement, onlyMetadata ? null : stream, length - 8 - header.Length, name);
            if (onlyMetadata) return file;
            if (!file.Metadata.Remove(Digest, out string? digest) || digest == file.Sha256()) return file;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or DecoderFallbackException or KeyNotFoundException)
        {
            throw Bad(name, $"its header is no valid JSON of this format ({e.Message.Split('\n')[0]})", e);
        }

        throw new NnException(
            ExitCode.BadFile,
            $"{name} is damaged, or was changed after it was written: what it holds does not have the SHA-256 that it carries; take another copy. "
                + $"Who changed it on purpose takes '{Digest}' out of its metadata");
    }

    /// <summary>What to do with weights that only Python reads.</summary>
    public const string PickleAdvice =
        "Reading one may run any program, so save the weights as safetensors there: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")";

    // A zip archive, or a pickle of protocol 2 or later by itself.
    private static bool IsPickle(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8) || (start[0] == 0x80 && start[1] is >= 2 and <= 5);

    // Over names, types, shapes and bytes in the order of names, so that who writes the same tensors in another order keeps the sum.
    private string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        foreach ((string key, string value) in Metadata)
        {
            Text(key);
            Text(value);
        }

        foreach ((string name, StoredTensor t) in Tensors)
        {
            Text(name);
            Text($"{Names[t.Type]} {string.Join(' ', t.Shape)}");
            hash.AppendData(t.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Fill(JsonElement root, Stream? stream, long dataLength, string name)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Bad(name, "its header is no object");
        var entries = new List<(string Name, string Type, Shape Shape, long Start, long End)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty p in root.EnumerateObject())
        {
            if (!seen.Add(p.Name)) throw Bad(name, $"'{p.Name}' appears twice");
            if (p.Name == "__metadata__")
            {
                foreach (JsonProperty m in p.Value.EnumerateObject()) Metadata[m.Name] = m.Value.GetString() ?? throw Bad(name, "its metadata are not text");
                continue;
            }

            entries.Add(Entry(p, name));
        }

        long at = 0;
        foreach (var e in entries.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (e.Start != at) throw Bad(name, $"'{e.Name}' begins at {e.Start}, where {at} is wanted: tensors must follow each other without gap or overlap");
            at = e.End;
        }

        if (at != dataLength) throw Bad(name, $"its header promises {at:N0} bytes of data, it has {dataLength:N0}");
        if (stream is null) return;
        foreach (var e in entries.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            var bytes = new byte[e.End - e.Start];
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Bad(name, $"it ends within '{e.Name}'");
            if (!Known.TryGetValue(e.Type, out (int Size, DType Type, Func<byte[], byte[]>? Convert) known))
            {
                Unread[e.Name] = e.Type;
                continue;
            }

            (_, DType type, Func<byte[], byte[]>? convert) = known;
            try
            {
                Tensors[e.Name] = new StoredTensor(e.Shape, type, convert is null ? bytes : convert(bytes));
            }
            catch (OverflowException x)
            {
                throw Bad(name, $"'{e.Name}' has whole numbers that do not fit into 32 bits", x);
            }
        }
    }

    private static byte[] Bytes<TFrom, TTo>(byte[] bytes, Converter<TFrom, TTo> convert) where TFrom : unmanaged where TTo : unmanaged =>
        MemoryMarshal.AsBytes(Array.ConvertAll(MemoryMarshal.Cast<byte, TFrom>(bytes).ToArray(), convert).AsSpan()).ToArray();

    private static (string Name, string Type, Shape Shape, long Start, long End) Entry(JsonProperty p, string name)
    {
        string type = p.Value.GetProperty("dtype").GetString() ?? "";
        if (type.Length == 0) throw Bad(name, $"'{p.Name}' has no type");
        var dims = new List<int>();
        double count = 1;
        foreach (JsonElement d in p.Value.GetProperty("shape").EnumerateArray())
        {
            long v = d.GetInt64();
            if (v is < 0 or > int.MaxValue) throw Bad(name, $"'{p.Name}' has an extent of {v}");
            dims.Add((int)v);
            count *= v;
        }

        JsonElement offsets = p.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw Bad(name, $"'{p.Name}' needs two offsets");
        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        // Elements of a type that nobody knows here may have any size.
        if (start < 0 || end < start || (Known.TryGetValue(type, out var known) && count * known.Size != end - start))
            throw Bad(name, $"'{p.Name}' of {string.Join('x', dims)} {type} does not take bytes {start}..{end}");
        return (p.Name, type, new Shape([.. dims]), start, end);
    }

    private static NnException Bad(string name, string why, Exception? inner = null) =>
        new(ExitCode.BadFile, $"{name} is no valid safetensors file: {why}", inner);
}
