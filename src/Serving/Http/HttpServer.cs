using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Nn.Serving.Http;

/// <summary>
/// Kestrel without the host around it: no configuration, no container, and Ctrl-C belongs to who started it.
/// </summary>
internal sealed class HttpServer : IDisposable
{
    private readonly KestrelServer _server;

    private HttpServer(KestrelServer server, int port) => (_server, Port) = (server, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="address">The address; <see cref="IPAddress.Loopback"/>: for this machine alone.</param>
    /// <param name="port">The port; 0: any that is free.</param>
    /// <param name="connections">How many connections there may be at a time.</param>
    /// <param name="body">The most bytes of a request's body.</param>
    /// <param name="answer">Answers a request.</param>
    /// <exception cref="NnException">The port is taken, or there is no such address.</exception>
    public static HttpServer Start(IPAddress address, int port, int connections, long body, RequestDelegate answer)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = new NoServices() };
        var limit = new ConnectionLimit(connections);
        options.Limits.MaxRequestBodySize = body;
        options.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(address, port, l =>
        {
            l.Protocols = HttpProtocols.Http1;
            l.Use(next => connection => limit.Admit(connection, next));
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        try
        {
            server.StartAsync(new Application(limit, answer), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            server.Dispose();
            throw new NnException(ExitCode.Usage, $"port {port} is taken by another program; choose another, or 0 for any that is free", e);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            server.Dispose();
            throw new NnException(ExitCode.Usage, $"cannot listen on port {port} of {address}: {e.Message}", e);
        }

        return new HttpServer(server, new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port);
    }

    /// <summary>Takes no more requests and waits for those under way; what is not done in time is cut.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        using var late = new CancellationTokenSource(grace);
        await _server.StopAsync(late.Token);
    }

    /// <summary>Ends it at once: streams of events are open for as long as a page is, and are cut.</summary>
    public void Dispose()
    {
        StopAsync(TimeSpan.FromMilliseconds(200)).GetAwaiter().GetResult();
        _server.Dispose();
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type type) => null;
    }

    private sealed class Application(ConnectionLimit limit, RequestDelegate answer) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection features) => new DefaultHttpContext(features);

        public Task ProcessRequestAsync(HttpContext context) => limit.Answer(context.Features, () => answer(context));

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
