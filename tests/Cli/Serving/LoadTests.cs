using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nn.Serving;

namespace Nn.Tests.Cli.Serving;

/// <summary>Many requests at once: the same answers, several in one prediction, no more than the server takes on, none lost.</summary>
public sealed class LoadTests(ServedModels models) : IClassFixture<ServedModels>
{
    private const string Whole = """{"island":"Dream","mass":3.5,"wing":19.25}""";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sixty_four_connections_get_the_bits_of_nn_predict(bool slow)
    {
        using GatedDevices? gate = slow ? new GatedDevices() : null;
        const int Connections = 64, Requests = 20;
        var random = new Random(9);
        string[] rows = [.. Enumerable.Range(0, 40).Select(i =>
            FormattableString.Invariant(
            $"{(i % 2 == 0 ? "Dream" : "Biscoe")},{(i % 9 == 3 ? "" : $"{3 + 3 * random.NextSingle():F3}")},{18 + 5 * random.NextSingle():F3}"))];
        models.Folder.Write("asked.csv", $"island,mass,wing\n{string.Join('\n', rows)}\n");
        float[][] expected = [.. models.Predict(models.Table, "asked.csv").Select(ServedModels.Numbers)];
        string[] records = [.. rows.Select(r => r.Split(',')).Select(c =>
            $$"""{"island":"{{c[0]}}","mass":{{(c[1] == "" ? "null" : c[1])}},"wing":{{c[2]}}}""")];
        using var server = new RunningServer(models.Table);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(c => Task.Run(async () =>
        {
            using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
            for (int i = 0; i < Requests; i++)
            {
                int row = (c * 7 + i) % rows.Length;
                JsonElement answer = await RunningServer.Read(await client.PostAsync("predict", RunningServer.Json(records[row])));
                Assert.Equal(expected[row], ServedModels.Numbers(answer));
            }
        })));
        string metrics = await server.Client.GetStringAsync("metrics");
        Assert.Equal(Connections * Requests, Value(metrics, "nn_samples_total{model=\"birds\"}"));
        Assert.Equal(Connections * Requests, Value(metrics, "nn_requests_total{route=\"/predict\",status=\"200\"}"));
        // While a prediction takes longer than a request takes to come, several come together.
        if (slow) Assert.True(Value(metrics, "nn_batch_samples_count{model=\"birds\"}") < Connections * Requests / 2);
    }

    [Fact]
    public async Task Who_comes_to_a_full_row_is_told_to_come_again_and_the_others_are_answered()
    {
        using var gate = new GatedDevices();
        using var server = new RunningServer(new ServingOptions { Models = [ModelFile.Parse(models.Table)], MaxQueue = 3 });
        // One for each copy of the model, three that wait.
        List<Task<HttpResponseMessage>> under = [.. await Occupy(server, gate)];
        int before = gate.Runs;
        for (int i = 0; i < 3; i++) under.Add(server.Client.PostAsync("predict", RunningServer.Json(Whole)));
        await Until(async () => Value(await server.Client.GetStringAsync("metrics"), "nn_waiting_samples{model=\"birds\"}") == 3);
        using HttpResponseMessage refused = await server.Client.PostAsync("predict", RunningServer.Json(Whole));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains("3 samples wait", JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString());
        gate.Open();
        foreach (Task<HttpResponseMessage> u in under) Assert.Equal(HttpStatusCode.OK, (await u).StatusCode);
        // The three that waited went through together.
        Assert.Equal(before + 1, gate.Runs);
        await server.Post("predict", Whole);
        Assert.Equal(1, Value(await server.Client.GetStringAsync("metrics"), "nn_refused_total{model=\"birds\"}"));
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_told_to_come_again()
    {
        using var gate = new GatedDevices();
        using var server = new RunningServer(new ServingOptions { Models = [ModelFile.Parse(models.Table)], MaxWait = TimeSpan.FromMilliseconds(50) });
        Task<HttpResponseMessage>[] under = await Occupy(server, gate);
        Task<HttpResponseMessage>[] late = [.. Enumerable.Range(0, 2).Select(_ => server.Client.PostAsync("predict", RunningServer.Json(Whole)))];
        await Until(async () => Value(await server.Client.GetStringAsync("metrics"), "nn_waiting_samples{model=\"birds\"}") == 2);
        await Task.Delay(100);
        gate.Open();
        Assert.All(await Task.WhenAll(under), r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        foreach (HttpResponseMessage r in await Task.WhenAll(late))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, r.StatusCode);
            Assert.NotNull(r.Headers.RetryAfter);
            Assert.Contains("not free for 0.05 s", await r.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_model_that_changes_on_the_disk_is_taken_up_without_a_lost_request()
    {
        string path = models.Folder.File("live.safetensors");
        File.Copy(models.Table, path, overwrite: true);
        using var server = new RunningServer(path);
        float[][] known = [.. new[] { models.Table, models.OtherTable }.Select(m =>
            ServedModels.Numbers(models.Predict(m, "island=Dream", "mass=3.5", "wing=19.25")[0]))];
        Assert.NotEqual(known[0], known[1]);
        using var over = new CancellationTokenSource();
        int[] seen = new int[2];
        Task[] asking = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
            while (!over.IsCancellationRequested)
            {
                float[] numbers = ServedModels.Numbers(await RunningServer.Read(await client.PostAsync("predict", RunningServer.Json(Whole))));
                int which = Array.FindIndex(known, k => k.AsSpan().SequenceEqual(numbers));
                Assert.True(which >= 0, "an answer is of neither model");
                Interlocked.Increment(ref seen[which]);
            }
        }))];
        for (int swap = 1; swap <= 6; swap++)
        {
            int now = swap % 2, before = Volatile.Read(ref seen[now]);
            File.Copy(now == 1 ? models.OtherTable : models.Table, path + ".new", overwrite: true);
            File.Move(path + ".new", path, overwrite: true);
            await Until(() => Volatile.Read(ref seen[now]) > before + 20 || asking.Any(a => a.IsFaulted));
        }

        await over.CancelAsync();
        await Task.WhenAll(asking);
        Assert.Equal(7, Value(await server.Client.GetStringAsync("metrics"), "nn_model_loads_total{model=\"live\"}"));
        Assert.Equal(0, Value(await server.Client.GetStringAsync("metrics"), "nn_model_load_failures_total{model=\"live\"}"));
    }

    [Fact]
    public async Task What_cannot_be_taken_up_changes_nothing_and_is_told_of()
    {
        string path = models.Folder.File("damaged.safetensors");
        File.Copy(models.Table, path, overwrite: true);
        using var server = new RunningServer(path);
        string version = (await server.Get("v2/models/damaged")).GetProperty("versions")[0].GetString()!;
        JsonElement before = await server.Post("predict", Whole);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
        await Until(() => server.Log.Length > 0);
        Assert.Contains($"cannot be taken up; version {version} goes on", server.Log[0]);
        Assert.Equal(ServedModels.Numbers(before), ServedModels.Numbers(await server.Post("predict", Whole)));
        File.Delete(path);
        await Task.Delay(100);
        Assert.Equal(ServedModels.Numbers(before), ServedModels.Numbers(await server.Post("predict", Whole)));
        File.Copy(models.OtherTable, path);
        await Until(async () => (await server.Get("v2/models/damaged")).GetProperty("versions")[0].GetString() != version);
        Assert.NotEqual(ServedModels.Numbers(before), ServedModels.Numbers(await server.Post("predict", Whole)));
    }

    [Fact]
    public async Task Who_stops_it_waits_for_the_requests_under_way()
    {
        using var gate = new GatedDevices();
        using var server = new RunningServer(models.Table);
        gate.Close();
        int before = gate.Runs;
        Task<HttpResponseMessage> under = server.Client.PostAsync("predict", RunningServer.Json(Whole));
        await Until(() => gate.Runs > before);
        Task stopped = server.Server.StopAsync(Limit);
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var other = new HttpClient { BaseAddress = server.Client.BaseAddress };
            while (true) await other.GetAsync("v2/health/live");
        });
        Assert.False(stopped.IsCompleted);
        gate.Open();
        Assert.Equal(HttpStatusCode.OK, (await under).StatusCode);
        await stopped.WaitAsync(Limit);
    }

    // Closes the gate behind which a request then stands for each copy of the model.
    private static async Task<Task<HttpResponseMessage>[]> Occupy(RunningServer server, GatedDevices gate)
    {
        var under = new Task<HttpResponseMessage>[Environment.ProcessorCount];
        gate.Close();
        int before = gate.Runs;
        for (int i = 0; i < under.Length; i++)
        {
            under[i] = server.Client.PostAsync("predict", RunningServer.Json(Whole));
            await Until(() => gate.Runs == before + i + 1);
        }

        return under;
    }

    internal static double Value(string metrics, string name) =>
        double.Parse(Regex.Match(metrics, $"^{Regex.Escape(name)} (\\S+)$", RegexOptions.Multiline) is { Success: true } m ? m.Groups[1].Value : "NaN",
            CultureInfo.InvariantCulture);

    private static Task Until(Func<bool> holds) => Until(() => Task.FromResult(holds()));

    private static async Task Until(Func<Task<bool>> holds)
    {
        DateTime end = DateTime.UtcNow + Limit;
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < end, "it did not come about");
            await Task.Delay(5);
        }
    }
}
