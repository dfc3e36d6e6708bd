using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Nn.Repl.Serve;

/// <summary>
/// Kestrel on the loopback address, without the host around it: a page needs no configuration, no container, and Ctrl-C belongs to the training.
/// </summary>
internal sealed class LiveServer : IDisposable
{
    private const int MaxConnections = 64, MaxBody = 128 << 10;

    private readonly KestrelServer _server;

    private LiveServer(KestrelServer server, int port) => (_server, Port) = (server, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="port">The port; 0: any that is free.</param>
    /// <param name="answer">Answers a request.</param>
    /// <exception cref="NnException">The port is taken.</exception>
    public static LiveServer Start(int port, RequestDelegate answer)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = new NoServices() };
        var limit = new ConnectionLimit(MaxConnections);
        options.Limits.MaxRequestBodySize = MaxBody;
        options.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(IPAddress.Loopback, port, l =>
        {
            l.Protocols = HttpProtocols.Http1;
            l.Use(next => connection => limit.Admit(connection, next));
        });
        var transport = new SocketTransportFactory(Microsoft.Extensions.Options.Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(options), transport, NullLoggerFactory.Instance);
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
            throw new NnException(ExitCode.Usage, $"cannot listen on port {port}: {e.Message}", e);
        }

        return new LiveServer(server,
            new Uri(server.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses.First()).Port);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Streams of events are open for as long as the page is: they are cut.
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        _server.StopAsync(now.Token).GetAwaiter().GetResult();
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
