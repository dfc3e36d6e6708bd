using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Nn.Serving.Http;
using Nn.Serving.Metrics;
using Nn.Serving.Models;

namespace Nn.Serving.Hosting;

/// <summary>
/// Trained models answered over HTTP: by column names (<c>POST /predict</c>), by the Open Inference Protocol (<c>/v2</c>), and on a page with a form. Samples
/// of several requests are predicted together; a model whose file changes is taken up while requests go on.
/// <code>
/// using var server = PredictionServer.Start(new ServingOptions { Models = [ModelFile.Parse("iris.safetensors")], Port = 8000 });
/// Console.WriteLine(server.Address);
/// </code>
/// </summary>
public sealed class PredictionServer : IDisposable
{
    private readonly ServingOptions _options;
    private readonly ServedModel[] _models;
    private readonly ServerMetrics _metrics = new();
    private readonly RouteTable _routes;
    private readonly RequestGuard _guard;
    private readonly HttpServer _http;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;
    private bool _stopped;

    private PredictionServer(ServingOptions options, ServedModel[] models)
    {
        (_options, _models) = (options, models);
        bool loopback = IPAddress.IsLoopback(options.Host);
        Token = options.Token ?? (loopback ? null : RequestGuard.NewToken());
        _guard = new RequestGuard(Token, loopback);
        _routes = new RouteTable(new Answers(models, options, _metrics, Token is not null, () => _over.IsCancellationRequested).WithRoutes().Routes, models);
        _http = HttpServer.Start(options.Host, options.Port, options.MaxConnections, options.MaxBody, Answer);
        _guard.Port = _http.Port;
        _watching = Task.Run(Watch);
    }

    /// <summary>Where it listens.</summary>
    public int Port => _http.Port;

    /// <summary>The address to open in a browser of this machine, with the token where there is one.</summary>
    public string Address
    {
        get
        {
            IPAddress host = _options.Host.Equals(IPAddress.Any) || _options.Host.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : _options.Host;
            string name = host.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{host}]" : host.ToString();
            return $"http://{name}:{Port}/{(Token is null ? "" : $"?token={Token}")}";
        }
    }

    /// <summary>The secret that requests have to bring; null: none.</summary>
    public string? Token { get; }

    /// <summary>Opens the models and starts to answer.</summary>
    /// <exception cref="NnException">A model cannot be served, two have one name, or the port is taken.</exception>
    public static PredictionServer Start(ServingOptions options)
    {
        if (options.Models.Count == 0) throw new NnException(ExitCode.Usage, "there is no model to serve");
        if (options.Models.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new NnException(ExitCode.Usage, $"two models are called {same.Key}; give one another name: other={same.Last().Path}");
        var models = new List<ServedModel>();
        try
        {
            foreach (ModelFile m in options.Models) models.Add(new ServedModel(m, options));
            return new PredictionServer(options, [.. models]);
        }
        catch
        {
            foreach (ServedModel m in models) m.Close().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Takes no more requests, answers those under way, and closes the models.</summary>
    /// <param name="grace">How long requests under way may take; then they are cut.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (_stopped) return;
        _stopped = true;
        await _over.CancelAsync();
        await _http.StopAsync(grace);
        await _watching;
        foreach (ServedModel m in _models) await m.Close();
        _http.Dispose();
    }

    /// <summary>As <see cref="StopAsync"/>, within a second.</summary>
    public void Dispose()
    {
        StopAsync(TimeSpan.FromSeconds(1)).GetAwaiter().GetResult();
        _over.Dispose();
    }

    private async Task Answer(HttpContext c)
    {
        long start = Stopwatch.GetTimestamp();
        string where = "other";
        try
        {
            try
            {
                (Route route, ServedModel model) = Find(c.Request);
                where = route.Template;
                Hardening.Apply(c.Response.Headers);
                await route.Answer(c, model);
            }
            catch (RequestException e)
            {
                await Problem.Write(c, e);
            }
            catch (BadHttpRequestException e)
            {
                await Problem.Write(c, new RequestException(e.StatusCode, null, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? $"a body may have {_options.MaxBody:N0} bytes" : e.Message));
            }
            catch (Exception e) when (e is OperationCanceledException || (e is IOException && c.RequestAborted.IsCancellationRequested))
            {
                // Who asked has gone.
            }
            catch (Exception e)
            {
                (ExitCode code, string reason) = Failure.Of(e);
                _options.Log?.Invoke($"warning: {c.Request.Path}: {(code == ExitCode.Internal ? $"this is a defect of nn: {e}" : reason)}");
                await Problem.Write(c,
                    new RequestException(StatusCodes.Status500InternalServerError, null, code == ExitCode.Internal
                    ? $"this is a defect of nn: {e.GetType().Name}" : reason));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Who asked has gone before the reason came.
        }

        _metrics.Answered(where, c.Response.StatusCode, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // Who may not ask is not told what there is.
    private (Route Route, ServedModel Model) Find(HttpRequest request)
    {
        try
        {
            (Route Route, ServedModel Model) found = _routes.Find(request);
            _guard.Check(request, found.Route.Open);
            return found;
        }
        catch (RequestException e) when (e.Status is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)
        {
            _guard.Check(request, open: false);
            throw;
        }
    }

    private async Task Watch()
    {
        using var timer = new PeriodicTimer(_options.Watch);
        try
        {
            while (await timer.WaitForNextTickAsync(_over.Token))
            {
                foreach (ServedModel m in _models) m.Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }
}
