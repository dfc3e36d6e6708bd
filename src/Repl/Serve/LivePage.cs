using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Nn.Data;
using Nn.Dsl;
using Nn.Networks.Runs;
using Nn.Serving.Http;
using Nn.Training;

namespace Nn.Repl.Serve;

/// <summary>
/// The page of a training, on the loopback address: it shows what happens by server-sent events, and its buttons reach the training between two steps.
/// </summary>
internal sealed class LivePage : IDisposable
{
    private const int MaxConnections = 64, MaxBody = 128 << 10, MaxStreams = 8, TickMilliseconds = 100, CurveTicks = 2;

    private readonly LiveRun _run;
    private readonly Pictures _pictures;
    private readonly PostedScripts _scripts;
    private readonly CancellationTokenSource _over = new();
    private readonly HttpServer _server;
    private readonly PageGuard _guard = new();
    private int _streams;

    private LivePage(LiveRun run, string file, int port)
    {
        (_run, _pictures) = (run, new Pictures(run));
        _scripts = new PostedScripts(file, run.Project.Script.Data, run.Device);
        run.OnPause = _pictures.Take;
        _server = HttpServer.Start(IPAddress.Loopback, port, MaxConnections, MaxBody, Answer);
        _guard.Port = _server.Port;
    }

    /// <summary>What to open in a browser.</summary>
    public string Address => _guard.Address;

    /// <summary>Opens the page of a training.</summary>
    /// <param name="run">The training.</param>
    /// <param name="file">Its script.</param>
    /// <param name="port">Where to listen; 0: any port that is free.</param>
    /// <exception cref="NnException">The port is taken.</exception>
    public static LivePage Open(LiveRun run, string file, int port) => new(run, file, port);

    /// <summary>Tells those who watch that it is over, and closes.</summary>
    public void Dispose()
    {
        _over.Cancel();
        _run.Close();
        for (int i = 0; i < 20 && Volatile.Read(ref _streams) > 0; i++) Thread.Sleep(10);
        _server.Dispose();
        _pictures.Dispose();
        _scripts.Dispose();
        _over.Dispose();
    }

    private async Task Answer(HttpContext c)
    {
        IHeaderDictionary headers = c.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        try
        {
            if (_guard.Refuses(c.Request) is { } why) await Text(c, StatusCodes.Status403Forbidden, why);
            else
                await (HttpMethods.IsGet(c.Request.Method) ? Get(c) : HttpMethods.IsPost(c.Request.Method) ? Post(c)
                    : Text(c, StatusCodes.Status405MethodNotAllowed, "GET and POST are answered"));
        }
        catch (NnException e)
        {
            await Json(c, StatusCodes.Status400BadRequest, new { e.Message });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            await Json(c, StatusCodes.Status400BadRequest, new { Message = "that is not what the page sends" });
        }
        catch (BadHttpRequestException e)
        {
            await Json(c, e.StatusCode, new { Message = "that is too much, or no request" });
        }
        catch (Exception e) when (e is OperationCanceledException || (e is IOException && c.RequestAborted.IsCancellationRequested))
        {
            // Who asked has gone, or the page ends.
        }
        catch (Exception e)
        {
            // The reply names no more than the kind; who runs nn sees all of it.
            Console.Error.WriteLine($"nn: a defect behind {c.Request.Path}: {e}");
            if (!c.Response.HasStarted)
                await Json(c, StatusCodes.Status500InternalServerError, new { Message = $"this is a defect of nn: {e.GetType().Name}" });
        }
    }

    private Task Get(HttpContext c)
    {
        string path = c.Request.Path == "/" ? "/index.html" : c.Request.Path.Value!;
        if (path == "/events") return Events(c);
        if (path == "/state") return Json(c, StatusCodes.Status200OK, new { _run.Status, Training = Describe(_run.Current) });
        if (!PageFiles.Has(path)) return Text(c, StatusCodes.Status404NotFound, "there is no such page");
        c.Response.ContentType = PageFiles.Type(path);
        return c.Response.Body.WriteAsync(PageFiles.Of(path)).AsTask();
    }

