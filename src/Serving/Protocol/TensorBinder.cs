using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Protocol;

/// <summary>Holds what a request says against what a model takes, and brings its numbers into the form that the model takes.</summary>
/// <param name="body">The whole body.</param>
/// <param name="jsonLength">Where its binary data begin.</param>
/// <param name="model">The model.</param>
/// <param name="mostSamples">How many samples a request may have.</param>
internal readonly ref struct TensorBinder(ReadOnlySpan<byte> body, int jsonLength, LoadedModel model, int mostSamples)
{
    private readonly ReadOnlySpan<byte> _body = body;

    /// <summary>The request.</summary>
    /// <exception cref="RequestException">It is not for this model.</exception>
    public InferRequest Bind(string? id, List<TensorText> inputs, List<(string? Name, bool? Binary)>? outputs, bool binaryAnswer)
    {
        var stored = new byte[model.Inputs.Count][];
        int samples = 0, binary = jsonLength;
        for (int i = 0; i < inputs.Count; i++)
        {
            string where = $"inputs[{i}]";
            TensorText text = inputs[i];
            int at = -1;
            for (int k = 0; k < model.Inputs.Count; k++)
            {
                if (model.Inputs[k].Name == text.Name) at = k;
            }

            if (at < 0) throw RequestException.Bad(where + ".name",
                $"{(text.Name is null ? "it has no name" : $"'{text.Name}' is no input of the model")}, which takes {Names()}");
            if (stored[at] is not null) throw RequestException.Bad(where + ".name", $"'{text.Name}' is given twice");
            (stored[at], int own) = Tensor(model.Inputs[at], text, where, ref binary);
            if (samples > 0 && own != samples) throw RequestException.Bad(where + ".shape",
                $"there are {samples} samples of another input, and {own} of '{text.Name}'");
            samples = own;
        }

        for (int k = 0; k < stored.Length; k++)
        {
            if (stored[k] is null) throw RequestException.Bad("inputs", $"'{model.Inputs[k].Name}' is missing; the model takes {Names()}");
        }

        if (binary != _body.Length) throw RequestException.Bad(null, $"{_body.Length - binary} bytes follow that no input asks for");
        return new InferRequest(id, stored, samples, Wanted(outputs, binaryAnswer));
    }

    private string Names() => string.Join(" and ", model.Inputs.Select(i => i.Name));

    private (int, bool)[] Wanted(List<(string? Name, bool? Binary)>? outputs, bool binaryAnswer)
    {
        if (outputs is null or []) return [.. Enumerable.Range(0, model.Outputs.Count).Select(o => (o, binaryAnswer))];
        var wanted = new (int, bool)[outputs.Count];
        for (int i = 0; i < wanted.Length; i++)
        {
            int at = -1;
            for (int o = 0; o < model.Outputs.Count; o++)
            {
                if (model.Outputs[o].Name == outputs[i].Name) at = o;
            }

            if (at < 0)
                throw RequestException.Bad($"outputs[{i}].name",
                    $"'{outputs[i].Name}' is no output of the model, which gives {string.Join(" and ", model.Outputs.Select(o => o.Name))}");
            wanted[i] = (at, outputs[i].Binary ?? binaryAnswer);
        }

        return wanted;
    }

    private (byte[] Stored, int Samples) Tensor(InputForm input, TensorText text, string where, ref int binary)
    {
        TensorType type = TensorType.Of(text.Type)
            ?? throw RequestException.Bad(where + ".datatype",
                (text.Type is null ? "it has no type" : $"there is no type '{text.Type}' here")
                    + $"; there are {string.Join(", ", TensorType.All.Select(t => t.Name))}");
        if (input.IsSymbols && !type.IsWhole) throw RequestException.Bad(where + ".datatype",
            $"'{input.Name}' takes symbols, which are whole numbers; send INT32");
        if (text.Shape is null) throw RequestException.Bad(where + ".shape", "it has no shape");
        (int samples, int places) = Samples(input, text.Shape, where);
        long count = (long)samples * places * (input.Width / PlacesOf(input));
        ReadOnlySpan<byte> given = [];
        bool isBinary = text.BinarySize is not null;
        if (isBinary)
        {
            int size = text.BinarySize!.Value;
            if (size != count * type.Size)
                throw RequestException.Bad(where + ".parameters.binary_data_size",
                    $"{count} elements of {type.Name} have {count * type.Size} bytes, not {size}");
            if (size > _body.Length - binary) throw RequestException.Bad(where, $"{size} bytes are to follow, and {_body.Length - binary} do");
            given = _body.Slice(binary, size);
            binary += size;
        }
        else if (text.Data.Equals(default)) throw RequestException.Bad(where + ".data", "it has no data");

        ReadOnlySpan<byte> array = isBinary ? [] : _body[text.Data];
        // A number has a digit and a comma at least: memory is taken for what is there, not for what the shape says.
        if (!isBinary && count > array.Length / 2) throw TooFew(text.Shape, count, NumberScanner.ReadFloats(array, [], out _), where);
        var stored = new byte[count * sizeof(float)];
        string? mistake = null;
        long there = count;
        if (input.IsSymbols)
        {
            Span<int> symbols = MemoryMarshal.Cast<byte, int>(stored.AsSpan());
            if (isBinary) type.Read(given, symbols);
            else there = NumberScanner.ReadInts(array, symbols, out mistake);
            mistake ??= there == count ? input.Mistake(symbols) : null;
        }
        else
        {
            Span<float> numbers = MemoryMarshal.Cast<byte, float>(stored.AsSpan());
            if (isBinary) type.Read(given, numbers);
            else there = NumberScanner.ReadFloats(array, numbers, out mistake);
            mistake ??= there == count ? InputForm.Mistake(numbers) : null;
            if (type.Name == "UINT8" && input.ByteUnit != 1)
            {
                for (int i = 0; i < numbers.Length; i++) numbers[i] *= input.ByteUnit;
            }
        }

        if (mistake is not null) throw RequestException.Bad(where + ".data", mistake);
        if (there != count) throw TooFew(text.Shape, count, there, where);
        return (places == PlacesOf(input) ? stored : Padded(input, stored, samples, places), samples);
    }

    private static RequestException TooFew(int[] shape, long count, long there, string where) =>
        RequestException.Bad(where + ".data", $"the shape [{string.Join(",", shape)}] has {count} elements, and there are {there}");

    private static int PlacesOf(InputForm input) => input.HasLength ? input.Shape[0] : 1;

    // How many samples, and how many places of each where they are sequences.
    private (int Samples, int Places) Samples(InputForm input, int[] shape, string where)
    {
        IReadOnlyList<int> own = input.Shape;
        int from = input.HasLength ? 1 : 0;
        bool fits = shape.Length == own.Count + 1;
        for (int i = from; i < own.Count && fits; i++) fits = shape[i + 1] == own[i];
        // A number for each sample may stand without an axis of its own, and a sample as one row.
        bool flat = !input.HasLength && ((shape.Length == 2 && shape[1] == input.Width) || (shape.Length == 1 && input.Width == 1));
        if (!fits && !flat)
        {
            string wanted = string.Join(",", own.Select((n, i) => i < from ? $"1 to {n}" : $"{n}").Prepend("samples"));
            throw RequestException.Bad(where + ".shape", $"'{input.Name}' takes [{wanted}], not [{string.Join(",", shape)}]");
        }

        int samples = shape[0], places = input.HasLength ? shape[1] : 1;
        if (samples == 0) throw RequestException.Bad(where + ".shape", "there is no sample");
        if (samples > mostSamples)
            throw new RequestException(413, where + ".shape", $"a request may have {mostSamples:N0} samples, not {samples:N0}");
        if (input.HasLength && (places == 0 || places > own[0])) throw RequestException.Bad(where + ".shape",
            $"a sequence may have 1 to {own[0]} places, not {places}");
        return (samples, places);
    }

    // Shorter sequences end in what the model does not count.
    private static byte[] Padded(InputForm input, byte[] stored, int samples, int places)
    {
        var padded = new byte[samples * input.Bytes];
        if (input.IsSymbols) MemoryMarshal.Cast<byte, int>(padded.AsSpan()).Fill(FieldForm.Padding);
        else MemoryMarshal.Cast<byte, float>(padded.AsSpan()).Fill(float.NaN);
        int each = input.Bytes / input.Shape[0] * places;
        for (int s = 0; s < samples; s++) stored.AsSpan(s * each, each).CopyTo(padded.AsSpan(s * input.Bytes));
        return padded;
    }
}
