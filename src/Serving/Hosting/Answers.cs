using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nn.Serving.Description;
using Nn.Serving.Http;
using Nn.Serving.Metrics;
using Nn.Serving.Models;
using Nn.Serving.Protocol;
using Nn.Serving.Records;

namespace Nn.Serving.Hosting;

/// <summary>What a server answers, an address a row.</summary>
/// <param name="models">The models.</param>
/// <param name="options">What it takes on.</param>
/// <param name="metrics">What is counted.</param>
/// <param name="token">Whether requests have to bring a token.</param>
/// <param name="over">Whether the server is about to end.</param>
internal sealed class Answers(ServedModel[] models, ServingOptions options, ServerMetrics metrics, bool token, Func<bool> over)
{
    private const string Get = "GET", Post = "POST";

    /// <summary>The rows.</summary>
    public IReadOnlyList<Route> Routes { get; private set; } = [];

    /// <summary>Makes the rows.</summary>
    public Answers WithRoutes()
    {
        Routes =
        [
            .. PageFiles.All.Select(f => new Route(Get, f.Path, f.Path == "/" ? "a page with a form" : "a file of the page", (c, _) => File(c, f.Type, f.Bytes))
            {
                Open = f.Path != "/",
                Type = f.Type.Split(';')[0],
            }),
            new(Get, "/models", "what each model takes and gives: columns, words, classes", (c, _) => Forms(c)),
            new(Post, "/predict", "predicts a record or several with the first model", Predict) { Takes = Schemas.Records, Gives = Schemas.Predictions },
            new(Post, "/models/{name}/predict", "predicts a record or several", Predict) { Takes = Schemas.Records, Gives = Schemas.Predictions },
            new(Get, "/v2", "the server, by the Open Inference Protocol", (c, _) => Json(c, this, static (json, _) =>
            {
                json.WriteStartObject();
                json.WriteString("name", "nn");
                json.WriteString("version", OpenApi.Version);
                json.WriteStartArray("extensions");
                json.WriteStringValue("binary_tensor_data");
                json.WriteEndArray();
                json.WriteEndObject();
            })),
            new(Get, "/v2/health/live", "whether the server is alive", (c, _) => State(c, "live", true)) { Open = true },
            new(Get, "/v2/health/ready", "whether the server takes requests", (c, _) => State(c, "ready", !over())) { Open = true },
            new(Get, "/v2/models/{name}", "what a model takes and gives, as tensors", Metadata) { Gives = _ => Schemas.Of("ModelMetadata") },
            new(Get, "/v2/models/{name}/ready", "whether a model takes requests", (c, m) => Json(c, (m.Name, Ready: !over()), static (json, s) =>
            {
                json.WriteStartObject();
                json.WriteString("name", s.Name);
                json.WriteBoolean("ready", s.Ready);
                json.WriteEndObject();
            })),
            new(Post, "/v2/models/{name}/infer", "predicts tensors", Infer)
            {
                Takes = _ => Schemas.Of("InferRequest"),
                Gives = _ => Schemas.Of("InferResponse"),
            },
            new(Get, "/openapi.json", "this document", (c, _) => Document(c)),
            new(Get, "/metrics", "counts and times for Prometheus", (c, _) => Counts(c)) { Type = "text/plain" },
        ];
        return this;
    }

    private static Task Json<T>(HttpContext c, T value, Action<Utf8JsonWriter, T> write) => JsonAnswer.Write(c, "application/json", value, write);

    private static Task File(HttpContext c, string type, byte[] bytes)
    {
        Hardening.ApplyToPage(c.Response.Headers);
        c.Response.ContentType = type;
        c.Response.ContentLength = bytes.Length;
        return c.Response.Body.WriteAsync(bytes, c.RequestAborted).AsTask();
    }

