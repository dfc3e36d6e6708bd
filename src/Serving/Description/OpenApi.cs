using System.Reflection;
using System.Text.Json.Nodes;
using Nn.Serving.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Description;

/// <summary>The OpenAPI document, made of the rows of the addresses and of what each model takes and gives.</summary>
internal static class OpenApi
{
    /// <summary>The version of the program.</summary>
    public static string Version { get; } = typeof(OpenApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The document.</summary>
    /// <param name="routes">The rows.</param>
    /// <param name="models">The models as they are now.</param>
    /// <param name="token">Whether requests have to bring a token.</param>
    public static JsonObject Document(IReadOnlyList<Route> routes, IReadOnlyList<LoadedModel> models, bool token)
    {
        JsonObject schemas = Schemas.Shared();
        foreach (LoadedModel m in models)
        {
            schemas[$"{m.Name}.record"] = Schemas.Record(m);
            schemas[$"{m.Name}.prediction"] = Schemas.Prediction(m);
        }

        var paths = new JsonObject();
        foreach (Route r in routes)
        {
            bool each = r.Template.Contains("{name}", StringComparison.Ordinal);
            foreach (LoadedModel m in each ? models : models.Take(1))
            {
                string path = r.Template.Replace("{name}", m.Name, StringComparison.Ordinal);
                if (paths[path] is not JsonObject item) paths[path] = item = [];
                item[r.Method.ToLowerInvariant()] = Operation(r, m.Name, token && !r.Open);
            }
        }

        var components = new JsonObject { ["schemas"] = schemas };
        if (token) components["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } };
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "nn serve",
                ["version"] = Version,
                ["description"] = "Predictions of trained models, by column names and by the Open Inference Protocol, version 2."
            },
            ["paths"] = paths,
            ["components"] = components,
        };
    }

    private static JsonObject Operation(Route r, string model, bool token)
    {
        var problem = new JsonObject
        {
            ["description"] = "why it is not answered",
            ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = Schemas.Of("Problem") } },
        };
        var content = new JsonObject { [r.Type] = r.Gives is null ? new JsonObject() : new JsonObject { ["schema"] = r.Gives(model) } };
        var operation = new JsonObject
        {
            ["summary"] = r.Summary,
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = r.Summary, ["content"] = content }, ["default"] = problem },
        };
        if (r.Takes is not null)
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = r.Takes(model) } }
            };
        if (token) operation["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        return operation;
    }
}
