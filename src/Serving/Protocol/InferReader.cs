using System.Text.Json;
using Nn.Data;
using Nn.Graphs;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Protocol;

/// <summary>
/// Reads the body of an infer request. The JSON goes through the platform's reader, but for the arrays of numbers, which are most of it: they are stepped over,
/// and read by <see cref="NumberScanner"/> once it is known what they are.
/// </summary>
internal ref struct InferReader
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    // What was stepped over before the reader's own text begins.
    private int _skipped;
    private string? _id;
    private bool _binaryAnswer;
    private List<TensorText>? _inputs;
    private List<(string? Name, bool? Binary)>? _outputs;

    private InferReader(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
    }

    /// <summary>Reads a request.</summary>
    /// <param name="body">The JSON, and behind it binary data.</param>
    /// <param name="jsonLength">How much of it is JSON.</param>
    /// <param name="model">Whom it is for.</param>
    /// <param name="mostSamples">How many samples it may have.</param>
    /// <exception cref="RequestException">It is no such request, or not for this model.</exception>
    public static InferRequest Read(ReadOnlySpan<byte> body, int jsonLength, LoadedModel model, int mostSamples)
    {
        var reader = new InferReader(body[..jsonLength]);
        try
        {
            reader.Request();
        }
        catch (JsonException e)
        {
            throw RequestException.Bad(null, $"the body is no JSON: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw RequestException.Bad(null, "a value of the body has another type than the protocol says");
        }

        return new TensorBinder(body, jsonLength, model, mostSamples).Bind(reader._id, reader._inputs ?? [], reader._outputs, reader._binaryAnswer);
    }

    private bool Next() => _reader.Read();

    private void Expect(JsonTokenType type, string where)
    {
        if (_reader.TokenType != type)
            throw RequestException.Bad(where.Length == 0 ? null : where, type == JsonTokenType.StartObject ? "an object is wanted here"
                : "an array is wanted here");
    }

    private void Request()
    {
        Next();
        Expect(JsonTokenType.StartObject, "");
        while (Next() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("id"u8))
            {
                Next();
                _id = _reader.GetString();
            }
            else if (_reader.ValueTextEquals("inputs"u8)) Inputs();
            else if (_reader.ValueTextEquals("outputs"u8)) Outputs();
            else if (_reader.ValueTextEquals("parameters"u8)) _binaryAnswer = Flag("binary_data_output"u8, "parameters") ?? false;
            else Pass();
        }

        // Nothing may follow.
        Next();
    }

    private void Inputs()
    {
        _inputs = [];
        Next();
        Expect(JsonTokenType.StartArray, "inputs");
        while (Next() && _reader.TokenType != JsonTokenType.EndArray)
        {
            string where = $"inputs[{_inputs.Count}]";
            Expect(JsonTokenType.StartObject, where);
            var tensor = new TensorText();
            while (Next() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                if (_reader.ValueTextEquals("name"u8)) tensor.Name = Text();
                else if (_reader.ValueTextEquals("datatype"u8)) tensor.Type = Text();
                else if (_reader.ValueTextEquals("shape"u8)) tensor.Shape = Shape(where);
                else if (_reader.ValueTextEquals("data"u8)) tensor.Data = Data(where);
                else if (_reader.ValueTextEquals("parameters"u8)) tensor.BinarySize = Size(where);
                else Pass();
            }

            _inputs.Add(tensor);
        }
    }

    private void Outputs()
    {
        _outputs = [];
        Next();
        Expect(JsonTokenType.StartArray, "outputs");
        while (Next() && _reader.TokenType != JsonTokenType.EndArray)
        {
            string where = $"outputs[{_outputs.Count}]";
            Expect(JsonTokenType.StartObject, where);
            (string? name, bool? binary) = (null, null);
            while (Next() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                if (_reader.ValueTextEquals("name"u8)) name = Text();
                else if (_reader.ValueTextEquals("parameters"u8)) binary = Flag("binary_data"u8, where);
                else Pass();
            }

            _outputs.Add((name, binary));
        }
    }

    private string? Text()
    {
        Next();
        return _reader.GetString();
    }

    private int[] Shape(string where)
    {
        Next();
        Expect(JsonTokenType.StartArray, where + ".shape");
        var shape = new List<int>();
        while (Next() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt32(out int n) || n < 0)
                throw RequestException.Bad(where + ".shape", "a shape is made of whole numbers from 0 on");
            shape.Add(n);
        }

        return [.. shape];
    }

    // The reader is told that the array is empty: it goes on at the bracket that ends it.
    private Range Data(string where)
    {
        Next();
        Expect(JsonTokenType.StartArray, where + ".data");
        int start = _skipped + (int)_reader.TokenStartIndex, length = NumberScanner.Length(_json[start..]);
        if (length < 0) throw RequestException.Bad(where + ".data", "the array does not end");
        int end = start + length;
        _skipped = end - 1;
        _reader = new Utf8JsonReader(_json[_skipped..], isFinalBlock: true, _reader.CurrentState);
        Next();
        return new Range(start, end);
    }

    private int? Size(string where)
    {
        Next();
        Expect(JsonTokenType.StartObject, where + ".parameters");
        int? size = null;
        while (Next() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!_reader.ValueTextEquals("binary_data_size"u8))
            {
                Pass();
                continue;
            }

            Next();
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt32(out int bytes) || bytes < 0)
                throw RequestException.Bad(where + ".parameters.binary_data_size", "a size is a whole number of bytes");
            size = bytes;
        }

        return size;
    }

    private bool? Flag(ReadOnlySpan<byte> name, string where)
    {
        Next();
        Expect(JsonTokenType.StartObject, where);
        bool? flag = null;
        while (Next() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            bool own = _reader.ValueTextEquals(name);
            if (!own)
            {
                Pass();
                continue;
            }

            Next();
            flag = _reader.GetBoolean();
        }

        return flag;
    }

    private void Pass()
    {
        Next();
        _reader.Skip();
    }
}
