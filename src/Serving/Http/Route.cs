using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nn.Serving.Models;

namespace Nn.Serving.Http;

/// <summary>An address and what is done there: all that answering, the metrics and the OpenAPI document know of it.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Template">The path; <c>{name}</c> stands for each model.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Answer">Answers a request; the model is that of the path, or the first.</param>
internal sealed record Route(string Method, string Template, string Summary, Func<HttpContext, ServedModel, Task> Answer)
{
    /// <summary>Whether it is answered without a token: it tells nothing that is a secret.</summary>
    public bool Open { get; init; }

    /// <summary>The schema of the body that it takes, by the name of the model; null: none.</summary>
    public Func<string, JsonNode>? Takes { get; init; }

    /// <summary>The schema of what it gives, by the name of the model; null: <see cref="Type"/> says all.</summary>
    public Func<string, JsonNode>? Gives { get; init; }

    /// <summary>The type of what it gives.</summary>
    public string Type { get; init; } = "application/json";
}
