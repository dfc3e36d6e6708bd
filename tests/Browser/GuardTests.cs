using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nn.Tests.Browser;

/// <summary>A served page, and what may not be done with it.</summary>
public sealed class GuardTests(GuardTests.Page page) : IClassFixture<GuardTests.Page>
{
    private readonly Served _served = page.Served;

    /// <summary>One page for all: none of these tests gets anywhere with it.</summary>
    public sealed class Page : IDisposable
    {
        internal Served Served { get; } = Served.Start("play");

        public void Dispose() => Served.Dispose();
    }

    [Fact]
    public async Task It_answers_only_who_was_given_the_address()
    {
        using var stranger = new HttpClient { BaseAddress = _served.Client.BaseAddress };
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(_served.Address)).StatusCode);
        foreach (string path in new[] { "/", "/?token=", $"/?token={_served.Token}0", "/state", "/events",
            $"/state?token={_served.Token.ToUpperInvariant()}x" })
            Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync(path)).StatusCode);
        // A form of another site can send a body, but no header of ours.
        using HttpResponseMessage form = await stranger.PostAsync($"/do?token={_served.Token}",
            new StringContent("""{"wish":"stop"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Forbidden, form.StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "127.0.0.1")]
    [InlineData("Host", "127.0.0.1.evil.example")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Another_name_or_another_site_is_refused_token_or_not(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "/do")
        { Content = new StringContent("""{"wish":"stop"}""", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(header, value);
        using HttpResponseMessage reply = await _served.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        Assert.NotEqual("stopped", (await _served.Status()).GetProperty("phase").GetString());
    }

    [Fact]
    public async Task It_listens_on_the_loopback_address_alone()
    {
        Assert.Equal("127.0.0.1", _served.Address.Host);
        IPAddress[] others = [.. Dns.GetHostAddresses(Dns.GetHostName()).Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))];
        foreach (IPAddress other in others)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAsync<SocketException>(async () => await socket.ConnectAsync(other, _served.Address.Port));
        }
    }

    [Fact]
    public async Task Its_replies_allow_nothing_from_elsewhere()
    {
        using HttpResponseMessage reply = await _served.Client.GetAsync(_served.Address);
        string policy = reply.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("no-referrer", reply.Headers.GetValues("Referrer-Policy").Single());
        Assert.False(reply.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.DoesNotContain("http", await reply.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/do", "")]
    [InlineData("/do", "[]")]
    [InlineData("/do", """{"wish":"explode"}""")]
    [InlineData("/do", """{"wish":"rate","value":"much"}""")]
    [InlineData("/do", """{"wish":"rate","value":-1}""")]
    [InlineData("/script", "{}")]
    [InlineData("/script", """{"script":7}""")]
    [InlineData("/play", "{}")]
    [InlineData("/play",
        """{"data":"mnist","samples":500,"noise":0,"classes":2,"seed":1,"layers":[8],"activation":"tanh","optimizer":"adam","rate":0.1,"batch":32}""")]
    [InlineData("/play",
        """{"data":"xor","samples":500000000,"noise":0,"classes":2,"seed":1,"layers":[8],"activation":"tanh","optimizer":"adam","rate":0.1,"batch":32}""")]
    [InlineData("/play",
        """{"data":"xor","samples":500,"noise":0,"classes":2,"seed":1,"layers":[1000000],"activation":"tanh","optimizer":"adam","rate":0.1,"batch":32}""")]
    [InlineData("/play",
        """{"data":"xor","samples":500,"noise":0,"classes":2,"seed":1,"layers":[8],"activation":"tanh }; data x { csv \"/etc/passwd\" }","optimizer":"adam","rate":0.1,"batch":32}""")]
    public async Task Nonsense_is_refused_and_told_in_words(string path, string json)
    {
        (HttpStatusCode code, string text) = await _served.Post(path, json);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("message", text);
        Assert.DoesNotContain("   at ", text);
        Assert.DoesNotContain("Exception", text);
        Assert.NotEqual("stopped", (await _served.Status()).GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        (HttpStatusCode code, _) = await _served.Post("/script", $$"""{"script":"{{new string('#', 1 << 20)}}"}""", ask: true);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
    }

    [Theory]
    [InlineData("data d { csv \\\"/etc/passwd\\\"; target x }", "builtin")]
    [InlineData("data d { csv \\\"README.md\\\"; target x }", "builtin")]
    [InlineData("data d { images \\\"..\\\" }", "builtin")]
    [InlineData("data d { builtin digits, samples: 900000 }", "samples")]
    [InlineData("data d { builtin xor }; model big { dense 5000; dense 5000; dense 1 }", "parameters")]
    [InlineData("data d { builtin xor }; model many { dense 4; dense 1", "closed")]
    public async Task A_script_may_neither_read_files_nor_take_too_much(string script, string said)
    {
        string whole = script.Contains("model") ? script : script + "; model m { flatten; dense 1 }";
        int before = (await _served.Training()).GetProperty("number").GetInt32();
        foreach (string path in new[] { "/check", "/script" })
        {
            (HttpStatusCode code, string text) = await _served.Post(path, $$"""{"script":"{{whole}}; train { loss mse; optimizer adam }"}""");
            Assert.Equal(HttpStatusCode.OK, code);
            Assert.Contains(said, text);
            Assert.DoesNotContain("   at ", text);
        }

        Assert.Equal(before, (await _served.Training()).GetProperty("number").GetInt32());
    }

    [Fact]
    public async Task Too_many_open_pages_are_refused_but_the_training_runs_on()
    {
        await _served.Do("restart");
        var streams = new List<HttpResponseMessage>();
        for (int i = 0; i < 12; i++) streams.Add(await _served.Client.GetAsync($"/events?token={_served.Token}", HttpCompletionOption.ResponseHeadersRead));
        Assert.Contains(streams, s => s.StatusCode == HttpStatusCode.OK);
        Assert.Contains(streams, s => s.StatusCode == HttpStatusCode.ServiceUnavailable);
        long step = (await _served.Status()).GetProperty("step").GetInt64();
        await _served.Until(s => s.GetProperty("step").GetInt64() > step);
        streams.ForEach(s => s.Dispose());
    }

    // Connections that never ask, or stop in the midst of asking, more of them than there may be: they make room for who does ask.
    [Theory]
    [InlineData("")]
    [InlineData("GET /state HTTP/1.1\r\nHost: ")]
    [InlineData("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")]
    public async Task Connections_that_are_left_open_lock_nobody_out(string begun)
    {
        using HttpResponseMessage events = await _served.Client.GetAsync($"/events?token={_served.Token}", HttpCompletionOption.ResponseHeadersRead);
        using var stream = new StreamReader(await events.Content.ReadAsStreamAsync());
        var open = new List<TcpClient>();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                var client = new TcpClient();
                open.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, _served.Address.Port);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(begun));
                if (i % 50 != 49) continue;
                // A connection of its own: who was here before has an old one.
                using var fresh = new HttpClient { BaseAddress = _served.Client.BaseAddress };
                Assert.Equal(HttpStatusCode.OK, (await fresh.GetAsync($"/state?token={_served.Token}")).StatusCode);
            }

            // Who is being answered is not cut.
            for (int line = 0; line < 10; line++) Assert.NotNull(await stream.ReadLineAsync());
            Assert.Equal(HttpStatusCode.OK, (await _served.Client.GetAsync("/state")).StatusCode);
        }
        finally
        {
            open.ForEach(c => c.Dispose());
        }
    }
}
