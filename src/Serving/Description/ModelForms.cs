using System.Text.Json;
using Nn.Networks.Prediction;
using Nn.Serving.Models;

namespace Nn.Serving.Description;

/// <summary>What a model takes and gives in the words of its data: columns, words, classes; the form page is made from it.</summary>
internal static class ModelForms
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, LoadedModel model)
    {
        json.WriteStartObject();
        json.WriteString("name", model.Name);
        json.WriteString("version", model.Version);
        json.WriteString("device", model.Device);
        json.WriteStartArray("inputs");
        foreach (InputForm i in model.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("name", i.Name);
            json.WriteString("says", i.Stored.Describe());
            json.WriteString("kind", i.Row is not null ? "row" : i.Stored.IsPicture ? "picture" : i.Stored.Rate is not null ? "sound"
                : i.HasLength ? "sequence" : "numbers");
            Numbers(json, "shape", i.Shape);
            if (i.Row is { } row)
            {
                json.WriteStartArray("columns");
                foreach (string column in row.Columns)
                {
                    json.WriteStartObject();
                    json.WriteString("name", column);
                    json.WriteBoolean("gaps", i.Stored.Means.Count > 0);
                    Words(json, "words", row.WordsOf(column));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("outputs");
        foreach (OutputForm o in model.Outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", o.Name);
            Numbers(json, "shape", [.. o.Shape.Select(d => d.Extent)]);
            Words(json, "classes", o.Classes.Count > 0 ? o.Classes : o.PlaceClasses);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int n in numbers) json.WriteNumberValue(n);
        json.WriteEndArray();
    }

    private static void Words(Utf8JsonWriter json, string name, IReadOnlyList<string> words)
    {
        json.WriteStartArray(name);
        foreach (string w in words) json.WriteStringValue(w);
        json.WriteEndArray();
    }
}
