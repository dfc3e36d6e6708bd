using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nn.Serving;

namespace Nn.Tests.Cli.Serving;

/// <summary>What is wrong with a request is told with its place and the reason, and never as a defect of the server.</summary>
public sealed class RequestMistakeTests(ServedModels models) : IClassFixture<ServedModels>
{
    private const string Infer = "v2/models/birds/infer";

    [Theory]
    // By column names.
    [InlineData("predict", """{"iland":"Dream"}""", 400, "iland", "did you mean 'island'?")]
    [InlineData("predict", """{"island":"Dreem"}""", 400, "island", "did you mean 'Dream'?")]
    [InlineData("predict", """{"mass":"heavy"}""", 400, "mass", "'heavy' is no number")]
    [InlineData("predict", """{"mass":1e999}""", 400, "mass", "no number")]
    [InlineData("predict", """{"mass":[1]}""", 400, "mass", "a number, a word, or null")]
    [InlineData("predict", """{"mass":1,"mass":2}""", 400, "mass", "given twice")]
    [InlineData("predict", "[1,2,3]", 400, null, "a sample has 4 numbers")]
    [InlineData("predict", "[]", 400, null, "no record")]
    [InlineData("predict", "{", 400, null, "no JSON")]
    [InlineData("predict", "", 400, null, "no JSON")]
    [InlineData("predict", "true", 400, null, "no number")]
    [InlineData("models/tags/predict", """{"x":["Anna","in","in","in","Oslo"]}""", 400, "x", "a sequence may have 4 places")]
    [InlineData("models/tags/predict", """{"x":[["Anna"],{}]}""", 400, "x", "object is no number")]
    [InlineData("models/tags/predict", "{}", 400, "x", "missing")]
    [InlineData("models/digits/predict", """{"x":[1,2]}""", 400, "x", "a sample has 784 numbers")]
    [InlineData("models/digits/predict", """{"x":"bm90IGFuIGltYWdl"}""", 400, "x", "the image")]
    [InlineData("models/digits/predict", """{"x":"???"}""", 400, "x", "base64")]
    [InlineData("models/eagles/predict", "{}", 404, "name", "there are birds, tags, digits")]
    // Tensors.
    [InlineData(Infer, """{"inputs":[]}""", 400, "inputs", "'x' is missing")]
    [InlineData(Infer, """{"inputs":{}}""", 400, "inputs", "an array is wanted")]
    [InlineData(Infer, "[]", 400, null, "an object is wanted")]
    [InlineData(Infer, """{"inputs":[{"name":"z","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}""", 400, "inputs[0].name", "which takes x")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP31","shape":[1,4],"data":[1,2,3,4]}]}""", 400, "inputs[0].datatype", "there are FP32")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","data":[1,2,3,4]}]}""", 400, "inputs[0].shape", "no shape")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,5],"data":[1,2,3,4,5]}]}""", 400, "inputs[0].shape",
        "takes [samples,4], not [1,5]")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[0,4],"data":[]}]}""", 400, "inputs[0].shape", "no sample")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[-1,4],"data":[]}]}""", 400, "inputs[0].shape", "whole numbers")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[5000,4],"data":[1]}]}""", 413, "inputs[0].shape", "4,096 samples")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[4000,4],"data":[1,2]}]}""", 400, "inputs[0].data",
        "has 16000 elements, and there are 2")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3]}]}""", 400, "inputs[0].data", "there are 3")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4,5]}]}""", 400, "inputs[0].data", "there are 5")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,,4]}]}""", 400, "inputs[0].data", "a comma or a bracket")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3 4]}]}""", 400, "inputs[0].data", "without a comma")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,"3",4]}]}""", 400, "inputs[0].data", "element 2")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,null,4]}]}""", 400, "inputs[0].data", "element 2 is null")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,1e39,4]}]}""", 400, "inputs[0].data", "element 2")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4""", 400, "inputs[0].data", "does not end")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4]}]}""", 400, "inputs[0].data", "no data")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}],"outputs":[{"name":"z"}]}""", 400, "outputs[0].name",
        "which gives y")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}]}""", 400, "inputs[0]",
        "16 bytes are to follow, and 0 do")]
    [InlineData(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":17}}]}""", 400,
        "inputs[0].parameters.binary_data_size", "have 16 bytes, not 17")]
    [InlineData(Infer, """{"id":7,"inputs":[]}""", 400, null, "another type")]
    [InlineData("v2/models/tags/infer", """{"inputs":[{"name":"x","datatype":"INT32","shape":[1,2],"data":[1,99]}]}""", 400, "inputs[0].data",
        "element 1 is 99")]
    [InlineData("v2/models/tags/infer", """{"inputs":[{"name":"x","datatype":"INT32","shape":[1,2],"data":[1,1.5]}]}""", 400, "inputs[0].data",
        "no whole number")]
    [InlineData("v2/models/tags/infer", """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""", 400, "inputs[0].datatype",
        "whole numbers")]
    [InlineData("v2/models/tags/infer", """{"inputs":[{"name":"x","datatype":"INT32","shape":[1,9],"data":[1,1,1,1,1,1,1,1,1]}]}""", 400, "inputs[0].shape",
        "1 to 4 places")]
    [InlineData("v3", "{}", 404, null, "openapi.json")]
    public async Task It_is_told_with_its_place_and_the_reason(string path, string body, int status, string? field, string reason)
    {
        using var server = new RunningServer(models.Table, models.Sentences, models.Pictures);
        await Fails(await server.Client.PostAsync(path, RunningServer.Json(body)), status, field, reason);
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Of_several_records_the_one_that_is_meant_is_told()
    {
        using var server = new RunningServer(models.Table);
        JsonElement problem = await Fails(await server.Client.PostAsync("predict", RunningServer.Json("""[{"mass":3},{"mass":4},{"wing":"x"}]""")), 400,
            "wing", "'x' is no number");
        Assert.Equal(2, problem.GetProperty("record").GetInt32());
    }

    [Fact]
    public async Task Bodies_methods_and_types_have_their_limits()
    {
        using var server = new RunningServer(new ServingOptions { Models = [ModelFile.Parse(models.Table)], MaxBody = 1000, MaxSamples = 3 });
        await Fails(await server.Client.PostAsync("predict", RunningServer.Json(new string(' ', 1001))), 413, null, "1,000 bytes");
        await Fails(await server.Client.PostAsync("predict", RunningServer.Json("[{},{},{},{}]")), 413, null, "3 records");
        await Fails(await server.Client.PostAsync("predict", new StringContent("mass,wing", Encoding.UTF8, "text/csv")), 415, "Content-Type",
            "application/json");
        using HttpResponseMessage wrong = await server.Client.GetAsync("predict");
        await Fails(wrong, 405, null, "takes POST");
        Assert.Equal(["POST"], wrong.Content.Headers.Allow);
        using HttpResponseMessage beyond = await ProtocolTests.Binary(server, Infer,
            """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}]}""", new byte[20]);
        await Fails(beyond, 400, null, "4 bytes follow");
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task A_server_for_others_wants_its_token()
    {
        using var server = new RunningServer(new ServingOptions { Models = [ModelFile.Parse(models.Table)], Host = IPAddress.Any });
        Assert.Equal(32, server.Server.Token!.Length);
        Assert.Contains($"?token={server.Server.Token}", server.Server.Address);
        await server.Post("predict", "{}");
        server.Client.DefaultRequestHeaders.Authorization = null;
        foreach (string path in new[] { "", "models", "metrics", "openapi.json", "v2", "v2/models/birds", "nothing" })
            await Fails(await server.Client.GetAsync(path), 401, "Authorization", "Bearer");
        await Fails(await server.Client.PostAsync("predict", RunningServer.Json("{}")), 401, "Authorization", "Bearer");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new string('0', 32));
        await Fails(await server.Client.PostAsync("predict", RunningServer.Json("{}")), 401, "Authorization", "Bearer");
        // Whether it is alive is no secret.
        Assert.True((await server.Get("v2/health/ready")).GetProperty("ready").GetBoolean());
    }

    [Theory]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    public async Task Pages_of_other_sites_are_not_answered(string header, string value, int status)
    {
        using var server = new RunningServer(models.Table);
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict") { Content = RunningServer.Json("{}") };
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(status, (int)(await server.Client.SendAsync(request)).StatusCode);
    }

    private static async Task<JsonElement> Fails(HttpResponseMessage reply, int status, string? field, string reason)
    {
        string text = await reply.Content.ReadAsStringAsync();
        Assert.True((int)reply.StatusCode == status, $"{(int)reply.StatusCode}, not {status}: {text}");
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(field, problem.TryGetProperty("field", out JsonElement f) ? f.GetString() : null);
        Assert.Contains(reason, problem.GetProperty("detail").GetString());
        Assert.Equal(problem.GetProperty("detail").GetString(), problem.GetProperty("error").GetString());
        return problem;
    }
}