    private static Task State(HttpContext c, string name, bool good)
    {
        c.Response.StatusCode = good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Json(c, (name, good), static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteBoolean(s.name, s.good);
            json.WriteEndObject();
        });
    }

    private Task Counts(HttpContext c) =>
        File(c, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(metrics.Text([.. models.Select(m => (m.Metrics, m.Waiting))])));

    private Task Forms(HttpContext c)
    {
        LoadedModel[] kept = [.. models.Select(m => m.Keep())];
        try
        {
            return Json(c, kept, static (json, all) =>
            {
                json.WriteStartArray();
                foreach (LoadedModel m in all) ModelForms.Write(json, m);
                json.WriteEndArray();
            });
        }
        finally
        {
            foreach (LoadedModel m in kept) m.Release();
        }
    }

    private Task Document(HttpContext c)
    {
        LoadedModel[] kept = [.. models.Select(m => m.Keep())];
        try
        {
            JsonObject document = OpenApi.Document(Routes, kept, token);
            return Json(c, document, static (json, d) => d.WriteTo(json));
        }
        finally
        {
            foreach (LoadedModel m in kept) m.Release();
        }
    }

    private static Task Metadata(HttpContext c, ServedModel served)
    {
        LoadedModel model = served.Keep();
        try
        {
            return Json(c, model, ModelMetadata.Write);
        }
        finally
        {
            model.Release();
        }
    }

    private async Task Infer(HttpContext c, ServedModel served)
    {
        string header = c.Request.Headers[InferWriter.HeaderLength].ToString();
        if (header.Length == 0) RefuseOtherThanJson(c.Request);
        LoadedModel model = served.Keep();
        try
        {
            InferRequest request;
            using (RequestBody body = await RequestBody.Read(c.Request, c.RequestAborted))
            {
                int json = body.Span.Length;
                if (header.Length > 0 && (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out json) || json > body.Span.Length))
                    throw RequestException.Bad(InferWriter.HeaderLength, $"'{header}' is not how many of the {body.Span.Length} bytes are JSON");
                request = InferReader.Read(body.Span, json, model, options.MaxSamples);
            }

            float[][] outputs = await model.Predict(request.Inputs, request.Samples, c.RequestAborted);
            await InferWriter.Write(c, model, request, outputs);
        }
        finally
        {
            model.Release();
        }
    }

    private async Task Predict(HttpContext c, ServedModel served)
    {
        bool Is(string kind) => c.Request.ContentType is { } type && type.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
        bool image = Is("image/"), sound = Is("audio/");
        if (!image && !sound) RefuseOtherThanJson(c.Request);
        LoadedModel model = served.Keep();
        try
        {
            (byte[][] inputs, int samples, bool isList) read;
            using (RequestBody body = await RequestBody.Read(c.Request, c.RequestAborted))
            {
                if (!image && !sound) read = new RecordReader(model, options.MaxSamples).Read(body.Memory);
                else if (model.Inputs is [{ } only])
                {
                    byte[] file = body.Span.ToArray();
                    read = ([image ? RecordReader.OfImage(only, file, null) : RecordReader.OfSound(only, file, null)], 1, false);
                }
                else throw RequestException.Bad(null, $"a record is an object with {string.Join(" and ", model.Inputs.Select(i => i.Name))}");
            }

            float[][] outputs = await model.Predict(read.inputs, read.samples, c.RequestAborted);
            await AnswerWriter.Write(c, model, read.inputs, outputs, read.samples, read.isList);
        }
        finally
        {
            model.Release();
        }
    }

    // curl -d says that it sends a form where nobody says otherwise; what it sends is read, and is JSON or not.
    private static void RefuseOtherThanJson(HttpRequest request)
    {
        string type = (request.ContentType ?? "").Split(';')[0].Trim();
        if (type is "" or "application/x-www-form-urlencoded" || type.EndsWith("json", StringComparison.OrdinalIgnoreCase)) return;
        throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Content-Type", $"'{type}' is not read here; send application/json");
    }
}
