using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Serving;
using Nn.Serving.Hosting;

namespace Nn.Repl.Commands;

/// <summary><c>nn serve</c>: answers predictions of trained models over HTTP. In the session, the page of the training.</summary>
internal static class ServeCommand
{
    private const int UsualPort = 8000, GraceSeconds = 30;

    private static readonly Argument<string[]> Models = new("models")
    {
        Description = "trained models: checkpoints, or NAME=FILE",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<int?> Port = new("--port")
    {
        Description = $"where it listens; without it {UsualPort}; 0: any that is free",
        CustomParser = PlayCommand.ParsePort,
    };
    private static readonly Option<string?> Host = new("--host")
    {
        Description = "an address of this machine that others reach, such as 0.0.0.0; without it this machine alone is answered",
    };
    private static readonly Option<string?> Token = new("--token")
    {
        Description = "a secret that requests must bring; with --host one is made if none is given",
    };
    private static readonly Option<int?> Batch = Positive("--max-batch", "samples that are predicted together, at most; without it 64");
    private static readonly Option<int?> Queue = Positive("--max-queue", "samples that may wait for a model; without it 8192");
    private static readonly Option<int?> Samples = Positive("--max-samples", "samples of one request, at most; without it 4096");
    private static readonly Option<int?> Body = Positive("--max-body", "MB of one request, at most; without it 16");
    private static readonly Option<int?> Wait = Positive("--max-wait", "seconds that a request may wait for a model; without it 10");

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("serve", CommandGroup.Use,
        "answers predictions of trained models over HTTP: by column names, by the Open Inference Protocol, on a page with a form")
    {
        Details = "`--port`, `--host` with `--token`: [docs/serving.md](docs/serving.md); in the session, the page of the training",
        Examples = ["nn serve titanic.safetensors", "nn serve digits.safetensors cars=mpg.safetensors --port 8080",
            "nn serve iris.safetensors --host 0.0.0.0 --token secret"],
        Program = new(Run)
        {
            Arguments = [Models],
            Options = [Port, Host, Token, Common.Device, Batch, Queue, Samples, Body, Wait, Common.Json],
        },
        Session = new("[PORT]", "8080", PlayCommand.InSession)
        {
            Summary = "a page that shows the training and controls it; Ctrl-C comes back, with the model as it is then",
        },
    };

    private static int Run(ParseResult c)
    {
        string[] named = c.GetValue(Models) ?? [];
        if (named.FirstOrDefault(m => m.EndsWith(".nn", StringComparison.Ordinal)) is { } script)
            throw new NnException(ExitCode.Usage,
                $"nn serve needs a trained model: nn train {script} --save model.safetensors, then nn serve model.safetensors");
        bool json = c.GetValue(Common.Json);
        var usual = new ServingOptions { Models = [] };
        var options = new ServingOptions
        {
            Models = [.. named.Select(ModelFile.Parse)],
            Host = Address(c.GetValue(Host)),
            Port = c.GetValue(Port) ?? UsualPort,
            Token = c.GetValue(Token) is { Length: > 0 } token ? token : null,
            Device = c.GetValue(Common.Device)!,
            MaxBatch = c.GetValue(Batch) ?? usual.MaxBatch,
            MaxQueue = c.GetValue(Queue) ?? usual.MaxQueue,
            MaxSamples = c.GetValue(Samples) ?? usual.MaxSamples,
            MaxBody = c.GetValue(Body) is { } mega ? mega * 1_000_000L : usual.MaxBody,
            MaxWait = c.GetValue(Wait) is { } seconds ? TimeSpan.FromSeconds(seconds) : usual.MaxWait,
            Log = line => Tell(line, json),
        };
        using var interrupt = new Interrupt();
        using PredictionServer server = PredictionServer.Start(options);
        string[] names = [.. options.Models.Select(m => m.Name)];
        if (json)
        {
            var all = new JsonArray([.. names.Select(n => (JsonNode)n)]);
            JsonLine.Write(("event", "serving"), ("address", server.Address), ("port", server.Port), ("token", server.Token), ("models", all));
        }
        else
        {
            Console.Out.WriteLine($"{string.Join(", ", names)}: {server.Address}");
            if (server.Token is not null) Console.Out.WriteLine($"requests bring: Authorization: Bearer {server.Token}");
            Console.Out.WriteLine("Ctrl-C ends it");
        }

        interrupt.Asked.WaitHandle.WaitOne();
        server.StopAsync(TimeSpan.FromSeconds(GraceSeconds)).GetAwaiter().GetResult();
        return 0;
    }

    private static void Tell(string line, bool json)
    {
        if (json) JsonLine.Write(("event", "log"), ("message", line));
        else ErrorOutput.Tell($"nn: {line}");
    }

    private static IPAddress Address(string? host)
    {
        if (host is null or "localhost") return IPAddress.Loopback;
        if (host == "*") return IPAddress.Any;
        if (IPAddress.TryParse(host, out IPAddress? address)) return address;
        try
        {
            if (Dns.GetHostAddresses(host) is [{ } first, ..]) return first;
        }
        catch (SocketException)
        {
            // It is told below.
        }

        throw new NnException(ExitCode.Usage, $"'{host}' is no address of this machine; write one such as 0.0.0.0, which stands for all");
    }

    private static Option<int?> Positive(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = r =>
        {
            if (int.TryParse(r.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0) return value;
            r.AddError($"{name} {r.Tokens[0].Value}: write a whole number, 1 or more");
            return null;
        },
    };
}
