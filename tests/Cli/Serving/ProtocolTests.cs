using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Nn.Tests.Cli.Serving;

/// <summary>The Open Inference Protocol, version 2: its addresses, what they say, tensors as JSON and as bytes.</summary>
public sealed class ProtocolTests(ServedModels models) : IClassFixture<ServedModels>
{
    private const string Header = "Inference-Header-Content-Length";

    [Fact]
    public async Task Server_and_models_say_what_the_protocol_wants()
    {
        using var server = new RunningServer(models.Table, models.Sentences);
        Assert.True((await server.Get("v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await server.Get("v2/health/ready")).GetProperty("ready").GetBoolean());
        JsonElement about = await server.Get("v2");
        Assert.Equal("nn", about.GetProperty("name").GetString());
        Assert.Contains("binary_tensor_data", about.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        JsonElement birds = await server.Get("v2/models/birds");
        Assert.Equal("birds", birds.GetProperty("name").GetString());
        Assert.Equal("""[{"name":"x","datatype":"FP32","shape":[-1,4]}]""", birds.GetProperty("inputs").GetRawText());
        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[-1,3]}]""", birds.GetProperty("outputs").GetRawText());
        Assert.Equal("""[{"name":"x","datatype":"INT32","shape":[-1,-1]}]""", (await server.Get("v2/models/tags")).GetProperty("inputs").GetRawText());
        string version = birds.GetProperty("versions")[0].GetString()!;
        Assert.True((await server.Get($"v2/models/birds/versions/{version}/ready")).GetProperty("ready").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("v2/models/birds/versions/1/ready")).StatusCode);
    }

    [Theory]
    [InlineData("[[1,0,3.5,19.25],[0,1,4.75,22.5]]")]
    [InlineData("[1,0,3.5,19.25,0,1,4.75,22.5]")]
    [InlineData(" [ [ 1 , 0e0 , 35e-1 , 1.925E1 ] , [ 0.0 , 1 , 4.75 , 22.5 ] ] ")]
    public async Task Tensors_of_json_give_what_nn_predict_says(string data)
    {
        using var server = new RunningServer(models.Table);
        // Data may come before what they are.
        JsonElement answer = await server.Post("v2/models/birds/infer",
            $$"""{"id":"a7","inputs":[{"data":{{data}},"parameters":{"x":[1]},"shape":[2,4],"datatype":"FP32","name":"x"}]}""");
        Assert.Equal("a7", answer.GetProperty("id").GetString());
        Assert.Equal("birds", answer.GetProperty("model_name").GetString());
        JsonElement output = Assert.Single(answer.GetProperty("outputs").EnumerateArray());
        Assert.Equal("y", output.GetProperty("name").GetString());
        Assert.Equal("FP32", output.GetProperty("datatype").GetString());
        Assert.Equal("[2,3]", output.GetProperty("shape").GetRawText());
        float[] expected = [.. models.Predict(models.Table, "1", "0", "3.5", "19.25", "0", "1", "4.75", "22.5").SelectMany(ServedModels.Numbers)];
        Assert.Equal(6, expected.Length);
        Assert.Equal(expected, output.GetProperty("data").EnumerateArray().Select(v => v.GetSingle()));
    }

    [Theory]
    [InlineData("FP32", 4)]
    [InlineData("FP64", 8)]
    [InlineData("FP16", 2)]
    public async Task Tensors_of_bytes_give_the_same_in_bytes(string type, int size)
    {
        using var server = new RunningServer(models.Table);
        // Halves hold these, too.
        float[] x = [1, 0, 3.5f, 19.25f, 0, 1, 4.75f, 22.5f];
        byte[] bytes = type switch
        {
            "FP64" => MemoryMarshal.AsBytes(x.Select(v => (double)v).ToArray().AsSpan()).ToArray(),
            "FP16" => MemoryMarshal.AsBytes(x.Select(v => (Half)v).ToArray().AsSpan()).ToArray(),
            _ => MemoryMarshal.AsBytes(x.AsSpan()).ToArray(),
        };
        string json = $$"""
            {"inputs":[{"name":"x","shape":[2,4],"datatype":"{{type}}","parameters":{"binary_data_size":{{8 * size}} } }],
             "outputs":[{"name":"y","parameters":{"binary_data":true} }]}
            """;
        using HttpResponseMessage reply = await Binary(server, "v2/models/birds/infer", json, bytes);
        byte[] body = await reply.Content.ReadAsByteArrayAsync();
        int length = int.Parse(reply.Headers.GetValues(Header).Single(), CultureInfo.InvariantCulture);
        JsonElement output = JsonDocument.Parse(body.AsMemory(0, length)).RootElement.GetProperty("outputs")[0];
        Assert.Equal(24, output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.False(output.TryGetProperty("data", out _));
        float[] expected = [.. models.Predict(models.Table, "1", "0", "3.5", "19.25", "0", "1", "4.75", "22.5").SelectMany(ServedModels.Numbers)];
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(body.AsSpan(length)).ToArray());
    }

    [Fact]
    public async Task Pixels_are_bytes_or_numbers_up_to_one()
    {
        using var server = new RunningServer(models.Pictures);
        byte[] pixels = [.. Enumerable.Range(0, 784).Select(i => (byte)(i * 7 % 256))];
        string[] words = [.. pixels.Select(p => p.ToString(CultureInfo.InvariantCulture))];
        float[] expected = ServedModels.Numbers(models.Predict(models.Pictures, words)[0]);
        JsonElement bytes = await server.Post("v2/models/digits/infer",
            $$"""{"inputs":[{"name":"x","datatype":"UINT8","shape":[1,28,28,1],"data":[{{string.Join(',', words)}}]}]}""");
        Assert.Equal(expected, Data(bytes));
        string numbers = string.Join(',', pixels.Select(p => (p * (float)(1 / 255.0)).ToString("R", CultureInfo.InvariantCulture)));
        JsonElement floats = await server.Post("v2/models/digits/infer",
            $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,784],"data":[{{numbers}}]}]}""");
        Assert.Equal(expected, Data(floats));
    }

    [Fact]
    public async Task Shorter_sequences_are_asked_by_their_own_length()
    {
        using var server = new RunningServer(models.Sentences);
        JsonElement expected = models.Predict(models.Sentences, "Anna", "in", "Oslo")[0];
        JsonElement named = await server.Post("models/tags/predict", """{"x":["Anna","in","Oslo"]}""");
        Assert.Equal(expected.GetProperty("classes").GetRawText(), named.GetProperty("classes").GetRawText());
        Assert.Equal(ServedModels.Numbers(expected), ServedModels.Numbers(named));
        // Which numbers the words have, the model's own schema says.
        using var predictor = Networks.Predictor.Open(models.Sentences, new() { Device = "cpu" });
        string[] known = [.. predictor.Inputs[0].Form.Names];
        int[] symbols = [Array.IndexOf(known, "Anna"), Array.IndexOf(known, "in"), Array.IndexOf(known, "Oslo")];
        JsonElement tensor = await server.Post("v2/models/tags/infer",
            $$"""{"inputs":[{"name":"x","datatype":"INT64","shape":[1,3],"data":[{{string.Join(',', symbols)}}]}]}""");
        float[] all = Data(tensor);
        Assert.Equal(ServedModels.Numbers(expected), all[..ServedModels.Numbers(expected).Length]);
    }

    [Fact]
    public async Task Every_number_of_samples_has_the_bits_of_one()
    {
        using var server = new RunningServer(models.Table);
        var random = new Random(5);
        string[] rows = [.. Enumerable.Range(0, 70).Select(i =>
            FormattableString.Invariant($"{i % 2},{1 - i % 2},{3 + random.NextSingle()},{18 + 4 * random.NextSingle()}"))];
        var alone = new List<float[]>();
        foreach (string row in rows) alone.Add(Data(await server.Post("v2/models/birds/infer", Tensor(1, row))));
        foreach (int count in new[] { 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 70 })
            Assert.Equal(alone.Take(count).SelectMany(a => a),
                Data(await server.Post("v2/models/birds/infer", Tensor(count, string.Join(',', rows.Take(count))))));
    }

    private static string Tensor(int rows, string data) => $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[{{rows}},4],"data":[{{data}}]}]}""";

    internal static float[] Data(JsonElement answer) => [.. answer.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(v => v.GetSingle())];

    internal static Task<HttpResponseMessage> Binary(RunningServer server, string path, string json, byte[] bytes)
    {
        byte[] head = Encoding.UTF8.GetBytes(json);
        var content = new ByteArrayContent([.. head, .. bytes]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(Header, head.Length.ToString(CultureInfo.InvariantCulture));
        return server.Client.PostAsync(path, content);
    }
}
