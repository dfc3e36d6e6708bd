using System.Net.Http.Headers;
using System.Text.Json;
using Nn.Files;

namespace Nn.Tests.Cli.Serving;

/// <summary>Predictions in the words of the data say what <c>nn predict</c> says of the same.</summary>
public sealed class RecordTests(ServedModels models) : IClassFixture<ServedModels>
{
    [Theory]
    [InlineData("""{"island":"Dream","mass":3.5,"wing":19.25}""", "island=Dream mass=3.5 wing=19.25")]
    [InlineData("""{"island":"Biscoe","wing":22}""", "island=Biscoe wing=22")]
    [InlineData("""{"mass":null,"wing":"20.5","island":null}""", "wing=20.5")]
    [InlineData("[0,1,3.5,19.25]", "0 1 3.5 19.25")]
    public async Task A_record_is_an_object_by_column_or_the_numbers(string record, string words)
    {
        using var server = new RunningServer(models.Table);
        JsonElement expected = models.Predict(models.Table, words.Split(' '))[0];
        foreach (string path in new[] { "predict", "models/birds/predict" })
        {
            JsonElement answer = await server.Post(path, record);
            Assert.Equal(expected.GetProperty("class").GetString(), answer.GetProperty("class").GetString());
            Assert.Equal(["adelie", "chinstrap", "gentoo"], answer.GetProperty("output").EnumerateObject().Select(p => p.Name));
            Assert.Equal(ServedModels.Numbers(expected), ServedModels.Numbers(answer));
        }
    }

    [Fact]
    public async Task A_list_of_records_gives_a_list()
    {
        using var server = new RunningServer(models.Table);
        JsonElement answer = await server.Post("predict", """[{"island":"Dream","mass":3.5,"wing":19.25},{"wing":22},[1,0,5,24]]""");
        JsonElement[] expected =
            [.. new[] { "island=Dream mass=3.5 wing=19.25", "wing=22", "1 0 5 24" }.Select(w => models.Predict(models.Table, w.Split(' '))[0])];
        Assert.Equal(3, answer.GetArrayLength());
        for (int i = 0; i < 3; i++) Assert.Equal(ServedModels.Numbers(expected[i]), ServedModels.Numbers(answer[i]));
    }

    [Fact]
    public async Task A_picture_is_a_file_by_itself_or_in_base64()
    {
        var image = new RasterImage(28, 28, 1, [.. Enumerable.Range(0, 784).Select(i => (byte)(i % 251))]);
        string path = models.Folder.File("seven.png");
        Png.Save(path, image);
        float[] expected = ServedModels.Numbers(models.Predict(models.Pictures, "seven.png")[0]);
        using var server = new RunningServer(models.Pictures);
        byte[] file = File.ReadAllBytes(path);
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        Assert.Equal(expected, ServedModels.Numbers(await RunningServer.Read(await server.Client.PostAsync("predict", content))));
        string text = Convert.ToBase64String(file);
        Assert.Equal(expected, ServedModels.Numbers(await server.Post("predict", $$"""{"x":"{{text}}"}""")));
        Assert.Equal(expected, ServedModels.Numbers(await server.Post("predict", $$"""{"x":"data:image/png;base64,{{text}}"}""")));
    }

    [Fact]
    public async Task The_form_page_is_made_from_what_the_models_take()
    {
        using var server = new RunningServer(models.Table);
        JsonElement input = (await server.Get("models"))[0].GetProperty("inputs")[0];
        Assert.Equal("row", input.GetProperty("kind").GetString());
        Assert.Equal(
            """[{"name":"island","gaps":true,"words":["Biscoe","Dream"]},{"name":"mass","gaps":true,"words":[]},{"name":"wing","gaps":true,"words":[]}]""",
            input.GetProperty("columns").GetRawText());
        using HttpResponseMessage page = await server.Client.GetAsync("");
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single());
        string html = await page.Content.ReadAsStringAsync();
        // All that the page loads is there, and comes from the server itself.
        string[] loaded = [.. System.Text.RegularExpressions.Regex.Matches(html, "(?:src|href)=\"([^\"]+)\"").Select(m => m.Groups[1].Value).Where(l =>
            l != "data:,")];
        Assert.Equal(["page.css", "page.js", "openapi.json"], loaded);
        foreach (string file in loaded) Assert.True((await server.Client.GetAsync(file)).IsSuccessStatusCode, file);
    }
}
