using System.Text.Json;
using Nn.Networks.Prediction;
using Nn.Serving.Models;

namespace Nn.Serving.Protocol;

/// <summary>What a model takes and gives, as the Open Inference Protocol tells it.</summary>
internal static class ModelMetadata
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, LoadedModel model)
    {
        json.WriteStartObject();
        json.WriteString("name", model.Name);
        json.WriteStartArray("versions");
        json.WriteStringValue(model.Version);
        json.WriteEndArray();
        json.WriteString("platform", "nn_checkpoint");
        json.WriteStartArray("inputs");
        foreach (InputForm i in model.Inputs) Tensor(json, i.Name, i.IsSymbols ? "INT32" : "FP32",
            i.Shape.Select((n, axis) => axis == 0 && i.HasLength ? -1 : n));
        json.WriteEndArray();
        json.WriteStartArray("outputs");
        foreach (OutputForm o in model.Outputs) Tensor(json, o.Name, "FP32", o.Shape.Select(d => d.Extent));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // −1 is a size that the request says.
    private static void Tensor(Utf8JsonWriter json, string name, string type, IEnumerable<int> shape)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("datatype", type);
        json.WriteStartArray("shape");
        foreach (int n in shape.Prepend(-1)) json.WriteNumberValue(n);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
