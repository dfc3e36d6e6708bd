using System.Text.Json.Nodes;
using Nn.Networks.Prediction;
using Nn.Serving.Models;

namespace Nn.Serving.Description;

/// <summary>Schemas of what goes over the wire, as OpenAPI 3.1 (JSON Schema 2020-12) has them.</summary>
internal static class Schemas
{
    /// <summary>One of the schemas that all models share, by its name.</summary>
    public static JsonNode Of(string name) => new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };

    /// <summary>A record for a model, or a list of records.</summary>
    public static JsonNode Records(string model) => OneOrMore(Of($"{model}.record"));

    /// <summary>A prediction of a model, or a list of predictions.</summary>
    public static JsonNode Predictions(string model) => OneOrMore(Of($"{model}.prediction"));

    /// <summary>Those that all models share.</summary>
    public static JsonObject Shared() => new()
    {
        ["Problem"] = Object(new()
        {
            ["title"] = Text("the status in words"),
            ["status"] = Type("integer"),
            ["detail"] = Text("the reason"),
            ["field"] = Text("the column, or the place in the request, that is meant"),
            ["record"] = new JsonObject { ["type"] = "integer", ["description"] = "which of several records, from 0" },
            ["error"] = Text("the reason, where clients of the Open Inference Protocol look for it"),
        }, "title", "status", "detail", "error"),
        ["Tensor"] = Object(new()
        {
            ["name"] = Type("string"),
            ["datatype"] = new JsonObject { ["enum"] = new JsonArray([.. Protocol.TensorType.All.Select(t => (JsonNode)t.Name)]) },
            ["shape"] = List(new JsonObject { ["type"] = "integer", ["minimum"] = 0 }),
            ["data"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "numbers, row after row, nested or not; left out where they follow in binary form"
            },
            ["parameters"] = Object(new() { ["binary_data_size"] = Type("integer") }),
        }, "name", "datatype", "shape"),
        ["InferRequest"] = Object(new()
        {
            ["id"] = Type("string"),
            ["inputs"] = List(Of("Tensor")),
            ["outputs"] = List(Object(new() { ["name"] = Type("string"), ["parameters"] = Object(new() { ["binary_data"] = Type("boolean") }) }, "name")),
            ["parameters"] = Object(new() { ["binary_data_output"] = Type("boolean") }),
        }, "inputs"),
        ["InferResponse"] = Object(new()
        {
            ["model_name"] = Type("string"),
            ["model_version"] = Type("string"),
            ["id"] = Type("string"),
            ["outputs"] = List(Of("Tensor")),
        }, "model_name", "outputs"),
        ["ModelMetadata"] = Object(new()
        {
            ["name"] = Type("string"),
            ["versions"] = List(Type("string")),
            ["platform"] = Type("string"),
            ["inputs"] = List(Of("Tensor")),
            ["outputs"] = List(Of("Tensor")),
        }, "name", "platform", "inputs", "outputs"),
    };

    /// <summary>A record of a model: its columns, or its inputs.</summary>
    public static JsonNode Record(LoadedModel model)
    {
        var properties = new JsonObject();
        var required = new List<string>();
        foreach (InputForm i in model.Inputs)
        {
            foreach (string column in i.Row?.Columns ?? [])
            {
                IReadOnlyList<string> words = i.Row!.WordsOf(column);
                properties[column] = words.Count > 0 ? new JsonObject { ["enum"] = new JsonArray([.. words.Select(w => (JsonNode)w), null]) }
                    : new JsonObject { ["type"] = new JsonArray("number", "null") };
                if (i.Stored.Means.Count == 0) required.Add(column);
            }

            if (i.Row is not null) continue;
            string? file = i.Stored.IsPicture ? "PNG or JPEG" : i.Stored.Rate is not null ? "WAV" : null;
            properties[i.Name] = file is not null
                ? new JsonObject
                {
                    ["type"] = new JsonArray("array", "string"),
                    ["description"] = $"{i.Stored.Describe()}: its numbers as the data have them, or a {file} file in base64"
                }
                : new JsonObject { ["type"] = new JsonArray("array", "number"), ["description"] = $"{i.Stored.Describe()}, row after row" };
            required.Add(i.Name);
        }

        JsonNode record = Object(properties, [.. required]);
        return model.Inputs is [{ } only] ? new JsonObject
        {
            ["anyOf"] = new JsonArray(record, new JsonObject { ["type"] = "array", ["description"] = $"{only.Width} numbers in their order" }),
        }
        : record;
    }

    /// <summary>A prediction of a model.</summary>
    public static JsonNode Prediction(LoadedModel model)
    {
        if (model.Outputs is [{ } only]) return Output(only);
        var outputs = new JsonObject();
        foreach (OutputForm o in model.Outputs) outputs[o.Name] = Output(o);
        return Object(new() { ["outputs"] = Object(outputs) }, "outputs");
    }

    private static JsonNode Output(OutputForm o)
    {
        var numbers = new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("number", "null") } };
        if (o.Written is not null) return Object(new() { ["text"] = Type("string"), ["output"] = numbers }, "text", "output");
        if (o.ToldSymbols.Count > 0) return Object(new() { ["sequence"] = List(Words(o.ToldSymbols)), ["output"] = numbers }, "output");
        if (o.PlaceClasses.Count > 0) return Object(new() { ["classes"] = List(Words(o.PlaceClasses)), ["output"] = numbers }, "output");
        return Object(new() { ["class"] = o.Classes.Count > 0 ? Words(o.Classes) : Type("null"), ["output"] = numbers }, "class", "output");
    }

    private static JsonNode Words(IReadOnlyList<string> words) => new JsonObject { ["enum"] = new JsonArray([.. words.Select(w => (JsonNode)w)]) };

    private static JsonNode OneOrMore(JsonNode one) => new JsonObject { ["anyOf"] = new JsonArray(one, List(one.DeepClone())) };

    private static JsonObject Type(string type) => new() { ["type"] = type };

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject List(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Object(JsonObject properties, params string[] required)
    {
        var made = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Length > 0) made["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]);
        return made;
    }
}
