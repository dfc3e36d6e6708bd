using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nn.Serving;
using Nn.Serving.Hosting;

namespace Nn.Tests.Cli.Serving;

/// <summary>A server within this process, and a client for it.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly List<string> _log = [];

    public RunningServer(ServingOptions options)
    {
        Server = PredictionServer.Start(options with
        {
            Device = "cpu",
            Watch = TimeSpan.FromMilliseconds(20),
            Log = line =>
            {
                lock (_log) _log.Add(line);
            },
        });
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Server.Port}/") };
        if (Server.Token is { } token) Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public RunningServer(params string[] models) : this(new ServingOptions { Models = [.. models.Select(ModelFile.Parse)] })
    {
    }

    public PredictionServer Server { get; }

    public HttpClient Client { get; }

    public string[] Log
    {
        get
        {
            lock (_log) return [.. _log];
        }
    }

    public async Task<JsonElement> Get(string path) => await Read(await Client.GetAsync(path));

    public async Task<JsonElement> Post(string path, string json) => await Read(await Client.PostAsync(path, Json(json)));

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    /// <summary>What a good answer says.</summary>
    public static async Task<JsonElement> Read(HttpResponseMessage reply)
    {
        string text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{reply.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
