using System.Runtime.InteropServices;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Interactive;

/// <summary>Runs the REPL: on a terminal, from a pipe, or for the commands given with <c>-c</c>.</summary>
internal static class ReplCommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The exit code: that of the last mistake where nobody watches, 0 on a terminal.</summary>
    public static int Run(DeviceRequest device, bool json, string? file, string[] commands, IReadOnlyList<CommandRow> known)
    {
        bool terminal = commands.Length == 0 && !Console.IsInputRedirected && !Console.IsOutputRedirected && !json;
        var history = new History(terminal);
        using var session = new ReplSession(device, json, history, known, keeps: terminal);
        Console.CancelKeyPress += (_, e) => e.Cancel = session.Interrupt();
        if (file is not null) session.Execute($":load \"{file}\"");
        if (commands.Length > 0) return Each(session, commands.SelectMany(c => c.Split('\n')));
        if (!terminal) return Each(session, Lines());
        Talk(session, history);
        return 0;
    }

    private static IEnumerable<string> Lines()
    {
        while (Console.In.ReadLine() is { } line) yield return line;
    }

    // Lines are gathered until their brackets are closed; no line of a statement begins with a colon, so a command ends what was left open.
    private static int Each(ReplSession session, IEnumerable<string> lines)
    {
        string text = "";
        foreach (string line in lines)
        {
            if (text.Length > 0 && line.TrimStart().StartsWith(':'))
            {
                session.Execute(text);
                text = "";
            }

            text = text.Length == 0 ? line : $"{text}\n{line}";
            if (!ReplSession.IsComplete(text)) continue;
            session.Execute(text);
            text = "";
            if (session.Over) break;
        }

        if (text.Length > 0) session.Execute(text);
        return (int)session.Code;
    }

    private static void Talk(ReplSession session, History history)
    {
        Console.WriteLine("nn: type statements, or :help");
        if (KeptWork.Offer() is { } offer) Console.WriteLine(offer);
        bool colour = Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        var completer = new Completer(session);
        var colours = new InputColours(word => session.Find(word) is not null);
        var editor = new LineEditor(new SystemTerminal(), history, completer.Complete, ReplSession.IsComplete, colour ? colours.Colour : null);
        // A closed window or a polite kill leaves the work behind as Ctrl-D does.
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            session.Terminate(Patience);
            history.Save();
            Environment.Exit((int)ExitCode.Interrupted);
        }

        try
        {
            while (!session.Over)
            {
                string? input;
                Console.TreatControlCAsInput = true;
                try
                {
                    input = editor.Read();
                }
                finally
                {
                    Console.TreatControlCAsInput = false;
                }

                if (input is null) break;
                history.Add(input.Trim());
                session.Execute(input);
            }
        }
        finally
        {
            // Also of a terminal that can no longer be written to.
            session.KeepUnsaved();
            history.Save();
        }
    }
}
