using System.Net;
using System.Net.Sockets;
using System.Text;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

/// <summary>Downloads from a server of this machine; the real ones are never asked.</summary>
public sealed class DataFetchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Mnist_is_fetched_checked_and_not_fetched_again()
    {
        string data = Checkout.DataOrSkip("mnist");
        var asked = new List<string>();
        using var server = new Server(path =>
        {
            asked.Add(path);
            return File.ReadAllBytes(Path.Combine(data, Path.GetFileName(path)));
        });
        using var http = new HttpClient();
        var fetch = new DataFetch(http, _folder.Path);
        var told = new List<string>();
        Assert.Equal(_folder.File("mnist"), await fetch.Run("mnist", server.Address, told.Add));
        Assert.Equal(4, asked.Count);
        Assert.Equal(60_000, DataLoader.Load(new DataSpec { Name = "d", Source = DataSource.Idx, Path = "mnist" }, [_folder.Path]).Training.Samples);

        // A damaged file is fetched again, the others are not.
        File.WriteAllText(_folder.File("mnist/t10k-labels-idx1-ubyte.gz"), "damaged");
        await fetch.Run("mnist", server.Address, told.Add);
        Assert.Equal(5, asked.Count);
        Assert.Equal(3, told.Count(t => t.EndsWith("there already", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_not_what_it_should_be_is_not_kept()
    {
        using var server = new Server(_ => Encoding.ASCII.GetBytes("not the digits"));
        using var http = new HttpClient();
        NnException e = await Assert.ThrowsAsync<NnException>(() => new DataFetch(http, _folder.Path).Run("mnist", server.Address, _ => { }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("is no gzip file; nothing was kept", e.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_server_that_has_nothing_is_told_with_what_to_do()
    {
        using var server = new Server(_ => null);
        using var http = new HttpClient();
        NnException e = await Assert.ThrowsAsync<NnException>(() => new DataFetch(http, _folder.Path).Run("mnist", server.Address, _ => { }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("404", e.Message);
        Assert.Equal(new Remedy(RemedyKind.DownloadElsewhere, "mnist"), e.Remedy);
        Assert.Contains(_folder.File("mnist"), e.Message);
    }

    /// <summary>Answers requests, one connection after the other, on a port of the loopback.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Server(Func<string, byte[]?> content)
        {
            _listener.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
            _ = Serve(content);
        }

        public Uri Address { get; }

        public void Dispose() => _listener.Stop();

        private async Task Serve(Func<string, byte[]?> content)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    NetworkStream stream = client.GetStream();
                    using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                    string request = await reader.ReadLineAsync() ?? "";
                    while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
                    {
                    }

                    byte[]? body = content(request.Split(' ')[1]);
                    string head = $"HTTP/1.1 {(body is null ? "404 Not Found" : "200 OK")}\r\nContent-Length: {body?.Length ?? 0}\r\nConnection: close\r\n\r\n";
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
                    if (body is not null) await stream.WriteAsync(body);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
