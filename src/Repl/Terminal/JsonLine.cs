using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nn.Repl.Terminal;

/// <summary>Events as JSON, one object a line on standard output.</summary>
internal static class JsonLine
{
    /// <summary>
    /// Writes one object; values are numbers, text, flags, lists of numbers, dictionaries of numbers or texts, or JSON. NaN and infinity become null.
    /// </summary>
    public static void Write(params (string Name, object? Value)[] fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach ((string name, object? value) in fields) Field(json, name, value);
            json.WriteEndObject();
        }

        Console.Out.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
        Console.Out.Flush();
    }

    private static void Field(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case double d when double.IsFinite(d): json.WriteNumber(name, d); break;
            case long l: json.WriteNumber(name, l); break;
            case int i: json.WriteNumber(name, i); break;
            case string s: json.WriteString(name, s); break;
            case bool b: json.WriteBoolean(name, b); break;
            case IEnumerable<KeyValuePair<string, double>> map:
                json.WriteStartObject(name);
                foreach ((string key, double v) in map) Field(json, key, v);
                json.WriteEndObject();
                break;
            case JsonNode node:
                json.WritePropertyName(name);
                node.WriteTo(json);
                break;
            case IEnumerable<KeyValuePair<string, string>> map:
                json.WriteStartObject(name);
                foreach ((string key, string v) in map) json.WriteString(key, v);
                json.WriteEndObject();
                break;
            case IEnumerable<double> list:
                json.WriteStartArray(name);
                foreach (double v in list)
                {
                    if (double.IsFinite(v)) json.WriteNumberValue(v);
                    else json.WriteNullValue();
                }

                json.WriteEndArray();
                break;
            default: json.WriteNull(name); break;
        }
    }
}