    private async Task Post(HttpContext c)
    {
        if (c.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true) throw new JsonException();
        using JsonDocument body = await JsonDocument.ParseAsync(c.Request.Body, new JsonDocumentOptions { MaxDepth = 8 }, c.RequestAborted);
        JsonElement asked = body.RootElement;
        switch (c.Request.Path.Value)
        {
            case "/do":
                await Json(c, StatusCodes.Status200OK, await Do(asked));
                break;
            case "/check":
                await Json(c, StatusCodes.Status200OK, new { Mistakes = await _scripts.Check(asked.GetProperty("script").GetString() ?? "") });
                break;
            case "/script":
                await Json(c, StatusCodes.Status200OK, await Train(asked.GetProperty("script").GetString() ?? ""));
                break;
            case "/play":
                PlayChoices? choices = asked.Deserialize<PlayChoices>(PageJson.Options);
                if (choices is not { Data: not null, Layers: not null, Activation: not null, Optimizer: not null }) throw new JsonException();
                await Json(c, StatusCodes.Status200OK, await Train(choices.Script()));
                break;
            default:
                await Text(c, StatusCodes.Status404NotFound, "there is no such page");
                break;
        }
    }

    private async Task<LiveStatus> Do(JsonElement asked)
    {
        string? wish = asked.GetProperty("wish").GetString();
        double value = asked.TryGetProperty("value", out JsonElement v) ? v.GetDouble() : 0;
        if (wish == "restart")
        {
            await Take(await Task.Run(() => TrainingRun.Start(_run.Current.Project, _run.Device)));
            return _run.Status;
        }

        Action act = wish switch
        {
            "pause" => _run.Pause,
            "resume" => _run.Resume,
            "step" => () => _run.Step(1),
            "epoch" => () => _run.Step(_run.Session.Plan.StepsPerEpoch - _run.Session.StepInEpoch),
            "stop" => _run.Stop,
            "rate" => () => _run.SetRate(value),
            "pace" => () => _run.SetPace(value),
            _ => throw new JsonException(),
        };
        return await _run.Ask(() =>
        {
            act();
            return _run.Status;
        });
    }

    private async Task<object> Train(string text)
    {
        if (!_run.Replaceable) throw LiveRun.Kept();
        TrainingRun next;
        try
        {
            next = await _scripts.Open(text);
        }
        catch (NnException e)
        {
            return new { Script = text, Mistakes = PostedScripts.Mistakes(e) };
        }

        await Take(next);
        return new { Script = text, Mistakes = Array.Empty<ScriptMistake>() };
    }

    private async Task Take(TrainingRun next)
    {
        try
        {
            await _run.Ask(() =>
            {
                _run.Replace(next);
                return true;
            });
        }
        catch
        {
            next.Dispose();
            throw;
        }
    }

