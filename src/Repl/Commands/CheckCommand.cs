using Nn.Data;
using Nn.Dsl;
using Nn.Networks.Search;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Repl.Commands;

/// <summary><c>nn check</c> and <c>:check</c>: every mistake of a script.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("check", CommandGroup.Write, "reports every mistake of a script")
    {
        Program = ProgramForm.OfScript((_, o) => Run(o)),
        Session = new(s => Run(s.Options())),
    };

    // An empty file cannot be told from a pipe without waiting for somebody to write into it.
    private const string Nothing = "nothing to check: it is empty, or a pipe or device, which are not read";

    public static int Run(RunOptions o)
    {
        Project p = Project.Open(o);
        // Some mistakes show only when model, data and metrics are put together.
        if (p is { Script.Training: not null, Data: not null }) p.Check();
        if (p.Script.Search is { } search)
            new TrialBinder(o.File, o.Bind, p.Source, search.Folds).Bind(new Dictionary<string, string>()).CheckMetric(search.Metric);
        if (o.Json) JsonLine.Write(("event", "check"), ("file", o.File), ("errors", 0));
        else if (!o.Quiet) Console.Out.WriteLine($"{p.Source.Name}: {(p.Source.Text.Length > 0 ? "no mistakes" : Nothing)}");
        return 0;
    }
}
