using System.Globalization;
using System.Text.Json;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Records;

/// <summary>
/// Reads what somebody asks about in the words of the data: a record is an object with a value for each column, or for each input; gaps are null or not there.
/// Of a model of one input a list of numbers is a record, too.
/// </summary>
/// <param name="model">Who is asked.</param>
/// <param name="mostSamples">How many records a request may have.</param>
internal sealed class RecordReader(LoadedModel model, int mostSamples)
{
    private const string Pictures = "an image in base64, PNG or JPEG, with or without 'data:image/png;base64,'";

    private const string Recordings = "a sound in base64, WAV, with or without 'data:audio/wav;base64,'";

    /// <summary>Reads a body of JSON.</summary>
    /// <returns>Whole samples of each input, how many, and whether they are a list.</returns>
    /// <exception cref="RequestException">It is nothing that the model could take.</exception>
    public (byte[][] Inputs, int Samples, bool IsList) Read(ReadOnlyMemory<byte> body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException e)
        {
            throw RequestException.Bad(null, $"the body is no JSON: {e.Message}");
        }

        using (document)
        {
            JsonElement root = document.RootElement;
            bool isList = root.ValueKind == JsonValueKind.Array && !(root.GetArrayLength() > 0 && IsValue(root[0]));
            JsonElement[] records = isList ? [.. root.EnumerateArray()] : [root];
            if (records.Length == 0) throw RequestException.Bad(null, "the list has no record");
            if (records.Length > mostSamples) throw new RequestException(413, null, $"a request may have {mostSamples:N0} records, not {records.Length:N0}");
            byte[][]? all = null;
            for (int r = 0; r < records.Length; r++)
            {
                byte[][] one;
                try
                {
                    one = Record(records[r]);
                }
                catch (RequestException e) when (isList)
                {
                    throw new RequestException(e.Status, e.Field, e.Message) { Record = r };
                }

                all ??= records.Length == 1 ? one : [.. one.Select(x => new byte[records.Length * x.Length])];
                for (int i = 0; i < one.Length && records.Length > 1; i++) one[i].CopyTo(all[i], r * one[i].Length);
            }

            return (all!, records.Length, isList);
        }
    }

    private static bool IsValue(JsonElement e) =>
        e.ValueKind is JsonValueKind.Number or JsonValueKind.String or JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False;

    private byte[][] Record(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
            return model.Inputs is [{ } only] ? [Whole(only, record)]
                : throw RequestException.Bad(null, $"a record is an object with {string.Join(" and ", model.Inputs.Select(i => i.Name))}");
        var stored = new byte[model.Inputs.Count][];
        var cells = new Dictionary<string, object?>?[stored.Length];
        foreach (JsonProperty p in record.EnumerateObject())
        {
            int owner = Owner(p.Name);
            // A column may have the name of the input, if that is the only one.
            if (model.Inputs[owner] is { } input && input.Name == p.Name && input.Row?.Has(p.Name) != true)
            {
                if (stored[owner] is not null) throw RequestException.Bad(p.Name, $"'{p.Name}' is given twice");
                stored[owner] = Whole(input, p.Value, p.Name);
                continue;
            }

            if (!(cells[owner] ??= []).TryAdd(p.Name, Cell(p))) throw RequestException.Bad(p.Name, $"'{p.Name}' is given twice");
        }

        for (int i = 0; i < stored.Length; i++)
        {
            InputForm input = model.Inputs[i];
            if (stored[i] is not null && cells[i] is not null) throw RequestException.Bad(input.Name,
                $"'{input.Name}' is given by its columns and as a whole; give one of them");
            stored[i] ??= input.Row is not null ? Row(input, cells[i] ?? []) : throw RequestException.Bad(input.Name, $"'{input.Name}' is missing");
        }

        return stored;
    }

    // Which input a name of the request belongs to.
    private int Owner(string name)
    {
        for (int i = 0; i < model.Inputs.Count; i++)
        {
            if (model.Inputs[i].Name == name || model.Inputs[i].Row?.Has(name) == true) return i;
        }

        string[] known = [.. model.Inputs.SelectMany(i => i.Row?.Columns ?? [i.Name])];
        const int Most = 12;
        string some = string.Join(", ", known.Take(Most)) + (known.Length > Most ? $" and {known.Length - Most} more" : "");
        throw RequestException.Bad(name,
            $"the model knows no '{name}'; {(Suggest.Nearest(name, known) is { } near ? $"did you mean '{near}'?" : $"it has {some}")}");
    }

    private static object? Cell(JsonProperty p) => p.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => p.Value.GetString(),
        JsonValueKind.Number => p.Value.GetRawText(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw RequestException.Bad(p.Name, $"'{p.Name}' is a column: a number, a word, or null for a gap"),
    };

    private static byte[] Row(InputForm input, Dictionary<string, object?> cells)
    {
        try
        {
            return input.Presented(input.Stored.Store(input.Row!.Features(cells)));
        }
        catch (ArgumentException e) when (e.InnerException is ColumnException wrong)
        {
            throw RequestException.Bad(wrong.Column, wrong.Message);
        }
        catch (ArgumentException e)
        {
            throw RequestException.Bad(null, Plain(e));
        }
    }

    // A sample as numbers in their order, words of a sequence, or an image.
    private static byte[] Whole(InputForm input, JsonElement value, string? field = null)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.String && input.Stored.IsPicture) return OfImage(input, Base64(value, field, Pictures), field);
            if (value.ValueKind == JsonValueKind.String && input.Stored.Rate is not null) return OfSound(input, Base64(value, field, Recordings), field);
            var words = new List<JsonElement>();
            Flatten(value, words);
            if (!input.HasLength && words.TrueForAll(w => w.ValueKind == JsonValueKind.Number))
                return input.Presented(OneSample(input, input.Stored.Store([.. words.Select(w => w.GetSingle())]), field));
            (byte[] stored, _) = input.Stored.Parse(
                [.. words.Select(w => w.ValueKind == JsonValueKind.String ? w.GetString()! : w.ValueKind == JsonValueKind.Null ? "" : w.GetRawText())]);
            return input.Presented(OneSample(input, stored, field));
        }
        catch (ArgumentException e)
        {
            throw RequestException.Bad(field, Plain(e));
        }
        catch (NnException e) when (e.Code is ExitCode.Usage or ExitCode.BadFile)
        {
            throw RequestException.Bad(field, e.Message);
        }
    }

    private static byte[] OneSample(InputForm input, byte[] stored, string? field) => stored.Length == input.Stored.Bytes ? stored
        : throw RequestException.Bad(field,
            $"a record has one sample of {input.Width} numbers, not {stored.Length / input.Stored.Bytes}; several records are a list of such");

    private static byte[] Base64(JsonElement value, string? field, string what)
    {
        string text = value.GetString()!;
        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',') : -1;
        try
        {
            return Convert.FromBase64String(text[(comma + 1)..]);
        }
        catch (FormatException)
        {
            throw RequestException.Bad(field, $"a text is {what} before it");
        }
    }

    /// <summary>A sound of the rate and the length that a model takes, of a WAV file.</summary>
    /// <exception cref="RequestException">The model takes no sounds, or it is none.</exception>
    public static byte[] OfSound(InputForm input, byte[] file, string? field)
    {
        if (input.Stored.Rate is null) throw RequestException.Bad(field, $"the model takes {input.Stored.Describe()}, not sounds");
        try
        {
            return input.Presented(input.Stored.Store(SoundFile.Decode(file, "the sound")));
        }
        catch (NnException e) when (e.Code == ExitCode.BadFile)
        {
            throw RequestException.Bad(field, e.Message);
        }
    }

    /// <summary>A picture of the form that a model takes, of the file of an image.</summary>
    /// <exception cref="RequestException">The model takes no pictures, or it is no image.</exception>
    public static byte[] OfImage(InputForm input, byte[] file, string? field)
    {
        if (!input.Stored.IsPicture) throw RequestException.Bad(field, $"the model takes {input.Stored.Describe()}, not images");
        Shape shape = input.Stored.Shape;
        try
        {
            RasterImage image = ImageFile.Decode(file, "the image");
            return input.Presented(
                input.Stored.StoreBytes(ImageResize.To(shape[2] == 1 ? ImageResize.Grey(image) : ImageResize.Colour(image), shape[0], shape[1]).Pixels));
        }
        catch (NnException e) when (e.Code == ExitCode.BadFile)
        {
            throw RequestException.Bad(field, e.Message);
        }
    }

    private static void Flatten(JsonElement e, List<JsonElement> words)
    {
        if (e.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement inner in e.EnumerateArray()) Flatten(inner, words);
        }
        else if (e.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False) throw new ArgumentException(
            $"{e.ValueKind.ToString().ToLower(CultureInfo.InvariantCulture)} is no number");
        else words.Add(e);
    }

    // Without the name of a parameter that the caller's caller does not know.
    private static string Plain(ArgumentException e) => e.ParamName is { } name ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message;
}