    private async Task Events(HttpContext c)
    {
        if (Interlocked.Increment(ref _streams) > MaxStreams)
        {
            Interlocked.Decrement(ref _streams);
            await Text(c, StatusCodes.Status503ServiceUnavailable, "too many pages are open");
            return;
        }

        _pictures.Watch();
        try
        {
            c.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            c.Response.ContentType = "text/event-stream";
            // A training that waits shows itself to whoever comes.
            _ = _run.Ask(() => true);
            await Stream(c, c.RequestAborted);
        }
        finally
        {
            _pictures.Leave();
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task Stream(HttpContext c, CancellationToken gone)
    {
        ServedTraining? training = null;
        LiveStatus? status = null;
        Pictures.Frame? picture = null;
        CurvePart? epochs = null, steps = null;
        string? scene = null;
        for (long tick = 0; !gone.IsCancellationRequested; tick++)
        {
            bool over = _over.IsCancellationRequested;
            if (_run.Current != training)
            {
                (training, epochs, steps, picture, scene) = (_run.Current, null, null, null, null);
                await Send(c, "training", JsonSerializer.Serialize(Describe(training), PageJson.Options), gone);
            }

            if (!ReferenceEquals(_run.Status, status)) await Send(c, "status", JsonSerializer.Serialize(status = _run.Status, PageJson.Options), gone);
            if (tick % CurveTicks == 0 || over)
            {
                (CurvePart e, CurvePart s) = (_run.Epochs.Since(epochs), _run.Steps.Since(steps));
                if (New(e, epochs) || New(s, steps))
                    await Send(c, "curves", JsonSerializer.Serialize(new { Epochs = Part(e, epochs), Steps = Part(s, steps) }, PageJson.Options), gone);
                (epochs, steps) = (e, s);
            }

            if (_pictures.Latest is { } latest && latest != picture && latest.Number == training.Number)
            {
                picture = latest;
                if (scene is null) await Send(c, "scene", scene = latest.Scene ?? "null", gone);
                if (latest.Content is not null) await Send(c, "picture", latest.Content, gone);
            }

            if (over)
            {
                await Send(c, "end", "{}", gone);
                return;
            }

            await c.Response.Body.FlushAsync(gone);
            await Task.Delay(TickMilliseconds, gone);
        }
    }

    private static bool New(CurvePart now, CurvePart? seen) =>
        seen is null || now.Generation != seen.Generation || now.Next != seen.Next || now.Last != seen.Last;

    private static object Part(CurvePart now, CurvePart? seen) =>
        new { All = seen is null || seen.Generation != now.Generation, now.Names, now.Points, now.Last };

    private object Describe(ServedTraining training)
    {
        (TrainingSession session, Project project) = (training.Session, training.Project);
        (TrainingDefinition t, LoadedData data) = (session.Definition, session.Data);
        return new
        {
            training.Number,
            t.Name,
            File = Path.GetFileName(project.Source.Name),
            Script = project.Source.Text,
            Device = session.Backend.Name,
            DeviceName = session.Backend.Device.Name,
            Memory = session.Plan.Plan.Bytes,
            Parameters = session.Plan.Slots.Parameters.Keys.Where(p => p.Trained).Sum(p => p.Shape.Count),
            Samples = data.Training.Samples,
            Validation = data.Validation.Samples,
            session.Plan.Batch,
            t.Seed,
            Schedule = t.Steps[^1].Schedule.ToString(),
            Layers = t.Models.SelectMany(m => m.Layers.Select(l => new
            {
                Model = m.Name,
                l.Name,
                l.Kind,
                Output = l.Output.ToString(),
                Parameters = l.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count),
            })),
            _run.Replaceable,
            Playground = _run.Replaceable && data.Input.Shape.Count == 2 && data.Input.IsNumbers,
            Choices = new
            {
                Data = PlayChoices.Generators,
                PlayChoices.ManyClasses,
                PlayChoices.Activations,
                PlayChoices.Optimizers,
                PlayChoices.First,
                PlayChoices.MaxLayers,
                PlayChoices.MaxUnits,
                PlayChoices.MaxSamples,
            },
            Words = new { Statements = ScriptParser.Statements, Known = LanguageReference.Entries.Keys },
        };
    }

    private static async Task Send(HttpContext c, string name, string json, CancellationToken gone) =>
        await c.Response.WriteAsync($"event: {name}\ndata: {json}\n\n", gone);

    private static Task Json(HttpContext c, int code, object value)
    {
        c.Response.StatusCode = code;
        c.Response.ContentType = "application/json; charset=utf-8";
        return c.Response.WriteAsync(JsonSerializer.Serialize(value, PageJson.Options));
    }

    private static Task Text(HttpContext c, int code, string text)
    {
        c.Response.StatusCode = code;
        c.Response.ContentType = "text/plain; charset=utf-8";
        return c.Response.WriteAsync(text + "\n");
    }
}
