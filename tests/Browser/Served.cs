using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nn.Repl.Terminal;

namespace Nn.Tests.Browser;

/// <summary>The program with its page, in a process of its own.</summary>
internal sealed class Served : IDisposable
{
    private const int Seconds = 30;

    private readonly Process _process;
    private readonly Task<string> _rest;

    private Served(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        _rest = process.StandardOutput.ReadToEndAsync();
        Token = address.Query["?token=".Length..];
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(Seconds) })
        {
            BaseAddress = new Uri(address, "/"),
            Timeout = TimeSpan.FromSeconds(Seconds)
        };
        Client.DefaultRequestHeaders.Add("X-Nn-Token", Token);
    }

    public static string Root => Checkout.Root;

    /// <summary>The program: tests/Browser/bin/X/Y here means src/Repl/bin/X/Y there.</summary>
    public static string Program { get; } = Path.Combine(
        Root, "src", "Repl", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "nn.dll");

    /// <summary>What was printed to be opened.</summary>
    public Uri Address { get; }

    public string Token { get; }

    /// <summary>Asks with the token.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts the program and waits for the address.</summary>
    public static Served Start(params string[] arguments)
    {
        Process process = Launch(arguments);
        var before = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            before.Add(line);
            int at = line.IndexOf("http://", StringComparison.Ordinal);
            if (at >= 0) return new Served(process, new Uri(line[at..]));
        }

        throw new InvalidOperationException($"no address was printed: {string.Join('\n', before)}{process.StandardError.ReadToEnd()}");
    }

    /// <summary>Runs the program to its end; exit code and all it wrote.</summary>
    public static (int Code, string Text) Run(params string[] arguments)
    {
        using Process process = Launch(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Seconds * 1000)) process.Kill();
        return (process.ExitCode, output.Result + error.Result);
    }

    /// <summary>How the training stands.</summary>
    public async Task<JsonElement> Status() => (await Client.GetFromJsonAsync<JsonElement>("/state")).GetProperty("status");

    /// <summary>Which training it is.</summary>
    public async Task<JsonElement> Training() => (await Client.GetFromJsonAsync<JsonElement>("/state")).GetProperty("training");

    /// <summary>The first event of a name that the page would get.</summary>
    public async Task<JsonElement> Event(string name)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(Seconds));
        using var reader = new StreamReader(await Client.GetStreamAsync($"/events?token={Token}", patience.Token));
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line != $"event: {name}") continue;
            string data = (await reader.ReadLineAsync(patience.Token))!;
            return JsonDocument.Parse(data["data: ".Length..]).RootElement;
        }

        throw new InvalidOperationException($"there was no event {name}");
    }

    /// <summary>Sends something with the token; code and answer.</summary>
    /// <param name="ask">Asks first whether the body is welcome: who refuses it hangs up, which may reach the sender of a long one before the answer
    /// does.</param>
    public async Task<(HttpStatusCode Code, string Text)> Post(string path, string json, bool ask = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.ExpectContinue = ask;
        using HttpResponseMessage reply = await Client.SendAsync(request);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>Presses a button, so to speak.</summary>
    public async Task<JsonElement> Do(string wish, double value = 0)
    {
        using HttpResponseMessage reply = await Client.PostAsJsonAsync("/do", new { wish, value });
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return await reply.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Waits until the status is as it should be.</summary>
    public async Task<JsonElement> Until(Func<JsonElement, bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            JsonElement status = await Status();
            if (condition(status)) return status;
            Assert.True(watch.Elapsed.TotalSeconds < Seconds, $"it stays {status}");
        }
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end; exit code and what was written after the address.</summary>
    public async Task<(int Code, string Text)> End()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(Seconds));
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, await _rest + await _process.StandardError.ReadToEndAsync(patience.Token));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        Client.Dispose();
    }

    private static Process Launch(string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (string name in new[] { "NN_DATA", "NN_THREADS", "NN_DEBUG" }) info.Environment.Remove(name);
        // Starting the GPU drivers would take longer than most of these runs.
        info.Environment["NN_DEVICE"] = "cpu";
        return Process.Start(info)!;
    }
}
