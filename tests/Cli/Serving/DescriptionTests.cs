using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Nn.Serving;

namespace Nn.Tests.Cli.Serving;

/// <summary>What the server tells of itself to other programs: the OpenAPI document and the metrics.</summary>
public sealed partial class DescriptionTests(ServedModels models) : IClassFixture<ServedModels>
{
    [Fact]
    public async Task The_openapi_document_is_one_and_names_every_address_that_answers()
    {
        using var server = new RunningServer(
            new ServingOptions { Models = [ModelFile.Parse(models.Table), ModelFile.Parse(models.Pictures)], Token = "secret" });
        string text = await server.Client.GetStringAsync("openapi.json");
        ReadResult read = OpenApiDocument.Parse(text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        OpenApiDocument document = read.Document!;
        string[] expected =
        [
            "/", "/page.css", "/page.js", "/models", "/predict", "/models/birds/predict", "/models/digits/predict", "/v2", "/v2/health/live",
                "/v2/health/ready",
            "/v2/models/birds", "/v2/models/digits", "/v2/models/birds/ready", "/v2/models/digits/ready", "/v2/models/birds/infer", "/v2/models/digits/infer",
            "/openapi.json", "/metrics",
        ];
        Assert.Equal(expected.Order(), document.Paths.Keys.Order());
        foreach ((string path, IOpenApiPathItem item) in document.Paths)
        {
            (HttpMethod method, OpenApiOperation operation) = Assert.Single(item.Operations!);
            using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Post ? RunningServer.Json("{}") : null };
            using HttpResponseMessage reply = await server.Client.SendAsync(request);
            Assert.True(reply.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{path}: {reply.StatusCode}");
            if (reply.StatusCode == HttpStatusCode.OK)
                Assert.Equal(Assert.Single(operation.Responses!["200"].Content!).Key, reply.Content.Headers.ContentType!.MediaType);
            // What is said to need the token does, and nothing else.
            using var without = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "other") } };
            HttpStatusCode refused = (await server.Client.SendAsync(without)).StatusCode;
            Assert.True(operation.Security is { Count: > 0 } == (refused == HttpStatusCode.Unauthorized), $"{path}: {refused}");
        }

        IOpenApiSchema record = document.Components!.Schemas!["birds.record"].AnyOf![0];
        Assert.Equal(["island", "mass", "wing"], record.Properties!.Keys);
        // The words, and null for a gap, for which the reader has a value of its own.
        Assert.Equal(3, record.Properties["island"].Enum!.Count);
        Assert.Equal(["Biscoe", "Dream"], record.Properties["island"].Enum!.Take(2).Select(w => w.GetValue<string>()));
    }

    [Fact]
    public async Task The_metrics_are_the_text_that_prometheus_reads()
    {
        using var server = new RunningServer(models.Table, models.Pictures);
        await server.Post("predict", "[{},{},{}]");
        await server.Client.PostAsync("predict", RunningServer.Json("{"));
        using HttpResponseMessage reply = await server.Client.GetAsync("metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", reply.Content.Headers.ContentType!.ToString());
        string text = await reply.Content.ReadAsStringAsync();
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, l => Assert.Matches(Line(), l));
        // A type stands before the samples of its metric, once.
        string[] typed = [.. lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2])];
        Assert.Equal(typed.Distinct(), typed);
        Assert.All(lines.Where(l => l[0] != '#'), l => Assert.Contains(Regex.Replace(l.Split('{', ' ')[0], "_(bucket|sum|count)$", ""), typed));
        Assert.Equal(3, LoadTests.Value(text, "nn_samples_total{model=\"birds\"}"));
        Assert.Equal(0, LoadTests.Value(text, "nn_samples_total{model=\"digits\"}"));
        Assert.Equal(1, LoadTests.Value(text, "nn_batch_samples_count{model=\"birds\"}"));
        Assert.Equal(0, LoadTests.Value(text, "nn_batch_samples_bucket{model=\"birds\",le=\"2\"}"));
        Assert.Equal(1, LoadTests.Value(text, "nn_batch_samples_bucket{model=\"birds\",le=\"4\"}"));
        Assert.Equal(1, LoadTests.Value(text, "nn_requests_total{route=\"/predict\",status=\"200\"}"));
        Assert.Equal(1, LoadTests.Value(text, "nn_requests_total{route=\"/predict\",status=\"400\"}"));
        Assert.Equal(2, LoadTests.Value(text, "nn_request_seconds_count{route=\"/predict\"}"));
    }

    // The text format, version 0.0.4: a comment, or a name with labels and a number.
    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? ([0-9.E+-]+|\+Inf|NaN))$""")]
    private static partial Regex Line();
}
