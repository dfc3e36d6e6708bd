using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Nn.Dsl;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Repl.Serve;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn play</c>: the page with a playground; and the option of <c>nn train</c> that opens the page.</summary>
internal static class PlayCommand
{
    // Small trainings would be over before anybody saw them.
    private const double Pace = 500;

    /// <summary><c>--serve [PORT]</c>.</summary>
    public static readonly Option<int?> Serve = new("--serve")
    {
        Description = "opens a page that shows the training and controls it, on a port of this machine; without a number on any",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ParsePort
    };

    private static readonly Option<int?> Port = new("--port") { Description = "port of the page; 0: any that is free", CustomParser = ParsePort };
    private static readonly Argument<string?> Script = new("file") { Description = "a script to begin with", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The port that <c>--serve</c> asks for; null where there is no such option.</summary>
    public static int? Asked(ParseResult c) => c.GetResult(Serve) is null ? null : c.GetValue(Serve) ?? 0;

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("play", CommandGroup.Train, "a page to try networks on: data, layers, activation, and the boundary as it forms")
    {
        Details = "every choice is a script that may be changed by hand",
        Program = new(c => Run(c.GetValue(Script), c.GetValue(Common.Device)!, c.GetValue(Port) ?? 0, c.GetValue(Common.Json)))
        {
            Arguments = [Script],
            Options = [Port, Common.Device, Common.Json],
        },
    };

    /// <summary>Says where the page is.</summary>
    public static void Tell(LivePage page, bool json)
    {
        if (json) JsonLine.Write(("event", "page"), ("address", page.Address));
        else Console.Out.WriteLine($"the page: {page.Address}\nCtrl-C ends it");
    }

    /// <summary>The number of a port; null where the text is none.</summary>
    public static int? PortOf(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port : null;

    /// <summary>Reads the port of an option.</summary>
    public static int? ParsePort(ArgumentResult r)
    {
        if (r.Tokens.Count == 0) return 0;
        if (PortOf(r.Tokens[0].Value) is { } port) return port;
        r.AddError($"'{r.Tokens[0].Value}' is no port: write a number up to 65535, or 0 for any that is free; the script stands before the option");
        return null;
    }

    private static int Run(string? file, DeviceRequest device, int port, bool json)
    {
        string name = file ?? "playground.nn";
        SourceText source = file is null ? new SourceText(name, PlayChoices.First.Script()) : Project.Read(file);
        using TrainingRun first = TrainingRun.Start(Project.Bind(source, BindOptions.None, spec => Project.Load(spec, name, null)), device);
        foreach (string warning in first.Project.Warnings) ErrorOutput.Tell(warning);
        using var run = new LiveRun(first, replaceable: true);
        run.SetPace(Pace);
        using LivePage page = LivePage.Open(run, name, port);
        Tell(page, json);
        using var interrupt = new Interrupt();
        try
        {
            do run.Run(interrupt.Asked);
            while (run.GoesOn(interrupt.Asked));
        }
        catch (NnException e) when (e.Code == ExitCode.Diverged)
        {
            // The page has told it.
        }

        return 0;
    }

    /// <summary>The page of the session.</summary>
    public static void InSession(ReplSession s, string[] words)
    {
        if (words.Length > 1 || PortOf(words.FirstOrDefault("0")) is not { } port)
            throw new NnException(ExitCode.Usage, "write :serve, or :serve 8080 for a port");
        s.Serve(port);
    }
}
